// GFP flags of Linux 2.6.18: fewer than today, and with other values.
#pragma once

#include <cstdint>

namespace kmem::gfp_2_6_18 {

inline constexpr uint32_t kDma = 0x1;
inline constexpr uint32_t kHighMem = 0x2;
/// i386 has no such zone, and the flag is 0 there; as a number the bit means nothing.
inline constexpr uint32_t kDma32 = 0x4;
inline constexpr uint32_t kZoneMask = 0x7;
inline constexpr uint32_t kWait = 0x10;
inline constexpr uint32_t kHigh = 0x20;
inline constexpr uint32_t kIo = 0x40;
inline constexpr uint32_t kFs = 0x80;
inline constexpr uint32_t kCold = 0x100;
inline constexpr uint32_t kNoWarn = 0x200;
inline constexpr uint32_t kRepeat = 0x400;
inline constexpr uint32_t kNoFail = 0x800;
inline constexpr uint32_t kNoRetry = 0x1000;
inline constexpr uint32_t kNoGrow = 0x2000;
inline constexpr uint32_t kComp = 0x4000;
inline constexpr uint32_t kZero = 0x8000;
inline constexpr uint32_t kNoMemAlloc = 0x10000;
inline constexpr uint32_t kHardWall = 0x20000;
/// All bits that exist in this kernel.
inline constexpr uint32_t kAllBits = 0x3fff7;

}  // namespace kmem::gfp_2_6_18
