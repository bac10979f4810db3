#include "mm/compaction.h"

#include <algorithm>

#include "mm/compaction_control.h"
#include "mm/fallback.h"
#include "mm/free_lists.h"
#include "mm/kswapd.h"
#include "mm/pcp.h"

namespace kmem {

namespace {

// ---- moving pages -------------------------------------------------------------------------------

/// One page in use changes places with a free one, and its old frame is freed.
/// @kernel   unmap_and_move(), mm/migrate.c
/// @fidelity exact for pages of drivers: their owner never refuses.
void move_page(Mm& mm, Zone& zone, Page from, Page to) {
  mm.map.set_flags(to, mm.map.flags(from));
  mm.map.set_refcount(to, mm.map.refcount(from));
  mm.map.paint(to, FrameKind::allocated, frame_type(mm.map.state(from)));
  mm.map.set_flags(from, 0);
  mm.map.set_refcount(from, 1);
  mm.moves.push_back({from, to});
  mm.events.pgmigrate_success += 1;
  mm.trace->decision(Event::compact_move, zone.index, 0, mm.pfn(from), mm.pfn(to));
  free_pages(mm, from, 0);
}

/// Moves what the migrate scanner has taken, the last page first.
/// @return false when there was no place left for some of it.
/// @kernel migrate_pages(), mm/migrate.c; compaction_alloc(), mm/compaction.c
bool migrate_pages(Mm& mm, CompactControl& cc) {
  cc.nr_migrate_pages = cc.migrate_pages.size();
  while (!cc.migrate_pages.empty()) {
    cond_resched(mm);
    if (cc.free_pages.empty()) isolate_freepages(mm, cc);
    if (cc.free_pages.empty()) {
      mm.events.pgmigrate_fail += cc.migrate_pages.size();
      cc.migrate_pages.clear();
      return false;
    }
    const Page to = cc.free_pages.back();
    cc.free_pages.pop_back();
    const Page from = cc.migrate_pages.back();
    cc.migrate_pages.pop_back();
    move_page(mm, cc.zone, from, to);
  }
  return true;
}

/// Targets that nobody needed become free pages again.
/// @kernel release_freepages(), mm/compaction.c
void release_free_pages(Mm& mm, CompactControl& cc) {
  while (!cc.free_pages.empty()) {
    const Page page = cc.free_pages.back();
    cc.free_pages.pop_back();
    free_pages(mm, page, 0);
  }
}

// ---- one run over one zone ----------------------------------------------------------------------

/// Whether a block for the request is there, on its own list or on one it may steal from.
/// @kernel __compact_finished(), mm/compaction.c
bool block_available(const Mm& mm, const CompactControl& cc) {
  for (Order order = cc.order; order < mm.config.nr_orders; ++order) {
    if (free_list_head(mm, cc.zone, order, cc.migratetype) != kNoPage) return true;
    if (can_steal_from_others(mm, cc.zone, order, cc.migratetype)) return true;
  }
  return false;
}

/// @kernel compact_finished(), mm/compaction.c
CompactResult compact_finished(Mm& mm, CompactControl& cc) {
  if (compact_scanners_met(mm, cc)) {
    reset_cached_positions(mm, cc.zone);
    // The hints of this pass may be cleared, but by somebody who has time.
    if (cc.direct) cc.zone.compact.blockskip_flush = true;
    return cc.whole_zone ? CompactResult::complete : CompactResult::partial_skipped;
  }
  // A pageblock begun is finished: half-emptied ones invite others to fall back into them.
  if (!pageblock_aligned(mm, cc.migrate_pfn)) return CompactResult::go_on;
  return block_available(mm, cc) ? CompactResult::success : CompactResult::go_on;
}

/// Where the scanners start: where the last run stopped, or at the ends of the zone.
void set_start(const Mm& mm, CompactControl& cc) {
  Zone& zone = cc.zone;
  CompactState& state = zone.compact;
  const uint32_t first = zone.start_pfn.value;
  const uint32_t last_block = pageblock_start(mm, zone.end_pfn() - 1);
  if (cc.whole_zone) {
    cc.migrate_pfn = first;
    cc.free_pfn = last_block;
    return;
  }
  if (!zone.spans({state.cached_free_pfn})) state.cached_free_pfn = last_block;
  if (!zone.spans({state.cached_migrate_pfn[cc.async ? 0 : 1]})) {
    state.cached_migrate_pfn.fill(first);
  }
  cc.free_pfn = state.cached_free_pfn;
  cc.migrate_pfn = state.cached_migrate_pfn[cc.async ? 0 : 1];
  cc.whole_zone = cc.migrate_pfn == first;
}

/// Freed pages wait on per-CPU lists; once the block they belong to is done, they must merge.
void flush_finished_block(Mm& mm, CompactControl& cc, uint32_t& last_migrated_pfn) {
  if (last_migrated_pfn == 0) return;
  const uint32_t block = cc.migrate_pfn & ~(pages_in(cc.order) - 1);
  if (last_migrated_pfn >= block) return;
  drain_zone_pages(mm, cc.zone);
  last_migrated_pfn = 0;
}

/// Alternates between isolating and moving until a block is there or the scanners meet.
CompactResult scan(Mm& mm, CompactControl& cc) {
  CompactState& state = cc.zone.compact;
  // While both cached positions are equal, sync runs profit from what async ones learn.
  bool share_position = cc.async && state.cached_migrate_pfn[0] == state.cached_migrate_pfn[1];
  uint32_t last_migrated_pfn = 0;
  while (true) {
    const CompactResult result = compact_finished(mm, cc);
    if (result != CompactResult::go_on) return result;
    const uint32_t round_start = cc.migrate_pfn;
    cc.finish_block = last_migrated_pfn != 0 &&
                      pageblock_start(mm, last_migrated_pfn) == pageblock_start(mm, round_start);
    if (isolate_migratepages(mm, cc) == IsolateResult::none) {
      if (share_position) state.cached_migrate_pfn[1] = state.cached_migrate_pfn[0];
    } else {
      share_position = false;
      last_migrated_pfn = round_start;
      if (!migrate_pages(mm, cc) && !compact_scanners_met(mm, cc)) return CompactResult::contended;
    }
    flush_finished_block(mm, cc, last_migrated_pfn);
    if (mm.capture != nullptr && mm.capture->page != kNoPage) return CompactResult::success;
  }
}

/// @kernel compact_zone(), mm/compaction.c
CompactResult compact_zone(Mm& mm, CompactControl& cc) {
  const CompactResult suitable =
      compaction_suitable(mm, cc.zone, cc.order, cc.alloc_flags, cc.highest);
  if (suitable != CompactResult::go_on) return suitable;
  set_start(mm, cc);
  mm.trace->decision(Event::compact_begin, cc.zone.index, cc.order, cc.migrate_pfn, cc.free_pfn,
                     cc.async, cc.direct, index_of(cc.migratetype));
  const size_t moves_before = mm.moves.size();
  const CompactResult result = scan(mm, cc);
  release_free_pages(mm, cc);
  mm.events.compact_migrate_scanned += cc.migrate_scanned;
  mm.events.compact_free_scanned += cc.free_scanned;
  mm.trace->decision(Event::compact_end, cc.zone.index, cc.order, static_cast<uint32_t>(result),
                     cc.migrate_pfn, cc.free_pfn, mm.moves.size() - moves_before,
                     cc.migrate_scanned, cc.free_scanned);
  return result;
}

/// @kernel compact_zone_order(), mm/compaction.c
CompactResult compact_zone_order(Mm& mm, Zone& zone, const AllocContext& context,
                                 uint32_t alloc_flags, CompactPriority priority, Page& captured) {
  const bool full = priority == CompactPriority::sync_full;
  CompactControl cc{.zone = zone,
                    .order = context.order,
                    .migratetype = context.migratetype,
                    .alloc_flags = alloc_flags,
                    .highest = context.highest_zoneidx,
                    .async = priority == CompactPriority::async,
                    .direct = true,
                    .whole_zone = full,
                    .ignore_skip_hint = full,
                    .ignore_block_suitable = full,
                    .search_order = context.order};
  CaptureControl capture{zone.index, context.order, kNoPage};
  mm.capture = &capture;
  CompactResult result = compact_zone(mm, cc);
  mm.capture = nullptr;
  captured = capture.page;
  if (captured != kNoPage) result = CompactResult::success;
  return result;
}

}  // namespace

CompactResult try_to_compact_pages(Mm& mm, const AllocContext& context, uint32_t alloc_flags,
                                   CompactPriority priority, Page& captured) {
  captured = kNoPage;
  // Moving pages may have to write to a device.
  if ((context.gfp & gfp::kIo) == 0) return CompactResult::skipped;
  CompactResult best = CompactResult::skipped;
  for (uint32_t i = context.preferred; i < context.zonelist->size(); ++i) {
    Zone& zone = mm.zones[(*context.zonelist)[i]];
    if (zone.type > context.highest_zoneidx) continue;
    if (priority > CompactPriority::sync_full && compaction_deferred(mm, zone, context.order)) {
      best = std::max(best, CompactResult::deferred);
      continue;
    }
    const CompactResult result =
        compact_zone_order(mm, zone, context, alloc_flags, priority, captured);
    best = std::max(best, result);
    if (result == CompactResult::success) {
      compaction_defer_reset(mm, zone, context.order, false);
      break;
    }
    const bool failed =
        result == CompactResult::complete || result == CompactResult::partial_skipped;
    if (priority != CompactPriority::async && failed) defer_compaction(mm, zone, context.order);
  }
  return best;
}

bool kcompactd_node_suitable(Mm& mm, NodeId node) {
  const NodeDaemons& daemons = mm.daemons[node.value];
  for (const Zone& zone : mm.zones) {
    if (zone.node != node || !zone.populated() || zone.type > daemons.kcompactd_highest) continue;
    if (compaction_suitable(mm, zone, daemons.kcompactd_order, 0, daemons.kcompactd_highest) ==
        CompactResult::go_on) {
      return true;
    }
  }
  return false;
}

void kcompactd_do_work(Mm& mm, NodeId node) {
  NodeDaemons& daemons = mm.daemons[node.value];
  const Order order = daemons.kcompactd_order;
  mm.events.compact_daemon_wake += 1;
  // Whoever waits for a block of his own is not served by what this thread frees.
  CaptureControl* const waiting = mm.capture;
  mm.capture = nullptr;
  for (Zone& zone : mm.zones) {
    if (zone.node != node || !zone.populated() || zone.type > daemons.kcompactd_highest) continue;
    if (compaction_deferred(mm, zone, order)) continue;
    if (compaction_suitable(mm, zone, order, 0, daemons.kcompactd_highest) !=
        CompactResult::go_on) {
      continue;
    }
    CompactControl cc{
        .zone = zone, .order = order, .highest = daemons.kcompactd_highest, .search_order = order};
    const CompactResult result = compact_zone(mm, cc);
    if (result == CompactResult::success) {
      compaction_defer_reset(mm, zone, order, false);
    } else if (result == CompactResult::complete || result == CompactResult::partial_skipped) {
      drain_zone_pages(mm, zone);
      defer_compaction(mm, zone, order);
    }
    mm.events.compact_daemon_migrate_scanned += cc.migrate_scanned;
    mm.events.compact_daemon_free_scanned += cc.free_scanned;
  }
  mm.capture = waiting;
  daemons.kcompactd_order = 0;
  daemons.kcompactd_highest = ZoneType::device;
}

}  // namespace kmem
