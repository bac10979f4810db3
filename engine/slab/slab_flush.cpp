// SLAB: freeing, into this CPU's array and out of it; shrinking.
#include <algorithm>

#include "slab/hidden_slab.h"
#include "slab/kmalloc.h"
#include "slab/slab_cache.h"
#include "slab/slab_lists.h"
#include "slab/slab_pages.h"

namespace kmem {

namespace {

/// Length of the arrays for objects of other nodes.
/// @kernel alloc_alien_cache(), mm/slab.c
constexpr uint32_t kAlienLimit = 12;

void destroy_all(Slub& slub, KmemCache& cache, const DoomedSlabs& doomed) {
  for (const SlabId id : doomed) destroy_slab(slub, cache, id);
}

/// Puts the oldest `count` objects of an array into the node's shared one, as far as there is room,
/// or else back into their slabs.
/// @kernel cache_flusharray(), mm/slab.c
void flush(Slub& slub, CacheId id, ArrayCache& array, uint8_t node_id) {
  KmemCache& cache = slub.cache(id);
  ArrayCache& shared = cache.lists[node_id].shared;
  const size_t batch = std::min<size_t>(array.batchcount, array.entries.size());
  const size_t room = shared.limit - shared.entries.size();
  const size_t count = room > 0 ? std::min(batch, room) : batch;
  const std::vector<Kva> oldest(array.entries.begin(),
                                array.entries.begin() + static_cast<std::ptrdiff_t>(count));
  slub.mm.trace->decision(Event::slab_flush, kNoZone, node_id, id, static_cast<uint32_t>(count),
                          uint32_t{room > 0}, static_cast<uint32_t>(shared.entries.size()),
                          shared.limit);
  DoomedSlabs doomed;
  if (room > 0) {
    shared.entries.insert(shared.entries.end(), oldest.begin(), oldest.end());
  } else {
    free_block(slub, cache, oldest, doomed);
  }
  array.entries.erase(array.entries.begin(),
                      array.entries.begin() + static_cast<std::ptrdiff_t>(count));
  destroy_all(slub, cache, doomed);
}

/// Empties an array into the slabs.
void drain(Slub& slub, KmemCache& cache, ArrayCache& array) {
  std::vector<Kva> entries;
  entries.swap(array.entries);
  DoomedSlabs doomed;
  free_block(slub, cache, entries, doomed);
  destroy_all(slub, cache, doomed);
}

/// Objects of another node wait together for the way home.
/// @kernel __cache_free_alien(), __drain_alien_cache(), mm/slab.c
void free_alien(Slub& slub, CacheId id, uint8_t home, Kva object) {
  KmemCache& cache = slub.cache(id);
  ArrayCache& alien = cache.lists[slub.mm.cpu_node.value].alien[home];
  const Slab& slab = slub.slab(virt_to_slab(slub, object));
  slub.mm.trace->decision(Event::slab_alien_put, slub.mm.map.zone(slab.page), home, id,
                          slub.mm.pfn(slab.page), static_cast<uint32_t>(object - slab.base),
                          static_cast<uint32_t>(alien.entries.size()), alien.limit);
  if (alien.entries.size() >= alien.limit) {
    ArrayCache& shared = cache.lists[home].shared;
    const size_t room = shared.limit - shared.entries.size();
    const size_t count = std::min(room, alien.entries.size());
    const auto first = alien.entries.end() - static_cast<std::ptrdiff_t>(count);
    shared.entries.insert(shared.entries.end(), first, alien.entries.end());
    alien.entries.erase(first, alien.entries.end());
    drain(slub, cache, alien);
  }
  alien.entries.push_back(object);
}

uint32_t cpus_of(const Mm& mm, uint32_t node) {
  uint32_t known = 0;
  for (const uint8_t cpus : mm.config.cpus_of_node) known += cpus;
  if (known != 0) return mm.config.cpus_of_node[node];
  return node == mm.cpu_node.value ? mm.config.nr_cpus : 0;
}

}  // namespace

void set_up_cache(const Slub& slub, KmemCache& cache) {
  const SlabLayout& layout = cache.layout;
  for (ArrayCache& array : cache.cpu_array) {
    array.limit = layout.limit;
    array.batchcount = layout.batchcount;
  }
  for (size_t i = 0; i < cache.lists.size(); ++i) {
    SlabNode& node = cache.lists[i];
    const uint32_t arrays = 1 + cpus_of(slub.mm, static_cast<uint32_t>(i));
    node.free_limit = arrays * layout.batchcount + cache.oo.objects;
    node.shared.limit = layout.shared * layout.batchcount;
    if (cache.lists.size() == 1) continue;
    node.alien.resize(cache.lists.size());
    for (ArrayCache& alien : node.alien) alien.limit = kAlienLimit;
  }
}

void cache_free(Slub& slub, SlabId id, Kva object) {
  const Slab& slab = slub.slab(id);
  const CacheId cache_id = slab.cache;
  const uint8_t home = slub.mm.cpu_node.value;
  if (slab.node != home) {
    free_alien(slub, cache_id, slab.node, object);
    return;
  }
  ArrayCache& array = slub.cpu_array(slub.cache(cache_id));
  if (slub.mm.trace->decisions()) {
    slub.mm.trace->decision(Event::slab_array_put, slub.mm.map.zone(slab.page), slab.node, cache_id,
                            slub.mm.pfn(slab.page), static_cast<uint32_t>(object - slab.base),
                            static_cast<uint32_t>(array.entries.size()), array.limit);
  }
  const bool full = array.entries.size() >= array.limit;
  // How many objects a recorded array had is not known as long as some are doubtful.
  if (full && !forget_doubtful(slub, cache_id)) flush(slub, cache_id, array, home);
  array.entries.push_back(object);
}

bool cache_shrink(Slub& slub, CacheId id) {
  KmemCache& cache = slub.cache(id);
  for (ArrayCache& array : cache.cpu_array) drain(slub, cache, array);
  for (SlabNode& node : cache.lists) {
    for (ArrayCache& alien : node.alien) drain(slub, cache, alien);
  }
  for (SlabNode& node : cache.lists) drain(slub, cache, node.shared);
  bool in_use = false;
  for (SlabNode& node : cache.lists) {
    drain_freelist(slub, cache, node);
    in_use = in_use || node.partial.first != kNoSlab || node.full.first != kNoSlab;
  }
  return in_use;
}

}  // namespace kmem
