// Watermarks: how much free memory must stay behind, for whom, and whether a request may go below.
#pragma once

#include <cstdint>

#include "mm/mm.h"

namespace kmem {

/// Bits that the allocator derives from a request's GFP flags and context.
/// @kernel ALLOC_*, mm/internal.h (6.1.192 has the split of mainline 6.3)
namespace alloc_flags {
inline constexpr uint32_t kWatermarkMask = 0x3;  ///< index of the mark: min 0, low 1, high 2
inline constexpr uint32_t kWatermarkMin = 0x0;
inline constexpr uint32_t kWatermarkLow = 0x1;
inline constexpr uint32_t kWatermarkHigh = 0x2;
inline constexpr uint32_t kNoWatermarks = 0x4;
inline constexpr uint32_t kOom = 0x8;
inline constexpr uint32_t kNonBlock = 0x10;
inline constexpr uint32_t kMinReserve = 0x20;
inline constexpr uint32_t kCpuset = 0x40;
inline constexpr uint32_t kCma = 0x80;
inline constexpr uint32_t kNoFragment = 0x100;
inline constexpr uint32_t kHighAtomic = 0x200;
inline constexpr uint32_t kKswapd = 0x800;
/// Callers with any of these may use the HighAtomic reserve.
inline constexpr uint32_t kReserves = kOom | kNonBlock | kMinReserve | kHighAtomic;
}  // namespace alloc_flags

enum class WatermarkVerdict : uint8_t {
  passed_fast = 0,  ///< order 0, above the plain mark
  passed = 1,
  passed_unboosted = 2,  ///< an atomic order-0 request may ignore the boost
  too_few_pages = 3,     ///< free - unusable <= floor + lowmem_reserve
  no_block = 4,          ///< enough pages, but no block of that order on a list it may use
};

constexpr bool passed(WatermarkVerdict verdict) {
  return verdict <= WatermarkVerdict::passed_unboosted;
}

/// One request as the watermark check sees it.
struct WatermarkRequest {
  Order order = 0;
  ZoneType highest_zoneidx = ZoneType::normal;
  uint32_t alloc_flags = 0;
  Gfp gfp = 0;
};

/// Whether the zone would stay above `mark` (pages, boost included) if the request were served.
/// @param free pages to count as free.
/// @kernel   __zone_watermark_ok(), mm/page_alloc.c
/// @fidelity exact
WatermarkVerdict zone_watermark_ok(const Mm& mm, const Zone& zone, const WatermarkRequest& request,
                                   int64_t mark, int64_t free);

/// The short cut for order 0: above the mark when nothing is taken off it.
bool above_plain_mark(const Zone& zone, ZoneType highest, uint32_t alloc_flags, int64_t mark,
                      int64_t free);

/// Works out Zone::ordinary_floor: an order-0 request whose first zone is this one passes the low
/// mark as above_plain_mark() says it when vm_free is above the floor. It stays unknown while such
/// a request has more to ask: about a boost, a daemon that waits for the CPU, another node's page.
void learn_ordinary_floor(const Mm& mm, Zone& zone);

/// NR_FREE_PAGES as the checks read it: the shared counter can be behind its per-CPU deltas and
/// even below zero; that counts as 0.
int64_t free_pages_for_check(const Zone& zone);

/// The same for the allocation paths: a short cut for order 0, and a second chance without the
/// boost for atomic order-0 requests. Records a watermark_check event.
/// @kernel   zone_watermark_fast(), mm/page_alloc.c
/// @fidelity exact
bool zone_watermark_fast(Mm& mm, const Zone& zone, const WatermarkRequest& request, int64_t mark);

/// Records the watermark_check event of a request that is known to pass by the short cut.
void note_plain_check(Mm& mm, const Zone& zone, const WatermarkRequest& request, int64_t mark);

}  // namespace kmem
