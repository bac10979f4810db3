#include "mm/page_isolation.h"

#include "mm/fallback.h"
#include "mm/free_lists.h"

namespace kmem {

namespace {

/// What is free changes lists, and with it whether it counts as free.
void change_type(Mm& mm, Zone& zone, Page page, Migratetype list_type, Migratetype counted,
                 int32_t sign) {
  mm.map.set_pageblock_type(page, list_type);
  const BlockMove move = move_freepages_block(mm, zone, page, list_type);
  mod_zone_freepage_state(mm, zone, sign * static_cast<int32_t>(move.free_pages), counted);
}

}  // namespace

void set_migratetype_isolate(Mm& mm, Zone& zone, Page page) {
  const Migratetype before = mm.map.pageblock_type(page);
  KMEM_ASSERT(before != Migratetype::isolate);
  zone.nr_isolate_pageblock += 1;
  change_type(mm, zone, page, Migratetype::isolate, before, -1);
}

void unset_migratetype_isolate(Mm& mm, Zone& zone, Page page, Migratetype type) {
  KMEM_ASSERT(mm.map.pageblock_type(page) == Migratetype::isolate);
  const Order whole = mm.config.pageblock_order;
  if (mm.map.is_buddy(page, whole, zone.index)) {
    del_page_from_free_list(mm, zone, page, whole);
    mm.map.set_pageblock_type(page, type);
    free_one_page(mm, zone, page, whole, type, FpiFlags::to_tail);
  } else {
    change_type(mm, zone, page, type, type, 1);
  }
  zone.nr_isolate_pageblock -= 1;
}

}  // namespace kmem
