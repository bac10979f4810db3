/** The real engine and real recordings, for tests that need both. */
import {readFileSync} from 'node:fs';
import {gunzipSync} from 'node:zlib';
import {loadKmem} from '../../web/src/engine/load.ts';
import {Session} from '../../web/src/engine/session.ts';

const kWasm = new URL('../../web/src/engine/wasm/kmem.wasm', import.meta.url);
const kRecordings = new URL('../conformance/recordings/', import.meta.url);

// Compiled once; every session still has a memory of its own.
const compiled = WebAssembly.compile(readFileSync(kWasm));

export async function realSession(): Promise<Session> {
  return new Session(await loadKmem(await compiled));
}

/** Absolute path of a recording in tests/conformance/recordings. */
export function recordingPath(name: string): string {
  return new URL(`${name}.jsonl.gz`, kRecordings).pathname;
}

/** Lines of a recording, unzipped. */
export function recordingLines(name: string): string[] {
  return gunzipSync(readFileSync(recordingPath(name)))
    .toString()
    .trimEnd()
    .split('\n');
}

export function bytesOfLines(lines: readonly string[]): Uint8Array {
  return new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));
}

/** A short recording: the boot state of a real machine, its first 20 calls, the end line. */
export function shortRecording(): string[] {
  const lines = recordingLines('debian/pcp-1');
  const calls = lines.filter((line) => line.includes('"op":')).slice(0, 20);
  return [...lines.slice(0, 2), ...calls, '{"t":"end","ops":20,"overflow":0}'];
}
