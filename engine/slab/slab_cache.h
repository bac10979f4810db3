// SLAB, the older object allocator of Linux 6.1: its entry points.
#pragma once

#include "slab/slub.h"

namespace kmem {

/// Arrays and lists of a new cache, all empty.
/// @kernel   setup_cpu_cache(), do_tune_cpucache(), mm/slab.c
/// @fidelity exact: as they are once the machine has booted.
void set_up_cache(const Slub& slub, KmemCache& cache);

/// One object of `cache`: the newest of this CPU's array, which is refilled when it is empty.
/// @param node kAnyNode, or the node to take it from.
/// @return 0 (NULL) when no page was to be had.
/// @kernel   slab_alloc(), ____cache_alloc(), ____cache_alloc_node(), mm/slab.c
/// @fidelity simplified: exact on one node; of what happens on several there is no recording.
Kva cache_alloc(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// Puts an object on top of this CPU's array; a full array is flushed first.
/// @kernel   ___cache_free(), mm/slab.c
/// @fidelity exact: without DEBUG_SLAB.
void cache_free(Slub& slub, SlabId id, Kva object);

/// Empties all arrays, then frees the slabs without objects in use.
/// @return whether any slab holds objects in use.
/// @kernel   __kmem_cache_shrink(), drain_cpu_caches(), drain_freelist(), mm/slab.c
/// @fidelity exact
bool cache_shrink(Slub& slub, CacheId id);

}  // namespace kmem
