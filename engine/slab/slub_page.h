// Slabs come from the page allocator, and go back to it.
#pragma once

#include "slab/slub.h"

namespace kmem {

/// What of the caller's flags the page allocator hears, and what the cache adds.
/// @kernel   kmem_getpages(), mm/slab.c, allocate_slab(), mm/slub.c
/// @fidelity exact
Gfp slab_page_gfp(const KmemCache& cache, Gfp gfp);

/// Gives the pages of a slab back, and its number.
/// @kernel   kmem_freepages(), mm/slab.c, __free_slab(), mm/slub.c
/// @fidelity simplified: slabs of a node that a recording does not show just vanish.
void free_slab_pages(Slub& slub, SlabId id);

/// Reserves a slab number and enters it into the pages.
SlabId register_slab(Slub& slub, CacheId cache, Page page, Order order, uint8_t node);
/// Whether every page of a slab is marked and has its number, as register_slab() leaves them.
/// @fidelity invented
bool pages_know_slab(const Slub& slub, SlabId id);

/// A new slab of the cache, counted, with all objects free and linked; on no list.
/// @return kNoSlab when there is no page even for the smallest order.
/// @kernel   new_slab(), allocate_slab(), mm/slub.c
/// @fidelity exact
SlabId new_slab(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// Counts the slab off and frees its pages, those of an RCU cache after a grace period.
/// @kernel   discard_slab(), free_slab(), mm/slub.c
/// @fidelity simplified: slabs of a node that a recording does not show just vanish.
void discard_slab(Slub& slub, KmemCache& cache, SlabId id);

/// Pages for a slab or for a large kmalloc, zeroed if this kernel does that; bytes of pages that
/// compaction moved out of the way have followed them.
Page alloc_kernel_pages(Slub& slub, Gfp gfp, uint32_t order, uint8_t node);

/// Drops the bits that make no sense for the kernel's own objects.
/// @kernel   kmalloc_fix_flags(), mm/slab_common.c
/// @fidelity exact: without the line in the log.
Gfp kmalloc_fix_flags(Gfp gfp);

}  // namespace kmem
