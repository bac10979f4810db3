// The page allocator of Linux 2.6.18: one list an order, hot and cold per-CPU lists, and a
// watermark that counts down the orders.
#pragma once

#include <cstdint>

#include "mm/mm.h"
#include "mm/watermark.h"

namespace kmem::v2_6_18 {

/// 2^order contiguous pages, from the zonelist that the low bits of `gfp` choose.
/// @param gfp in the values of this kernel (profile/linux_2_6_18.h).
/// @param order 0..10; a bigger one finds nothing.
/// @return first page with refcount 1, or kNoPage (NULL).
/// @kernel   __alloc_pages(), get_page_from_freelist(), mm/page_alloc.c (2.6.18)
/// @fidelity simplified: written from the fact sheet; the watermark rule agrees with the failure of
///           a real 2.6.18.2 machine, but no recording of this kernel exists. Requests that may
///           wait fail where the kernel would start to reclaim. The tracepoints are shown although
///           this kernel has none.
Page alloc_pages(Mm& mm, Gfp gfp, uint32_t order, NodeId node);

/// Drops one reference; the last one frees the block. Unlike in newer kernels nothing happens to
/// the rest of a block whose first page is still held.
/// @kernel   __free_pages(), mm/page_alloc.c (2.6.18)
/// @fidelity simplified: as alloc_pages().
void free_pages(Mm& mm, Page page, Order order);

/// One holder less; the last one frees the compound page, or this single page.
/// @kernel   put_page(), mm/swap.c (2.6.18)
/// @fidelity simplified: as alloc_pages().
void put_page(Mm& mm, Page page);

/// Merges a block with its free buddies and puts the result at the head of its list, always.
/// @kernel   __free_one_page(), mm/page_alloc.c (2.6.18)
/// @fidelity simplified: as alloc_pages().
void free_one_page(Mm& mm, Zone& zone, Page page, Order order);

/// Head of the smallest list that fits, split; the upper halves go to the heads of their lists.
/// @kernel   __rmqueue(), mm/page_alloc.c (2.6.18)
/// @fidelity simplified: as alloc_pages().
Page rmqueue(Mm& mm, Zone& zone, Order order);

/// Whether `free` pages leave the zone above `mark` when the request is served. From order 1 on the
/// blocks that are too small are taken off, order by order, while the mark halves.
/// @param request alloc_flags: kMinReserve stands for ALLOC_HIGH, kNonBlock for ALLOC_HARDER;
///        highest_zoneidx is the classzone.
/// @kernel   zone_watermark_ok(), mm/page_alloc.c (2.6.18)
/// @fidelity exact: for the one failure of a real 2.6.18.2 kernel that we have (both zones).
WatermarkVerdict zone_watermark_ok(const Zone& zone, const WatermarkRequest& request, int64_t mark,
                                   int64_t free);

}  // namespace kmem::v2_6_18
