// Cuts the engine in two for the page: what it calls in its first minute, and the rest.
// Which functions the first minute calls is measured, so there is no list to keep. A wrong guess
// costs a visitor one more fetch and nothing else (web/src/engine/split_engine.ts).
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {findWasmSplit} from './lib/binaryen.mjs';
import {CommandFailed, inRoot, run} from './lib/system.mjs';

const folder = 'web/src/engine/wasm';
const work = 'build/split';
const profileExport = '__write_profile';
/** wasm-split's own module has mutable globals; nothing else is newer than WebAssembly 1.0. */
const features = ['--enable-mutable-globals'];

/** An engine that counts its calls, and how to read the counts. */
async function countingEngine(file) {
  const {default: create} = await import(inRoot(folder, 'kmem.mjs'));
  let exports;
  const module = await create({
    instantiateWasm(imports, done) {
      const compiled = new WebAssembly.Module(readFileSync(file));
      const instance = new WebAssembly.Instance(compiled, imports);
      exports = instance.exports;
      done(instance, compiled);
      return exports;
    },
  });
  return {module, profile: () => readProfile(exports)};
}

/** The engine is done by then, so the counts may lie behind all that it knows of. */
function readProfile(exports) {
  const memory = Object.values(exports).find((one) => one instanceof WebAssembly.Memory);
  const end = memory.buffer.byteLength;
  memory.grow(1);
  const length = exports[profileExport](end, 65536);
  return new Uint8Array(memory.buffer, end, length);
}

/** What a visitor sees and does first: the recording that opens, its steps, calls of their own. */
function firstMinute(session, recording) {
  session.loadRecording(recording);
  const everything = () => {
    const {step, zones} = session.view();
    const shown = step > 0 ? session.stepInfo(step).pfns : [];
    for (const pfn of [zones[0].startPfn, ...shown]) session.block(pfn);
    session.explain();
    session.frameStates();
    session.procfs(session.procfsPaths()[0]);
    session.kernelLog();
    session.freeList(0, 0, 0);
    session.pcpList(0, 0, 0);
    session.stateHash();
  };
  for (let step = 0; step <= session.length; step += 1) {
    session.seek(step);
    if (step < 500 || step === session.length) everything();
  }
  session.seek(20);
  for (const order of [0, 3]) {
    const {pfns} = session.run({op: 'alloc_pages', gfp: 'GFP_KERNEL', order});
    everything();
    session.run({op: 'free_pages', pfn: pfns[0], order});
    everything();
  }
}

/** Makes kmem.first.wasm and kmem.rest.wasm of kmem.wasm. @throws {CommandFailed} */
export async function splitEngine() {
  mkdirSync(inRoot(work), {recursive: true});
  const split = findWasmSplit();
  if (split === undefined) throw new CommandFailed('wasm-split is missing: install binaryen');
  const whole = `${folder}/kmem.wasm`;
  const counting = `${work}/counting.wasm`;
  await run(split, [
    ...features,
    '--instrument',
    `--profile-export=${profileExport}`,
    whole,
    '-o',
    counting,
  ]);

  const {module, profile} = await countingEngine(inRoot(counting));
  const {Session} = await import(inRoot('dist/engine/index.js'));
  const seq = 'tests/conformance/recordings/debian/seq-1.jsonl.gz';
  firstMinute(new Session(module), gunzipSync(readFileSync(inRoot(seq))));
  const profileFile = `${work}/first_minute.prof`;
  writeFileSync(inRoot(profileFile), profile());

  await run(split, [
    ...features,
    `--profile=${profileFile}`,
    '--export-prefix=%',
    whole,
    `-o1=${folder}/kmem.first.wasm`,
    `-o2=${folder}/kmem.rest.wasm`,
  ]);
}
