// SLAB: which objects of a slab are free. A byte each says so, in simulated RAM: behind the
// objects, in an object of kmalloc, or in one of the free objects themselves. Bytes `inuse` and on
// are the free ones, the next to be taken first.
#pragma once

#include <cstdint>
#include <vector>

#include "slab/slub.h"

namespace kmem {

/// Enters all objects of a new slab, whose freelist is 0 or the address of an off-slab array.
/// @kernel   cache_init_objs(), shuffle_freelist(), mm/slab.c
/// @fidelity exact: except for the source of random numbers.
void init_indices(Slub& slub, const KmemCache& cache, Slab& slab);

/// Takes the next free object; there must be one (asserted).
/// @kernel   slab_get_obj(), mm/slab.c
/// @fidelity simplified: the kernel would follow any index.
Kva take_object(Slub& slub, const KmemCache& cache, Slab& slab);

/// Makes an object the next to be taken; some object must be in use (asserted).
/// @kernel   slab_put_obj(), mm/slab.c
/// @fidelity exact
void put_object(Slub& slub, const KmemCache& cache, Slab& slab, Kva object);

/// Free objects of a slab, the next to be taken first.
std::vector<uint16_t> free_indices(const Slub& slub, const Slab& slab);

/// Writes the free objects of a slab whose `inuse` says how many are not: from a recording.
void set_free_indices(Slub& slub, const KmemCache& cache, Slab& slab,
                      const std::vector<uint16_t>& indices);

}  // namespace kmem
