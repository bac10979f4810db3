// Runs the first example of the README and compares what it prints with what the README says.
//
//   node scripts/readme_example.mjs             exit code 1 when they differ
//   node scripts/readme_example.mjs --update    writes into the README what it prints
import {spawnSync} from 'node:child_process';
import {mkdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {CommandFailed, inRoot, isProgram, main, root} from './lib/system.mjs';

const example =
  /(<!-- example:.*?-->\s*```js\n)(?<code>.*?)(```\s+It prints:\s+```text\n)(?<output>.*?)(```)/s;

/** The example of a README: its code and what it is said to print. */
export function exampleOf(readme) {
  const groups = example.exec(readme)?.groups;
  if (groups === undefined) throw new CommandFailed('README.md has no example in the known form');
  return {code: groups.code, output: groups.output};
}

/** The README with another output. */
export function withOutput(readme, output) {
  return readme.replace(example, (_all, before, code, between, _output, after) =>
    [before, code, between, output, after].join(''),
  );
}

/** What the code prints. It runs inside the checkout, where the package can name itself. */
function outputOf(code) {
  const file = inRoot('build', 'readme_example.mjs');
  mkdirSync(dirname(file), {recursive: true});
  writeFileSync(file, code);
  const {status, stdout, stderr} = spawnSync(process.execPath, [file], {cwd: root});
  rmSync(file);
  if (status !== 0) throw new CommandFailed(`the example of the README fails:\n${stderr}`);
  return `${stdout.toString().trimEnd()}\n`;
}

if (isProgram(import.meta)) {
  await main(async () => {
    const readme = readFileSync(inRoot('README.md'), 'utf8');
    const said = exampleOf(readme);
    const printed = outputOf(said.code);
    if (printed === said.output) return console.log('the example prints what the README says');
    if (process.argv.includes('--update')) {
      return writeFileSync(inRoot('README.md'), withOutput(readme, printed));
    }
    throw new CommandFailed(`the example of the README prints:\n${printed}\nnot:\n${said.output}`);
  });
}
