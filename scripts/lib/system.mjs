// What every script needs: find a program, run one, tell files that are out of date.
// Plain Node without packages, because set-up runs these before `npm ci` ever has.
import {spawn} from 'node:child_process';
import {accessSync, constants, existsSync, readdirSync, realpathSync, statSync} from 'node:fs';
import {delimiter, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

/** The root of the checkout. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A path inside the checkout. */
export const inRoot = (...parts) => join(root, ...parts);

/**
 * The environment for every program we start. Debian's emcc runs `acorn` under node, and a node
 * that is not Debian's own does not look where Debian installs it.
 */
const environment = {
  ...process.env,
  NODE_PATH: [process.env['NODE_PATH'], '/usr/share/nodejs'].filter(Boolean).join(delimiter),
};

/** Full path of a program on PATH, or undefined. */
export function which(program) {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, program);
    try {
      accessSync(candidate, constants.X_OK);
      if (statSync(candidate).isFile()) return candidate;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/**
 * Runs a program in the checkout with its output on ours.
 * @returns the exit code; 127 when the program cannot be started.
 */
export function tryRun(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {cwd: root, env: environment, stdio: 'inherit', ...options});
    child.on('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(127);
    });
    child.on('close', (code, signal) => resolve(signal ? 1 : code));
  });
}

/** A command of ours that failed. Its output has been shown, so the message is enough. */
export class CommandFailed extends Error {}

/** Runs a program as tryRun() does. @throws {CommandFailed} when it does not exit with 0. */
export async function run(program, args, options) {
  const code = await tryRun(program, args, options);
  if (code !== 0) throw new CommandFailed(`${program} ${args.join(' ')}: exit code ${code}`);
}

/** Runs a program that npm installed, without the start-up time of npx. */
export function runPackage(name, args, options) {
  return run(inRoot('node_modules', '.bin', name), args, options);
}

/** Every file below a folder (or the file itself), as full paths. Empty when there is none. */
export function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, {withFileTypes: true}).flatMap((entry) =>
    entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)],
  );
}

/** True when `output` is missing or older than any file below `inputs` (paths in the checkout). */
export function isStale(output, inputs) {
  const file = inRoot(output);
  if (!existsSync(file)) return true;
  const built = statSync(file).mtimeMs;
  return inputs
    .flatMap((input) => filesBelow(inRoot(input)))
    .some((f) => statSync(f).mtimeMs > built);
}

/** Runs the main function of a script; a failed command ends it with exit code 1. */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(error instanceof CommandFailed ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

/** True when the module is the program that was started, not one that imports it. */
export function isProgram(meta) {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === fileURLToPath(meta.url);
}
