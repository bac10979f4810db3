// GFP flags: what the caller allows the allocator to do.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "mm/migratetype.h"
#include "profile/kernel_profile.h"

namespace kmem {

/// @kernel gfp_t, include/linux/gfp_types.h
using Gfp = uint32_t;

namespace gfp {
#define KMEM_GFP(constant, name, value, text) inline constexpr Gfp constant = value;
#define KMEM_GFP_COMPOSITE(constant, name, value, text) inline constexpr Gfp constant = value;
#include "profile/gfp_flags.def"
#undef KMEM_GFP
#undef KMEM_GFP_COMPOSITE

/// All bits that exist in this kernel.
inline constexpr Gfp kAllBits = 0xffffffu;
}  // namespace gfp

/// Kinds of zones, in the order of their addresses. Values are the kernel's zone_idx() on x86-64;
/// 2.6.18 has HighMem where later kernels have Movable.
/// @kernel enum zone_type, include/linux/mmzone.h
enum class ZoneType : uint8_t {
  dma = 0,
  dma32 = 1,
  normal = 2,
  movable = 3,
  highmem = 3,
  device = 4,
};
inline constexpr uint32_t kMaxNrZones = 5;

/// One entry for each combination of the four lowest flags.
inline constexpr std::array<ZoneType, 16> kGfpZones = [] {
  std::array<ZoneType, 16> zones{};  // ZoneType::dma
  for (const Gfp plain : {Gfp{0}, gfp::kHighMem, gfp::kMovable}) zones[plain] = ZoneType::normal;
  zones[gfp::kDma32] = zones[gfp::kDma32 | gfp::kMovable] = ZoneType::dma32;
  zones[gfp::kHighMem | gfp::kMovable] = ZoneType::movable;
  return zones;
}();
static_assert((gfp::kDma | gfp::kHighMem | gfp::kDma32 | gfp::kMovable) == 15);

/// What of a caller's flags the small objects of a service hear: how hard to try.
/// @kernel   GFP_RECLAIM_MASK, mm/internal.h
/// @fidelity exact
inline constexpr Gfp kGfpReclaimMask = gfp::kDirectReclaim | gfp::kKswapdReclaim | gfp::kHigh |
                                       gfp::kIo | gfp::kFs | gfp::kNoWarn | gfp::kRetryMayFail |
                                       gfp::kNoFail | gfp::kNoRetry | gfp::kMemAlloc |
                                       gfp::kNoMemAlloc | gfp::kAtomic;

/// Highest zone that a request may use.
/// @kernel   gfp_zone(), include/linux/gfp.h
/// @fidelity exact: x86-64, CONFIG_ZONE_DMA and CONFIG_ZONE_DMA32; illegal combinations give
///           ZONE_DMA as they do without CONFIG_DEBUG_VM.
constexpr ZoneType gfp_zone(Gfp flags) { return kGfpZones[flags & 15u]; }

/// Which lists a request is served from.
/// @kernel   gfp_migratetype(), include/linux/gfp.h
/// @fidelity exact: __GFP_MOVABLE|__GFP_RECLAIMABLE together is illegal there and gives 3 here too.
constexpr Migratetype gfp_migratetype(Gfp flags) {
  return static_cast<Migratetype>((flags & (gfp::kMovable | gfp::kReclaimable)) >> 3);
}

/// Whether the flags name at most one migratetype: a page cannot be movable and reclaimable.
constexpr bool gfp_types_agree(Gfp flags) {
  return (flags & (gfp::kMovable | gfp::kReclaimable)) != (gfp::kMovable | gfp::kReclaimable);
}

/// Names joined by '|', as %pGg and the trace events print them; "none" for 0.
/// @kernel   format_flags(), lib/vsprintf.c
/// @fidelity exact
std::string gfp_names(Gfp flags, const KernelProfile& profile = kLinux6_1_192);

/// Reads names joined by '|' with optional blanks, or one number (0x…, or decimal).
/// @return UnknownGfpFlag with the column of the name that this kernel does not have.
/// @fidelity invented: the kernel has no such parser.
Result<Gfp> parse_gfp(std::string_view text, const KernelProfile& profile = kLinux6_1_192);

}  // namespace kmem
