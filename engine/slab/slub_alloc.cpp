#include "slab/hidden_slab.h"
#include "slab/slub.h"
#include "slab/slub_debug.h"
#include "slab/slub_freelist.h"
#include "slab/slub_page.h"
#include "slab/slub_partial.h"

namespace kmem {

namespace {

/// Tells a decision about one slab.
template <typename... Fields>
void note(Slub& slub, Event event, const Slab& slab, Fields... fields) {
  if (!slub.mm.trace->decisions()) return;
  slub.mm.trace->decision(event, slub.mm.map.zone(slab.page), slab.node, slab.cache,
                          slub.mm.pfn(slab.page), fields...);
}

/// All free objects of a slab for this CPU alone, counted as in use from now on.
/// @kernel acquire_slab(), get_freelist(), mm/slub.c
Kva take_freelist(Slab& slab) {
  const Kva freelist = slab.freelist;
  slab.freelist = 0;
  slab.inuse = slab.objects;
  slab.frozen = true;
  return freelist;
}

/// From the node's list: the first slab becomes the CPU's, some more join its chain.
/// @return the first slab's free objects, 0 when the list is empty.
/// @kernel get_partial_node(), mm/slub.c
Kva get_partial_node(Slub& slub, KmemCache& cache, uint8_t node_id, SlabId& taken) {
  KmemCacheNode& node = cache.node[node_id];
  Kva objects = 0;
  uint32_t chained = 0;
  for (SlabId id = node.first; id != kNoSlab;) {
    Slab& slab = slub.slab(id);
    const SlabId next = slab.next;
    remove_partial(slub, cache, id);
    const bool first = objects == 0;
    note(slub, Event::slub_node_take, slab, uint32_t{slab.objects} - slab.inuse, uint32_t{first},
         node.nr_partial);
    if (first) {
      objects = take_freelist(slab);
      taken = id;
    } else {
      slab.frozen = true;
      put_cpu_partial(slub, cache, id, false);
      chained += 1;
    }
    if (!cache.has_cpu_partial(slub.state.config) || chained > cache.cpu_partial_slabs / 2) break;
    id = next;
  }
  return objects;
}

// Other nodes, nearest first, may be robbed of what they can spare.
// @kernel get_any_partial(), mm/slub.c
Kva get_any_partial(Slub& slub, KmemCache& cache, uint8_t home, SlabId& taken) {
  for (const uint8_t zone : slub.mm.zonelists[home]) {
    const uint8_t node = slub.mm.zones[zone].node.value;
    if (cache.node[node].nr_partial <= cache.min_partial) continue;
    const Kva objects = get_partial_node(slub, cache, node, taken);
    if (objects != 0) return objects;
  }
  return 0;
}

// @kernel get_partial(), mm/slub.c
Kva get_partial(Slub& slub, KmemCache& cache, uint8_t node, SlabId& taken) {
  const uint8_t home = node == kAnyNode ? slub.mm.cpu_node.value : node;
  const Kva objects = get_partial_node(slub, cache, home, taken);
  if (objects != 0 || node != kAnyNode || slub.mm.zonelists.size() < 2) return objects;
  return get_any_partial(slub, cache, home, taken);
}

// The CPU's slab, or the next of its chain, as long as one has free objects and lies on the node.
Kva from_cpu_slabs(Slub& slub, KmemCache& cache, uint8_t node) {
  KmemCacheCpu& cpu = slub.cpu(cache);
  for (;;) {
    if (cpu.slab == kNoSlab) {
      if (cpu.partial == kNoSlab) return 0;
      cpu.slab = cpu.partial;
      cpu.partial = slub.slab(cpu.slab).next;
      const bool last = cpu.partial == kNoSlab;
      note(slub, Event::slub_cpu_partial_take, slub.slab(cpu.slab),
           last ? 0 : slub.slab(cpu.partial).slabs);
    }
    const SlabId id = cpu.slab;
    Slab& slab = slub.slab(id);
    if (node != kAnyNode && slab.node != node) {
      note(slub, Event::slub_node_mismatch, slab, uint32_t{node});
      const Kva own = cpu.freelist;
      cpu.slab = kNoSlab;
      cpu.freelist = 0;
      deactivate_slab(slub, cache, id, own);
      continue;
    }
    if (slab.freelist != 0) {
      note(slub, Event::slub_refill, slab, uint32_t{slab.objects} - slab.inuse);
      return take_freelist(slab);
    }
    note(slub, Event::slub_used_up, slab, uint32_t{slab.objects});
    slab.frozen = false;
    cpu.slab = kNoSlab;
  }
}

/// @return the objects of the slab that is the CPU's now; 0 when there is no memory.
/// @kernel ___slab_alloc(), mm/slub.c
Kva refill(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  KmemCache& cache = slub.cache(id);
  Kva objects = from_cpu_slabs(slub, cache, node);
  if (objects != 0) return objects;
  SlabId taken = kNoSlab;
  objects = get_partial(slub, cache, node, taken);
  if (objects == 0) {
    taken = hidden_slab(slub, id, gfp, node);
    if (taken == kNoSlab) taken = new_slab(slub, id, gfp, node);
    if (taken == kNoSlab) return 0;
    objects = take_freelist(slub.slab(taken));
  }
  slub.cpu(cache).slab = taken;
  return objects;
}

}  // namespace

Kva slub_alloc(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  KmemCache& cache = slub.cache(id);
  if (cache.debugged()) [[unlikely]]
    return slub_debug_alloc(slub, id, gfp, node);
  KmemCacheCpu& cpu = slub.cpu(cache);
  Kva object = cpu.freelist;
  if (object == 0 || (node != kAnyNode && slub.slab(cpu.slab).node != node)) {
    object = refill(slub, id, gfp, node);
    if (object == 0) return 0;
  } else {
    note(slub, Event::slub_alloc_fast, slub.slab(cpu.slab),
         static_cast<uint32_t>(object - slub.slab(cpu.slab).base));
  }
  if (!slub.state.doubtful.empty()) {
    cpu.freelist = object;
    if (!is_really_free(slub, id, object, gfp, node)) return slub_alloc(slub, id, gfp, node);
  }
  const Slab& slab = slub.slab(cpu.slab);
  cpu.freelist = get_freepointer(slub, cache, slab, object);
  return object;
}

}  // namespace kmem
