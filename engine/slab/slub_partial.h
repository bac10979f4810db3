// Slabs with free objects: the lists of the nodes, and the chains of the CPUs.
#pragma once

#include "slab/slub.h"

namespace kmem {

/// Where a slab enters a node's list.
enum class PartialPlace : uint8_t { head = 0, tail = 1 };

/// What became of the slab of an object that was freed into it.
enum class SlowFree : uint8_t {
  frozen = 0,     ///< a CPU holds it: that CPU will find the object
  stays = 1,      ///< it keeps its place on the node's list
  to_cpu = 2,     ///< it was full: now it is in this CPU's chain
  to_node = 3,    ///< it was full: now it is at the tail of the node's list
  discarded = 4,  ///< it is empty, and the node has enough
};

inline KmemCacheNode& node_of(KmemCache& cache, const Slab& slab) { return cache.node[slab.node]; }

/// @kernel   add_partial(), mm/slub.c
/// @fidelity exact
void add_partial(Slub& slub, KmemCache& cache, SlabId id, PartialPlace place);

/// @kernel   remove_partial(), mm/slub.c
/// @fidelity exact
void remove_partial(Slub& slub, KmemCache& cache, SlabId id);

/// Puts a frozen slab in front of this CPU's chain.
/// @param drain whether a chain that is long enough goes to the nodes first.
/// @kernel   put_cpu_partial(), mm/slub.c
/// @fidelity exact
void put_cpu_partial(Slub& slub, KmemCache& cache, SlabId id, bool drain);

/// Gives a chain back to the nodes, newest slab first; empty ones too many are freed.
/// @kernel   __unfreeze_partials(), mm/slub.c
/// @fidelity exact
void unfreeze_partials(Slub& slub, KmemCache& cache, SlabId chain);

/// Takes the CPU's slab away from it: objects that only the CPU knew to be free are free for all.
/// @kernel   deactivate_slab(), mm/slub.c
/// @fidelity exact
void deactivate_slab(Slub& slub, KmemCache& cache, SlabId id, Kva freelist);

}  // namespace kmem
