// Builds what a user runs: the engine as wasm, the page, the node command and the node library.
// Each part is skipped when nothing it is made from has changed.
import {copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {packLines} from './lib/line_delta.mjs';
import {CommandFailed, inRoot, isProgram, isStale, main, run, runPackage} from './lib/system.mjs';
import {setUp} from './setup.mjs';
import {splitEngine} from './split_engine.mjs';

const wasmFiles = ['kmem.mjs', 'kmem.wasm'];
const wasmFolder = 'web/src/engine/wasm';
/** Which recordings the page offers. */
const offered = 'web/src/page/recordings.json';
const packedFolder = 'web/public/recordings';
/** What decides how a part is built, besides its own sources. */
const buildRules = ['package-lock.json', 'scripts/build.mjs'];

/** Configures and builds CMake targets of one preset. No targets means all of them. */
export async function cmakeBuild(preset, targets = []) {
  // Ninja configures again by itself when a CMakeLists.txt changes, but it cannot see the presets.
  if (isStale(`build/${preset}/build.ninja`, ['CMakePresets.json'])) {
    await run('cmake', ['--preset', preset]);
  }
  const only = targets.length > 0 ? ['--target', ...targets] : [];
  await run('cmake', ['--build', '--preset', preset, ...only]);
}

function copyTo(folder, source) {
  mkdirSync(inRoot(folder), {recursive: true});
  const target = inRoot(folder, basename(source));
  if (isStale(`${folder}/${basename(source)}`, [source])) copyFileSync(inRoot(source), target);
}

async function buildEngine() {
  await cmakeBuild('wasm-release', ['kmem_wasm']);
  for (const name of wasmFiles) {
    const built = `build/wasm-release/bin/${name}`;
    if (!existsSync(inRoot(built))) throw new CommandFailed(`the engine build made no ${built}`);
    copyTo(wasmFolder, built);
  }
}

/** Runs `work` when its stamp is older than its inputs. */
async function unlessFresh(name, inputs, work) {
  const stamp = `build/stamps/${name}`;
  if (!isStale(stamp, [...inputs, ...buildRules])) return console.log(`${name}: up to date`);
  await work();
  mkdirSync(dirname(inRoot(stamp)), {recursive: true});
  writeFileSync(inRoot(stamp), '');
}

/** Packs the recordings that the page offers; tests/conformance holds them as they were made. */
function packRecordings() {
  mkdirSync(inRoot(packedFolder), {recursive: true});
  for (const {name} of JSON.parse(readFileSync(inRoot(offered), 'utf8'))) {
    const source = `tests/conformance/recordings/debian/${name}.jsonl.gz`;
    const text = gunzipSync(readFileSync(inRoot(source))).toString('utf8');
    const packed = gzipSync(packLines(text), {level: 9});
    writeFileSync(inRoot(packedFolder, `${name}.lines.gz`), packed);
  }
}

async function buildSite() {
  const made = ['scripts/lib/line_delta.mjs', 'tests/conformance/recordings/debian'];
  await unlessFresh('recordings', [...made, offered], packRecordings);
  await unlessFresh('site', ['web', 'vite.config.ts'], () => runPackage('vite', ['build']));
}

/** Bundles one entry for node, with the wasm file beside it, where the glue looks for it. */
async function bundleForNode(entry, output) {
  await runPackage('esbuild', [
    entry,
    '--bundle',
    '--format=esm',
    '--platform=node',
    '--target=node20',
    '--log-level=warning',
    `--outfile=${output}`,
  ]);
  copyTo(dirname(output), `${wasmFolder}/kmem.wasm`);
}

const buildCommand = () =>
  unlessFresh('cli', ['web/cli', 'web/src/engine'], () =>
    bundleForNode('web/cli/main.ts', 'dist/cli/main.js'),
  );

const buildLibrary = () =>
  unlessFresh('library', ['web/src/engine'], () =>
    bundleForNode('web/src/engine/index.ts', 'dist/engine/index.js'),
  );

/** Needs the library, which drives the engine through its first minute. */
const cutEngine = () =>
  unlessFresh('split', [`${wasmFolder}/kmem.wasm`, 'scripts/split_engine.mjs'], splitEngine);

/** Builds everything that is out of date. @throws {CommandFailed} */
export async function buildAll() {
  await buildEngine();
  await buildLibrary();
  await buildCommand();
  await cutEngine();
  await buildSite();
}

if (isProgram(import.meta)) {
  await main(async () => {
    await setUp();
    await buildAll();
  });
}
