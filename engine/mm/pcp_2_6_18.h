// Per-CPU lists of Linux 2.6.18: single pages only, a hot list and a cold one.
#pragma once

#include "mm/mm.h"

namespace kmem::v2_6_18 {

/// List 0 of a CPU holds pages that are likely in its cache, list 1 the others.
inline constexpr uint32_t kHotList = 0;
inline constexpr uint32_t kColdList = 1;

/// Takes the head of this CPU's list, filling it with `batch` pages first when it is empty.
/// @return kNoPage when the zone has no page at all.
/// @kernel   buffered_rmqueue(), rmqueue_bulk(), mm/page_alloc.c (2.6.18)
/// @fidelity simplified: written from the fact sheet, not replayed against a recording.
Page take_from_list(Mm& mm, Zone& zone, uint32_t number);

/// Puts a freed page at the head of the hot list; a list that has reached `high` gives `batch`
/// pages from its tail back to the buddy lists.
/// @kernel   free_hot_cold_page(), mm/page_alloc.c (2.6.18)
/// @fidelity simplified: as above; the kernel frees cold pages only from its own reclaim, which is
///           not modelled.
void free_hot_page(Mm& mm, Zone& zone, Page page);

/// Gives every page of this CPU's lists back, zone by zone, hot before cold.
/// @kernel   drain_local_pages(), __drain_pages(), mm/page_alloc.c (2.6.18)
/// @fidelity simplified: as above.
void drain_local_pages(Mm& mm);

}  // namespace kmem::v2_6_18
