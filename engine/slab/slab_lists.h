// SLAB: the three lists of a node, and how slabs come onto them and leave.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "slab/slub.h"

namespace kmem {

/// Slabs that an operation took off the lists, to be destroyed in this order when it ends.
using DoomedSlabs = std::vector<SlabId>;

/// The list that a slab belongs on, by its objects in use.
SlabList& list_of(SlabNode& node, const Slab& slab);

void push_front(Slub& slub, SlabList& list, SlabId id);
void push_back(Slub& slub, SlabList& list, SlabId id);
/// Takes a slab off the list that it belongs on, and counts a free one off.
void unlink_slab(Slub& slub, SlabNode& node, SlabId id);

/// Gives objects back to their slabs: an empty slab goes to the head of the free list, any other to
/// the tail of the partial one. Beyond free_limit the oldest free slabs are doomed.
/// @kernel   free_block(), mm/slab.c
/// @fidelity exact
void free_block(Slub& slub, KmemCache& cache, std::span<const Kva> objects, DoomedSlabs& doomed);

/// Destroys all slabs of the free list, the oldest first.
/// @kernel   drain_freelist(), mm/slab.c
/// @fidelity exact
void drain_freelist(Slub& slub, KmemCache& cache, SlabNode& node);

}  // namespace kmem
