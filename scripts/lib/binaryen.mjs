// Where the tools are that come with Emscripten but are not a part of it.
import {existsSync, realpathSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {which} from './system.mjs';

/** The one of the Emscripten in use: an emsdk keeps it beside emcc's folder, Debian on PATH. */
export function findWasmSplit() {
  const emcc = which('emcc');
  const beside = emcc && join(dirname(realpathSync(emcc)), '..', 'bin', 'wasm-split');
  return beside && existsSync(beside) ? beside : which('wasm-split');
}
