// The migrate scanner: walks upwards and takes pages in use out of pageblocks worth emptying.
#include <algorithm>

#include "mm/compaction_control.h"
#include "mm/free_lists.h"
#include "mm/kswapd.h"

namespace kmem {

namespace {

// ---- short cut: a pageblock with free pages of its own needs fewer moves ------------------------

/// How far up a pageblock may be: nearer than where moved pages will go.
uint32_t fast_search_end(const Mm& mm, const CompactControl& cc) {
  const uint32_t distance = cc.free_pfn - cc.migrate_pfn;
  // At the start of the zone half of the way, later an eighth: what was a target a moment ago
  // should not be moved again.
  const bool first = cc.migrate_pfn == cc.zone.start_pfn.value;
  return pageblock_start(mm, cc.migrate_pfn + (first ? distance / 2 : distance / 8));
}

bool fast_search_allowed(const Mm& mm, const CompactControl& cc) {
  if (cc.ignore_skip_hint) return false;
  const bool fresh_block =
      cc.migrate_pfn == cc.zone.start_pfn.value || pageblock_aligned(mm, cc.migrate_pfn);
  if (!fresh_block) return false;
  // Emptying a pageblock is meant for those who will fill it with movable pages again.
  return !cc.direct || cc.migratetype == Migratetype::movable;
}

/// The first movable block of `order` below `end_pfn` whose pageblock has no skip hint.
/// @param budget blocks to look at, counted down.
Page find_in_list(Mm& mm, CompactControl& cc, Order order, uint32_t end_pfn, uint32_t& budget) {
  const uint32_t head = cc.zone.free_head(order, Migratetype::movable);
  for (uint32_t node = mm.map.next(head); node != head; node = mm.map.next(node)) {
    const Page page{node};
    if (budget == 0) {
      // The next search shall see other blocks.
      rotate_list_to_tail(mm, cc.zone, page, order, Migratetype::movable);
      return kNoPage;
    }
    budget -= 1;
    if (mm.pfn(page) >= end_pfn || mm.map.pageblock_skip(page)) continue;
    rotate_list_to_tail(mm, cc.zone, page, order, Migratetype::movable);
    return page;
  }
  return kNoPage;
}

/// No block found: the lowest one of the searches before is as good a start as any.
uint32_t fall_back_to_lowest(CompactControl& cc) {
  cc.fast_search_fail += 1;
  if (cc.fast_start_pfn != 0 && !cc.fast_start_used) {
    cc.migrate_pfn = cc.fast_start_pfn;
    cc.fast_start_used = true;
  }
  return cc.migrate_pfn;
}

/// Where to go on: in a pageblock that the free lists suggest, or straight on.
/// @kernel fast_find_migrateblock(), mm/compaction.c
uint32_t fast_find_migrateblock(Mm& mm, CompactControl& cc) {
  if (!fast_search_allowed(mm, cc)) return cc.migrate_pfn;
  const uint32_t end_pfn = fast_search_end(mm, cc);
  uint32_t budget = freelist_scan_limit(cc);
  for (Order order = cc.order - 1; order >= kCostlyOrder && budget > 0; --order) {
    if (cc.zone.nr_free[order] == 0) continue;
    const Page page = find_in_list(mm, cc, order, end_pfn, budget);
    if (page == kNoPage) continue;
    const uint32_t pfn = mm.pfn(page);
    if (!cc.fast_start_used) {
      cc.fast_start_pfn = cc.fast_start_pfn == 0 ? pfn : std::min(cc.fast_start_pfn, pfn);
    }
    cc.fast_search_fail = 0;
    // Nobody else shall choose it, too.
    mm.map.set_pageblock_skip(page, true);
    mm.trace->decision(Event::compact_fast_block, cc.zone.index, order, pfn, end_pfn);
    return std::max(pageblock_start(mm, pfn), cc.zone.start_pfn.value);
  }
  return fall_back_to_lowest(cc);
}

// ---- one pageblock ------------------------------------------------------------------------------

/// Async runs for an allocation only look into pageblocks of the request's own type.
/// @kernel suitable_migration_source(), mm/compaction.c
bool suitable_source(const Mm& mm, const CompactControl& cc, Page page) {
  const bool huge =
      (mm.map.flags(page) & MemMap::kHead) != 0 && mm.map.order(page) >= mm.config.pageblock_order;
  if (huge) return false;
  if (!cc.async || !cc.direct) return true;
  const Migratetype type = mm.map.pageblock_type(page);
  if (cc.migratetype == Migratetype::movable && type == Migratetype::cma) return true;
  return type == cc.migratetype;
}

// Whoever else holds a reference would go on using the old frame.
bool can_be_moved(const Mm& mm, Page page) {
  return (mm.map.flags(page) & (MemMap::kMovableOps | MemMap::kLru)) != 0 &&
         mm.map.refcount(page) == 1;
}

/// The walk over the pages of one pageblock.
class BlockScan {
 public:
  BlockScan(Mm& mm, CompactControl& cc, uint32_t pfn, uint32_t end_pfn)
      : mm_(mm),
        cc_(cc),
        pfn_(pfn),
        end_pfn_(end_pfn),
        first_(mm.map.pfn_to_page({pfn})),
        start_pfn_(pfn) {}

