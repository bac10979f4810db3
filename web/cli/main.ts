/** Entry of the `kmem-playground` command; esbuild bundles it to dist/cli/main.js. */
import packageJson from '../../package.json' with {type: 'json'};
import {WasmLoadError} from '../src/engine/errors.ts';
import {loadKmem} from '../src/engine/load.ts';
import {Session} from '../src/engine/session.ts';
import {runCommand} from './command.ts';
import {kExitUsage, type Output} from './output.ts';

const output: Output = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  colour: process.stdout.isTTY === true && !process.env['NO_COLOR'],
};

// Each file gets a module of its own: wasm memory only grows, and one big recording must not
// leave its size to all the others.
const makeSession = async () => new Session(await loadKmem());

// `kmem-playground verify … | head` closes the pipe early; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  process.exitCode = await runCommand(
    process.argv.slice(2),
    makeSession,
    packageJson.version,
    output,
  );
} catch (error) {
  if (!(error instanceof WasmLoadError)) throw error;
  output.err(`kmem-playground: ${error.code}: ${error.message}\n`);
  process.exitCode = kExitUsage;
}
