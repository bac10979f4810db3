// The invariants of SLAB, checked from scratch.
#pragma once

#include <string>

#include "slab/slub.h"

namespace kmem {

/// Walks every list, every index and every array. Holds between any two calls:
///   1. a slab is on exactly one list of its node: free without objects in use, full without free
///      ones, partial otherwise; total_slabs and free_slabs count them;
///   2. the indices of a slab name each free object once, and lie in its own page, in a free object
///      of it, or in an object of kmalloc that is in use;
///   3. free_objects equals what the slabs have free;
///   4. an array has at most `limit` objects, each of its own cache, in use for its slab, and in no
///      other array; a CPU's and a shared array have objects of their own node only;
///   5. every page of a slab says so, and no other page does.
/// @return "" or the first thing that is wrong, in words.
/// @fidelity invented
std::string verify_slab(const Slub& slub);

/// Whether `object` is free in its slab or in an array.
/// @fidelity invented
bool is_free_in_slab(const Slub& slub, SlabId id, Kva object);

/// Whether `object` holds the indices of a slab elsewhere: nobody was given it.
/// @fidelity invented
bool holds_indices(const Slub& slub, Kva object);

}  // namespace kmem
