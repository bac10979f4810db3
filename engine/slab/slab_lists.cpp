#include "slab/slab_lists.h"

#include "slab/kmalloc.h"
#include "slab/slab_index.h"
#include "slab/slab_pages.h"

namespace kmem {

SlabList& list_of(SlabNode& node, const Slab& slab) {
  if (slab.inuse == 0) return node.free;
  return slab.inuse == slab.objects ? node.full : node.partial;
}

void push_front(Slub& slub, SlabList& list, SlabId id) {
  Slab& slab = slub.slab(id);
  slab.prev = kNoSlab;
  slab.next = list.first;
  (list.first == kNoSlab ? list.last : slub.slab(list.first).prev) = id;
  list.first = id;
}

void push_back(Slub& slub, SlabList& list, SlabId id) {
  Slab& slab = slub.slab(id);
  slab.next = kNoSlab;
  slab.prev = list.last;
  (list.last == kNoSlab ? list.first : slub.slab(list.last).next) = id;
  list.last = id;
}

void unlink_slab(Slub& slub, SlabNode& node, SlabId id) {
  Slab& slab = slub.slab(id);
  SlabList& list = list_of(node, slab);
  (slab.prev == kNoSlab ? list.first : slub.slab(slab.prev).next) = slab.next;
  (slab.next == kNoSlab ? list.last : slub.slab(slab.next).prev) = slab.prev;
  slab.next = slab.prev = kNoSlab;
  if (slab.inuse == 0) node.free_slabs -= 1;
}

namespace {

void put_back(Slub& slub, KmemCache& cache, Kva object) {
  const SlabId id = virt_to_slab(slub, object);
  Slab& slab = slub.slab(id);
  SlabNode& node = cache.lists[slab.node];
  unlink_slab(slub, node, id);
  put_object(slub, cache, slab, object);
  node.free_objects += 1;
  if (slab.inuse == 0) {
    push_front(slub, node.free, id);
    node.free_slabs += 1;
  } else {
    push_back(slub, node.partial, id);
  }
  slub.mm.trace->decision(Event::slab_put_object, slub.mm.map.zone(slab.page), slab.node,
                          slab.cache, slub.mm.pfn(slab.page),
                          static_cast<uint32_t>(object - slab.base), uint32_t{slab.inuse},
                          uint32_t{slab.objects}, node.free_objects);
}

/// Takes the oldest free slab away.
SlabId take_last_free(Slub& slub, const KmemCache& cache, SlabNode& node) {
  const SlabId id = node.free.last;
  unlink_slab(slub, node, id);
  node.total_slabs -= 1;
  node.free_objects -= cache.oo.objects;
  return id;
}

}  // namespace

void free_block(Slub& slub, KmemCache& cache, std::span<const Kva> objects, DoomedSlabs& doomed) {
  for (const Kva object : objects) put_back(slub, cache, object);
  for (SlabNode& node : cache.lists) {
    while (node.free_objects > node.free_limit && node.free.last != kNoSlab) {
      doomed.insert(doomed.begin(), take_last_free(slub, cache, node));
    }
  }
}

void drain_freelist(Slub& slub, KmemCache& cache, SlabNode& node) {
  while (node.free.last != kNoSlab) {
    destroy_slab(slub, cache, take_last_free(slub, cache, node));
  }
}

}  // namespace kmem
