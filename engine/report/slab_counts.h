// How many objects and slabs a cache has: what /proc/slabinfo and the page's table of caches say.
#pragma once

#include "slab/slab.h"

namespace kmem {

/// @kernel   struct slabinfo, mm/slab.h
/// @fidelity exact: without the sizes, which are in the cache.
struct SlabCounts {
  unsigned long objects = 0;
  unsigned long free_objects = 0;
  unsigned long slabs = 0;
  unsigned long free_slabs = 0;
  unsigned long shared_avail = 0;
};

/// Objects that are free for sure: what CPUs hold for themselves counts as in use.
/// @kernel   get_slabinfo(), mm/slub.c, mm/slab.c
/// @fidelity exact
SlabCounts count_slabs(const SlabState& state, const KmemCache& cache);

}  // namespace kmem
