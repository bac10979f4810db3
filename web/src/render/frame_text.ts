/** The frame map in words and numbers: for the legend's table, the tooltip and screen readers. */

import type {FrameCounts} from '../engine/frame_counts.ts';
import {kFrameKindMask, kFrameTypeShift} from '../engine/frame_state.ts';
import {count, memoryText, pfnText} from './format.ts';
import {kKindAllocated, kKindBefore, kKindFree, kKindHole, kKindPcp} from './palette.ts';

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

/**
 * What one frame is, from its state byte and the block around it.
 * @param migratetypes names of the machine's types; one alone says nothing about a frame.
 */
export function describeFrame(
  pfn: number,
  state: number,
  block: {readonly pfn: number; readonly order: number} | null,
  migratetypes: readonly string[],
): string {
  const kind = state & kFrameKindMask;
  const words = [`pfn ${pfnText(pfn)}`, kKindTexts[kind] ?? 'unknown'];
  if (kind >= kKindFree) {
    if (migratetypes.length > 1) words.push(migratetypes[(state >> kFrameTypeShift) & 7] ?? '');
    if (block) words.push(`order ${block.order}, block at ${pfnText(block.pfn)}`);
  }
  return words.join(' · ');
}
