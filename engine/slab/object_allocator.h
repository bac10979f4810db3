// What caches and kmalloc ask of an object allocator, whichever the kernel was built with: SLUB
// (slub.h) or SLAB (slab_cache.h).
#pragma once

#include "slab/slub.h"

namespace kmem {

/// One object of `cache`, zeroed if the kernel or __GFP_ZERO says so.
/// @param node kAnyNode, or the node to take it from.
/// @return 0 (NULL) when no page was to be had.
/// @kernel   slab_alloc_node(), mm/slub.c, mm/slab.c
/// @fidelity exact: as slub_alloc() and cache_alloc().
Kva slab_alloc(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// Gives an object back.
/// @param object handed out by that slab and not yet freed (asserted as far as memory is safe).
/// @kernel   __cache_free(), mm/slab.c, do_slab_free(), mm/slub.c
/// @fidelity exact: as slub_free() and cache_free().
void slab_free(Slub& slub, SlabId id, Kva object);

/// Frees the slabs that hold no object in use.
/// @return whether any slab is left (SLAB: any with objects in use).
/// @kernel   kmem_cache_shrink(), mm/slab_common.c
/// @fidelity exact
bool kmem_cache_shrink(Slub& slub, CacheId id);

/// Frees all slabs.
/// @return false when objects are still in use; their slabs stay.
/// @kernel   __kmem_cache_shutdown(), mm/slub.c, mm/slab.c
/// @fidelity exact: without the list of objects left, which comes with debugging.
bool kmem_cache_shutdown(Slub& slub, CacheId id);

/// A grace period has ended: slabs of RCU caches go back to the page allocator.
/// @kernel   rcu_free_slab(), mm/slub.c, kmem_rcu_free(), mm/slab.c
/// @fidelity simplified: when it ends is for the caller to say.
void rcu_barrier(Slub& slub);

/// Slabs of the cache, on all nodes.
uint32_t count_slabs(const KmemCache& cache);

}  // namespace kmem
