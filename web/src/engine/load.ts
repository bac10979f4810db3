/** Getting the wasm engine to run: in a page, in a worker, in Node. */
import {WasmLoadError} from './errors.ts';
import type {NativeModule} from './native.d.ts';
import {startEngine} from './start.ts';

type BytesSource = ArrayBuffer | Uint8Array | Response | URL;

/** Where the engine comes from. A URL may be `http:`, `https:`, `data:` or `file:`. */
export type WasmSource = BytesSource | WebAssembly.Module;

/** Where kmem.wasm may lie, seen from this module: in the checkout, or beside a bundle. */
const kOtherPlaces = ['./kmem.wasm', '../../web/src/engine/wasm/kmem.wasm'];

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function bytesOfResponse(response: Response): Promise<Uint8Array> {
  if (!response.ok) {
    throw new WasmLoadError('WasmLoad', `${response.url}: HTTP status ${response.status}`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** Node's fetch refuses `file:` URLs. The module is asked for at run time: bundlers see none. */
function bytesOfFile(url: URL): Uint8Array {
  const {readFileSync} = process.getBuiltinModule('node:fs');
  return readFileSync(url);
}

function hasNode(): boolean {
  return typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function';
}

async function bytesOfUrl(url: URL): Promise<Uint8Array> {
  try {
    if (url.protocol === 'file:' && hasNode()) return bytesOfFile(url);
    return await bytesOfResponse(await fetch(url));
  } catch (error) {
    if (error instanceof WasmLoadError) throw error;
    throw new WasmLoadError('WasmLoad', `cannot read ${url.href}: ${reasonOf(error)}`);
  }
}

/** The file that the build put next to this module, wherever the module was bundled to. */
async function defaultBytes(): Promise<Uint8Array> {
  // This literal form is what Vite, webpack and Parcel recognise and turn into an asset.
  const first = new URL('./wasm/kmem.wasm', import.meta.url);
  if (first.protocol !== 'file:') {
    return bytesOfUrl(first);
  }
  const {existsSync} = process.getBuiltinModule('node:fs');
  const places = [first, ...kOtherPlaces.map((place) => new URL(place, import.meta.url))];
  const found = places.find((place) => existsSync(place));
  if (found) return bytesOfUrl(found);
  const looked = places.map((place) => place.pathname).join(', ');
  throw new WasmLoadError('WasmLoad', `kmem.wasm is missing; looked at ${looked}`);
}

async function bytesOf(source: BytesSource | undefined): Promise<Uint8Array> {
  if (source === undefined) return defaultBytes();
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (source instanceof URL) return bytesOfUrl(source);
  return bytesOfResponse(source);
}

/** Looked at here, because what the glue says about a wrong file does not name the mistake. */
function checked(bytes: Uint8Array): Uint8Array {
  const magic = [...bytes.subarray(0, 4)];
  if (magic.join() === '0,97,115,109') return bytes;
  const found = magic.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new WasmLoadError(
    'WasmLoad',
    `not WebAssembly: it starts with "${found}" instead of "00 61 73 6d"`,
    {byte: 1},
  );
}

/**
 * Loads the engine. Each call makes a module with its own memory.
 *
 * @param source kmem.wasm; without it the file next to this module is read.
 * @throws {WasmLoadError} when it cannot be fetched, read, or is no WebAssembly.
 */
export async function loadKmem(source?: WasmSource): Promise<NativeModule> {
  try {
    return source instanceof WebAssembly.Module
      ? await startEngine({module: source, instantiate: (i) => WebAssembly.instantiate(source, i)})
      : await startEngine(checked(await bytesOf(source)));
  } catch (error) {
    if (error instanceof WasmLoadError) throw error;
    throw new WasmLoadError('WasmLoad', `the engine does not start: ${reasonOf(error)}`);
  }
}
