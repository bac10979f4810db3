// Pools that keep some elements back, so that a caller gets one even when memory is short.
#pragma once

#include "slab/kmalloc.h"

namespace kmem {

/// Where mempool_alloc() got an element.
enum class MempoolSource : uint8_t {
  allocator = 0,  ///< at the first try, without reclaim
  reserve = 1,
  allocator_again = 2,  ///< with all that the caller allows
  nothing = 3,          ///< the caller must not wait: NULL
  would_wait = 4,       ///< until somebody frees an element
};

/// Makes the pool with this number and fills its reserve.
/// @param number at which no pool was made before.
/// @param pool   kind, size and min_nr (1 and more); without elements.
/// @return false when there was too little memory; then nothing is kept.
/// @kernel   mempool_create(), mempool_init_node(), mm/mempool.c
/// @fidelity simplified: what describes the pool takes no memory; no recording of pools.
bool mempool_create(Slub& slub, uint32_t number, Mempool pool);

/// An element: of the allocator while that has memory, and only then of the reserve, the last one
/// added first.
/// @return 0 for NULL, also where the kernel would wait.
/// @kernel   mempool_alloc(), mm/mempool.c
/// @fidelity simplified: nobody waits for an element yet; no recording of pools.
Kva mempool_alloc(Slub& slub, uint32_t number, Gfp gfp);

/// Gives an element back: to the reserve until that is full, and only then to the allocator.
/// @param element that the pool gave, or 0.
/// @kernel   mempool_free(), mm/mempool.c
/// @fidelity simplified: nobody waits, so nobody is woken; no recording of pools.
void mempool_free(Slub& slub, uint32_t number, Kva element);

/// Changes how many elements the reserve shall have: too many are freed, and missing ones are
/// allocated as far as there is memory; later frees bring the others.
/// @param min_nr at least 1.
/// @kernel   mempool_resize(), mm/mempool.c
/// @fidelity simplified: the array of elements takes no memory, so it is never refused.
void mempool_resize(Slub& slub, uint32_t number, uint32_t min_nr);

/// Frees the reserve. Elements in use stay with their users.
/// @kernel   mempool_destroy(), mm/mempool.c
/// @fidelity simplified: as mempool_create().
void mempool_destroy(Slub& slub, uint32_t number);

/// Whether some pool has the element in its reserve.
bool is_in_reserve(const SlabState& state, Kva element);

}  // namespace kmem
