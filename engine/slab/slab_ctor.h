// Constructors: what a cache does once to every object of a new slab.
#pragma once

#include "slab/slub.h"

namespace kmem {

/// Runs the cache's constructor, if it has one, on all objects of a new slab. What it leaves is
/// there whenever an object is handed out, unless its last user changed it.
/// @param gfp of the allocation that needs the slab: with __GFP_ZERO the kernel warns.
/// @kernel   setup_object(), new_slab(), mm/slub.c, cache_init_objs(), mm/slab.c
/// @fidelity simplified: there is no code to run, so the constructor fills the object with one
/// byte;
///           the kernel warns once and not each time.
void construct_objects(Slub& slub, const KmemCache& cache, const Slab& slab, Gfp gfp);

}  // namespace kmem
