// Slabs with free objects: the lists of the nodes, and the chains of the CPUs.
#pragma once

#include "slab/slub.h"

namespace kmem {

/// Where a slab enters a node's list.
enum class PartialPlace : uint8_t { head = 0, tail = 1 };

inline KmemCacheNode& node_of(KmemCache& cache, const Slab& slab) { return cache.node[slab.node]; }

/// @kernel   add_partial(), mm/slub.c
/// @fidelity exact
void add_partial(Slub& slub, KmemCache& cache, SlabId slab, PartialPlace place);

/// @kernel   remove_partial(), mm/slub.c
/// @fidelity exact
void remove_partial(Slub& slub, KmemCache& cache, SlabId slab);

/// Puts a frozen slab in front of this CPU's chain.
/// @param drain whether a chain that is long enough goes to the nodes first.
/// @kernel   put_cpu_partial(), mm/slub.c
/// @fidelity exact
void put_cpu_partial(Slub& slub, KmemCache& cache, SlabId slab, bool drain);

/// Gives a chain back to the nodes, newest slab first; empty ones too many are freed.
/// @kernel   __unfreeze_partials(), mm/slub.c
/// @fidelity exact
void unfreeze_partials(Slub& slub, KmemCache& cache, SlabId chain);

/// Takes the CPU's slab away from it: objects that only the CPU knew to be free are free for all.
/// @kernel   deactivate_slab(), mm/slub.c
/// @fidelity exact
void deactivate_slab(Slub& slub, KmemCache& cache, SlabId slab, Kva freelist);

}  // namespace kmem
