// Builds the fuzz targets (preset `fuzz`, clang++) and runs each for some seconds.
//   node tests/fuzz/run.mjs [--seconds 30] [target...]
// New inputs are kept in build/fuzz/corpus; tests/fuzz/corpus has those that every run starts
// from. A crash leaves its input in build/fuzz and exit code 1.
import {existsSync, mkdirSync} from 'node:fs';
import {cmakeBuild} from '../../scripts/build.mjs';
import {CommandFailed, inRoot, main, run} from '../../scripts/lib/system.mjs';

const targets = {
  fuzz_operations: ['-max_len=801', '-len_control=50'],
  fuzz_recording: ['-max_len=16384', '-len_control=50', '-dict=tests/fuzz/recording.dict'],
};

function readArguments(args) {
  const at = args.indexOf('--seconds');
  const seconds = at < 0 ? 30 : Number(args[at + 1]);
  if (!Number.isInteger(seconds) || seconds < 1) {
    throw new CommandFailed('--seconds must be a whole number from 1');
  }
  const names = at < 0 ? args : args.toSpliced(at, 2);
  const unknown = names.filter((name) => !(name in targets));
  if (unknown.length > 0) {
    throw new CommandFailed(`no target ${unknown.join(', ')}: ${Object.keys(targets).join(', ')}`);
  }
  return {seconds, names: names.length > 0 ? names : Object.keys(targets)};
}

async function fuzz(name, seconds) {
  const found = inRoot('build', 'fuzz', 'corpus', name);
  const given = inRoot('tests', 'fuzz', 'corpus', name);
  mkdirSync(found, {recursive: true});
  await run(inRoot('build', 'fuzz', 'bin', name), [
    ...targets[name],
    `-max_total_time=${seconds}`,
    `-artifact_prefix=${inRoot('build', 'fuzz')}/`,
    '-print_final_stats=1',
    '-verbosity=0',
    '-timeout=20',
    found,
    ...(existsSync(given) ? [given] : []),
  ]);
}

await main(async () => {
  const {seconds, names} = readArguments(process.argv.slice(2));
  await cmakeBuild('fuzz', names);
  await Promise.all(names.map((name) => fuzz(name, seconds)));
  console.log(`fuzz: ${names.join(', ')}: ${seconds} s each, no crash`);
});
