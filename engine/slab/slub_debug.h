// Allocation, free and inspection of caches with debugging: one object at a time, every byte looked
// at, and a report in the kernel's log when one is not what it must be.
#pragma once

#include "slab/slub.h"

namespace kmem {

/// One object from the first slab that has one; there are no slabs of CPUs.
/// @return 0 (NULL) when no page was to be had.
/// @kernel   alloc_single_from_partial(), alloc_single_from_new_slab(), alloc_debug_processing(),
///           mm/slub.c
/// @fidelity simplified: a free list that was cut to nothing is passed by, where the kernel would
///           follow NULL; other nodes are robbed as slub_alloc() does it.
Kva slub_debug_alloc(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// Gives an object back, unless something is wrong with it.
/// @param object any address in the slab when the cache has SLAB_CONSISTENCY_CHECKS, otherwise as
///        slub_free().
/// @kernel   free_to_partial_list(), free_debug_processing(), mm/slub.c
/// @fidelity simplified: what is wrong with struct slab itself cannot be (no write reaches it), so
///           its checks are left out; a slab never gets on its list twice.
void slub_debug_free(Slub& slub, SlabId id, Kva object);

/// What an inspection found.
struct SlubValidation {
  uint32_t slabs = 0;   ///< looked at
  uint32_t errors = 0;  ///< reports, repairs and wrong counters
};

/// Looks at every object of every slab that is on a list.
/// @kernel   validate_slab_cache(), mm/slub.c
/// @fidelity exact
SlubValidation validate_slab_cache(Slub& slub, CacheId id);

/// Reports the objects in use in a slab of a cache that shall be destroyed.
/// @kernel   list_slab_objects(), mm/slub.c
/// @fidelity exact: as slab_err().
void list_slab_objects(Slub& slub, SlabId id);

/// Whether the slab is among those that follow `first` on a list.
/// @fidelity invented
bool is_listed(const Slub& slub, SlabId first, SlabId id);

}  // namespace kmem
