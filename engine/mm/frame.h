// What the allocator knows about one page frame, in two words.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

namespace kmem {

/// A field of Frame::word.
struct FrameBits {
  uint32_t shift;
  uint32_t width;

  [[nodiscard]] constexpr uint64_t mask() const { return ((uint64_t{1} << width) - 1) << shift; }
  [[nodiscard]] constexpr uint64_t of(uint32_t value) const { return uint64_t{value} << shift; }
};

/// The fields; MemMap says what they mean.
namespace frame_bits {
inline constexpr FrameBits kRefcount{0, 16};
inline constexpr FrameBits kFlags{16, 16};
inline constexpr FrameBits kBlock{32, 8};
inline constexpr FrameBits kCachedType{40, 8};
inline constexpr FrameBits kZone{48, 8};
inline constexpr FrameBits kState{56, 8};
}  // namespace frame_bits

/// Links and fields of one frame, or of the head of a list, which is nothing but links.
///
/// A call changes several fields of a frame at once, and what bounds a call is how often it writes,
/// not how much: so the fields share a word, and both links can be written as one.
struct alignas(16) Frame {
  uint32_t next = 0;
  uint32_t prev = 0;
  uint64_t word = 0;

  void set_links(uint32_t after, uint32_t before) {
    static_assert(std::endian::native == std::endian::little);
    const uint64_t both = uint64_t{before} << 32 | after;
    std::memcpy(static_cast<void*>(this), &both, sizeof(both));
  }
};
static_assert(sizeof(Frame) == 16);

}  // namespace kmem
