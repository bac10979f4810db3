import {loadKmem, type WasmSource} from './load.ts';
import {Session} from './session.ts';

/**
 * Loads the engine and makes a session, not booted yet: call openRecording() or bootPristine().
 *
 * @param options.wasm kmem.wasm, when it is not the file next to this module.
 * @throws {WasmLoadError}
 */
export async function createSession(options: {readonly wasm?: WasmSource} = {}): Promise<Session> {
  return new Session(await loadKmem(options.wasm));
}
