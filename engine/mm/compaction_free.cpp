// The free scanner: walks downwards and takes free blocks as targets for pages that move.
#include <algorithm>

#include "mm/compaction_control.h"
#include "mm/free_lists.h"
#include "mm/kswapd.h"
#include "mm/watermark.h"

namespace kmem {

namespace {

/// Takes a free block off its list, if the zone can spare it.
/// @return whether it was taken.
/// @kernel __isolate_free_page(), mm/page_alloc.c
bool isolate_free_block(Mm& mm, CompactControl& cc, Page page, Order order) {
  Zone& zone = cc.zone;
  // What is isolated does not count as free, so the zone has no less without it.
  const Migratetype type = mm.map.pageblock_type(page);
  if (type != Migratetype::isolate) {
    const int64_t mark = zone.watermark[0] + pages_in(order);
    const WatermarkRequest request{0, ZoneType::dma, alloc_flags::kCma, 0};
    if (!passed(zone_watermark_ok(mm, zone, request, mark, free_pages_for_check(zone)))) {
      return false;
    }
    mod_zone_freepage_state(mm, zone, -static_cast<int32_t>(pages_in(order)), type);
  }
  del_page_from_free_list(mm, zone, page, order);
  // Targets are single pages, given out from the highest of the last block taken downwards.
  for (uint32_t i = 0; i < pages_in(order); ++i) {
    const Page each{page.index + i};
    mm.map.set_taken(each, 0);
    mm.map.set_refcount(each, 1);
    cc.free_pages.push_back(each);
  }
  mm.events.compact_isolated += pages_in(order);
  mm.trace->decision(Event::compact_take_free, zone.index, order, mm.pfn(page),
                     static_cast<uint32_t>(cc.free_pages.size()),
                     static_cast<uint32_t>(cc.nr_migrate_pages));
  return true;
}

bool enough_free(const CompactControl& cc) { return cc.free_pages.size() >= cc.nr_migrate_pages; }

/// Takes free blocks of [pfn, end_pfn) until there are enough.
/// @param stride every how many pages to look.
/// @param pfn    moves to where the walk stopped.
/// @return pages taken.
/// @kernel isolate_freepages_block(), mm/compaction.c
uint32_t isolate_freepages_block(Mm& mm, CompactControl& cc, uint32_t& pfn, uint32_t end_pfn,
                                 uint32_t stride) {
  const uint32_t start = pfn;
  const Page first = mm.map.pfn_to_page({pfn});
  const size_t before = cc.free_pages.size();
  for (; pfn < end_pfn; pfn += stride) {
    if (pfn % kCompactClusterMax == 0) cond_resched(mm);
    cc.free_scanned += 1;
    const Page page{first.index + (pfn - start)};
    if (!mm.map.in_buddy(page)) {
      if ((mm.map.flags(page) & MemMap::kHead) != 0) pfn += pages_in(mm.map.order(page)) - 1;
      continue;
    }
    const Order order = mm.map.order(page);
    if (!isolate_free_block(mm, cc, page, order)) break;
    cc.free_scanned += pages_in(order) - 1;
    if (enough_free(cc)) {
      pfn += pages_in(order);
      break;
    }
    pfn += pages_in(order) - 1;
  }
  pfn = std::min(pfn, end_pfn);
  return static_cast<uint32_t>(cc.free_pages.size() - before);
}

// ---- short cut: the free lists know where free blocks are ---------------------------------------

/// The search of one run through the movable lists.
struct FastSearch {
  uint32_t low_pfn;      ///< a block from here on is taken at once
  uint32_t min_pfn;      ///< the highest block from here on is second best
  uint32_t limit;        ///< blocks to look at in one list
  uint32_t highest = 0;  ///< highest pageblock seen
  uint32_t scanned = 0;
};

/// The order to search after `order`; -1 when all were.
int32_t next_search_order(const CompactControl& cc, int32_t order) {
  order -= 1;
  if (order < 0) order = cc.order - 1;
  return order == cc.search_order ? -1 : order;
}

/// Looks through one list from its end, where blocks lie that will not be handed out soon.
Page search_list(Mm& mm, CompactControl& cc, FastSearch& search, Order order) {
  const uint32_t head = cc.zone.free_head(order, Migratetype::movable);
  Page best = kNoPage;
  uint32_t looked_at = 0;
  uint32_t node = mm.map.prev(head);
  for (; node != head; node = mm.map.prev(node)) {
    looked_at += 1;
    search.scanned += 1;
    const uint32_t pfn = mm.pfn({node});
    if (pfn >= search.highest) {
      search.highest = std::max(pageblock_start(mm, pfn), cc.zone.start_pfn.value);
    }
    if (pfn >= search.low_pfn) {
      cc.fast_search_fail = 0;
      cc.search_order = order;
      best = {node};
      break;
    }
    if (pfn >= search.min_pfn && (best == kNoPage || pfn > mm.pfn(best))) {
      best = {node};
    }
    if (looked_at >= search.limit) break;
  }
  // What was looked at is not looked at first the next time.
  const Page turn = best != kNoPage ? best : Page{node};
  if (turn.index != head) rotate_list_to_head(mm, cc.zone, turn, order, Migratetype::movable);
  if (looked_at >= search.limit) search.limit = std::max(1u, search.limit / 2);
  return best;
}

/// Takes one block the free lists suggest. Sets cc.free_pfn when a search from the very start
/// found none, so that the walk begins lower.
/// @return a page in the pageblock to take more from, or kNoPage.
/// @kernel fast_isolate_freepages(), mm/compaction.c
Page fast_isolate_freepages(Mm& mm, CompactControl& cc) {
  Zone& zone = cc.zone;
  const bool from_start = cc.free_pfn >= zone.compact.init_free_pfn;
  const uint32_t distance = cc.free_pfn - cc.migrate_pfn;
  FastSearch search{
      pageblock_start(mm, cc.free_pfn - distance / 4),
      pageblock_start(mm, cc.free_pfn - distance / 2),
      from_start ? mm.config.pageblock_nr_pages() / 2 : std::max(1u, freelist_scan_limit(cc) / 2)};
  cc.search_order = std::min<int32_t>(cc.order - 1, cc.search_order);
  Page page = kNoPage;
  for (int32_t at = cc.search_order; at >= 0 && page == kNoPage; at = next_search_order(cc, at)) {
    const auto order = static_cast<Order>(at);
    if (zone.nr_free[order] == 0) continue;
    page = search_list(mm, cc, search, order);
    if (page != kNoPage && !isolate_free_block(mm, cc, page, order)) {
      page = kNoPage;
      break;
    }
    if (page != kNoPage) search.scanned += pages_in(order) - 1;
  }
  if (page == kNoPage) {
    cc.fast_search_fail += 1;
    if (from_start && search.highest >= search.min_pfn) {
      cc.free_pfn = search.highest;
      page = mm.map.pfn_to_page({search.highest});
    } else if (from_start && cc.direct) {
      cc.free_pfn = search.min_pfn;
      page = pageblock_page(mm, zone, search.min_pfn,
                            std::min(pageblock_end(mm, search.min_pfn), zone.end_pfn()));
    }
  }
  cc.free_scanned += search.scanned;
  mm.trace->decision(Event::compact_fast_free, zone.index, cc.order, mm.pfn(page), search.low_pfn,
                     search.min_pfn, search.scanned, static_cast<uint32_t>(cc.free_pages.size()));
  return page;
}

/// Takes the other free blocks of the pageblock, too, while they are needed.
/// @kernel fast_isolate_around(), mm/compaction.c
void isolate_around(Mm& mm, CompactControl& cc, uint32_t near_pfn) {
  if (enough_free(cc)) return;
  if (cc.direct && cc.async) return;
  uint32_t pfn = std::max(pageblock_start(mm, near_pfn), cc.zone.start_pfn.value);
  const uint32_t end = std::min(pageblock_end(mm, near_pfn), cc.zone.end_pfn());
  const Page page = pageblock_page(mm, cc.zone, pfn, end);
  if (page == kNoPage) return;
  isolate_freepages_block(mm, cc, pfn, end, 1);
  if (pfn == end) mm.map.set_pageblock_skip(page, true);
}

/// @kernel suitable_migration_target(), mm/compaction.c
bool suitable_target(const Mm& mm, const CompactControl& cc, Page page) {
  // Free as a whole: this is what compaction wants to make, not to use up.
  if (mm.map.in_buddy(page) && mm.map.order(page) >= mm.config.pageblock_order) return false;
  if (cc.ignore_block_suitable) return true;
  const Migratetype type = mm.map.pageblock_type(page);
  return type == Migratetype::movable || type == Migratetype::cma;
}

/// Pageblock by pageblock downwards from cc.free_pfn.
void walk_down(Mm& mm, CompactControl& cc) {
  const uint32_t step = mm.config.pageblock_nr_pages();
  const uint32_t low = pageblock_end(mm, cc.migrate_pfn);
  uint32_t at = cc.free_pfn;
  uint32_t start = pageblock_start(mm, at);
  uint32_t end = std::min(start + step, cc.zone.end_pfn());
  uint32_t stride = cc.async ? kCompactClusterMax : 1;
  for (; start >= low; end = start, start -= step, at = start) {
    if (start % (kCompactClusterMax * step) == 0) cond_resched(mm);
    const Page page = pageblock_page(mm, cc.zone, start, end);
    if (page == kNoPage || !suitable_target(mm, cc, page)) continue;
    if (!isolation_suitable(mm, cc, page)) continue;
    const uint32_t from = at;
    const uint32_t taken = isolate_freepages_block(mm, cc, at, end, stride);
    mm.trace->decision(Event::compact_scan_target, cc.zone.index, cc.order, from, at, taken,
                       stride);
    if (at == end) update_pageblock_skip(mm, cc, page, start);
    if (enough_free(cc)) {
      if (at >= end) at = start - step;
      break;
    }
    if (at < end) break;
    stride = taken != 0 ? 1 : std::min(kCompactClusterMax, stride * 2);
  }
  cc.free_pfn = at;
}

}  // namespace

void isolate_freepages(Mm& mm, CompactControl& cc) {
  if (compact_scanners_met(mm, cc)) return;
  const Page near = fast_isolate_freepages(mm, cc);
  if (near != kNoPage) isolate_around(mm, cc, mm.pfn(near));
  if (cc.free_pages.empty()) walk_down(mm, cc);
}

}  // namespace kmem