  void run();

 private:
  /// Pages that one look disposes of when they cannot be moved.
  [[nodiscard]] uint32_t unmovable_run(Page page) const;
  void isolate(Page page);
  void finish(bool skipped_at_once);

  Mm& mm_;
  CompactControl& cc_;
  uint32_t pfn_;
  uint32_t end_pfn_;
  Page first_;
  uint32_t start_pfn_;
  uint32_t isolated_ = 0;
  uint32_t scanned_ = 0;
};

uint32_t BlockScan::unmovable_run(Page page) const {
  return (mm_.map.flags(page) & MemMap::kHead) != 0 ? pages_in(mm_.map.order(page)) : 1;
}

void BlockScan::isolate(Page page) {
  cc_.migrate_pages.push_back(page);
  isolated_ += 1;
  mm_.events.compact_isolated += 1;
}

void BlockScan::finish(bool skipped_at_once) {
  pfn_ = std::min(pfn_, end_pfn_);
  // A block that gave nothing, or was visited twice, is not worth another visit soon.
  if (pfn_ == end_pfn_ && (isolated_ == 0 || cc_.finish_block)) {
    if (!skipped_at_once && pageblock_aligned(mm_, start_pfn_)) {
      mm_.map.set_pageblock_skip(first_, true);
    }
    update_cached_migrate(mm_, cc_, pfn_);
  }
  mm_.trace->decision(Event::compact_scan_source, cc_.zone.index, cc_.order, start_pfn_, pfn_,
                      scanned_, isolated_, skipped_at_once);
  cc_.migrate_scanned += scanned_;
  cc_.migrate_pfn = pfn_;
}

void BlockScan::run() {
  bool skipped_at_once = false;
  for (; pfn_ < end_pfn_; ++pfn_) {
    if (pfn_ % kCompactClusterMax == 0) cond_resched(mm_);
    scanned_ += 1;
    const Page page{first_.index + (pfn_ - start_pfn_)};
    // Seen from its first page, a block with a hint is left alone. The short cut has just set
    // one on the block that it chose, so its choice only counts as a place to come back to.
    if (pfn_ == start_pfn_ && pageblock_aligned(mm_, pfn_) && !isolation_suitable(mm_, cc_, page)) {
      skipped_at_once = true;
      pfn_ = end_pfn_;
      break;
    }
    if (mm_.map.in_buddy(page)) {
      pfn_ += pages_in(mm_.map.order(page)) - 1;
      continue;
    }
    if (can_be_moved(mm_, page)) {
      isolate(page);
      if (cc_.migrate_pages.size() >= kCompactClusterMax && !cc_.finish_block) {
        pfn_ += 1;
        break;
      }
      continue;
    }
    pfn_ += unmovable_run(page) - 1;
  }
  finish(skipped_at_once);
}

}  // namespace

uint32_t freelist_scan_limit(const CompactControl& cc) {
  return (cc.fast_search_fail < 32 ? kCompactClusterMax >> cc.fast_search_fail : 0) + 1;
}

Page pageblock_page(const Mm& mm, const Zone& zone, uint32_t start_pfn, uint32_t end_pfn) {
  const Page first = mm.map.pfn_to_page({start_pfn});
  const Page last = mm.map.pfn_to_page({end_pfn - 1});
  if (first == kNoPage || last == kNoPage) return kNoPage;
  const bool inside = mm.map.zone(first) == zone.index && mm.map.zone(last) == zone.index;
  return inside ? first : kNoPage;
}

IsolateResult isolate_migratepages(Mm& mm, CompactControl& cc) {
  uint32_t pfn = fast_find_migrateblock(mm, cc);
  bool chosen = pfn != cc.migrate_pfn && cc.fast_search_fail == 0;
  uint32_t start = std::max(pageblock_start(mm, pfn), cc.zone.start_pfn.value);
  for (uint32_t end = pageblock_end(mm, pfn); end <= cc.free_pfn;
       cc.migrate_pfn = pfn = start = end, end += mm.config.pageblock_nr_pages(), chosen = false) {
    if (pfn % (kCompactClusterMax * mm.config.pageblock_nr_pages()) == 0) cond_resched(mm);
    const Page page = pageblock_page(mm, cc.zone, start, end);
    if (page == kNoPage) continue;
    const bool fresh = pageblock_aligned(mm, pfn) && !chosen;
    if (fresh && !isolation_suitable(mm, cc, page)) continue;
    if (!suitable_source(mm, cc, page)) {
      update_cached_migrate(mm, cc, end);
      continue;
    }
    BlockScan(mm, cc, pfn, end).run();
    break;
  }
  return cc.migrate_pages.empty() ? IsolateResult::none : IsolateResult::some;
}

}  // namespace kmem
