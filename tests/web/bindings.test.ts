// Goal: native.d.ts, which is written by hand, says exactly what the wasm module offers.
// Method: its declarations, read with TypeScript's own parser, against Embind's prototypes: names
// and argument counts, both ways, so that a missing one fails as an extra one does.
import {readFileSync} from 'node:fs';
import ts from 'typescript';
import {beforeAll, describe, expect, test} from 'vitest';
import {loadKmem} from '../../web/src/engine/load.ts';
import type {NativeModule} from '../../web/src/engine/native.d.ts';

const kDeclarations = new URL('../../web/src/engine/native.d.ts', import.meta.url);

/** What one interface declares: methods with their parameter counts, and properties. */
interface Declared {
  readonly methods: Record<string, number>;
  readonly properties: string[];
}

function declaredIn(source: ts.SourceFile): Record<string, Declared> {
  const found: Record<string, Declared> = {};
  for (const statement of source.statements) {
    if (!ts.isInterfaceDeclaration(statement)) continue;
    const declared: Declared = {methods: {}, properties: []};
    for (const member of statement.members) {
      const name = member.name?.getText(source) ?? '';
      if (ts.isMethodSignature(member)) declared.methods[name] = member.parameters.length;
      else declared.properties.push(name);
    }
    found[statement.name.text] = declared;
  }
  return found;
}

const source = ts.createSourceFile(
  'native.d.ts',
  readFileSync(kDeclarations, 'utf8'),
  ts.ScriptTarget.Latest,
);
const declared = declaredIn(source);

type EmbindFunction = ((...args: unknown[]) => unknown) & {argCount?: number};

/** Embind keeps the count on methods; a free function tells it when it is called wrongly. */
function argumentCount(fn: EmbindFunction): number {
  if (fn.argCount !== undefined) return fn.argCount;
  try {
    fn(...new Array(40).fill(0));
  } catch (error) {
    const said = /expected (\d+) args/.exec((error as Error).message);
    if (said) return Number(said[1]);
  }
  return fn.length;
}

/** Methods that every Embind class inherits, e.g. delete(). */
function inherited(module: NativeModule): Record<string, unknown> {
  return Object.getPrototypeOf(module.Session.prototype);
}

function bound(prototype: object): Record<string, number> {
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  const methods = prototype as Record<string, EmbindFunction>;
  return Object.fromEntries(names.map((name) => [name, argumentCount(methods[name]!)]));
}

/** Exports of Emscripten's runtime: memory, the C world, and Embind's own tools. */
const kRuntimeNames = new Set([
  ...['wasmBinary', 'ready', 'preloadedImages', 'preloadedAudios', 'run', 'asm', 'calledRun'],
  ...['InternalError', 'BindingError', 'UnboundTypeError', 'getInheritedInstanceCount'],
  ...['getLiveInheritedInstances', 'flushPendingDeletes', 'setDelayFunction'],
  ...['count_emval_handles', 'get_first_emval', 'print', 'printErr'],
]);

function isRuntimeName(name: string): boolean {
  return kRuntimeNames.has(name) || /^(?:_|dynCall_|HEAP)/.test(name);
}

let module: NativeModule;
beforeAll(async () => {
  module = await loadKmem();
});

describe.each(['Session', 'Batch'] as const)('%s', (name) => {
  test('has the declared methods, with as many arguments, and no others', () => {
    const base = inherited(module);
    const own = Object.entries(declared[`Native${name}`]!.methods).filter(
      ([method]) => !(method in base),
    );
    expect(bound(module[name].prototype)).toEqual(Object.fromEntries(own));
  });

  test('inherits the declared rest from Embind', () => {
    const {methods, properties} = declared[`Native${name}`]!;
    const base = inherited(module) as Record<string, EmbindFunction>;
    const rest = Object.keys(methods).filter((method) => method in base);
    expect([rest, properties]).toEqual([['delete'], []]);
    expect(base['delete']).toHaveLength(methods['delete']!);
  });

  test('is made without arguments and given back', () => {
    const object = new module[name]();
    expect(object).toBeInstanceOf(module[name]);
    object.delete();
  });
});

test('the module offers what NativeModule declares, and nothing else', () => {
  const {methods, properties} = declared['NativeModule']!;
  const offered = module as unknown as Record<string, EmbindFunction>;
  const names = Object.keys(offered).filter((name) => !isRuntimeName(name));
  const classes = properties.filter((name) => !name.startsWith('HEAP'));
  expect(names.sort()).toEqual([...Object.keys(methods), ...classes].sort());
  for (const [name, count] of Object.entries(methods)) {
    expect([name, argumentCount(offered[name]!)]).toEqual([name, count]);
  }
  for (const heap of properties.filter((name) => name.startsWith('HEAP'))) {
    expect(ArrayBuffer.isView(offered[heap])).toBe(true);
  }
});

test('NativeError has the declared members', () => {
  const session = new module.Session();
  expect(Object.keys(session.error()).sort()).toEqual(
    [...declared['NativeError']!.properties].sort(),
  );
  session.delete();
});

test('the declared memory views are those of the engine', () => {
  expect(module.HEAPU8.buffer).toBe(module.HEAPU32.buffer);
  expect(module.kernelRelease()).toBe('6.1.192');
});
