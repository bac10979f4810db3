// Giving slabs back: flush, shrink, shutdown.
#include <vector>

#include "slab/object_allocator.h"
#include "slab/slub.h"
#include "slab/slub_debug.h"
#include "slab/slub_page.h"
#include "slab/slub_partial.h"

namespace kmem {

namespace {

/// Slabs with this many free objects or fewer are sorted.
constexpr uint32_t kShrinkPromoteMax = 32;

/// Numbers of the slabs on a node's list, head first.
std::vector<SlabId> take_list(Slub& slub, KmemCache& cache, const KmemCacheNode& node) {
  std::vector<SlabId> slabs;
  while (node.first != kNoSlab) {
    slabs.push_back(node.first);
    remove_partial(slub, cache, node.first);
  }
  return slabs;
}

// @kernel __kmem_cache_do_shrink(), mm/slub.c
void shrink_node(Slub& slub, KmemCache& cache, const KmemCacheNode& node) {
  const std::vector<SlabId> slabs = take_list(slub, cache, node);
  const auto free_objects = [&slub](SlabId id) {
    return uint32_t{slub.slab(id).objects} - slub.slab(id).inuse;
  };
  // The fewest free objects first: those fill up soonest. Equally full ones turn around, as each
  // was pushed in front of the one before.
  for (uint32_t free = 1; free <= kShrinkPromoteMax; ++free) {
    for (size_t i = slabs.size(); i-- > 0;) {
      if (free_objects(slabs[i]) != free || slub.slab(slabs[i]).inuse == 0) continue;
      add_partial(slub, cache, slabs[i], PartialPlace::tail);
    }
  }
  for (const SlabId id : slabs) {
    if (free_objects(id) <= kShrinkPromoteMax || slub.slab(id).inuse == 0) continue;
    add_partial(slub, cache, id, PartialPlace::tail);
  }
  for (size_t i = slabs.size(); i-- > 0;) {
    if (slub.slab(slabs[i]).inuse == 0) discard_slab(slub, cache, slabs[i]);
  }
}

}  // namespace

void flush_all(Slub& slub, KmemCache& cache) {
  for (KmemCacheCpu& cpu : cache.cpu) {
    const KmemCacheCpu held = cpu;
    cpu = {};
    if (held.slab != kNoSlab) deactivate_slab(slub, cache, held.slab, held.freelist);
    if (held.partial != kNoSlab) unfreeze_partials(slub, cache, held.partial);
  }
}

bool slub_shrink(Slub& slub, CacheId id) {
  KmemCache& cache = slub.cache(id);
  flush_all(slub, cache);
  for (const KmemCacheNode& node : cache.node) shrink_node(slub, cache, node);
  return count_slabs(cache) != 0;
}

bool slub_shutdown(Slub& slub, CacheId id) {
  KmemCache& cache = slub.cache(id);
  flush_all(slub, cache);
  for (const KmemCacheNode& node : cache.node) {
    const std::vector<SlabId> slabs = take_list(slub, cache, node);
    for (const SlabId each : slabs) {
      if (slub.slab(each).inuse == 0) continue;
      list_slab_objects(slub, each);
      add_partial(slub, cache, each, PartialPlace::tail);
    }
    for (size_t i = slabs.size(); i-- > 0;) {
      if (slub.slab(slabs[i]).inuse == 0) discard_slab(slub, cache, slabs[i]);
    }
  }
  return count_slabs(cache) == 0;
}

}  // namespace kmem
