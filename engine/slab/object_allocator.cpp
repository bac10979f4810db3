#include "slab/object_allocator.h"

#include <cstring>

#include "slab/kmalloc.h"
#include "slab/slab_cache.h"
#include "slab/slub_freelist.h"

namespace kmem {

namespace {

// @kernel slab_want_init_on_alloc(), mm/slab.h
bool wants_zeroes(const Slub& slub, const KmemCache& cache, Gfp gfp) {
  const bool asked = (gfp & gfp::kZero) != 0;
  if (!slub.mm.config.profile->init_on_alloc) return asked;
  // What a constructor wrote must stay.
  if (cache.ctor) return false;
  return asked || (cache.flags & (slab_flags::kTypesafeByRcu | slab_flags::kPoison)) == 0;
}

}  // namespace

Kva slab_alloc(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  const bool slab = slub.state.is_slab();
  const Kva object = slab ? cache_alloc(slub, id, gfp, node) : slub_alloc(slub, id, gfp, node);
  if (object == 0) return 0;
  const KmemCache& cache = slub.cache(id);
  if (wants_zeroes(slub, cache, gfp)) {
    const Slab& home = slub.slab(virt_to_slab(slub, object));
    std::memset(bytes_at(slub, home, object), 0, cache.object_size);
  }
  return object;
}

void slab_free(Slub& slub, SlabId id, Kva object) {
  slub.state.is_slab() ? cache_free(slub, id, object) : slub_free(slub, id, object);
}

bool kmem_cache_shrink(Slub& slub, CacheId id) {
  const uint32_t before = count_slabs(slub.cache(id));
  const bool left = slub.state.is_slab() ? cache_shrink(slub, id) : slub_shrink(slub, id);
  slub.mm.trace->decision(Event::kmem_cache_shrink, kNoZone, 0, id, before,
                          count_slabs(slub.cache(id)));
  return left;
}

bool kmem_cache_shutdown(Slub& slub, CacheId id) {
  return slub.state.is_slab() ? !cache_shrink(slub, id) : slub_shutdown(slub, id);
}

uint32_t count_slabs(const KmemCache& cache) {
  uint32_t slabs = 0;
  for (const KmemCacheNode& node : cache.node) slabs += node.nr_slabs;
  for (const SlabNode& node : cache.lists) slabs += node.total_slabs;
  return slabs;
}

}  // namespace kmem
