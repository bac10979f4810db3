#include "slab/slab_bulk.h"

#include <algorithm>
#include <utility>
#include <vector>
namespace kmem {

namespace {

/// Objects of other slabs that the search for companions passes by.
constexpr uint32_t kLookahead = 3;

/// Moves the objects that lie in the slab of the last one to the end of the array.
/// @return the objects of that slab, the last of the array first.
std::vector<Kva> detach_group(const Slub& slub, std::span<Kva> objects) {
  size_t same = objects.size() - 1;
  const SlabId slab = virt_to_slab(slub, objects[same]);
  std::vector<Kva> group = {objects[same]};
  uint32_t misses = 0;
  for (size_t i = same; i-- > 0;) {
    if (virt_to_slab(slub, objects[i]) != slab) {
      misses += 1;
      if (misses == kLookahead) break;
      continue;
    }
    group.push_back(objects[i]);
    same -= 1;
    std::swap(objects[i], objects[same]);
  }
  return group;
}

}  // namespace

bool kmem_cache_alloc_bulk(Slub& slub, CacheId id, Gfp gfp, std::span<Kva> objects) {
  size_t taken = 0;
  while (taken < objects.size()) {
    objects[taken] = slab_alloc(slub, id, gfp, kAnyNode);
    if (objects[taken] == 0) break;
    taken += 1;
  }
  slub.mm.trace->decision(Event::slab_alloc_bulk, kNoZone, 0, id,
                          static_cast<uint32_t>(objects.size()), static_cast<uint32_t>(taken));
  if (taken == objects.size()) return true;
  kmem_cache_free_bulk(slub, objects.first(taken));
  std::fill(objects.begin(), objects.end(), Kva{0});
  return false;
}

void kmem_cache_free_bulk(Slub& slub, std::span<Kva> objects) {
  if (slub.state.is_slab()) {
    for (const Kva object : objects) {
      const SlabId slab = virt_to_slab(slub, object);
      slab == kNoSlab ? free_large_kmalloc(slub, object) : slab_free(slub, slab, object);
    }
    return;
  }
  while (!objects.empty()) {
    const SlabId id = virt_to_slab(slub, objects.back());
    if (id == kNoSlab) {
      free_large_kmalloc(slub, objects.back());
      objects = objects.first(objects.size() - 1);
      continue;
    }
    const std::vector<Kva> group = detach_group(slub, objects);
    const Slab& slab = slub.slab(id);
    slub.mm.trace->decision(Event::slub_free_group, slub.mm.map.zone(slab.page), 0, slab.cache,
                            slub.mm.pfn(slab.page), static_cast<uint32_t>(group.size()),
                            static_cast<uint32_t>(objects.size() - group.size()));
    slub_free_group(slub, id, group);
    objects = objects.first(objects.size() - group.size());
  }
}

}  // namespace kmem
