// The checks of SLUB's debugging, in the kernel's order: what is wrong is reported.
#pragma once

#include "slab/slub_report.h"

namespace kmem {

/// @return whether nothing was wrong.
/// @kernel   check_object(), mm/slub.c
/// @fidelity exact
bool check_object(Slub& slub, SlabId id, Kva object, bool active);

/// @return whether the slab is in use: one that was taken out stays out.
/// @kernel   check_slab(), mm/slub.c
/// @fidelity simplified: no write reaches the counters of a slab, so their checks are left out.
bool check_slab(Slub& slub, SlabId id);

/// Looks for an object on the slab's free list; at its end, whether the counters agree.
/// @param search 0 to look at the whole list.
/// @return whether it was found.
/// @kernel   on_freelist(), mm/slub.c
/// @fidelity exact
bool on_freelist(Slub& slub, SlabId id, Kva search);

}  // namespace kmem
