// clang-tidy over the engine, two files at a time or as many as there are processors.
// A file is read again only when it, a header or the set of checks has changed since it was clean.
// With --analyze clang's analyzer too, which takes longer than all the rest: no part of `npm test`,
// where the sanitizers and fuzzers go the same roads.
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {dirname} from 'node:path';
import {cppFiles} from './lib/cpp_files.mjs';
import {CommandFailed, inRoot, isProgram, main, run, tryRun} from './lib/system.mjs';

const preset = 'native-clang';
const cacheFile = inRoot('build', 'clang_tidy_clean.json');

/** PlacementNew sees a misaligned buffer in RapidJSON's null value; there is none. */
const analyzer = [
  'clang-analyzer-core*',
  'clang-analyzer-cplusplus*',
  '-clang-analyzer-cplusplus.PlacementNew',
];

const read = (path) => readFileSync(inRoot(path), 'utf8');
const hashOf = (...texts) =>
  texts.reduce((hash, t) => hash.update(t), createHash('sha256')).digest('hex');

const readCache = () => (existsSync(cacheFile) ? JSON.parse(readFileSync(cacheFile, 'utf8')) : {});

/**
 * Lints every engine source.
 * @param {string[]} [checks] more than those of .clang-tidy
 * @throws {CommandFailed} when clang-tidy has something to say.
 */
export async function lintCpp(checks = []) {
  // Only configures: clang-tidy needs the compile commands, not the objects.
  await run('cmake', ['--preset', preset], {stdio: ['ignore', 'ignore', 'inherit']});

  const engine = cppFiles().filter((file) => file.startsWith('engine/'));
  const isSource = (file) => file.endsWith('.cpp') && !file.startsWith('engine/bindings/');
  const shared = engine.filter((file) => !file.endsWith('.cpp')).map(read);
  const rules = hashOf(read('.clang-tidy'), ...checks, ...shared);

  const clean = readCache();
  const key = (file) => hashOf(rules, read(file));
  const waiting = engine.filter((file) => isSource(file) && clean[file] !== key(file));
  const total = waiting.length;

  const more = checks.length > 0 ? [`--checks=${checks.join()}`] : [];
  const failed = [];
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const where = ['-p', inRoot('build', preset)];
      const code = await tryRun('clang-tidy', ['--quiet', ...more, ...where, file]);
      if (code === 0) clean[file] = key(file);
      else failed.push(file);
    }
  };
  await Promise.all(Array.from({length: availableParallelism()}, worker));

  mkdirSync(dirname(cacheFile), {recursive: true});
  writeFileSync(cacheFile, JSON.stringify(clean));
  console.log(`clang-tidy: ${total} files read, ${failed.length} with findings`);
  if (failed.length > 0) throw new CommandFailed(`clang-tidy: ${failed.sort().join(' ')}`);
}

if (isProgram(import.meta)) {
  await main(() => lintCpp(process.argv.includes('--analyze') ? analyzer : []));
}
