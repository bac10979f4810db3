// Many objects in one call.
#pragma once

#include <span>

#include "slab/kmalloc.h"

namespace kmem {

/// Takes objects until all places are filled.
/// @return false when memory ran out; then none is taken.
/// @kernel   kmem_cache_alloc_bulk(), mm/slub.c, mm/slab.c
/// @fidelity simplified: exact with SLUB; of SLAB there is no recording.
bool kmem_cache_alloc_bulk(Slub& slub, CacheId id, Gfp gfp, std::span<Kva> objects);

/// Gives objects of any caches back, and of kmalloc(), large ones too. SLUB frees those that lie in
/// the same slab together, from the end of the array on, and reorders the array meanwhile; SLAB
/// frees one after the other.
/// @param objects all handed out and different; each goes to the cache of its slab.
/// @kernel   kmem_cache_free_bulk(), kfree_bulk(), build_detached_freelist(), mm/slub.c, mm/slab.c
/// @fidelity simplified: exact with SLUB; of SLAB there is no recording.
void kmem_cache_free_bulk(Slub& slub, std::span<Kva> objects);

}  // namespace kmem
