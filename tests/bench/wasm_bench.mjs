// The race in wasm, the boundary (B1), booting and replay, as JSON on standard output:
//   node tests/bench/wasm_bench.mjs FOLDER_OF_THE_BUILD [--proof] [--reps N] [--segments N]
// One process, every allocator on the same segments turn by turn, CPU time as the clock.
import {readFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {parseArgs} from 'node:util';
import {gunzipSync} from 'node:zlib';

/** The order of kmem_bench::Variant, and of the shapes in workload.cpp. */
const variants = ['loop', 'textbook', 'engine', 'decisions', 'untraced', 'bare'];
const nrWorkloads = 6;

const cpuNanoseconds = () => {
  const {user, system} = process.cpuUsage();
  return (user + system) * 1000;
};

/** CPU nanoseconds of `work()`. */
function timed(work) {
  const began = cpuNanoseconds();
  work();
  return cpuNanoseconds() - began;
}

async function load(folder, name) {
  const {default: create} = await import(pathToFileURL(join(folder, `${name}.mjs`)).href);
  return create({wasmBinary: readFileSync(join(folder, `${name}.wasm`))});
}

/** One repetition: `segments` segments, nobody always behind the same neighbour. */
function repetition(contest, segments) {
  const spent = variants.map(() => 0);
  let calls = 0;
  for (let segment = 0; segment < segments; segment += 1) {
    calls += contest.nextSegment();
    for (let i = 0; i < variants.length; i += 1) {
      const who = (i + segment) % variants.length;
      spent[who] += timed(() => contest.run(who));
    }
  }
  return Object.fromEntries(variants.map((name, i) => [name, spent[i] / calls]));
}

/** @returns for each workload the repetitions, each with ns a call by variant. */
function race(contest, reps, segments) {
  const workloads = {};
  for (let i = 0; i < nrWorkloads; i += 1) {
    const name = contest.open(i);
    // V8 compiles in tiers: the first rounds run slower code.
    repetition(contest, variants.length);
    workloads[name] = Array.from({length: reps}, () => repetition(contest, segments));
  }
  return workloads;
}

/** B1: a batch of commands that do nothing (frees of empty slots), and one plain Embind call. */
function boundary(kmem, contest, reps) {
  const commands = 1024;
  const batch = new kmem.Batch();
  if (!batch.bootPristine('{"memory_mib": 64, "cpus": 1}')) throw new Error(batch.error().message);
  batch.buffer(2 * commands);
  const rounds = 500;
  const fill = (words, alternate) => {
    for (let i = 0; i < commands; i += 1) {
      words[2 * i] = alternate ? i >> 1 : i;
      words[2 * i + 1] = alternate && i % 2 === 0 ? 0xcc0 : 0xffffffff;
    }
  };
  const exec = (alternate) => {
    const words = batch.buffer(2 * commands);
    return timed(() => {
      for (let round = 0; round < rounds; round += 1) {
        fill(words, alternate);
        batch.exec(commands);
      }
    });
  };
  const call = () =>
    timed(() => {
      for (let i = 0; i < rounds * commands; i += 1) contest.add(i, 1);
    });
  for (let i = 0; i < 3; i += 1) [exec(false), exec(true), call()];
  const per = rounds * commands;
  const results = Array.from({length: reps}, () => ({
    batch: exec(false) / per,
    add: call() / per,
    pairs: exec(true) / per,
  }));
  batch.delete();
  return results;
}

/** Milliseconds of CPU to boot a pristine machine of 1 GiB. */
function boot(kmem, reps) {
  return Array.from({length: reps + 2}, () => {
    const batch = new kmem.Batch();
    const spent = timed(() => {
      if (!batch.bootPristine('{"memory_mib": 1024, "cpus": 1}')) throw new Error('no boot');
    });
    batch.delete();
    return spent / 1e6;
  }).slice(2);
}

/**
 * Calls a second of CPU on one recording, with checking off: the machine runs the commands and
 * nobody compares until all have run.
 */
function replayOne(contest, file, reps) {
  const calls = contest.loadRecording(gunzipSync(readFileSync(file)));
  const rounds = Math.ceil(200_000 / calls);
  const rates = [];
  for (let rep = 0; rep < reps + 2; rep += 1) {
    let spent = 0;
    for (let round = 0; round < rounds; round += 1) {
      contest.rewindReplay();
      spent += timed(() => contest.runReplay());
      const wrong = contest.wrongInReplay();
      if (wrong > 0) throw new Error(`${file}: ${wrong} of ${calls} calls differ from the kernel`);
    }
    rates.push((calls * rounds) / (spent / 1e9));
  }
  return rates.slice(2);
}

const replay = (contest, files, reps) =>
  Object.fromEntries(files.map((file) => [basename(file), replayOne(contest, file, reps)]));

const {values: options, positionals} = parseArgs({
  allowPositionals: true,
  options: {
    proof: {type: 'boolean', default: false},
    reps: {type: 'string', default: '9'},
    segments: {type: 'string', default: '6'},
  },
});
const [folder = '', ...recordings] = positionals;
const reps = Number(options.reps);
const contest = await load(folder, 'kmem_bench');
if (options.proof) {
  process.stdout.write(contest.proofs());
} else {
  const workloads = race(contest, reps, Number(options.segments));
  const kmem = await load(folder, 'kmem');
  const result = {
    workloads,
    boundary: boundary(kmem, contest, reps),
    bootMilliseconds: boot(kmem, reps),
    replay: recordings.length > 0 ? replay(contest, recordings, reps) : undefined,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
