// The HighAtomic reserve: pageblocks kept for requests that cannot wait and need more than a page.
#pragma once

#include "mm/mm.h"

namespace kmem {

/// Turns the pageblock of a page just handed out into a HighAtomic one, up to 1 % of the zone.
/// @kernel   reserve_highatomic_pageblock(), mm/page_alloc.c
/// @fidelity exact
void reserve_highatomic_pageblock(Mm& mm, Zone& zone, Page page, Order order);

/// Gives one HighAtomic pageblock to `type`.
/// @param force also the last one of a zone.
/// @return whether a block was given back.
/// @kernel   unreserve_highatomic_pageblock(), mm/page_alloc.c
/// @fidelity exact
bool unreserve_highatomic_pageblock(Mm& mm, const Zonelist& zonelist, ZoneType highest,
                                    Migratetype type, bool force);

}  // namespace kmem
