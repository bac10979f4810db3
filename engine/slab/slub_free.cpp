#include "slab/slub.h"
#include "slab/slub_debug.h"
#include "slab/slub_freelist.h"
#include "slab/slub_page.h"
#include "slab/slub_partial.h"

namespace kmem {

namespace {

// @kernel __slab_free(), mm/slub.c
void free_slowly(Slub& slub, KmemCache& cache, SlabId id, Kva object) {
  Slab& slab = slub.slab(id);
  const bool was_full = slab.freelist == 0;
  set_freepointer(slub, cache, slab, object, slab.freelist);
  slab.freelist = object;
  // Only an object freed twice, which the caller reports, could make it negative.
  if (slab.inuse > 0) slab.inuse -= 1;
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
                          static_cast<uint32_t>(object - slab.base), uint32_t{slab.inuse},
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

void slub_free(Slub& slub, SlabId id, Kva object) {
  const Slab& slab = slub.slab(id);
  KmemCache& cache = slub.cache(slab.cache);
  if (cache.debugged()) [[unlikely]] {
    slub_debug_free(slub, id, object);
    return;
  }
  KmemCacheCpu& cpu = slub.cpu(cache);
  if (cpu.slab != id) {
    free_slowly(slub, cache, id, object);
    return;
  }
  set_freepointer(slub, cache, slab, object, cpu.freelist);
  cpu.freelist = object;
  if (slub.mm.trace->decisions()) {
    slub.mm.trace->decision(Event::slub_free_fast, slub.mm.map.zone(slab.page), 0, slab.cache,
                            slub.mm.pfn(slab.page), static_cast<uint32_t>(object - slab.base));
  }
}

}  // namespace kmem
