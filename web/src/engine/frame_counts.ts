/** How many page frames are in which state. Counted in the worker: a big machine has a million. */
import {
  type FrameKind,
  kFrameKindMask,
  kFrameKinds,
  kFrameTypeMask,
  kFrameTypeShift,
} from './frame_state.ts';
import {kMigratetypes} from './model.ts';

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
  const sum = (kind: FrameKind, type: number | null) => {
    let total = 0;
    for (let state = 0; state < 256; state += 1) {
      if (kFrameKinds[state & kFrameKindMask] !== kind) continue;
      if (type !== null && (state & kFrameTypeMask) >> kFrameTypeShift !== type) continue;
      total += byState[state] ?? 0;
    }
    return total;
  };
  const perType = (kind: FrameKind) => kMigratetypes.map((_, type) => sum(kind, type));
  return {
    free: perType('free'),
    pcp: perType('pcp'),
    allocated: perType('allocated'),
    before: sum('before', null),
    hole: sum('hole', null),
  };
}
