#include "mm/verify.h"

#include <span>
#include <vector>

#include "base/text.h"
#include "mm/pcp.h"
#include "mm/watermark.h"

namespace kmem {

namespace {

/// Remembers the first violation and which frames have been seen on a list.
class Checker {
 public:
  explicit Checker(const Mm& mm) : mm_(mm), seen_(mm.map.size()), states_(mm.map.size()) {
    mm.map.states_into(states_);
  }

  void zone(const Zone& zone);
  /// Checks every page that no list has; all zones must have been checked.
  void pages_on_no_list();
  [[nodiscard]] std::string take() { return std::move(wrong_); }

 private:
  template <typename... Arguments>
  void fail(const char* format, Arguments... arguments) {
    if (wrong_.empty()) wrong_ = textf(format, arguments...);
  }
  /// Checks one ring; returns the number of blocks.
  int64_t ring(const Zone& zone, uint32_t head, Order order, FrameKind kind);
  void block(const Zone& zone, Page page, Order order, FrameKind kind);
  void buddies(const Zone& zone, Page page, Order order);
  void fences(const Zone& zone, Page page, uint32_t list_type);
  /// Blocks of every list, and the counters that follow from them.
  void free_lists(const Zone& zone);
  void isolated_pageblocks(const Zone& zone);
  void hot_and_cold(const Zone& zone, const PerCpuPages& pcp);

