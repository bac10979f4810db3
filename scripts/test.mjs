// `npm test`: set up, then every check we have, cheapest first. `npm test -- web e2e` runs some.
// Every stage runs even when an earlier one failed, so that one run tells all there is to mend.
import {relative} from 'node:path';
import {buildAll, cmakeBuild} from './build.mjs';
import {CommandFailed, filesBelow, inRoot, main, root, run, runPackage} from './lib/system.mjs';
import {lintCpp} from './lint_cpp.mjs';
import {setUp} from './setup.mjs';

const vitest = (folder) => runPackage('vitest', ['run', folder]);

async function buildAndTest(preset) {
  await cmakeBuild(preset);
  await run('ctest', ['--preset', preset, '--parallel', '2']);
}

/** The engine tests run with sanitizers and as wasm, where clang optimises them. */
async function replayOptimised(preset) {
  const programs = ['kmem_conformance_tests', 'kmem_state_hash_tests'];
  await cmakeBuild(preset, [...programs, 'kmem_verify', 'kmem_bench']);
  for (const program of programs) await run(`build/${preset}/bin/${program}`, ['--gtest_brief=1']);
}

async function compareCompilers(preset) {
  await cmakeBuild(preset, ['kmem_state_hash_tests']);
  await run(`build/${preset}/bin/kmem_state_hash_tests`, []);
}

async function verifyRecordings() {
  const recordings = filesBelow(inRoot('tests', 'conformance', 'recordings'))
    .filter((file) => file.endsWith('.jsonl.gz'))
    .map((file) => relative(root, file))
    .sort();
  if (recordings.length === 0) throw new CommandFailed('tests/conformance has no recordings');
  await run(process.execPath, ['bin/kmem-playground.mjs', 'verify', ...recordings]);
}

/** Short name for the command line, what it does in words, and the work. */
const stages = [
  [
    'format',
    'formatting of C++ and TypeScript',
    () => run('node', ['scripts/format.mjs', '--check']),
  ],
  ['repo', 'repository rules', () => vitest('tests/repo')],
  ['native-debug', 'engine with sanitizers (g++)', () => buildAndTest('native-debug')],
  [
    'native-release',
    'recordings and states, engine optimised (g++)',
    () => replayOptimised('native-release'),
  ],
  ['native-clang', 'the same states with clang++', () => compareCompilers('native-clang')],
  [
    'fuzz',
    'random operations and recordings for some seconds (libFuzzer)',
    () => run('node', ['tests/fuzz/run.mjs', '--seconds', '10']),
  ],
  ['lint-cpp', 'clang-tidy', lintCpp],
  ['wasm', 'engine as wasm under node', () => buildAndTest('wasm-release')],
  ['build', 'page, node command and library', buildAll],
  [
    'package',
    'what npm would publish, and nothing unused',
    () => run('npm', ['run', '--silent', 'lint:package']),
  ],
  ['types', 'TypeScript, strictest', () => runPackage('tsc', ['--noEmit'])],
  ['web', 'page logic and the wasm boundary', () => vitest('tests/web')],
  ['verify', 'recordings of the real kernel through the node command', verifyRecordings],
  ['readme', 'the first example of the README', () => run('node', ['scripts/readme_example.mjs'])],
  ['e2e', 'the page in Chromium', () => runPackage('playwright', ['test'])],
  ['size', 'size of the first load', () => runPackage('size-limit', [])],
];

const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function runStage([name, words, work]) {
  console.log(`\n=== ${name}: ${words}`);
  const began = performance.now();
  try {
    await work();
    console.log(`=== ${name}: passed in ${seconds(began)}`);
    return {name, passed: true, time: seconds(began)};
  } catch (error) {
    console.error(error instanceof CommandFailed ? error.message : error);
    console.error(`=== ${name}: FAILED after ${seconds(began)}`);
    return {name, passed: false, time: seconds(began)};
  }
}

function chooseStages(names) {
  const unknown = names.filter((name) => !stages.some(([stage]) => stage === name));
  if (unknown.length > 0) {
    const known = stages.map(([stage]) => stage).join(' ');
    throw new CommandFailed(`no stage called ${unknown.join(', ')}; there are: ${known}`);
  }
  return names.length === 0 ? stages : stages.filter(([stage]) => names.includes(stage));
}

await main(async () => {
  const began = performance.now();
  const chosen = chooseStages(process.argv.slice(2));
  console.log('=== set-up');
  await setUp();
  console.log(`=== set-up: done in ${seconds(began)}`);

  const results = [];
  for (const stage of chosen) results.push(await runStage(stage));

  const failed = results.filter((result) => !result.passed);
  console.log('');
  for (const {name, passed, time} of results) {
    console.log(`${passed ? 'passed' : 'FAILED'}  ${name} (${time})`);
  }
  console.log(`all stages took ${seconds(began)}`);
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length > 0) process.exitCode = 1;
});
