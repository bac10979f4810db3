// SLAB: allocation, from this CPU's array and into it.
#include <algorithm>

#include "slab/hidden_slab.h"
#include "slab/kmalloc.h"
#include "slab/slab_cache.h"
#include "slab/slab_index.h"
#include "slab/slab_lists.h"
#include "slab/slab_pages.h"

namespace kmem {

namespace {

/// What a CPU that has not used its array for a while gets at once.
/// @kernel BATCHREFILL_LIMIT, mm/slab.c
constexpr uint32_t kColdBatch = 16;

/// The CPUs of the node share an array: the newest of its objects, in the same order.
/// @kernel transfer_objects(), mm/slab.c
void take_from_shared(Slub& slub, CacheId id, ArrayCache& array, ArrayCache& shared,
                      uint32_t wanted) {
  const size_t room = array.limit - array.entries.size();
  const size_t count = std::min({shared.entries.size(), size_t{wanted}, room});
  const auto first = shared.entries.end() - static_cast<std::ptrdiff_t>(count);
  array.entries.insert(array.entries.end(), first, shared.entries.end());
  shared.entries.erase(first, shared.entries.end());
  shared.touched = true;
  slub.mm.trace->decision(Event::slab_take_shared, kNoZone, 0, id, static_cast<uint32_t>(count),
                          static_cast<uint32_t>(shared.entries.size()));
}

/// Up to `wanted` objects of one slab. @return how many.
/// @kernel alloc_block(), mm/slab.c
uint32_t take_from_slab(Slub& slub, const KmemCache& cache, ArrayCache& array, Slab& slab,
                        uint32_t wanted) {
  const uint32_t count = std::min(wanted, uint32_t{slab.objects} - slab.inuse);
  for (uint32_t i = 0; i < count; ++i) array.entries.push_back(take_object(slub, cache, slab));
  slub.mm.trace->decision(Event::slab_take_objects, slub.mm.map.zone(slab.page), slab.node,
                          slab.cache, slub.mm.pfn(slab.page), count, uint32_t{slab.inuse},
                          uint32_t{slab.objects});
  return count;
}

/// The slab to take objects from next: partial ones first. kNoSlab when none has any.
/// @kernel get_first_slab(), mm/slab.c
SlabId first_slab(SlabNode& node) {
  if (node.partial.first != kNoSlab) return node.partial.first;
  node.free_touched = true;
  return node.free.first;
}

void take_from_lists(Slub& slub, KmemCache& cache, ArrayCache& array, SlabNode& node,
                     uint32_t wanted) {
  while (wanted > 0) {
    const SlabId id = first_slab(node);
    if (id == kNoSlab) return;
    Slab& slab = slub.slab(id);
    unlink_slab(slub, node, id);
    const uint32_t count = take_from_slab(slub, cache, array, slab, wanted);
    push_front(slub, list_of(node, slab), id);
    node.free_objects -= count;
    wanted -= count;
  }
}

/// What a CPU's array holds is of its own node, so pages of another one will not do.
/// @kernel gfp_exact_node(), mm/slab.c
Gfp exact_node(const KmemCache& cache, Gfp gfp) {
  return cache.lists.size() < 2 ? gfp : gfp | gfp::kThisNode | gfp::kNoWarn;
}

/// Fills an empty array from a new slab, as far as that goes.
void grow(Slub& slub, CacheId id, ArrayCache& array, Gfp gfp, uint8_t node, uint32_t wanted) {
  const SlabId created = cache_grow_begin(slub, id, gfp, node);
  if (created == kNoSlab) return;
  KmemCache& cache = slub.cache(id);
  take_from_slab(slub, cache, array, slub.slab(created), wanted);
  cache_grow_end(slub, cache, created);
}

/// Fills the empty array of this CPU.
/// @kernel cache_alloc_refill(), mm/slab.c
void refill(Slub& slub, CacheId id, Gfp gfp, uint8_t node_id) {
  KmemCache& cache = slub.cache(id);
  ArrayCache& array = slub.cpu_array(cache);
  SlabNode& node = cache.lists[node_id];
  const bool cold = !array.touched && array.batchcount > kColdBatch;
  const uint32_t wanted = cold ? kColdBatch : array.batchcount;
  if (!node.shared.entries.empty()) {
    take_from_shared(slub, id, array, node.shared, wanted);
  } else if (node.free_objects > 0) {
    take_from_lists(slub, cache, array, node, wanted);
  }
  if (array.entries.empty() && !fill_from_hidden_slab(slub, id, gfp, node_id)) {
    grow(slub, id, array, exact_node(cache, gfp), node_id, wanted);
  }
}

Kva only_entry(const ArrayCache& one) { return one.entries.empty() ? 0 : one.entries.back(); }

/// One object of a node, past all arrays.
/// @kernel ____cache_alloc_node(), mm/slab.c
Kva alloc_on_node(Slub& slub, CacheId id, Gfp gfp, uint8_t node_id) {
  KmemCache& cache = slub.cache(id);
  ArrayCache one;
  take_from_lists(slub, cache, one, cache.lists[node_id], 1);
  if (one.entries.empty()) grow(slub, id, one, exact_node(cache, gfp), node_id, 1);
  return only_entry(one);
}

/// The node has no memory: another one may have free objects, or else pages.
/// @kernel fallback_alloc(), mm/slab.c
Kva alloc_elsewhere(Slub& slub, CacheId id, Gfp gfp, uint8_t home) {
  KmemCache& cache = slub.cache(id);
  if (cache.lists.size() < 2 || (gfp & gfp::kThisNode) != 0) return 0;
  ArrayCache one;
  for (const uint8_t zone : slub.mm.zonelists[home]) {
    SlabNode& node = cache.lists[slub.mm.zones[zone].node.value];
    if (node.free_objects == 0) continue;
    take_from_lists(slub, cache, one, node, 1);
    return only_entry(one);
  }
  grow(slub, id, one, gfp, home, 1);
  return only_entry(one);
}

}  // namespace

Kva cache_alloc(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  const uint8_t home = slub.mm.cpu_node.value;
  if (node != kAnyNode && node != home) {
    const Kva object = alloc_on_node(slub, id, gfp, node);
    return object != 0 ? object : alloc_elsewhere(slub, id, gfp, node);
  }
  ArrayCache& array = slub.cpu_array(slub.cache(id));
  if (array.entries.empty()) {
    refill(slub, id, gfp, home);
    if (array.entries.empty()) return alloc_elsewhere(slub, id, gfp, home);
  }
  if (!slub.state.doubtful.empty() && !top_is_really_free(slub, id, gfp, home)) {
    return cache_alloc(slub, id, gfp, node);
  }
  array.touched = true;
  const Kva object = array.entries.back();
  array.entries.pop_back();
  if (slub.mm.trace->decisions()) {
    const Slab& slab = slub.slab(virt_to_slab(slub, object));
    slub.mm.trace->decision(Event::slab_array_take, slub.mm.map.zone(slab.page), slab.node, id,
                            slub.mm.pfn(slab.page), static_cast<uint32_t>(object - slab.base),
                            static_cast<uint32_t>(array.entries.size()));
  }
  return object;
}

}  // namespace kmem
