/** The frame map in words and numbers: for the legend's table, the tooltip and screen readers. */
import {kFrameKindMask, kFrameTypeShift} from '../engine/frame_state.ts';
import {kMigratetypes} from '../engine/model.ts';
import {count, memoryText, pfnText} from './format.ts';
import {kKindAllocated, kKindBefore, kKindFree, kKindHole, kKindPcp} from './palette.ts';

/** Frames by kind and migratetype. */
export interface FrameCounts {
  /** Index: migratetype. */
  readonly free: readonly number[];
  readonly pcp: readonly number[];
  readonly allocated: readonly number[];
  readonly before: number;
  readonly hole: number;
}

/** Counts every frame once. */
export function countFrames(frames: Uint8Array): FrameCounts {
  const byState = new Uint32Array(256);
  for (const state of frames) byState[state] = (byState[state] ?? 0) + 1;
  const sum = (kind: number, type: number | null) => {
    let total = 0;
    for (let state = 0; state < 256; state += 1) {
      if ((state & kFrameKindMask) !== kind) continue;
      if (type !== null && ((state >> kFrameTypeShift) & 7) !== type) continue;
      total += byState[state] ?? 0;
    }
    return total;
  };
  const perType = (kind: number) => kMigratetypes.map((_, type) => sum(kind, type));
  return {
    free: perType(kKindFree),
    pcp: perType(kKindPcp),
    allocated: perType(kKindAllocated),
    before: sum(kKindBefore, null),
    hole: sum(kKindHole, null),
  };
}

/** One sentence for the canvas. */
export function describeFrames(counts: FrameCounts): string {
  const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
  const all = total(counts.free) + total(counts.pcp) + total(counts.allocated) + counts.before;
  return (
    `Map of ${count(all)} page frames (${memoryText(all)}): ${count(total(counts.free))} free, ` +
    `${count(total(counts.pcp))} on per-CPU lists, ${count(total(counts.allocated))} handed out, ` +
    `${count(counts.before)} in use since the start.`
  );
}

const kKindTexts: Record<number, string> = {
  [kKindHole]: 'no memory here',
  [kKindBefore]: 'in use since the start',
  [kKindFree]: 'free',
  [kKindPcp]: 'on a per-CPU list',
  [kKindAllocated]: 'handed out',
};

/** What one frame is, from its state byte and the block around it. */
export function describeFrame(
  pfn: number,
  state: number,
  block: {readonly pfn: number; readonly order: number} | null,
): string {
  const kind = state & kFrameKindMask;
  const words = [`pfn ${pfnText(pfn)}`, kKindTexts[kind] ?? 'unknown'];
  if (kind >= kKindFree) {
    words.push(kMigratetypes[(state >> kFrameTypeShift) & 7] ?? '');
    if (block) words.push(`order ${block.order}, block at ${pfnText(block.pfn)}`);
  }
  return words.join(' · ');
}
