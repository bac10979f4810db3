// Rounding, as the sizes of objects need it.
#pragma once

#include <cstdint>

namespace kmem {

/// Bytes of a pointer, and of a line of the CPU's cache.
inline constexpr uint32_t kWord = 8;
inline constexpr uint32_t kCacheLine = 64;

/// @kernel   ALIGN(), include/linux/align.h
/// @fidelity exact: `align` need not be a power of two here.
constexpr uint32_t align_up(uint32_t value, uint32_t align) {
  return (value + align - 1) / align * align;
}

}  // namespace kmem
