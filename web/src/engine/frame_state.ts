/**
 * The one byte a frame that the frame map draws, straight from linear memory.
 * Mirrors engine/mm/frame_state.h: low 4 bits the kind, bits 4-6 a migratetype, bit 7 set on the
 * first frame of a block.
 */
export const kFrameKinds = [
  'hole', // no memory at this pfn
  'before', // in use since before the timeline started (boot, other owners)
  'free', // in free_list[order][migratetype]
  'pcp', // on a per-CPU list
  'allocated', // handed out in this timeline; migratetype = the type asked for
] as const;

export type FrameKind = (typeof kFrameKinds)[number];

export const kFrameKindMask = 0x0f;
export const kFrameTypeShift = 4;
export const kFrameTypeMask = 0x70;
export const kFrameHeadBit = 0x80;
