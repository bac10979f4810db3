#include <algorithm>

#include "slab/slub.h"
#include "slab/slub_debug.h"
#include "slab/slub_freelist.h"
#include "slab/slub_page.h"
#include "slab/slub_partial.h"

namespace kmem {

namespace {

/// Links the objects in front of a list.
/// @return the head of the longer list.
Kva link_before(Slub& slub, const KmemCache& cache, const Slab& slab, std::span<const Kva> objects,
                Kva list) {
  for (size_t i = objects.size(); i-- > 0;) {
    set_freepointer(slub, cache, slab, objects[i], list);
    list = objects[i];
  }
  return list;
}

// @kernel __slab_free(), mm/slub.c
void free_slowly(Slub& slub, KmemCache& cache, SlabId id, std::span<const Kva> objects) {
  Slab& slab = slub.slab(id);
  const bool was_full = slab.freelist == 0;
  slab.freelist = link_before(slub, cache, slab, objects, slab.freelist);
  // Only an object freed twice, which the caller reports, could make it negative.
  const size_t count = std::min<size_t>(slab.inuse, objects.size());
  slab.inuse = static_cast<uint16_t>(slab.inuse - count);
  const bool cpu_partial = cache.has_cpu_partial(slub.state.config);
  const KmemCacheNode& node = node_of(cache, slab);
  SlowFree outcome = SlowFree::stays;
  if (slab.frozen) {
    outcome = SlowFree::frozen;
  } else if (was_full && cpu_partial) {
    outcome = SlowFree::to_cpu;
  } else if (slab.inuse == 0 && node.nr_partial >= cache.min_partial) {
    outcome = SlowFree::discarded;
  } else if (was_full) {
    outcome = SlowFree::to_node;
  }
  slub.mm.trace->decision(Event::slub_free_slow, slub.mm.map.zone(slab.page),
                          static_cast<uint8_t>(outcome), slab.cache, slub.mm.pfn(slab.page),
                          static_cast<uint32_t>(objects[0] - slab.base), uint32_t{slab.inuse},
                          uint32_t{slab.objects}, node.nr_partial);
  if (outcome == SlowFree::to_cpu) {
    slab.frozen = true;
    put_cpu_partial(slub, cache, id, true);
  } else if (outcome == SlowFree::to_node) {
    add_partial(slub, cache, id, PartialPlace::tail);
  } else if (outcome == SlowFree::discarded) {
    if (!was_full) remove_partial(slub, cache, id);
    discard_slab(slub, cache, id);
  }
}

}  // namespace

void slub_free(Slub& slub, SlabId id, Kva object) { slub_free_group(slub, id, {&object, 1}); }

void slub_free_group(Slub& slub, SlabId id, std::span<const Kva> objects) {
  const Slab& slab = slub.slab(id);
  KmemCache& cache = slub.cache(slab.cache);
  if (cache.debugged()) [[unlikely]] {
    // The last one first, as the head of the free list will be the first one.
    for (size_t i = objects.size(); i-- > 0;) slub_debug_free(slub, id, objects[i]);
    return;
  }
  KmemCacheCpu& cpu = slub.cpu(cache);
  if (cpu.slab != id) {
    free_slowly(slub, cache, id, objects);
    return;
  }
  cpu.freelist = link_before(slub, cache, slab, objects, cpu.freelist);
  if (slub.mm.trace->decisions()) {
    slub.mm.trace->decision(Event::slub_free_fast, slub.mm.map.zone(slab.page), 0, slab.cache,
                            slub.mm.pfn(slab.page), static_cast<uint32_t>(objects[0] - slab.base));
  }
}

}  // namespace kmem
