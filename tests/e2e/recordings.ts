/**
 * What the real kernel said, read from the recordings without any code of the page: the oracle of
 * the browser tests.
 */
import {readFileSync} from 'node:fs';
import {gunzipSync, gzipSync} from 'node:zlib';

interface ZoneLine {
  readonly t: string;
  readonly node: number;
  readonly zone: string;
  readonly nr_free: readonly number[];
  readonly free: readonly (readonly [number, string, readonly number[]])[];
}

export function recordingPath(name: string): URL {
  return new URL(`../conformance/recordings/debian/${name}.jsonl.gz`, import.meta.url);
}

export function recordingText(name: string): string {
  return gunzipSync(readFileSync(recordingPath(name))).toString('utf8');
}

/** The dumped zones with how many calls came before each. */
export function dumpsOf(
  name: string,
): readonly {readonly calls: number; readonly zone: ZoneLine}[] {
  const dumps: {calls: number; zone: ZoneLine}[] = [];
  let calls = 0;
  for (const line of recordingText(name).split('\n')) {
    if (line.includes('"op":')) calls += 1;
    else if (line.startsWith('{"t":"zone"')) dumps.push({calls, zone: JSON.parse(line)});
  }
  return dumps;
}

export function callsOf(name: string): number {
  return dumpsOf(name).at(-1)?.calls ?? 0;
}

/** The line of /proc/buddyinfo that the kernel prints for a dumped zone. */
export function buddyinfoOf(zone: ZoneLine): string {
  const counts = zone.nr_free.map((blocks) => `${String(blocks).padStart(6)} `).join('');
  return `Node ${zone.node}, zone ${zone.zone.padStart(8)} ${counts}\n`;
}

/** Pfns of a dumped free list, head first, as the page writes them. */
export function freeListOf(zone: ZoneLine, order: number, letter: string): readonly string[] {
  const list = zone.free.find(([o, l]) => o === order && l === letter);
  return (list?.[2] ?? []).map((pfn) => `0x${pfn.toString(16)}`);
}

/** A file as a person could drop it. */
export function asFile(
  name: string,
  text: string,
): {name: string; mimeType: string; buffer: Buffer} {
  return {name, mimeType: 'application/gzip', buffer: gzipSync(text)};
}
