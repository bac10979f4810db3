// Slabs that existed before a recording starts, and that nobody recorded: what the frames of the
// calls tell about them. A replay only; SlabState::learnt counts them, and verify tells how many.
#pragma once

#include "slab/slub.h"

namespace kmem {

/// Whether the real kernel gave the frame that the next slab of this cache would take to the caller
/// himself. Slub::recorded_reserve slabs of others come before it.
bool went_to_the_caller(Slub& slub, const KmemCache& cache, Gfp gfp, uint8_t node);

/// A slab that must have been there, because the frame that a new one would take went to somebody
/// else (Slub::recorded_pages). It is on no list, and says nothing yet about its objects.
/// @return kNoSlab when the real kernel made a new slab, or nothing is recorded.
/// @fidelity invented: learns the unrecorded part of the starting state. What follows from it (the
///           frames of later calls, and all later dumps) is compared and not learnt.
SlabId adopt_hidden_slab(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// SLUB: the same with its objects. How many are in use is not known: all but one are free, and
/// each is doubtful until it is handed out.
/// @fidelity invented: as above.
SlabId hidden_slab(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// SLUB: tells that an object of the CPU's slab is about to be handed out.
/// @return false when the real kernel took a frame for a new slab instead: then the doubtful
///         objects of this slab were in use, and are free no more.
/// @fidelity invented
bool is_really_free(Slub& slub, CacheId id, Kva object, Gfp gfp, uint8_t node);

/// SLAB: fills the CPU's empty array with doubtful objects of a hidden slab.
/// @return false when the real kernel made a new slab, or nothing is recorded.
/// @fidelity invented: as above. How many the array had is not known either.
bool fill_from_hidden_slab(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// SLAB: tells that the top of the CPU's array is about to be handed out.
/// @return false when the real kernel took a frame for a new slab instead: the doubtful objects
///         have left the array.
/// @fidelity invented
bool top_is_really_free(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// SLAB: takes the doubtful objects out of the CPU's array. @return whether there were any.
bool forget_doubtful(Slub& slub, CacheId id);

/// Whether the cache has any slab on that node, as far as is known.
bool has_slabs(const Slub& slub, CacheId id, uint8_t node);

/// SLAB: whether it may be that the next object of a cache takes a new slab: none is known for
/// certain to be free.
bool may_need_slab(const Slub& slub, CacheId id, uint8_t node);

/// Whether the next object of a cache takes a new slab for certain: it had slabs on that node since
/// the recording started, and none of them has anything free.
bool needs_slab(const Slub& slub, CacheId id, uint8_t node);

}  // namespace kmem
