// Makes a checkout ready to build: the system packages, then the npm packages.
// Looks at files only, so that it costs nothing when everything is there.
import {existsSync, readdirSync, readFileSync, realpathSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {findWasmSplit} from './lib/binaryen.mjs';
import {CommandFailed, inRoot, isProgram, main, run, tryRun, which} from './lib/system.mjs';

const oldestEmscripten = '3.1.6';
const oldestNode = '20.19.0';

/** Compares dotted versions number by number. */
export function isOlder(version, limit) {
  const a = version.split('.').map(Number);
  const b = limit.split('.').map(Number);
  for (let i = 0; i < b.length; i += 1) {
    if ((a[i] ?? 0) !== b[i]) return (a[i] ?? 0) < b[i];
  }
  return false;
}

/**
 * Why the emcc on PATH will not do, or undefined when it will. Reads the version file beside it:
 * starting emcc to ask takes longer than the rest of the set-up.
 */
function emscriptenProblem() {
  const emcc = which('emcc');
  if (emcc === undefined) return 'emcc is not on PATH';
  const versionFile = join(dirname(realpathSync(emcc)), 'emscripten-version.txt');
  if (!existsSync(versionFile)) return undefined;
  const version = readFileSync(versionFile, 'utf8').replaceAll(/["\s]/g, '').replace(/-.*/, '');
  if (!isOlder(version, oldestEmscripten)) return undefined;
  return `emcc is ${version}, older than ${oldestEmscripten}`;
}

const wasmSplitProblem = () =>
  findWasmSplit() ? undefined : 'wasm-split is neither beside emcc nor on PATH';

const program = (name) => () => (which(name) ? undefined : `${name} is not on PATH`);

const file = (name, ...folders) => {
  return () => {
    const found = folders.some((folder) => existsSync(join(folder, name)));
    return found ? undefined : `${name} is not in ${folders.join(' or ')}`;
  };
};

function fuzzerProblem() {
  const clangs = '/usr/lib';
  const versions = existsSync(clangs)
    ? readdirSync(clangs).filter((entry) => entry.startsWith('llvm-'))
    : [];
  const found = versions.some((version) => {
    const runtimes = join(clangs, version, 'lib/clang');
    return (
      existsSync(runtimes) &&
      readdirSync(runtimes).some((entry) => {
        const folder = join(runtimes, entry, 'lib/linux');
        return existsSync(folder) && readdirSync(folder).some((name) => name.includes('fuzzer'));
      })
    );
  });
  return found ? undefined : 'the libFuzzer runtime of clang is missing';
}

const headers = ['/usr/include', '/usr/local/include'];

/** Each thing the build needs: what it is for, how to see it is there, its package in Debian 12. */
const needs = [
  {what: 'g++, the native compiler', problem: program('g++'), debian: ['g++', 'libc6-dev']},
  {what: 'clang++, the second native compiler', problem: program('clang++'), debian: ['clang']},
  {what: 'the libFuzzer runtime', problem: fuzzerProblem, debian: ['libclang-rt-dev']},
  {what: 'CMake', problem: program('cmake'), debian: ['cmake']},
  {what: 'Ninja', problem: program('ninja'), debian: ['ninja-build']},
  {what: `Emscripten >= ${oldestEmscripten}`, problem: emscriptenProblem, debian: ['emscripten']},
  {what: 'wasm-split of Binaryen', problem: wasmSplitProblem, debian: ['binaryen']},
  {
    what: 'GoogleTest sources',
    problem: file('googletest/src/gtest-all.cc', '/usr/src/googletest'),
    debian: ['googletest'],
  },
  {
    what: 'Google Benchmark',
    problem: file('benchmark/benchmark.h', ...headers),
    debian: ['libbenchmark-dev'],
  },
  {
    what: 'RapidJSON',
    problem: file('rapidjson/document.h', ...headers),
    debian: ['rapidjson-dev'],
  },
  {what: 'zlib', problem: file('zlib.h', ...headers), debian: ['zlib1g-dev']},
  {what: 'Chromium, for the page tests', problem: program('chromium'), debian: ['chromium']},
  {what: 'clang-format', problem: program('clang-format'), debian: ['clang-format']},
  {what: 'clang-tidy', problem: program('clang-tidy'), debian: ['clang-tidy']},
];

const missingNeeds = () =>
  needs.flatMap((need) => {
    const problem = need.problem();
    return problem === undefined ? [] : [{...need, problem}];
  });

/** The words that come before `apt-get` to install packages, or undefined when we may not. */
async function aptPrefix() {
  if (which('apt-get') === undefined) return undefined;
  if (process.getuid?.() === 0) return [];
  if (which('sudo') === undefined) return undefined;
  const passwordless = (await tryRun('sudo', ['-n', 'true'], {stdio: 'ignore'})) === 0;
  return passwordless ? ['sudo', '-n'] : undefined;
}

function explain(missing) {
  const packages = missing.flatMap((need) => need.debian).join(' ');
  console.error('\nset-up: these are missing and could not be installed from here:');
  for (const need of missing) console.error(`  ${need.what}: ${need.problem}`);
  console.error(`\nOn Debian 12 or Ubuntu, run this and start again:`);
  console.error(
    `  sudo apt-get update && sudo apt-get install --no-install-recommends ${packages}`,
  );
  console.error('An Emscripten from emsdk does as well, when its emcc is on PATH.');
}

async function aptInstall(prefix, packages) {
  const words = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get'];
  const apt = (...args) => {
    console.log(`set-up: apt-get ${args.join(' ')}`);
    return tryRun(words[0], [...words.slice(1), ...args]);
  };
  // A fresh container has no package lists, and an old machine has lists that name packages which
  // are gone; in both cases the list is the cure.
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  if ((await apt('update')) !== 0) console.error('set-up: apt-get update failed, going on');
  return (await apt(...install)) === 0;
}

async function setUpSystem() {
  let missing = missingNeeds();
  if (missing.length === 0) return;
  for (const need of missing) console.log(`set-up: ${need.what}: ${need.problem}`);
  const prefix = await aptPrefix();
  if (prefix !== undefined) {
    await aptInstall(
      prefix,
      missing.flatMap((need) => need.debian),
    );
    missing = missingNeeds();
    if (missing.length === 0) return;
  }
  explain(missing);
  throw new CommandFailed('set-up is not complete');
}

/**
 * True when node_modules holds what the lockfile names. npm writes down there what it installed,
 * so a hand-run `npm ci` counts too. Packages for other platforms are optional and absent.
 */
export function packagesMatch(lock, installed) {
  return Object.entries(lock.packages).every(([path, wanted]) => {
    if (path === '' || wanted.optional) return true;
    return installed.packages[path]?.version === wanted.version;
  });
}

async function setUpPackages() {
  const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
  const record = inRoot('node_modules', '.package-lock.json');
  if (existsSync(record) && packagesMatch(read(inRoot('package-lock.json')), read(record))) return;
  console.log('set-up: npm ci');
  await run('npm', ['ci', '--no-audit', '--no-fund']);
}

/** Does nothing when all is there. @throws {CommandFailed} when something is missing for good. */
export async function setUp() {
  if (isOlder(process.versions.node, oldestNode)) {
    throw new CommandFailed(`set-up: node ${process.versions.node} is older than ${oldestNode}`);
  }
  await setUpSystem();
  await setUpPackages();
}

if (isProgram(import.meta)) {
  await main(async () => {
    await setUp();
    console.log('set-up: everything is there');
  });
}
