// Goal: each rule refuses what it is there to refuse, and nothing next to it.
// Method: the smallest bad file for each rule, beside a good one.
import {describe, expect, test} from 'vitest';
import {completed} from '../../scripts/complete_lockfile.mjs';
import {declaredName, fidelityPage, ratedDeclarations} from '../../scripts/gen_fidelity.mjs';
import {isOlder, packagesMatch} from '../../scripts/setup.mjs';
import {functionLength} from './function_length.ts';
import * as rules from './rules.ts';

/** The lines a rule complains about. */
const linesOf = (rule: rules.Rule, path: string, text: string): number[] =>
  rule(path, text).map((problem) => problem.line);

describe('rules', () => {
  test('columns: 101 is one too many, tables in prose may be wide', () => {
    expect(linesOf(rules.columns, 'engine/a.h', `ok\n${'x'.repeat(101)}\n`)).toEqual([2]);
    expect(linesOf(rules.columns, 'engine/a.h', 'x'.repeat(100))).toEqual([]);
    expect(linesOf(rules.columns, 'README.md', `| ${'x'.repeat(200)} |`)).toEqual([]);
    expect(linesOf(rules.columns, 'README.md', 'x'.repeat(101))).toEqual([1]);
    const fences = (info: string) =>
      `\`\`\`${info}\n${'x'.repeat(101)}\n\`\`\`\n${'x'.repeat(101)}`;
    expect(linesOf(rules.columns, 'README.md', fences('text'))).toEqual([4]);
    expect(linesOf(rules.columns, 'README.md', fences('js'))).toEqual([2, 4]);
    expect(linesOf(rules.columns, 'engine/a.def', `KMEM_GFP(${'x'.repeat(99)})`)).toEqual([]);
  });

  test('fileLength: 601 lines are refused', () => {
    expect(linesOf(rules.fileLength, 'web/a.ts', '\n'.repeat(601))).toEqual([601]);
    expect(linesOf(rules.fileLength, 'web/a.ts', '\n'.repeat(600))).toEqual([]);
    expect(linesOf(rules.fileLength, 'web/a.gen.ts', '\n'.repeat(999))).toEqual([]);
  });

  test('functionLength: 71 lines are refused, also inside a class', () => {
    const body = (lines: number) => `int f(int a,\n      int b) {\n${'  a();\n'.repeat(lines)}}\n`;
    expect(linesOf(functionLength, 'engine/mm/a.cpp', body(68))).toEqual([]);
    expect(linesOf(functionLength, 'engine/mm/a.cpp', body(69))).toEqual([2]);
    const method = `class A {\n  f() {\n${'    g();\n'.repeat(69)}  }\n}\n`;
    expect(linesOf(functionLength, 'web/a.ts', method)).toEqual([2]);
    const documented = `/**\n * Draws (once).\n */\nclass A {\n${'  a = 1;\n'.repeat(90)}}\n`;
    expect(linesOf(functionLength, 'web/a.ts', documented)).toEqual([]);
    const styles = `const a = css\`\n:host(.a) {\n${'  x: 1;\n'.repeat(90)}}\n\`;\n`;
    expect(linesOf(functionLength, 'web/a.ts', styles)).toEqual([]);
    expect(linesOf(functionLength, 'web/a.ts', method.replace('f()', "'{' + f()"))).toEqual([2]);
  });

  test('layers: no floor includes a floor above it', () => {
    const include = (floor: string) => `#include "${floor}/a.h"\n`;
    expect(linesOf(rules.layers, 'engine/mm/a.h', include('base') + include('sim'))).toEqual([2]);
    expect(linesOf(rules.layers, 'engine/mm/a.h', include('engine/report'))).toEqual([1]);
    expect(linesOf(rules.layers, 'engine/report/a.h', include('sim'))).toEqual([]);
    expect(linesOf(rules.layers, 'engine/mm/a.h', include('elsewhere'))).toEqual([1]);
    expect(linesOf(rules.layers, 'engine/attic/a.h', '')).toEqual([1]);
  });

  test('emscriptenOnlyInBindings', () => {
    const text = '#include <emscripten/bind.h>\n';
    expect(linesOf(rules.emscriptenOnlyInBindings, 'engine/sim/a.cpp', text)).toEqual([1]);
    expect(linesOf(rules.emscriptenOnlyInBindings, 'engine/bindings/a.cpp', text)).toEqual([]);
  });

  test('deterministic: no clock and no hash map', () => {
    const text = '#include <vector>\n#include <unordered_map>\n#include <chrono>\n';
    expect(linesOf(rules.deterministic, 'engine/mm/a.cpp', text)).toEqual([2, 3]);
    expect(linesOf(rules.deterministic, 'engine/ingest/a.cpp', text)).toEqual([3]);
  });

  test('notesNameAnIssue', () => {
    const text = '// TODO: later\n// TODO(#12): later\n// FIXME\n';
    expect(linesOf(rules.notesNameAnIssue, 'web/a.ts', text)).toEqual([1, 3]);
  });

  test('scriptsNeedOnlyNode', () => {
    const text = "import a from 'node:fs';\nimport {b} from './b.mjs';\nimport c from 'vite';\n";
    expect(linesOf(rules.scriptsNeedOnlyNode, 'scripts/a.mjs', text)).toEqual([3]);
    expect(linesOf(rules.scriptsNeedOnlyNode, 'scripts/a.mjs', "} from 'lit';")).toEqual([1]);
    expect(linesOf(rules.scriptsNeedOnlyNode, 'web/a.ts', text)).toEqual([]);
  });

  test('namesNoOneMachine', () => {
    const bad = '"resolved": "x"\nat registry.example.org\n/home/me/a\n/usr/share/nodejs\n';
    expect(linesOf(rules.namesNoOneMachine, 'a.json', bad)).toEqual([1, 2, 3]);
    expect(linesOf(rules.namesNoOneMachine, 'a.ts', "import './work/a'; x.tmp/b")).toEqual([]);
  });

  test('linksResolve: relative to the page, anchors aside', () => {
    const rule = rules.linksResolve((path) => path === 'docs/a.md');
    expect(linesOf(rule, 'docs/b.md', '[a](a.md#top)\n[c](c.md)\n[w](https://x.org)')).toEqual([2]);
    expect(linesOf(rule, 'README.md', '[a](docs/a.md) [b](#here)')).toEqual([]);
    expect(linesOf(rule, 'docs/decisions/b.md', '[a](../a.md)\n[up](../../a.md)')).toEqual([2]);
  });
});

