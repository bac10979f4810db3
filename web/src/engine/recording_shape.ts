/**
 * The outline of a recording for the timeline: where the real kernel dumped its state, and how
 * many pages the script held as it went. Only a picture: the engine itself reads the same text
 * strictly, so lines that make no sense here are skipped and reported there.
 */
import type {TimelineShape} from './protocol.ts';

const kSamples = 512;
const kPageBytes = 4096;

interface Line {
  readonly t?: string;
  readonly op?: string;
  readonly k?: string;
  readonly s?: number;
  readonly o?: number;
  readonly n?: number;
  readonly r?: number | readonly number[];
}

/** Reads the outline of a whole recording's text. */
export function shapeOfRecording(text: string): TimelineShape {
  const dumps: number[] = [];
  const held: number[] = [0];
  const slots = new Map<number, number>();
  let pages = 0;
  let zoneSeen = false;

  for (const raw of text.split('\n')) {
    const isZone = raw.startsWith('{"t":"zone"');
    if (isZone) {
      // Several zones make one dump; the first dump is the boot state and no tick.
      if (zoneSeen && held.length > 1 && dumps.at(-1) !== held.length - 1) {
        dumps.push(held.length - 1);
      }
      zoneSeen = true;
      continue;
    }
    const line = raw.includes('"op":') ? parse(raw) : null;
    if (!line?.op) continue;
    pages += heldChange(line, slots);
    held.push(pages);
  }
  return {dumps, heldPages: sample(held)};
}

function parse(raw: string): Line | null {
  try {
    return JSON.parse(raw) as Line;
  } catch {
    return null;
  }
}

function heldChange(line: Line, slots: Map<number, number>): number {
  const slot = line.s ?? -1;
  if (line.op === 'F') {
    const given = slots.get(slot) ?? 0;
    slots.delete(slot);
    return -given;
  }
  if (line.op === 'B' && Array.isArray(line.r)) {
    line.r.forEach((_, index) => {
      slots.set(slot + index, 1);
    });
    return line.r.length;
  }
  if (typeof line.r !== 'number' || line.r < 0) return 0;
  const pages = line.op === 'E' ? Math.ceil((line.n ?? 0) / kPageBytes) : 2 ** (line.o ?? 0);
  slots.set(slot, pages);
  return pages;
}

function sample(values: readonly number[]): readonly number[] {
  if (values.length <= kSamples) return values;
  return Array.from(
    {length: kSamples},
    (_, index) => values[Math.round((index * (values.length - 1)) / (kSamples - 1))] ?? 0,
  );
}
