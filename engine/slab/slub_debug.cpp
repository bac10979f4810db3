#include "slab/slub_debug.h"

#include "base/text.h"
#include "slab/slub_check.h"
#include "slab/slub_freelist.h"
#include "slab/slub_page.h"
#include "slab/slub_partial.h"

namespace kmem {

namespace {

using slab_flags::kConsistencyChecks;

// @kernel add_full(), mm/slub.c
void add_full(Slub& slub, KmemCache& cache, SlabId id) {
  if (!cache.has(slab_flags::kStoreUser)) return;
  Slab& slab = slub.slab(id);
  SlabList& full = node_of(cache, slab).full;
  slab.prev = kNoSlab;
  slab.next = full.first;
  (full.first == kNoSlab ? full.last : slub.slab(full.first).prev) = id;
  full.first = id;
}

// @kernel remove_full(), mm/slub.c
void remove_full(Slub& slub, KmemCache& cache, SlabId id) {
  Slab& slab = slub.slab(id);
  SlabList& full = node_of(cache, slab).full;
  (slab.prev == kNoSlab ? full.first : slub.slab(slab.prev).next) = slab.next;
  (slab.next == kNoSlab ? full.last : slub.slab(slab.next).prev) = slab.prev;
  slab.next = slab.prev = kNoSlab;
}

/// @return whether the object may be handed out; if not, its slab is not to be touched again.
bool alloc_debug_processing(Slub& slub, SlabId id, Kva object) {
  Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  const bool checked = cache.has(kConsistencyChecks);
  if (checked && !(check_slab(slub, id) && check_object(slub, id, object, false))) {
    slab_fix(slub, slab, SlubRepair::all_used, object, "Marking all objects used");
    slab.inuse = slab.objects;
    slab.freelist = 0;
    slab.frozen = true;
    return false;
  }
  set_track(slub, cache, slab, object, TrackItem::alloc);
  set_orig_size(slub, cache, slab, object);
  trace_object(slub, slab, object, "alloc");
  init_object(slub, cache, slab, object, true);
  return true;
}

/// Takes the first free object of a slab. @return 0 when it must not be used.
Kva take_first(Slub& slub, KmemCache& cache, SlabId id) {
  Slab& slab = slub.slab(id);
  const Kva object = slab.freelist;
  slab.freelist = get_freepointer(slub, cache, slab, object);
  slab.inuse += 1;
  return alloc_debug_processing(slub, id, object) ? object : 0;
}

void note_alloc(Slub& slub, const Slab& slab, Kva object, bool fresh) {
  slub.mm.trace->decision(Event::slub_debug_alloc, slub.mm.map.zone(slab.page), slab.node,
                          slab.cache, slub.mm.pfn(slab.page),
                          static_cast<uint32_t>(object - slab.base), uint32_t{slab.inuse},
                          uint32_t{slab.objects}, uint32_t{fresh});
}

Kva alloc_from_node(Slub& slub, KmemCache& cache, uint8_t node) {
  for (SlabId id = cache.node[node].first; id != kNoSlab;) {
    Slab& slab = slub.slab(id);
    const SlabId next = slab.next;
    const Kva object = slab.freelist == 0 ? 0 : take_first(slub, cache, id);
    if (object != 0) note_alloc(slub, slab, object, false);
    if (slab.frozen || slab.inuse >= slab.objects) {
      remove_partial(slub, cache, id);
      if (!slab.frozen) add_full(slub, cache, id);
    }
    if (object != 0) return object;
    id = next;
  }
  return 0;
}

Kva alloc_from_other_nodes(Slub& slub, KmemCache& cache, uint8_t home) {
  for (const uint8_t zone : slub.mm.zonelists[home]) {
    const uint8_t node = slub.mm.zones[zone].node.value;
    if (node == home || cache.node[node].nr_partial <= cache.min_partial) continue;
    const Kva object = alloc_from_node(slub, cache, node);
    if (object != 0) return object;
  }
  return 0;
}

Kva alloc_from_new_slab(Slub& slub, CacheId cache_id, Gfp gfp, uint8_t node) {
  const SlabId id = new_slab(slub, cache_id, gfp, node);
  if (id == kNoSlab) return 0;
  KmemCache& cache = slub.cache(cache_id);
  const Kva object = take_first(slub, cache, id);
  const Slab& slab = slub.slab(id);
  note_alloc(slub, slab, object, true);
  if (slab.inuse == slab.objects) {
    add_full(slub, cache, id);
  } else {
    add_partial(slub, cache, id, PartialPlace::head);
  }
  return object;
}

/// @return whether the object may be freed.
bool free_consistency_checks(Slub& slub, SlabId id, Kva object) {
  const Slab& slab = slub.slab(id);
  if (!check_valid_pointer(slub.cache(slab.cache), slab, object)) {
    slab_err(slub, id, SlubReport::invalid_pointer,
             textf("Invalid object pointer 0x%016llx", static_cast<unsigned long long>(object)));
    return false;
  }
  if (on_freelist(slub, id, object)) {
    object_err(slub, id, object, SlubReport::already_free, "Object already free");
    return false;
  }
  return check_object(slub, id, object, true);
}

bool free_debug_processing(Slub& slub, SlabId id, Kva object) {
  const Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  const bool checked = cache.has(kConsistencyChecks);
  if (checked && !check_slab(slub, id)) return false;
  if (slab.inuse < 1) {
    slab_err(slub, id, SlubReport::too_many_freed,
             textf("Slab has %u allocated objects but 1 are to be freed", unsigned{slab.inuse}));
    return false;
  }
  if (checked && !free_consistency_checks(slub, id, object)) return false;
  set_track(slub, cache, slab, object, TrackItem::free);
  trace_object(slub, slab, object, "free");
  init_object(slub, cache, slab, object, false);
  return true;
}

/// The free path gets each object as a list of one, so its end is written before anything is
/// looked at: freeing an object twice cuts its slab's free list there.
void end_list_of_one(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object) {
  const Kva place = object + cache.offset;
  // Behind a pointer that is no object the word may lie in somebody else's page.
  if (place + sizeof(uint64_t) <= slab.base + slab_bytes(slab)) {
    set_freepointer(slub, cache, slab, object, 0);
  }
}

}  // namespace

bool is_listed(const Slub& slub, SlabId first, SlabId id) {
  for (SlabId at = first; at != kNoSlab; at = slub.slab(at).next) {
    if (at == id) return true;
  }
  return false;
}

Kva slub_debug_alloc(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  KmemCache& cache = slub.cache(id);
  const uint8_t home = node == kAnyNode ? slub.mm.cpu_node.value : node;
  Kva object = alloc_from_node(slub, cache, home);
  if (object == 0 && node == kAnyNode) object = alloc_from_other_nodes(slub, cache, home);
  return object != 0 ? object : alloc_from_new_slab(slub, id, gfp, node);
}

void slub_debug_free(Slub& slub, SlabId id, Kva object) {
  Slab& slab = slub.slab(id);
  KmemCache& cache = slub.cache(slab.cache);
  end_list_of_one(slub, cache, slab, object);
  if (!free_debug_processing(slub, id, object)) {
    slab_fix(slub, slab, SlubRepair::not_freed, object,
             textf("Object at 0x%016llx not freed", static_cast<unsigned long long>(object)));
    return;
  }
  set_freepointer(slub, cache, slab, object, slab.freelist);
  slab.freelist = object;
  slab.inuse -= 1;
  KmemCacheNode& node = node_of(cache, slab);
  const bool partial = is_listed(slub, node.first, id);
  SlowFree outcome = partial ? SlowFree::stays : SlowFree::to_node;
  if (slab.inuse == 0 && node.nr_partial >= cache.min_partial) outcome = SlowFree::discarded;
  slub.mm.trace->decision(Event::slub_free_slow, slub.mm.map.zone(slab.page),
                          static_cast<uint8_t>(outcome), slab.cache, slub.mm.pfn(slab.page),
                          static_cast<uint32_t>(object - slab.base), uint32_t{slab.inuse},
                          uint32_t{slab.objects}, node.nr_partial);
  if (!partial && is_listed(slub, node.full.first, id)) remove_full(slub, cache, id);
  if (outcome == SlowFree::to_node) {
    add_partial(slub, cache, id, PartialPlace::tail);
  } else if (outcome == SlowFree::discarded) {
    if (partial) remove_partial(slub, cache, id);
    discard_slab(slub, cache, id);
  }
}

}  // namespace kmem
