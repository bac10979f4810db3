// Goal: the repository obeys its rules. Method: every rule over every file that git would commit.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync, statSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {completed} from '../../scripts/complete_lockfile.mjs';
import {functionLength} from './function_length.ts';
import * as rules from './rules.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

const isText = (path: string): boolean => !/\.(gz|png|wasm|ico|woff2)$/.test(path);

const paths = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {cwd: root})
  .toString()
  .split('\n')
  .filter((path) => path !== '' && existsSync(root + path));
const files = paths.filter(isText).map((path) => ({
  path,
  text: readFileSync(root + path, 'utf8'),
}));

const isInCheckout = (path: string): boolean =>
  path === '' || paths.includes(path) || paths.some((file) => file.startsWith(`${path}/`));

const all: [string, rules.Rule][] = [
  ['100 columns', rules.columns],
  ['600 lines a file', rules.fileLength],
  ['70 lines a function', functionLength],
  ['each floor includes only floors below', rules.layers],
  ['Emscripten only in bindings', rules.emscriptenOnlyInBindings],
  ['nothing that differs from run to run', rules.deterministic],
  ['notes for later name an issue', rules.notesNameAnIssue],
  ['scripts need only Node', rules.scriptsNeedOnlyNode],
  ['no registry and no path of one machine', rules.namesNoOneMachine],
  ['links lead to files', rules.linksResolve((path) => isInCheckout(path.replace(/\/$/, '')))],
];

describe('the repository', () => {
  test.each(all)('%s', (_name, rule) => {
    const problems = files.flatMap(({path, text}) => rule(path, text));
    expect(problems.map(({path, line, text}) => `${path}:${line}: ${text}`)).toEqual([]);
  });

  test('no big file that is not a picture or a recording', () => {
    const big = paths.filter((path) => isText(path) && statSync(root + path).size > 256 * 1024);
    expect(big).toEqual([]);
  });

  test('the lockfile has the packages of every platform', () => {
    const lock = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));
    expect(Object.keys(completed(lock).packages)).toEqual(Object.keys(lock.packages));
  });

  // Each generator has --check, so the test holds whatever the generator writes.
  const generators = paths.filter((path) => /^scripts\/gen_\w+\.mjs$/.test(path));
  test.each(generators)('%s has been run', (generator) => {
    execFileSync(process.execPath, [generator, '--check'], {cwd: root});
  });
});
