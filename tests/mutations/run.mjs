// Tests the tests: applies each mutation of table.mjs to a copy of the file, replays the recordings
// with it, and says which of them notice; when none does, the worked examples are tried. Fails when
// a mutation survives, or when its text is no longer found exactly once.
//   node tests/mutations/run.mjs [--list] [words of a name]
// Objects are compiled once; a mutation recompiles one file and links again.
import {execFile} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {availableParallelism, tmpdir} from 'node:os';
import {basename, dirname, join, relative} from 'node:path';
import {CommandFailed, filesBelow, inRoot, main, which} from '../../scripts/lib/system.mjs';
import {mutations} from './table.mjs';

const engine = inRoot('engine');
const programFiles = ['kmem_verify.cpp', 'gz_file.cpp'].map((name) =>
  inRoot('tests', 'conformance', name),
);
/** What catches the mutations that no recording shows. */
const exampleFiles = [
  'worked_examples_test.cpp',
  'watermark_test.cpp',
  'cma_isolate_test.cpp',
  'random_machine.cpp',
  'random_operations_test.cpp',
  'report_sizes_test.cpp',
  'slab_examples_test.cpp',
  'slab_support.cpp',
  'slow_model.cpp',
  'slub_examples_test.cpp',
  'slub_pages_test.cpp',
  'slub_support.cpp',
  'support.cpp',
  'support_text.cpp',
].map((name) => inRoot('tests', 'engine', name));
const googletest = '/usr/src/googletest/googletest';
const googletestFiles = ['gtest-all.cc', 'gtest_main.cc'].map((name) =>
  join(googletest, 'src', name),
);
const testFlags = [
  `-I${googletest}`,
  `-isystem${googletest}/include`,
  `-DKMEM_TEST_DATA="${inRoot('tests')}"`,
];
const flags = ['-std=c++20', '-O1', '-w', `-I${engine}`, `-I${inRoot('tests')}`];
const jobs = Math.max(2, availableParallelism());

/** Runs a program. @returns what it printed and its exit code (-1: crashed or took too long). */
function capture(program, args, timeout = 120_000) {
  const options = {timeout, maxBuffer: 1 << 26};
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
      resolve({code, stdout, stderr});
    });
  });
}

/** @param launcher `ccache` for what is compiled in every run; a mutation is compiled once. */
async function compile(source, object, extra = [], launcher = which('ccache')) {
  const command = ['g++', ...extra, ...flags, '-c', source, '-o', object];
  const [program, ...args] = launcher ? [launcher, ...command] : command;
  const {code, stderr} = await capture(program, args);
  if (code !== 0) throw new CommandFailed(`${source} does not compile:\n${stderr}`);
  return object;
}

/** Works through `items`, some at a time, and keeps the order of the results. */
async function inParallel(items, work) {
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  };
  await Promise.all(Array.from({length: jobs}, worker));
  return results;
}

async function link(objects, program) {
  const {code, stderr} = await capture('g++', [...objects, '-lz', '-o', program]);
  if (code !== 0) throw new CommandFailed(`cannot link ${program}:\n${stderr}`);
}

/** Recordings that the program does not replay exactly. */
async function differing(program, recordings) {
  const {code, stdout} = await capture(program, recordings);
  if (code === 0) return [];
  if (code < 0) return ['(crash or endless loop)'];
  return [...stdout.matchAll(/^(\S+): calls (\d+)\/(\d+), dumps (\d+)\/(\d+)$/gm)]
    .filter(([, , matched, all, dumps, allDumps]) => matched !== all || dumps !== allDumps)
    .map(([, path]) => relative(inRoot('tests', 'conformance', 'recordings'), path))
    .map((path) => path.replace('.jsonl.gz', ''));
}

/** Text of the mutated file. @throws {CommandFailed} unless `search` is there exactly once. */
function mutate({name, file, search, replace}) {
  const parts = readFileSync(join(engine, file), 'utf8').split(search);
  if (parts.length === 2) return parts.join(replace);
  throw new CommandFailed(`"${name}": its text is ${parts.length - 1} times in engine/${file}`);
}

/** Compiles files into `folder`. @returns the object of each. */
async function compileAll(sources, folder, extra = []) {
  const objects = new Map();
  await inParallel(sources, async (source) => {
    const object = join(folder, `${source.replaceAll('/', '_')}.o`);
    objects.set(source, await compile(source, object, extra));
  });
  return objects;
}

/** The engine's objects by source, and how to link a program from them. */
class Builder {
  constructor(folder) {
    this.folder = folder;
  }

  async prepare() {
    const sources = filesBelow(engine).filter(
      (file) => file.endsWith('.cpp') && !file.startsWith(join(engine, 'bindings')),
    );
    this.engineObjects = await compileAll(sources, this.folder);
    this.verifyObjects = await compileAll(programFiles, this.folder);
  }

