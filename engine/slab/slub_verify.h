// The invariants of the object allocator, checked from scratch.
#pragma once

#include <string>

#include "slab/slub.h"

namespace kmem {

/// Walks every list and every free list. Holds between any two calls under SLUB (slab_verify.h says
/// what holds under SLAB):
///   1. a slab is on one list at most: a CPU's own, a CPU's chain, or its node's;
///   2. slabs that CPUs hold are frozen, all others are not;
///   3. a free list has each object once, and the lists of a slab hold what `inuse` leaves over;
///   4. nr_partial equals the length of the list, a chain's head counts its slabs;
///   5. every page of a slab says so, and no other page does;
///   6. with SLAB_STORE_USER full slabs are on their node's list of those;
///   7. with debugging all bytes that nobody may write to are as the kernel left them.
/// A slab about which something was reported may break 3 and 7: that is what was reported.
/// @return "" or the first thing that is wrong, in words.
/// @fidelity invented
std::string verify(const Slub& slub);

/// Whether `object` is on a free list of its slab, or in an array of free ones.
bool is_free_object(const Slub& slub, SlabId id, Kva object);

}  // namespace kmem
