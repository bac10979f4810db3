// Taking a block out of one zone: own lists, then fallback; and through the per-CPU lists.
#pragma once

#include <cstdint>

#include "mm/mm.h"

namespace kmem {

/// Takes a block of `type` from the buddy lists, robbing other types if it must.
/// @return kNoPage when nothing fits. NR_FREE_PAGES is the caller's affair.
/// @kernel   __rmqueue(), mm/page_alloc.c
/// @fidelity simplified: CMA pages are used up to half only when CMA is built, not replayed.
Page rmqueue(Mm& mm, Zone& zone, Order order, Migratetype type, uint32_t alloc_flags);

/// Takes a block for one request from one zone: per-CPU list when the order has one, else buddy.
/// @return kNoPage when the zone has no block, even though its watermark may have passed.
/// @kernel   rmqueue(), rmqueue_buddy(), mm/page_alloc.c
/// @fidelity exact
Page rmqueue_zone(Mm& mm, Zone& zone, Order order, Migratetype type, uint32_t alloc_flags);

}  // namespace kmem