  /** The worked examples, compiled when the first mutation survives the recordings. */
  exampleObjects() {
    this.examples ??= compileAll([...exampleFiles, ...googletestFiles], this.folder, testFlags);
    return this.examples;
  }

  /** Links a program with some engine objects replaced. */
  async program(name, objects, replaced = new Map()) {
    const path = join(this.folder, name);
    const all = new Map([...this.engineObjects, ...replaced]);
    await link([...all.values(), ...objects.values()], path);
    return path;
  }
}

/** Tests of the worked examples that fail. */
async function failingExamples(program) {
  const {code, stdout} = await capture(program, ['--gtest_brief=1']);
  if (code === 0) return [];
  const failed = [...stdout.matchAll(/^\[ {2}FAILED {2}\] ([\w/]+\.[\w/]+)/gm)].map(
    ([, name]) => name,
  );
  return failed.length > 0 ? failed : ['(crash or endless loop)'];
}

/** Engine sources that see a header, directly or through other headers. */
function sourcesThatInclude(header) {
  const files = filesBelow(engine).map((path) => ({path, text: readFileSync(path, 'utf8')}));
  const reached = new Set([header]);
  for (const seen of reached) {
    for (const {path, text} of files) {
      if (text.includes(`#include "${seen}"`)) reached.add(relative(engine, path));
    }
  }
  const inBindings = (file) => file.startsWith('bindings/');
  return [...reached].filter((file) => file.endsWith('.cpp') && !inBindings(file));
}

/** Compiles what a mutation changes into `own`. @returns the new object of each source. */
async function compileMutated(mutation, own) {
  const mutated = join(own, mutation.file);
  mkdirSync(dirname(mutated), {recursive: true});
  writeFileSync(mutated, mutate(mutation));
  const isHeader = mutation.file.endsWith('.h');
  const files = isHeader ? sourcesThatInclude(mutation.file) : [mutation.file];
  const objects = await inParallel(files, (file) =>
    // The mutated file lies where the engine's own would be found later.
    compile(
      isHeader ? join(engine, file) : mutated,
      join(own, `${basename(file)}.o`),
      [`-I${own}`],
      null,
    ),
  );
  return new Map(files.map((file, index) => [join(engine, file), objects[index]]));
}

async function runMutation(mutation, index, builder, recordings) {
  const own = join(builder.folder, String(index));
  mkdirSync(own);
  const replaced = await compileMutated(mutation, own);
  const replay = await builder.program(`${index}/kmem_verify`, builder.verifyObjects, replaced);
  let caught = await differing(replay, recordings);
  if (caught.length === 0) {
    const objects = await builder.exampleObjects();
    caught = await failingExamples(await builder.program(`${index}/examples`, objects, replaced));
  }
  const verdict = caught.length > 0 ? `caught by ${caught.length}` : 'SURVIVED';
  console.log(`${verdict.padEnd(13)} ${mutation.name}: ${caught.slice(0, 4).join(', ')}`);
  return caught.length > 0;
}

async function runAll(chosen) {
  const began = performance.now();
  const recordings = filesBelow(inRoot('tests', 'conformance', 'recordings')).filter((file) =>
    file.endsWith('.jsonl.gz'),
  );
  const folder = mkdtempSync(join(tmpdir(), 'kmem-mutations-'));
  try {
    const builder = new Builder(folder);
    await builder.prepare();
    const wrong = await differing(
      await builder.program('kmem_verify', builder.verifyObjects),
      recordings,
    );
    if (wrong.length > 0) throw new CommandFailed(`the engine itself differs: ${wrong.join(', ')}`);
    const caught = await inParallel(chosen, (mutation, index) =>
      runMutation(mutation, index, builder, recordings),
    );
    const survived = chosen.filter((_, index) => !caught[index]);
    const seconds = Math.round((performance.now() - began) / 1000);
    console.log(
      `mutations: ${chosen.length - survived.length} of ${chosen.length} caught, ${seconds} s`,
    );
    if (survived.length > 0) {
      throw new CommandFailed(`survived: ${survived.map(({name}) => name).join('; ')}`);
    }
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

await main(async () => {
  const words = process.argv.slice(2).filter((word) => word !== '--list');
  const chosen = mutations.filter(({name}) => words.every((word) => name.includes(word)));
  if (chosen.length === 0) throw new CommandFailed(`no mutation is called "${words.join(' ')}"`);
  for (const mutation of chosen) mutate(mutation);
  if (process.argv.includes('--list')) {
    for (const {name, file} of chosen) console.log(`${file}: ${name}`);
    return;
  }
  await runAll(chosen);
});
