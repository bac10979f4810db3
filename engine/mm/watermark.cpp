#include "mm/watermark.h"

#include <algorithm>

#include "mm/free_lists.h"

namespace kmem {

namespace {

/// Free pages that this request cannot use: the reserve of others, and what its own block needs
/// beyond the first page.
int64_t unusable_free(const Zone& zone, Order order, uint32_t flags) {
  int64_t unusable = static_cast<int64_t>(pages_in(order)) - 1;
  if ((flags & alloc_flags::kReserves) == 0) unusable += zone.nr_reserved_highatomic;
  if ((flags & alloc_flags::kCma) == 0) unusable += zone.vm_free_cma;
  return unusable;
}

/// The mark after what the request's urgency takes off it.
int64_t floor_of(int64_t mark, uint32_t flags) {
  if ((flags & alloc_flags::kMinReserve) != 0) {
    mark -= mark / 2;
    if ((flags & alloc_flags::kNonBlock) != 0) mark -= mark / 4;
  }
  if ((flags & alloc_flags::kOom) != 0) mark -= mark / 2;
  return mark;
}

int64_t reserve_of(const Zone& zone, ZoneType highest) {
  const auto index = static_cast<size_t>(highest);
  return index < zone.lowmem_reserve.size() ? zone.lowmem_reserve[index] : 0;
}

bool has_block(const Mm& mm, const Zone& zone, Order order, Migratetype type) {
  return free_list_head(mm, zone, order, type) != kNoPage;
}

/// Whether some list that the request may use has a block big enough.
bool has_usable_block(const Mm& mm, const Zone& zone, Order wanted, uint32_t flags) {
  for (Order order = wanted; order < mm.config.nr_orders; ++order) {
    if (zone.nr_free[order] == 0) continue;
    if (has_block(mm, zone, order, Migratetype::unmovable) ||
        has_block(mm, zone, order, Migratetype::movable) ||
        has_block(mm, zone, order, Migratetype::reclaimable)) {
      return true;
    }
    if ((flags & alloc_flags::kCma) != 0 && has_block(mm, zone, order, Migratetype::cma)) {
      return true;
    }
    if ((flags & (alloc_flags::kHighAtomic | alloc_flags::kOom)) != 0 &&
        has_block(mm, zone, order, Migratetype::highatomic)) {
      return true;
    }
  }
  return false;
}

void note_check(Mm& mm, const Zone& zone, const WatermarkRequest& request, int64_t mark,
                int64_t free, WatermarkVerdict verdict) {
  if (!mm.trace->decisions()) return;
  const bool fast = verdict == WatermarkVerdict::passed_fast;
  const int64_t unusable = unusable_free(zone, request.order, request.alloc_flags);
  mm.trace->decided(Event::watermark_check, zone.index, request.order,
                    static_cast<uint32_t>(verdict), static_cast<int32_t>(free),
                    static_cast<int32_t>(fast ? std::min(free, unusable) : unusable),
                    static_cast<int32_t>(mark),
                    static_cast<int32_t>(fast ? mark : floor_of(mark, request.alloc_flags)),
                    static_cast<int32_t>(reserve_of(zone, request.highest_zoneidx)));
}

WatermarkVerdict check_fast(const Mm& mm, const Zone& zone, const WatermarkRequest& request,
                            int64_t mark, int64_t free) {
  const uint32_t flags = request.alloc_flags;
  if (request.order == 0 && above_plain_mark(zone, request.highest_zoneidx, flags, mark, free)) {
    return WatermarkVerdict::passed_fast;
  }
  const WatermarkVerdict verdict = zone_watermark_ok(mm, zone, request, mark, free);
  if (passed(verdict)) return verdict;
  // A boost is there to let kswapd defragment, not to make an atomic request fail.
  const bool may_ignore_boost = request.order == 0 && (request.gfp & gfp::kAtomic) != 0 &&
                                zone.watermark_boost > 0 &&
                                (flags & alloc_flags::kWatermarkMask) == alloc_flags::kWatermarkMin;
  if (may_ignore_boost && passed(zone_watermark_ok(mm, zone, request, zone.watermark[0], free))) {
    return WatermarkVerdict::passed_unboosted;
  }
  return verdict;
}

}  // namespace

bool above_plain_mark(const Zone& zone, ZoneType highest, uint32_t alloc_flags, int64_t mark,
                      int64_t free) {
  const int64_t usable = free - std::min(free, unusable_free(zone, 0, alloc_flags));
  return usable > mark + reserve_of(zone, highest);
}

void learn_ordinary_floor(const Mm& mm, Zone& zone) {
  const bool boosted = (zone.flags & Zone::kBoostedWatermark) != 0;
  // With CMA built no request is ordinary, and what it holds changes from call to call.
  if (boosted || mm.daemon_woken || mm.config.cma || zone.node != mm.cpu_node) return;
  zone.ordinary_floor = zone.wmark_pages(Watermark::low) + zone.ordinary_reserve +
                        unusable_free(zone, 0, alloc_flags::kWatermarkLow);
}

int64_t free_pages_for_check(const Zone& zone) { return std::max<int64_t>(zone.vm_free, 0); }

WatermarkVerdict zone_watermark_ok(const Mm& mm, const Zone& zone, const WatermarkRequest& request,
                                   int64_t mark, int64_t free) {
  const int64_t usable = free - unusable_free(zone, request.order, request.alloc_flags);
  const int64_t floor = floor_of(mark, request.alloc_flags);
  if (usable <= floor + reserve_of(zone, request.highest_zoneidx)) {
    return WatermarkVerdict::too_few_pages;
  }
  if (request.order == 0 || has_usable_block(mm, zone, request.order, request.alloc_flags)) {
    return WatermarkVerdict::passed;
  }
  return WatermarkVerdict::no_block;
}

void note_plain_check(Mm& mm, const Zone& zone, const WatermarkRequest& request, int64_t mark) {
  note_check(mm, zone, request, mark, free_pages_for_check(zone), WatermarkVerdict::passed_fast);
}

bool zone_watermark_fast(Mm& mm, const Zone& zone, const WatermarkRequest& request, int64_t mark) {
  const int64_t free = free_pages_for_check(zone);
  const WatermarkVerdict verdict = check_fast(mm, zone, request, mark, free);
  note_check(mm, zone, request, mark, free, verdict);
  return passed(verdict);
}

}  // namespace kmem
