/** What is known of the objects of a slab, as text and order. No DOM here. */
import type {CacheView, SlabView} from '../engine/model.ts';
import {directMapAddress} from './format.ts';

export interface FreeObject {
  /** When it is taken from its list: 1 is next. */
  readonly turn: number;
  /** In words, e.g. "this CPU's list". */
  readonly list: string;
  /** Whether a CPU has it at hand. */
  readonly own: boolean;
}

/** The free objects of a slab by their numbers. */
export function freeObjectsOf(cache: CacheView, slab: SlabView): ReadonlyMap<number, FreeObject> {
  const free = new Map<number, FreeObject>();
  slab.free.forEach((index, i) => {
    free.set(index, {turn: i + 1, list: "the slab's list", own: false});
  });
  slab.own.forEach((index, i) => {
    free.set(index, {turn: i + 1, list: `the list of CPU ${slab.cpu}`, own: true});
  });
  for (const {of, number, objects} of cache.arrays) {
    objects.forEach(([pfn, index], i) => {
      const list =
        of === 'cpu' ? `the array of CPU ${number}` : `the ${of} array of node ${number}`;
      if (pfn === slab.pfn) free.set(index, {turn: i + 1, list, own: of === 'cpu'});
    });
  }
  return free;
}

/** Address of an object as kernel code sees it. */
export function objectAddress(cache: CacheView, slab: SlabView, index: number): string {
  return directMapAddress(slab.pfn, slab.first + index * cache.size);
}

type ByteKind = '' | 'pointer' | 'padding';

export interface HexLine {
  readonly offset: string;
  /** Empty for lines that were left out because they are like the one before. */
  readonly bytes: readonly {readonly text: string; readonly kind: ByteKind}[];
  readonly letters: string;
}

const kBytesInLine = 16;
const kPointerBytes = 8;

/**
 * Bytes of an object as a hex dump. Like hexdump(1), it leaves out lines that repeat.
 * @param pointer byte where the free pointer starts, or -1 when there is none.
 * @param objectSize bytes of the object; what follows is padding.
 */
export function hexLines(
  bytes: Uint8Array,
  pointer: number,
  objectSize: number,
): readonly HexLine[] {
  const kindOf = (at: number): ByteKind => {
    if (pointer >= 0 && at >= pointer && at < pointer + kPointerBytes) return 'pointer';
    return at >= objectSize ? 'padding' : '';
  };
  const lines: HexLine[] = [];
  let before = '';
  for (let start = 0; start < bytes.length; start += kBytesInLine) {
    const part = [...bytes.subarray(start, start + kBytesInLine)];
    const cells = part.map((byte, i) => ({
      text: byte.toString(16).padStart(2, '0'),
      kind: kindOf(start + i),
    }));
    const now = JSON.stringify(cells);
    if (now !== before) {
      const letters = part.map((byte) =>
        byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.',
      );
      const offset = start.toString(16).padStart(4, '0');
      lines.push({offset, bytes: cells, letters: letters.join('')});
    } else if (lines.at(-1)?.bytes.length !== 0) {
      lines.push({offset: '*', bytes: [], letters: ''});
    }
    before = now;
  }
  return lines;
}
