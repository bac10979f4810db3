#include "mm/rmqueue.h"

#include "mm/fallback.h"
#include "mm/free_lists.h"
#include "mm/kswapd.h"
#include "mm/pcp.h"
#include "mm/watermark.h"

namespace kmem {

namespace {

void note_zone_locked(Mm& mm, const Zone& zone, Page page, Order order, Migratetype type) {
  const bool refill = pcp_allowed_order(mm.config, order) && is_mergeable(type);
  mm.trace->tracepoint(Event::mm_page_alloc_zone_locked, zone.index, order, mm.pfn(page),
                       index_of(type), refill);
}

Page smallest(Mm& mm, Zone& zone, Order order, Migratetype type) {
  const Page page = rmqueue_smallest(mm, zone, order, type);
  if (page != kNoPage) note_zone_locked(mm, zone, page, order, type);
  return page;
}

Page rmqueue_buddy(Mm& mm, Zone& zone, Order order, Migratetype type, uint32_t flags) {
  Page page = kNoPage;
  if ((flags & alloc_flags::kHighAtomic) != 0) {
    page = smallest(mm, zone, order, Migratetype::highatomic);
  }
  if (page == kNoPage) page = rmqueue(mm, zone, order, type, flags);
  if (page == kNoPage && (flags & (alloc_flags::kOom | alloc_flags::kNonBlock)) != 0) {
    page = smallest(mm, zone, order, Migratetype::highatomic);
  }
  if (page != kNoPage) {
    mod_zone_freepage_state(mm, zone, -static_cast<int32_t>(pages_in(order)),
                            mm.map.cached_type(page));
  }
  return page;
}

}  // namespace

Page rmqueue(Mm& mm, Zone& zone, Order order, Migratetype type, uint32_t flags) {
  const bool may_use_cma = (flags & alloc_flags::kCma) != 0;
  if (may_use_cma && zone.vm_free_cma > zone.vm_free / 2) {
    const Page page = smallest(mm, zone, order, Migratetype::cma);
    if (page != kNoPage) return page;
  }
  while (true) {
    Page page = smallest(mm, zone, order, type);
    if (page == kNoPage && may_use_cma) page = smallest(mm, zone, order, Migratetype::cma);
    if (page != kNoPage) return page;
    if (!rmqueue_fallback(mm, zone, order, type, flags)) return kNoPage;
  }
}

Page rmqueue_zone(Mm& mm, Zone& zone, Order order, Migratetype type, uint32_t flags) {
  Page page = kNoPage;
  // With CMA built, a movable request that may not use CMA must not meet CMA pages on its list.
  const bool cma_on_list = mm.config.cma && type == Migratetype::movable;
  if (pcp_allowed_order(mm.config, order) && (!cma_on_list || (flags & alloc_flags::kCma) != 0)) {
    page = rmqueue_pcplist(mm, zone, order, type, flags, false);
  }
  if (page == kNoPage) page = rmqueue_buddy(mm, zone, order, type, flags);
  if ((zone.flags & Zone::kBoostedWatermark) != 0) {
    zone.flags &= ~Zone::kBoostedWatermark;
    wakeup_kswapd(mm, zone, 0, 0, zone.type);
  }
  return page;
}

}  // namespace kmem
