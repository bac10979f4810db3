// The calls of the object allocator on one machine.
#include <algorithm>

#include "sim/machine.h"
#include "slab/krealloc.h"
#include "slab/slab_bulk.h"
#include "slab/slub_debug.h"

namespace kmem {

Kva object_address(ObjectPlace place) {
  return place.pfn == kNoPfn ? place.offset : page_address(place.pfn) + place.offset;
}

ObjectPlace place_of(const Slub& slub, Kva object) {
  if (object <= kZeroSizePtr) return {kNoPfn, static_cast<uint32_t>(object)};
  const SlabId slab = virt_to_slab(slub, object);
  const Kva base = slab == kNoSlab ? object : slub.slab(slab).base;
  return {pfn_of(base), static_cast<uint32_t>(object - base)};
}

void Machine::note_bad_object(BadObject reason, ObjectPlace place, CacheId cache, CacheId owner) {
  trace_.decision(Event::bad_object, kNoZone, static_cast<uint8_t>(reason), place.pfn.value,
                  place.offset, cache, owner);
}

void Machine::note_other_cache(Kva object, CacheId cache) {
  const Slub slub = this->slub();
  const CacheId owner = slub.slab(virt_to_slab(slub, object)).cache;
  if (owner == cache) return;
  note_bad_object(BadObject::other_cache, place_of(slub, object), cache, owner);
}

bool Machine::is_good(const Command& command, ObjectPlace place) {
  const BadObject reason = why_bad_object(command.op, object_address(place));
  if (reason == BadObject{}) return true;
  note_bad_object(reason, place, cache_of(command));
  return false;
}

void Machine::free_object(const Command& command, ObjectPlace place) {
  const Kva object = object_address(place);
  // A recorded call gives back what another one was given; anybody else may be wrong.
  if (command.allocation == kNoAllocation && !is_good(command, place)) return;
  Slub slub = slub_for(command);
  if (command.op == Op::kfree) return kfree(slub, object);
  if (command.op == Op::kfree_sensitive) return kfree_sensitive(slub, object);
  const CacheId cache = cache_of(command);
  note_other_cache(object, cache);
  kmem_cache_free(slub, cache, object);
}

Slub Machine::slub_for(const Command& command) {
  Slub slub = this->slub();
  slub.caller = op_name(command.op);
  return slub;
}

bool Machine::begin_slab_call(const Command& command) {
  mm_.moves.clear();
  mm_.may_schedule = command.may_schedule;
  slab_.jiffies += 1;
  Slub slub = this->slub();
  if (command.may_schedule) rcu_barrier(slub);
  return !names_cache(command.op) || cache_of(command) != kNoCache;
}

Kva Machine::alloc_object(Slub& slub, const Command& command, Kva given) {
  const uint8_t node = node_ == mm_.cpu_node ? kAnyNode : node_.value;
  const bool zeroed =
      command.op == Op::kzalloc || command.op == Op::kcalloc || command.op == Op::kmem_cache_zalloc;
  const Gfp gfp = command.gfp | forced_gfp_ | (zeroed ? gfp::kZero : 0);
  std::optional<uint64_t> bytes = command.amount;
  if (is_array_call(command.op)) bytes = array_bytes(slub, command.count, command.amount);
  if (!bytes) return 0;
  if (reallocates(command.op)) return krealloc(slub, given, *bytes, gfp, node);
  return is_kmalloc(command.op) ? kmalloc_node(slub, *bytes, gfp, node)
                                : kmem_cache_alloc_node(slub, cache_of(command), gfp, node);
}

ObjectPlace Machine::run_slab(const Command& command, const CacheRequest& request,
                              ObjectPlace place) {
  if (!begin_slab_call(command)) return {};
  Slub slub = slub_for(command);
  const CacheId cache = cache_of(command);
  switch (command.op) {
    case Op::kmem_cache_create:
      slab_.handles.resize(command.cache + 1, kNoCache);
      slab_.handles[command.cache] = kmem_cache_create(slub, request).cache;
      return {};
    case Op::kmem_cache_destroy:
      if (kmem_cache_destroy(slub, cache)) slab_.handles[command.cache] = kNoCache;
      return {};
    case Op::kmem_cache_shrink:
      kmem_cache_shrink(slub, cache);
      return {};
    case Op::validate_slab_cache:
      validate_slab_cache(slub, cache);
      return {};
    case Op::kmem_cache_free:
    case Op::kfree:
    case Op::kfree_sensitive:
      free_object(command, place);
      return {};
    default:
      break;
  }
  const bool given = reallocates(command.op);
  if (given && !is_good(command, place)) return {};
  if (!given && place.pfn != kNoPfn) slub.recorded_offset = place.offset;
  return place_of(slub, alloc_object(slub, command, given ? object_address(place) : 0));
}

std::vector<ObjectPlace> Machine::run_slab_bulk(const Command& command) {
  if (!begin_slab_call(command)) return {};
  Slub slub = slub_for(command);
  if (frees_objects(command.op)) {
    free_objects(slub, command);
    return {};
  }
  std::vector<Kva> objects(results_of(command));
  kmem_cache_alloc_bulk(slub, cache_of(command), command.gfp | forced_gfp_, objects);
  std::vector<ObjectPlace> places;
  places.reserve(objects.size());
  for (const Kva object : objects) places.push_back(place_of(slub, object));
  return places;
}

void Machine::free_objects(Slub& slub, const Command& command) {
  std::vector<Kva> objects;
  const CacheId cache = cache_of(command);
  for (const ObjectPlace place : command.objects) {
    // An array has no place for "nothing".
    if (place.pfn == kNoPfn) return note_bad_object(BadObject::not_an_object, place, cache);
    if (!is_good(command, place)) return;
    objects.push_back(object_address(place));
  }
  std::vector<Kva> sorted = objects;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    return note_bad_object(BadObject::free_already, place_of(slub, *twice), cache);
  }
  for (const Kva object : objects) {
    if (cache == kNoCache) continue;
    note_other_cache(object, cache);
    cache_from_obj(slub, cache, object);
  }
  kmem_cache_free_bulk(slub, objects);
}

uint64_t Machine::run_slab_query(const Command& command, ObjectPlace place) {
  begin_slab_call(command);
  if (command.op == Op::kmalloc_size_roundup) return kmalloc_size_roundup(slub(), command.count);
  if (!is_good(command, place)) return 0;
  return ksize(slub(), object_address(place));
}

}  // namespace kmem
