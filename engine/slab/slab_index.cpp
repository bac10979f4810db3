#include "slab/slab_index.h"

#include "base/assert.h"
#include "slab/slub_freelist.h"

namespace kmem {

namespace {

bool in_free_object(const KmemCache& cache) {
  return (cache.flags & slab_flags::kObjfreelist) != 0;
}

/// The bytes at slab.freelist, which another slab may hold.
uint8_t* index_bytes(const Slub& slub, const Slab& slab) {
  KMEM_ASSERT(slab.freelist != 0);
  const Page page = slub.mm.map.pfn_to_page(pfn_of(slab.freelist));
  return slub.ram.frame_bytes(page) + (slab.freelist & (kPageSizeBytes - 1));
}

/// Where the indices of the cache's slabs are, when they are in no other slab.
Kva place_of_indices(const KmemCache& cache, const Slab& slab, uint32_t last_index) {
  if (in_free_object(cache)) return object_at(cache, slab, last_index);
  return slab.base + slab_bytes(slab) - cache.layout.freelist_size;
}

}  // namespace

void init_indices(Slub& slub, const KmemCache& cache, Slab& slab) {
  const size_t count = cache.random_seq.size();
  const size_t start = count == 0 ? 0 : next_random(slub.state) % count;
  std::vector<uint16_t> order;
  for (uint32_t i = 0; i < slab.objects; ++i) {
    order.push_back(count == 0 ? static_cast<uint16_t>(i) : cache.random_seq[(start + i) % count]);
  }
  slab.inuse = 0;
  set_free_indices(slub, cache, slab, order);
}

Kva take_object(Slub& slub, const KmemCache& cache, Slab& slab) {
  KMEM_ASSERT(slab.inuse < slab.objects);
  const uint8_t index = index_bytes(slub, slab)[slab.inuse];
  slab.inuse += 1;
  // The last free object is the one that held the indices, and nobody needs them any more.
  if (in_free_object(cache) && slab.inuse == slab.objects) slab.freelist = 0;
  // Somebody may have written to them.
  return object_at(cache, slab, uint32_t{index} % slab.objects);
}

void put_object(Slub& slub, const KmemCache& cache, Slab& slab, Kva object) {
  KMEM_ASSERT(slab.inuse > 0);
  slab.inuse -= 1;
  if (slab.freelist == 0) slab.freelist = object;
  index_bytes(slub, slab)[slab.inuse] = static_cast<uint8_t>(object_index(cache, slab, object));
}

std::vector<uint16_t> free_indices(const Slub& slub, const Slab& slab) {
  std::vector<uint16_t> indices;
  for (uint32_t i = slab.inuse; i < slab.objects; ++i) {
    indices.push_back(index_bytes(slub, slab)[i]);
  }
  return indices;
}

void set_free_indices(Slub& slub, const KmemCache& cache, Slab& slab,
                      const std::vector<uint16_t>& indices) {
  if (indices.empty() && in_free_object(cache)) return;
  if (slab.freelist == 0) {
    slab.freelist = place_of_indices(cache, slab, indices.empty() ? 0 : indices.back());
  }
  uint8_t* bytes = index_bytes(slub, slab) + slab.inuse;
  for (const uint16_t index : indices) *bytes++ = static_cast<uint8_t>(index);
}

}  // namespace kmem