  const Mm& mm_;
  std::vector<uint8_t> seen_;
  std::vector<uint8_t> states_;
  std::string wrong_;
};

void Checker::block(const Zone& zone, Page page, Order order, FrameKind kind) {
  const uint32_t pfn = mm_.pfn(page);
  if (pfn % pages_in(order) != 0) fail("pfn %u of order %u is not aligned", pfn, unsigned{order});
  if (mm_.map.order(page) != order) {
    fail("pfn %u is on a list of order %u but says %u", pfn, unsigned{order},
         unsigned{mm_.map.order(page)});
  }
  const bool marked = kind == FrameKind::free ? mm_.map.in_buddy(page) : mm_.map.in_pcp(page);
  if (!marked) fail("pfn %u is on a list but not marked so", pfn);
  for (uint32_t i = 0; i < pages_in(order); ++i) {
    const Page each{page.index + i};
    if (each.index >= mm_.map.size() || mm_.map.zone(each) != zone.index) {
      fail("pfn %u + %u leaves zone %s", pfn, i, zone.name.c_str());
      return;
    }
    if (seen_[each.index]) fail("pfn %u is on two lists", mm_.pfn(each));
    seen_[each.index] = true;
    if (mm_.map.refcount(each) != 0) fail("pfn %u is free but referenced", mm_.pfn(each));
    if (frame_kind(states_[each.index]) != kind) {
      fail("pfn %u has state 0x%02x on a list of kind %u", mm_.pfn(each),
           unsigned{states_[each.index]}, static_cast<unsigned>(kind));
    }
    if (i > 0 && (mm_.map.in_buddy(each) || mm_.map.in_pcp(each))) {
      fail("pfn %u is inside a free block but marked as the head of one", mm_.pfn(each));
    }
  }
}

void Checker::pages_on_no_list() {
  for (uint32_t i = 0; i < states_.size() && wrong_.empty(); ++i) {
    const uint8_t state = states_[i];
    // Frames of no zone at all, which fill the map up, were never painted.
    if (state == 0 || seen_[i]) continue;
    const Page page{i};
    const FrameKind kind = frame_kind(state);
    if (kind == FrameKind::free || kind == FrameKind::pcp) {
      fail("pfn %u is on no list but has state 0x%02x", mm_.pfn(page), unsigned{state});
    }
    if (mm_.map.in_buddy(page) || mm_.map.in_pcp(page)) {
      fail("pfn %u is on no list but marked so", mm_.pfn(page));
    }
    const bool handed_out = kind == FrameKind::allocated && (state & kFrameHeadBit) != 0;
    if (handed_out && mm_.map.refcount(page) == 0) {
      fail("pfn %u is in use but not referenced", mm_.pfn(page));
    }
    if (!handed_out && mm_.map.refcount(page) != 0) {
      fail("pfn %u is referenced, but nobody was given it", mm_.pfn(page));
    }
  }
}

void Checker::buddies(const Zone& zone, Page page, Order order) {
  if (order >= mm_.config.max_order()) return;
  const Page buddy = buddy_of(page, order);
  if (buddy.index >= mm_.map.size() || !mm_.map.is_buddy(buddy, order, zone.index)) return;
  const bool may_stay = order >= mm_.config.pageblock_order;
  if (!may_stay) {
    fail("pfn %u and its buddy %u of order %u are both free", mm_.pfn(page), mm_.pfn(buddy),
         unsigned{order});
  }
}

void Checker::fences(const Zone& zone, Page page, uint32_t list_type) {
  const Migratetype type = mm_.map.pageblock_type(page);
  if (may_be_listed(type, static_cast<Migratetype>(list_type))) return;
  fail("zone %s: pfn %u of a pageblock of type %s is on a list of type %s", zone.name.c_str(),
       mm_.pfn(page), kMigratetypeNames[index_of(type)], kMigratetypeNames[list_type]);
}

int64_t Checker::ring(const Zone& zone, uint32_t head, Order order, FrameKind kind) {
  int64_t blocks = 0;
  uint32_t before = head;
  for (uint32_t node = mm_.map.next(head); node != head; node = mm_.map.next(node)) {
    if (node >= mm_.map.size() || mm_.map.prev(node) != before || blocks > mm_.map.size()) {
      fail("list at node %u of zone %s is broken", head, zone.name.c_str());
      return blocks;
    }
    block(zone, {node}, order, kind);
    if (kind == FrameKind::free) {
      buddies(zone, {node}, order);
      fences(zone, {node}, (head - zone.first_free_head) % kNrMigratetypes);
    }
    before = node;
    blocks += 1;
    if (!wrong_.empty()) return blocks;
  }
  return blocks;
}

// Two lists that each count their own pages, and a list that reached `high` was cut at once.
void Checker::hot_and_cold(const Zone& zone, const PerCpuPages& pcp) {
  const int64_t hot = ring(zone, pcp.first_head, 0, FrameKind::pcp);
  const int64_t cold = ring(zone, pcp.first_head + 1, 0, FrameKind::pcp);
  if (hot != pcp.count() || cold != pcp.cold.count) {
    fail("zone %s: per-CPU counts are %d hot and %d cold, the lists have %lld and %lld pages",
         zone.name.c_str(), pcp.count(), static_cast<int>(pcp.cold.count),
         static_cast<long long>(hot), static_cast<long long>(cold));
  }
  if (pcp.count() > 0 && pcp.count() >= pcp.high) {
    fail("zone %s: %d pages on the hot list, which has room for fewer than %d", zone.name.c_str(),
         pcp.count(), pcp.high);
  }
}

void Checker::isolated_pageblocks(const Zone& zone) {
  const uint32_t pages = mm_.config.pageblock_nr_pages();
  uint32_t isolated = 0;
  for (uint32_t pfn = zone.start_pfn.value & ~(pages - 1); pfn < zone.end_pfn(); pfn += pages) {
    const Page page = mm_.map.pfn_to_page({pfn});
    if (page == kNoPage) continue;
    isolated += mm_.map.pageblock_type(page) == Migratetype::isolate ? 1 : 0;
  }
  if (isolated != zone.nr_isolate_pageblock) {
    fail("zone %s: %u pageblocks are isolated, it counts %u", zone.name.c_str(), isolated,
         zone.nr_isolate_pageblock);
  }
}

void Checker::free_lists(const Zone& zone) {
  int64_t free_pages = 0;
  int64_t cma_pages = 0;
  for (Order order = 0; order < mm_.config.nr_orders; ++order) {
    int64_t blocks = 0;
    for (uint32_t t = 0; t < kNrMigratetypes; ++t) {
      const auto type = static_cast<Migratetype>(t);
      const int64_t here = ring(zone, zone.free_head(order, type), order, FrameKind::free);
      blocks += here;
      if (type != Migratetype::isolate) free_pages += here << order;
      if (type == Migratetype::cma) cma_pages += here << order;
    }
    if (blocks != zone.nr_free[order]) {
      fail("zone %s: nr_free[%u] is %lld, the lists have %lld blocks", zone.name.c_str(),
           unsigned{order}, static_cast<long long>(zone.nr_free[order]),
           static_cast<long long>(blocks));
    }
  }
  int64_t counted = zone.vm_free + zone.other_cpus_free_diff;
  for (const int32_t diff : zone.vm_free_diff) counted += diff;
  if (counted != free_pages) {
    fail("zone %s: NR_FREE_PAGES is %lld, the lists have %lld pages", zone.name.c_str(),
         static_cast<long long>(counted), static_cast<long long>(free_pages));
  }
  const int64_t counted_cma = zone.vm_free_cma + zone.other_cpus_free_cma_diff;
  if (counted_cma != cma_pages) {
    fail("zone %s: NR_FREE_CMA_PAGES is %lld, the CMA lists have %lld pages", zone.name.c_str(),
         static_cast<long long>(counted_cma), static_cast<long long>(cma_pages));
  }
}

void Checker::zone(const Zone& zone) {
  free_lists(zone);
  isolated_pageblocks(zone);
  if (zone.ordinary_floor != Zone::kUnknownFloor) {
    Zone fresh = zone;
    fresh.forget_floor();
    learn_ordinary_floor(mm_, fresh);
    if (zone.ordinary_floor != fresh.ordinary_floor) {
      fail("zone %s: the floor of ordinary requests is %lld, from its marks it is %lld",
           zone.name.c_str(), static_cast<long long>(zone.ordinary_floor),
           static_cast<long long>(fresh.ordinary_floor));
    }
  }
  for (const PerCpuPages& pcp : zone.pcp) {
    int64_t pages = 0;
    if (mm_.config.profile->sizing.hot_and_cold) {
      hot_and_cold(zone, pcp);
      continue;
    }
    for (uint32_t list = 0; list < mm_.config.nr_pcp_lists(); ++list) {
      const Order order = pindex_to_order(mm_.config, list);
      pages += ring(zone, pcp.first_head + list, order, FrameKind::pcp) << order;
    }
    if (pages != pcp.count()) {
      fail("zone %s: a per-CPU count is %d, its lists have %lld pages", zone.name.c_str(),
           pcp.count(), static_cast<long long>(pages));
    }
  }
}

}  // namespace

std::string verify(const Mm& mm) {
  Checker checker(mm);
  for (const Zone& zone : mm.zones) checker.zone(zone);
  checker.pages_on_no_list();
  return checker.take();
}

}  // namespace kmem
