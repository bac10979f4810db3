// One byte a frame for the eye. The first frame of a block keeps it for the whole block.
#pragma once

#include <cstdint>

#include "mm/migratetype.h"

namespace kmem {

/// Mirrored by web/src/engine/frame_state.ts.
/// @fidelity invented: the kernel keeps this knowledge in several fields of struct page.
enum class FrameKind : uint8_t {
  hole = 0,       ///< no memory at this pfn
  before = 1,     ///< in use since before the timeline started
  free = 2,       ///< in a buddy list
  pcp = 3,        ///< on a per-CPU list
  allocated = 4,  ///< handed out in this timeline
};

inline constexpr uint8_t kFrameKindMask = 0x0f;
inline constexpr uint8_t kFrameTypeShift = 4;
inline constexpr uint8_t kFrameHeadBit = 0x80;

/// Byte of a frame inside a block; the first frame has kFrameHeadBit added.
constexpr uint8_t frame_state(FrameKind kind, Migratetype type) {
  return static_cast<uint8_t>(static_cast<uint32_t>(kind) | index_of(type) << kFrameTypeShift);
}

constexpr FrameKind frame_kind(uint8_t state) {
  return static_cast<FrameKind>(state & kFrameKindMask);
}
constexpr Migratetype frame_type(uint8_t state) {
  return static_cast<Migratetype>((state & ~kFrameHeadBit) >> kFrameTypeShift);
}

}  // namespace kmem
