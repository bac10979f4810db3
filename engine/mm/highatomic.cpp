#include "mm/highatomic.h"

#include <algorithm>

#include "mm/fallback.h"
#include "mm/free_lists.h"

namespace kmem {

void reserve_highatomic_pageblock(Mm& mm, Zone& zone, Page page, Order order) {
  const int64_t block = mm.config.pageblock_nr_pages();
  const int64_t limit = zone.managed_pages / 100 + block;
  if (zone.nr_reserved_highatomic >= limit) return;
  if (!is_mergeable(mm.map.pageblock_type(page))) return;
  const int64_t before = zone.nr_reserved_highatomic;
  zone.nr_reserved_highatomic += block;
  zone.forget_floor();
  mm.map.set_pageblock_type(page, Migratetype::highatomic);
  move_freepages_block(mm, zone, page, Migratetype::highatomic);
  mm.trace->decision(
      Event::highatomic_reserve, zone.index, order, mm.pfn(page), static_cast<uint32_t>(before),
      static_cast<uint32_t>(zone.nr_reserved_highatomic), static_cast<uint32_t>(limit));
}

namespace {

// The first block found, smallest orders first. A free block on the HighAtomic list whose
// pageblock has another type is a left-over of a race and only changes list.
bool unreserve_one(Mm& mm, Zone& zone, Migratetype type) {
  const int64_t block = mm.config.pageblock_nr_pages();
  for (Order order = 0; order < mm.config.nr_orders; ++order) {
    const Page page = free_list_head(mm, zone, order, Migratetype::highatomic);
    if (page == kNoPage) continue;
    const int64_t before = zone.nr_reserved_highatomic;
    if (mm.map.pageblock_type(page) == Migratetype::highatomic) {
      zone.nr_reserved_highatomic -= std::min(block, zone.nr_reserved_highatomic);
      zone.forget_floor();
    }
    mm.map.set_pageblock_type(page, type);
    const BlockMove move = move_freepages_block(mm, zone, page, type);
    mm.trace->decision(Event::highatomic_unreserve, zone.index, order, mm.pfn(page),
                       static_cast<uint32_t>(before),
                       static_cast<uint32_t>(zone.nr_reserved_highatomic), index_of(type));
    if (move.free_pages != 0) return true;
  }
  return false;
}

}  // namespace

bool unreserve_highatomic_pageblock(Mm& mm, const Zonelist& zonelist, ZoneType highest,
                                    Migratetype type, bool force) {
  for (const uint8_t index : zonelist) {
    Zone& zone = mm.zones[index];
    if (zone.type > highest) continue;
    const bool last_one = zone.nr_reserved_highatomic <= mm.config.pageblock_nr_pages();
    if (!force && last_one) continue;
    if (unreserve_one(mm, zone, type)) return true;
  }
  return false;
}

}  // namespace kmem
