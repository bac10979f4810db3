// kmalloc: objects of any size, from caches of a few sizes or straight from the page allocator.
#pragma once

#include "slab/object_allocator.h"

namespace kmem {

/// Biggest object that comes from a cache, and biggest at all.
/// @kernel KMALLOC_MAX_CACHE_SIZE, KMALLOC_MAX_SIZE, include/linux/slab.h
inline constexpr uint32_t kKmallocMaxCacheSize = 8192;
inline constexpr uint32_t kKmallocMaxSize = kPageSizeBytes << kMaxOrder;

/// The cache that serves `bytes` (1..8192).
/// @kernel   kmalloc_slab(), kmalloc_type(), include/linux/slab.h
/// @fidelity exact: 6.1 with CONFIG_ZONE_DMA.
CacheId kmalloc_slab(const SlabState& state, uint32_t bytes, Gfp gfp);

/// @return 0 for NULL; kZeroSizePtr for 0 bytes.
/// @kernel   __kmalloc_node(), kmalloc_large_node(), mm/slab_common.c
/// @fidelity exact: as slab_alloc() and alloc_pages(). Events show 4 GiB and more as 4 GiB - 1.
Kva kmalloc_node(Slub& slub, uint64_t bytes, Gfp gfp, uint8_t node);

/// Smallest order of a block of so many bytes; many more than there are for the biggest numbers.
/// @kernel   get_order(), include/asm-generic/getorder.h
/// @fidelity exact
uint32_t kmalloc_order(uint64_t bytes);

/// @param object 0, kZeroSizePtr, or something that kmalloc_node() or a cache gave (asserted).
/// @kernel   kfree(), mm/slab_common.c
/// @fidelity exact
void kfree(Slub& slub, Kva object);

/// Gives the pages of a large object back.
/// @kernel   free_large_kmalloc(), mm/slab_common.c
/// @fidelity exact
void free_large_kmalloc(Slub& slub, Kva object);

/// kmem_cache_alloc_node() with its tracepoint. @kernel kmem_cache_alloc_node(), mm/slub.c
Kva kmem_cache_alloc_node(Slub& slub, CacheId id, Gfp gfp, uint8_t node);

/// Warns when an object is freed to another cache than the one that it is from, where the kernel
/// looks: when it is hardened, or the cache has SLAB_CONSISTENCY_CHECKS.
/// @kernel   cache_from_obj(), mm/slab.h
/// @fidelity exact
void cache_from_obj(Slub& slub, CacheId cache, Kva object);

/// kmem_cache_free() with its tracepoint; the object goes to the cache that its slab belongs to.
/// @kernel kmem_cache_free(), cache_from_obj(), mm/slub.c
void kmem_cache_free(Slub& slub, CacheId cache, Kva object);

/// The slab that holds the byte at `address`; kNoSlab when its frame is no slab's.
/// @kernel   virt_to_slab(), mm/slab.h
/// @fidelity exact
SlabId virt_to_slab(const Slub& slub, Kva address);

}  // namespace kmem
