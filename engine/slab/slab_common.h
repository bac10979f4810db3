// Caches: made, merged, destroyed. What every object allocator has in common.
#pragma once

#include <string>

#include "base/error.h"
#include "slab/object_allocator.h"

namespace kmem {

/// What kmem_cache_create() is asked for.
struct CacheRequest {
  std::string name;
  uint32_t object_size = 0;
  uint32_t align = 0;
  SlabFlags flags = 0;
  bool ctor = false;
  /// Object order of its new slabs, when a recording says so; otherwise made here.
  std::vector<uint16_t> random_seq;
  /// What the constructor leaves in every byte of an object.
  uint8_t ctor_value = 0;
};

/// What came of it.
struct CacheCreated {
  CacheId cache = kNoCache;
  int32_t error = 0;    ///< -22 and so on; 0 when there is a cache
  bool merged = false;  ///< another cache serves it
};

/// Makes a cache, or finds one that serves the same purpose.
/// @param request object_size from 1 to 4 MiB and a name (Machine refuses anything else).
/// @kernel   kmem_cache_create(), __kmem_cache_alias(), find_mergeable(), mm/slab_common.c
/// @fidelity simplified: what the kernel itself allocates for a cache is not modelled; the
///           constructor, there being no code to run, fills objects with one byte.
CacheCreated kmem_cache_create(Slub& slub, const CacheRequest& request);

/// One user less; the last one frees everything.
/// @return false when objects are still in use: the kernel warns, and the cache stays.
/// @kernel   kmem_cache_destroy(), mm/slab_common.c
/// @fidelity exact
bool kmem_cache_destroy(Slub& slub, CacheId id);

/// Makes kmem_cache, kmem_cache_node and all kmalloc caches, empty.
/// @kernel   kmem_cache_init(), mm/slub.c, create_kmalloc_caches(), mm/slab_common.c
/// @fidelity simplified: real caches have objects in use by then.
void kmem_cache_init(Slub& slub);

/// The living cache of that name; kNoCache when there is none.
CacheId find_cache(const SlabState& state, const std::string& name);

}  // namespace kmem
