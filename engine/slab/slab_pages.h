// SLAB: slabs come from the page allocator, and go back to it.
#pragma once

#include "slab/slub.h"

namespace kmem {

/// A new slab of the cache with its colour, all objects free; on no list and not counted.
/// @return kNoSlab when there is no memory for its pages or its indices.
/// @kernel   cache_grow_begin(), alloc_slabmgmt(), mm/slab.c
/// @fidelity exact: constructors do nothing.
SlabId cache_grow_begin(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// Counts a new slab and puts it on the list that it belongs on after the first objects were taken.
/// @kernel   cache_grow_end(), mm/slab.c
/// @fidelity exact
void cache_grow_end(Slub& slub, KmemCache& cache, SlabId id);

/// Frees the pages of a slab that is on no list, those of an RCU cache after a grace period, and
/// the object that held its indices.
/// @kernel   slab_destroy(), mm/slab.c
/// @fidelity exact
void destroy_slab(Slub& slub, KmemCache& cache, SlabId id);

}  // namespace kmem
