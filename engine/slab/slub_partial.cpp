#include "slab/slub_partial.h"

#include <algorithm>

#include "slab/slub_freelist.h"
#include "slab/slub_page.h"

namespace kmem {

void add_partial(Slub& slub, KmemCache& cache, SlabId id, PartialPlace place) {
  Slab& slab = slub.slab(id);
  KmemCacheNode& node = node_of(cache, slab);
  const bool tail = place == PartialPlace::tail;
  const SlabId neighbour = tail ? node.last : node.first;
  slab.prev = tail ? neighbour : kNoSlab;
  slab.next = tail ? kNoSlab : neighbour;
  (neighbour == kNoSlab ? (tail ? node.first : node.last)
   : tail               ? slub.slab(neighbour).next
                        : slub.slab(neighbour).prev) = id;
  (tail ? node.last : node.first) = id;
  node.nr_partial += 1;
  slub.mm.trace->decision(Event::slub_node_put, slub.mm.map.zone(slab.page), slab.node, slab.cache,
                          slub.mm.pfn(slab.page), static_cast<uint32_t>(place),
                          uint32_t{slab.inuse}, uint32_t{slab.objects}, node.nr_partial);
}

void remove_partial(Slub& slub, KmemCache& cache, SlabId id) {
  Slab& slab = slub.slab(id);
  KmemCacheNode& node = node_of(cache, slab);
  (slab.prev == kNoSlab ? node.first : slub.slab(slab.prev).next) = slab.next;
  (slab.next == kNoSlab ? node.last : slub.slab(slab.next).prev) = slab.prev;
  slab.next = slab.prev = kNoSlab;
  node.nr_partial -= 1;
}

void put_cpu_partial(Slub& slub, KmemCache& cache, SlabId id, bool drain) {
  KmemCacheCpu& cpu = slub.cpu(cache);
  SlabId old = cpu.partial;
  SlabId drained = kNoSlab;
  uint32_t slabs = 0;
  if (old != kNoSlab) {
    slabs = slub.slab(old).slabs;
    if (drain && slabs >= cache.cpu_partial_slabs) {
      drained = old;
      old = kNoSlab;
      slabs = 0;
    }
  }
  Slab& slab = slub.slab(id);
  slab.slabs = slabs + 1;
  slab.next = old;
  cpu.partial = id;
  slub.mm.trace->decision(Event::slub_cpu_partial_put, slub.mm.map.zone(slab.page), 0, slab.cache,
                          slub.mm.pfn(slab.page), slab.slabs, cache.cpu_partial_slabs,
                          uint32_t{drained != kNoSlab});
  if (drained != kNoSlab) unfreeze_partials(slub, cache, drained);
}

void unfreeze_partials(Slub& slub, KmemCache& cache, SlabId chain) {
  SlabId discarded = kNoSlab;
  for (SlabId id = chain; id != kNoSlab;) {
    Slab& slab = slub.slab(id);
    const SlabId next = slab.next;
    slab.frozen = false;
    if (slab.inuse == 0 && node_of(cache, slab).nr_partial >= cache.min_partial) {
      slab.next = discarded;
      discarded = id;
    } else {
      add_partial(slub, cache, id, PartialPlace::tail);
    }
    id = next;
  }
  while (discarded != kNoSlab) {
    const SlabId next = slub.slab(discarded).next;
    discard_slab(slub, cache, discarded);
    discarded = next;
  }
}

void deactivate_slab(Slub& slub, KmemCache& cache, SlabId id, Kva freelist) {
  Slab& slab = slub.slab(id);
  // Others freed into it: it is less likely to be warm in this CPU's cache.
  const bool remote_frees = slab.freelist != 0;
  uint32_t own = 0;
  if (freelist != 0) {
    Kva last = freelist;
    own = 1;
    for (Kva next = get_freepointer(slub, cache, slab, last); next != 0 && own < slab.objects;
         next = get_freepointer(slub, cache, slab, last)) {
      last = next;
      own += 1;
    }
    set_freepointer(slub, cache, slab, last, slab.freelist);
    slab.freelist = freelist;
    slab.inuse = static_cast<uint16_t>(slab.inuse - std::min<uint32_t>(own, slab.inuse));
  }
  slab.frozen = false;
  slub.mm.trace->decision(Event::slub_deactivate, slub.mm.map.zone(slab.page), slab.node,
                          slab.cache, slub.mm.pfn(slab.page), own, uint32_t{slab.inuse},
                          uint32_t{slab.objects}, uint32_t{remote_frees});
  if (slab.inuse == 0 && node_of(cache, slab).nr_partial >= cache.min_partial) {
    discard_slab(slub, cache, id);
  } else if (slab.freelist != 0) {
    add_partial(slub, cache, id, remote_frees ? PartialPlace::tail : PartialPlace::head);
  }
  // A slab without free objects is on no list: the next free into it will find it.
}

}  // namespace kmem
