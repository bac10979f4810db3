#include "mm/page_alloc.h"

namespace kmem {

namespace {

/// Stages that alloc_attempt events carry.
enum class Stage : uint8_t { fast = 0, slow_min = 1, slow_reserve = 2 };

// @kernel gfp_to_alloc_flags(), mm/page_alloc.c
uint32_t slow_path_flags(const Mm& mm, const AllocContext& context) {
  const Gfp gfp = context.gfp;
  uint32_t flags = alloc_flags::kWatermarkMin | alloc_flags::kCpuset;
  if ((gfp & gfp::kHigh) != 0) flags |= alloc_flags::kMinReserve;
  if ((gfp & gfp::kKswapdReclaim) != 0) flags |= alloc_flags::kKswapd;
  if ((gfp & gfp::kDirectReclaim) == 0) {
    // Cannot wait: may dig deeper, unless it says that it does not want the reserves.
    if ((gfp & gfp::kNoMemAlloc) == 0) {
      flags |= alloc_flags::kNonBlock;
      const bool high = (flags & alloc_flags::kMinReserve) != 0;
      if (context.order > 0 && high) flags |= alloc_flags::kHighAtomic;
    }
    if ((flags & alloc_flags::kMinReserve) != 0) flags &= ~alloc_flags::kCpuset;
  }
  if (mm.config.cma && context.migratetype == Migratetype::movable) flags |= alloc_flags::kCma;
  return flags;
}

// @kernel __gfp_pfmemalloc_flags(), mm/page_alloc.c
uint32_t reserve_flags(Gfp gfp) {
  if ((gfp & gfp::kNoMemAlloc) != 0) return 0;
  return (gfp & gfp::kMemAlloc) != 0 ? alloc_flags::kNoWatermarks : 0;
}

Page attempt(Mm& mm, const AllocContext& context, uint32_t flags, Stage stage) {
  mm.trace->decision(Event::alloc_attempt, kNoZone, context.order, static_cast<uint32_t>(stage),
                     context.gfp, flags, index_of(context.migratetype),
                     static_cast<uint32_t>(context.highest_zoneidx),
                     uint32_t{(*context.zonelist)[context.preferred]});
  return get_page_from_freelist(mm, context, flags);
}

void wake_kswapd(Mm& mm, const AllocContext& context, uint32_t flags) {
  if ((flags & alloc_flags::kKswapd) == 0) return;
  mm.trace->decision(Event::kswapd_wake, (*context.zonelist)[context.preferred], context.order,
                     static_cast<uint32_t>(context.highest_zoneidx));
}

}  // namespace

Page alloc_pages_slowpath(Mm& mm, const AllocContext& context) {
  AllocContext slow = context;
  const bool can_reclaim = (slow.gfp & gfp::kDirectReclaim) != 0;
  // "Atomic" and "may sleep" contradict each other; the kernel warns once and drops the former.
  if (can_reclaim) slow.gfp &= ~gfp::kAtomic;

  uint32_t flags = slow_path_flags(mm, slow);
  wake_kswapd(mm, slow, flags);
  Page page = attempt(mm, slow, flags, Stage::slow_min);
  if (page != kNoPage) return page;

  wake_kswapd(mm, slow, flags);
  if (const uint32_t reserve = reserve_flags(slow.gfp)) {
    flags = reserve | (flags & (alloc_flags::kCma | alloc_flags::kKswapd));
  }
  page = attempt(mm, slow, flags, Stage::slow_reserve);
  if (page != kNoPage) return page;

  if (can_reclaim) {
    mm.trace->decision(Event::direct_reclaim_wanted, kNoZone, slow.order, slow.gfp, flags);
  }
  const AllocFailure reason =
      can_reclaim ? AllocFailure::no_reclaim_yet : AllocFailure::cannot_wait;
  mm.trace->decision(Event::alloc_failed, kNoZone, slow.order, static_cast<uint32_t>(reason),
                     slow.gfp);
  return kNoPage;
}

}  // namespace kmem