describe('the fidelity page', () => {
  test('finds the name that a declaration declares', () => {
    expect(declaredName('constexpr Page buddy_of(Page page, Order order) {')).toBe('buddy_of()');
    expect(declaredName('enum class ZoneType : uint8_t {')).toBe('ZoneType');
    expect(declaredName('inline constexpr uint32_t kNrOrders = 11;')).toBe('kNrOrders');
    expect(declaredName('[[nodiscard]] bool is_buddy(Page p) const {')).toBe('is_buddy()');
    expect(declaredName('using Gfp = uint32_t;')).toBe('Gfp');
  });

  test('reads tags over several lines', () => {
    const text = `/// Does it.
/// @kernel expand(), mm/page_alloc.c
/// @fidelity simplified: one
///           list only.
///
/// More.
void expand(int order);
`;
    expect(ratedDeclarations(text)).toEqual([
      {
        name: 'expand()',
        kernel: 'expand(), mm/page_alloc.c',
        grade: 'simplified',
        note: 'one list only.',
      },
    ]);
    expect(fidelityPage([['engine/mm/a.h', text]])).toContain('In all: 1 simplified.');
  });
});

describe('set-up', () => {
  test('compares versions as numbers', () => {
    expect(isOlder('3.1.6', '3.1.6')).toBe(false);
    expect(isOlder('3.1.5', '3.1.6')).toBe(true);
    expect(isOlder('3.1.10', '3.1.6')).toBe(false);
    expect(isOlder('4.0', '3.1.6')).toBe(false);
  });

  test('sees that node_modules is not what the lockfile names', () => {
    const lock = {packages: {'': {}, a: {version: '1'}, b: {version: '1', optional: true}}};
    expect(packagesMatch(lock, {packages: {a: {version: '1'}}})).toBe(true);
    expect(packagesMatch(lock, {packages: {a: {version: '2'}}})).toBe(false);
    expect(packagesMatch(lock, {packages: {}})).toBe(false);
  });

  test('completes a lockfile with the packages of other platforms', () => {
    const asking = {
      version: '1.0.0',
      dev: true,
      optionalDependencies: {'@a/b-linux-x64-musl': '1.0.0'},
    };
    const {packages} = completed({packages: {'node_modules/a': asking}});
    expect(packages['node_modules/@a/b-linux-x64-musl']).toEqual({
      version: '1.0.0',
      cpu: ['x64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    });
    const range = {version: '1.0.0', optionalDependencies: {'@a/b-linux-x64': '^1.0.0'}};
    expect(() => completed({packages: {'node_modules/a': range}})).toThrow(/cannot tell/);
  });
});
