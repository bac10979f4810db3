#include <algorithm>

#include "mm/compaction.h"
#include "mm/highatomic.h"
#include "mm/kswapd.h"
#include "mm/page_alloc.h"
#include "mm/pcp.h"

namespace kmem {

namespace {

/// Stages that alloc_attempt events carry.
enum class Stage : uint8_t {
  fast = 0,
  slow_min = 1,
  slow_reserve = 2,
  after_compaction = 3,
  after_reclaim = 4,
};

/// @kernel MAX_COMPACT_RETRIES, mm/page_alloc.c
constexpr uint32_t kMaxCompactRetries = 16;

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

// Once a node: its first zone in the list stands for it.
// @kernel wake_all_kswapds(), mm/page_alloc.c
void wake_kswapd(Mm& mm, const AllocContext& context, uint32_t flags) {
  if ((flags & alloc_flags::kKswapd) == 0) return;
  int last_node = -1;
  for (uint32_t i = context.preferred; i < context.zonelist->size(); ++i) {
    const Zone& zone = mm.zones[(*context.zonelist)[i]];
    if (zone.type > context.highest_zoneidx || zone.node.value == last_node) continue;
    last_node = zone.node.value;
    wakeup_kswapd(mm, zone, context.gfp, context.order, context.highest_zoneidx);
  }
}

/// Compacts, and takes what comes of it.
/// @kernel   __alloc_pages_direct_compact(), mm/page_alloc.c
/// @fidelity exact
Page direct_compact(Mm& mm, const AllocContext& context, uint32_t flags, CompactPriority priority,
                    CompactResult& result) {
  if (context.order == 0) return kNoPage;
  Page page = kNoPage;
  result = try_to_compact_pages(mm, context, flags, priority, page);
  if (result == CompactResult::skipped) return kNoPage;
  mm.events.compact_stall += 1;
  if (page != kNoPage) {
    prep_captured_page(mm, page, context);
  } else {
    page = attempt(mm, context, flags, Stage::after_compaction);
  }
  if (page == kNoPage) {
    mm.events.compact_fail += 1;
    cond_resched(mm);
    return kNoPage;
  }
  Zone& zone = mm.zone_of(page);
  zone.compact.blockskip_flush = false;
  compaction_defer_reset(mm, zone, context.order, true);
  mm.events.compact_success += 1;
  return page;
}

/// A costly request that fails for want of order only, with room to compact, reclaims nothing and
/// calls that progress.
/// @kernel   compaction_ready(), mm/vmscan.c
/// @fidelity exact
bool compaction_ready(Mm& mm, const AllocContext& context) {
  if (context.order <= kCostlyOrder) return false;
  for (uint32_t i = context.preferred; i < context.zonelist->size(); ++i) {
    const Zone& zone = mm.zones[(*context.zonelist)[i]];
    if (zone.type > context.highest_zoneidx) continue;
    const CompactResult suitable =
        compaction_suitable(mm, zone, context.order, 0, context.highest_zoneidx);
    if (suitable == CompactResult::success) return true;
    if (suitable == CompactResult::skipped) continue;
    const int64_t mark = zone.wmark_pages(Watermark::high) + compact_gap(context.order);
    const WatermarkRequest request{0, context.highest_zoneidx, 0, 0};
    if (passed(zone_watermark_ok(mm, zone, request, mark, free_pages_for_check(zone)))) {
      return true;
    }
  }
  return false;
}

/// Direct reclaim. There is nothing to reclaim, so it lets others have the CPU and, if that counts
/// as progress, empties the per-CPU lists and looks again.
/// @return a page; `progress` tells whether compaction may be tried again.
/// @kernel   __alloc_pages_direct_reclaim(), mm/page_alloc.c
/// @fidelity simplified: there are no LRU lists and no shrinkers yet.
Page direct_reclaim(Mm& mm, const AllocContext& context, uint32_t flags, bool& progress) {
  mm.trace->decision(Event::direct_reclaim_wanted, kNoZone, context.order, context.gfp, flags);
  mm.events.allocstall[static_cast<uint32_t>(context.highest_zoneidx)] += 1;
  cond_resched(mm);
  progress = compaction_ready(mm, context);
  if (!progress) return kNoPage;
  const Page page = attempt(mm, context, flags, Stage::after_reclaim);
  if (page != kNoPage) return page;
  // Pages may be out of sight on per-CPU lists, or set aside.
  unreserve_highatomic_pageblock(mm, *context.zonelist, context.highest_zoneidx,
                                 context.migratetype, false);
  drain_local_pages(mm);
  return attempt(mm, context, flags, Stage::after_reclaim);
}

/// Whether another round could help: some zone would pass if all that is reclaimable were free.
/// @kernel   should_reclaim_retry(), mm/page_alloc.c
/// @fidelity exact: for a zone without LRU pages, where this release counts the free pages twice.
bool should_reclaim_retry(Mm& mm, const AllocContext& context, uint32_t flags, uint32_t& rounds) {
  rounds += 1;
  if (rounds <= kMaxReclaimRetries) {
    for (uint32_t i = context.preferred; i < context.zonelist->size(); ++i) {
      const Zone& zone = mm.zones[(*context.zonelist)[i]];
      if (zone.type > context.highest_zoneidx) continue;
      const int64_t free = free_pages_for_check(zone);
      const WatermarkRequest request{context.order, context.highest_zoneidx, flags, context.gfp};
      if (passed(
              zone_watermark_ok(mm, zone, request, zone.wmark_pages(Watermark::min), 2 * free))) {
        cond_resched(mm);
        return true;
      }
    }
  }
  return unreserve_highatomic_pageblock(mm, *context.zonelist, context.highest_zoneidx,
                                        context.migratetype, true);
}

Page give_up(Mm& mm, const AllocContext& context, AllocFailure reason) {
  mm.trace->decision(Event::alloc_failed, kNoZone, context.order, static_cast<uint32_t>(reason),
                     context.gfp);
  return kNoPage;
}

/// Costly blocks, and those that must not be put between movable pages, are worth a quick
/// compaction before anything is reclaimed.
bool compact_first(const AllocContext& context) {
  if ((context.gfp & gfp::kIo) == 0 || (context.gfp & gfp::kMemAlloc) != 0) return false;
  return context.order > kCostlyOrder ||
         (context.order > 0 && context.migratetype != Migratetype::movable);
}

/// How often and how hard compaction was tried.
struct CompactTries {
  CompactPriority priority = CompactPriority::sync_light;
  uint32_t successes = 0;
};

/// Whether compaction is worth another round, perhaps a harder one.
/// @kernel   should_compact_retry(), mm/page_alloc.c
/// @fidelity simplified: after `skipped`, reclaim is never expected to help.
bool should_compact_retry(const AllocContext& context, CompactResult result, CompactTries& tries) {
  if (context.order == 0 || result == CompactResult::skipped) return false;
  const bool costly = context.order > kCostlyOrder;
  if (result == CompactResult::success) {
    tries.successes += 1;
    if (tries.successes <= kMaxCompactRetries / (costly ? 4 : 1)) return true;
  }
  const CompactPriority hardest = costly ? CompactPriority::sync_light : CompactPriority::sync_full;
  if (tries.priority <= hardest) return false;
  tries.priority = static_cast<CompactPriority>(static_cast<uint8_t>(tries.priority) - 1);
  tries.successes = 0;
  return true;
}

/// Reclaim and compaction in turn, until there is a block or no hope.
Page reclaim_and_compact(Mm& mm, const AllocContext& context, uint32_t flags, CompactTries tries) {
  const Gfp gfp = context.gfp;
  const bool costly = context.order > kCostlyOrder;
  const bool may_repeat_costly = (gfp & gfp::kRetryMayFail) != 0 && (gfp & gfp::kIo) != 0;
  for (uint32_t rounds = 0;;) {
    wake_kswapd(mm, context, flags);
    if (const uint32_t reserve = reserve_flags(gfp)) {
      flags = reserve | (flags & (alloc_flags::kCma | alloc_flags::kKswapd));
    }
    Page page = attempt(mm, context, flags, Stage::slow_reserve);
    if (page != kNoPage) return page;
    if ((gfp & gfp::kDirectReclaim) == 0) return give_up(mm, context, AllocFailure::cannot_wait);

    bool progress = false;
    page = direct_reclaim(mm, context, flags, progress);
    if (page != kNoPage) return page;
    CompactResult result = CompactResult::skipped;
    page = direct_compact(mm, context, flags, tries.priority, result);
    if (page != kNoPage) return page;

    const bool once = (gfp & gfp::kNoRetry) != 0 || (costly && !may_repeat_costly);
    const bool again = !once && (should_reclaim_retry(mm, context, flags, rounds) ||
                                 (progress && should_compact_retry(context, result, tries)));
    if (!again) return give_up(mm, context, AllocFailure::no_reclaim_yet);
  }
}

}  // namespace

Page alloc_pages_slowpath(Mm& mm, const AllocContext& context) {
  AllocContext slow = context;
  const bool can_reclaim = (slow.gfp & gfp::kDirectReclaim) != 0;
  // "Atomic" and "may sleep" contradict each other; the kernel warns once and drops the former.
  if (can_reclaim) slow.gfp &= ~gfp::kAtomic;

  const uint32_t flags = slow_path_flags(mm, slow);
  wake_kswapd(mm, slow, flags);
  Page page = attempt(mm, slow, flags, Stage::slow_min);
  if (page != kNoPage) return page;

  CompactTries tries;
  if (can_reclaim && compact_first(slow)) {
    CompactResult result = CompactResult::skipped;
    page = direct_compact(mm, slow, flags, CompactPriority::async, result);
    if (page != kNoPage) return page;
    if (slow.order > kCostlyOrder && (slow.gfp & gfp::kNoRetry) != 0) {
      const bool not_tried = result == CompactResult::skipped || result == CompactResult::deferred;
      if (not_tried || (slow.gfp & gfp::kThisNode) != 0) {
        return give_up(mm, slow, AllocFailure::no_reclaim_yet);
      }
      tries.priority = CompactPriority::async;
    }
  }
  return reclaim_and_compact(mm, slow, flags, tries);
}

}  // namespace kmem
