// SLUB, the usual object allocator of Linux 6.1: its entry points.
#pragma once

#include <cstdint>
#include <span>

#include "mm/mm.h"
#include "mm/ram.h"
#include "slab/slab.h"

namespace kmem {

/// What a call of either object allocator works on. Cheap to make; it owns nothing.
struct Slub {
  Mm& mm;
  Ram& ram;
  SlabState& state;
  /// Byte offset in its slab of the object that the real kernel handed out, when a recorded call is
  /// replayed: where a new slab starts in its random order can be learnt from nothing else.
  uint32_t recorded_offset = UINT32_MAX;
  /// Frames that the real kernel gave to the caller himself, when a recorded call is replayed. A
  /// frame among them became no slab: then a slab was there whose state nobody has recorded.
  std::span<const Pfn> recorded_pages = {};
  /// Slabs that later objects of the same call take, as far as is known.
  uint32_t recorded_reserve = 0;
  /// Who calls, for the tracks of SLAB_STORE_USER.
  const char* caller = "kernel";
  /// What kmalloc() was asked for, for the same; 0 when it was not kmalloc().
  uint32_t orig_size = 0;

  [[nodiscard]] KmemCache& cache(CacheId id) const { return state.caches[id]; }
  [[nodiscard]] Slab& slab(SlabId id) const { return state.slabs[id]; }
  [[nodiscard]] KmemCacheCpu& cpu(KmemCache& cache) const { return cache.cpu[mm.cpu.value]; }
  [[nodiscard]] ArrayCache& cpu_array(KmemCache& cache) const {
    return cache.cpu_array[mm.cpu.value];
  }
};

/// One object of `cache`.
/// @param node kAnyNode, or the node to take it from.
/// @return 0 (NULL) when no page was to be had.
/// @kernel   slab_alloc_node(), ___slab_alloc(), mm/slub.c
/// @fidelity simplified: exact on one node; other nodes are robbed always, and not with a
///           probability that depends on the clock.
Kva slub_alloc(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// Gives an object back to the slab that it lies in.
/// @param object handed out by that slab and not yet freed (asserted as far as memory is safe);
///        any address in the slab when the cache has SLAB_CONSISTENCY_CHECKS.
/// @kernel   do_slab_free(), __slab_free(), mm/slub.c
/// @fidelity exact; with debugging as slub_debug_free().
void slub_free(Slub& slub, SlabId id, Kva object);

/// Gives objects of one slab back together; the first is the next to be handed out.
/// @param objects at least one, as above, none of them twice.
/// @kernel   do_slab_free(), __slab_free(), mm/slub.c
/// @fidelity exact: caches without debugging.
void slub_free_group(Slub& slub, SlabId id, std::span<const Kva> objects);

/// Gives every slab that CPUs hold back to the nodes.
/// @kernel   flush_all(), flush_slab(), mm/slub.c
/// @fidelity exact
void flush_all(Slub& slub, KmemCache& cache);

/// Frees the empty slabs and sorts the partial ones, fullest first.
/// @return whether any slab is left.
/// @kernel   __kmem_cache_shrink(), mm/slub.c
/// @fidelity exact
bool slub_shrink(Slub& slub, CacheId id);

/// Frees all slabs.
/// @return false when objects are still in use; their slabs stay.
/// @kernel   __kmem_cache_shutdown(), free_partial(), mm/slub.c
/// @fidelity exact
bool slub_shutdown(Slub& slub, CacheId id);

}  // namespace kmem
