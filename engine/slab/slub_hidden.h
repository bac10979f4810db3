// Slabs that existed before a recording starts, and that nobody recorded: what the frames of the
// calls tell about them.
#pragma once

#include "slab/slub.h"

namespace kmem {

/// The slab that must have been there, because the frame that a new one would take went to somebody
/// else (Slub::recorded_pages). How many of its objects are in use is not known: all but one are
/// free, and each is doubtful until it is handed out.
/// @return kNoSlab when the real kernel made a new slab, or nothing is recorded.
/// @fidelity invented: learns the unrecorded part of the starting state. What follows from it (the
///           frames of later calls, and all later dumps) is compared and not learnt.
SlabId hidden_slab(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// Tells that an object of the CPU's slab is about to be handed out.
/// @return false when the real kernel took a frame for a new slab instead: then the doubtful
/// objects
///         of this slab were in use, and are free no more.
/// @fidelity invented
bool is_really_free(Slub& slub, CacheId id, Kva object, Gfp gfp, uint8_t node);

/// Whether the next object of a cache takes a new slab for certain: it had slabs on that node since
/// the recording started, and none of them has anything free.
bool needs_slab(const Slub& slub, CacheId id, uint8_t node);

}  // namespace kmem
