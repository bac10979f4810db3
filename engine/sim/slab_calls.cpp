// The calls of the object allocator on one machine: what is refused, and what is run.
#include "base/text.h"
#include "mm/page_ref.h"
#include "sim/machine.h"
#include "slab/slab_verify.h"
#include "slab/slub_debug.h"
#include "slab/slub_freelist.h"
#include "slab/slub_verify.h"

namespace kmem {

namespace {

/// Anything bigger is a mistake and not a request that the kernel turns down.
constexpr uint32_t kMostObjectBytes = 1u << 30;
constexpr uint32_t kMostAlign = 1u << 20;

Kva address_of(ObjectPlace place) {
  return place.pfn == kNoPfn ? place.offset : page_address(place.pfn) + place.offset;
}

Error format_error(const std::string& what) { return {"CommandFormat", what, 0, 0, 0}; }

}  // namespace

CacheId Machine::cache_of(const Command& command) const {
  if (!names_cache(command.op)) return kNoCache;
  CacheId id = kNoCache;
  if ((command.cache & kBootCache) != 0) {
    id = command.cache & ~kBootCache;
  } else if (command.cache < slab_.handles.size()) {
    id = slab_.handles[command.cache];
  }
  return id < slab_.caches.size() && slab_.caches[id].alive() ? id : kNoCache;
}

Status Machine::check_request(const CacheRequest& request) {
  if (request.name.empty()) return format_error("a cache needs a name");
  if (request.object_size == 0 || request.object_size > kMostObjectBytes) {
    return format_error(
        textf("objects of %u bytes: accepted are 1 to %u", request.object_size, kMostObjectBytes));
  }
  const uint32_t align = request.align;
  if ((align & (align - 1)) != 0 || align > kMostAlign) {
    return format_error(
        textf("alignment %u: accepted are 0 and powers of two up to %u", align, kMostAlign));
  }
  return Done{};
}

Status Machine::check_slab(const Command& command) const {
  if (names_cache(command.op)) {
    const CacheId id = cache_of(command);
    if (id == kNoCache) return Error{"UnknownCache", "no such cache, or not any more", 0, 0, 0};
    if (command.op == Op::validate_slab_cache && slab_.is_slab()) {
      return Error{"UnsupportedOperation", "validate is a file of SLUB: SLAB has none", 0, 0, 0};
    }
    const bool own = (command.cache & kBootCache) != 0;
    if (command.op == Op::kmem_cache_destroy && own) {
      return format_error(textf("cache %s is the kernel's own: it is never destroyed",
                                slab_.caches[id].name.c_str()));
    }
  }
  const bool by_address = frees_object(command.op) && command.allocation == kNoAllocation;
  if (by_address && command.pfn != kNoPfn) {
    const Page page = mm_.map.pfn_to_page(pfn_of(address_of({command.pfn, command.offset})));
    if (page == kNoPage || mm_.map.zone(page) == kNoZone) {
      return Error{"PfnOutOfRange", textf("no memory at pfn %u", command.pfn.value), 0, 0, 0};
    }
  }
  return ram_.reserve();
}

BadObject Machine::why_bad_object(const Command& command, Kva object) {
  const bool any_cache = command.op == Op::kfree;
  if (object <= kZeroSizePtr) return any_cache ? BadObject{} : BadObject::not_an_object;
  Slub slub = this->slub();
  const SlabId id = virt_to_slab(slub, object);
  if (id == kNoSlab) {
    const Page page = mm_.map.pfn_to_page(pfn_of(object));
    const bool head = (mm_.map.flags(page) & MemMap::kHead) != 0 && mm_.map.refcount(page) > 0;
    const bool whole = head && (object & (kPageSizeBytes - 1)) == 0 &&
                       frame_kind(mm_.map.state(page)) == FrameKind::allocated;
    return whole && any_cache ? BadObject{} : BadObject::not_ours;
  }
  const Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  // Then the kernel looks for itself.
  if (!slab_.is_slab() && cache.has(slab_flags::kConsistencyChecks)) return BadObject{};
  const uint32_t index = object_index(cache, slab, object);
  if (index >= slab.objects || object != object_at(cache, slab, index)) {
    return BadObject::not_an_object;
  }
  if (slab_.is_slab() && holds_indices(slub, object)) return BadObject::not_an_object;
  return is_free_object(slub, id, object) ? BadObject::free_already : BadObject{};
}

void Machine::free_object(const Command& command, ObjectPlace place) {
  const Kva object = address_of(place);
  const CacheId cache = cache_of(command);
  const auto note = [&](BadObject reason) {
    trace_.decision(Event::bad_object, kNoZone, static_cast<uint8_t>(reason), place.pfn.value,
                    place.offset, cache);
  };
  // A recorded call gives back what another one was given; anybody else may be wrong.
  if (command.allocation == kNoAllocation) {
    const BadObject reason = why_bad_object(command, object);
    if (reason != BadObject{}) return note(reason);
  }
  Slub slub = this->slub();
  slub.caller = op_name(command.op);
  if (command.op == Op::kfree) return kfree(slub, object);
  if (slub.slab(virt_to_slab(slub, object)).cache != cache) note(BadObject::other_cache);
  kmem_cache_free(slub, cache, object);
}

ObjectPlace Machine::run_slab(const Command& command, const CacheRequest& request,
                              ObjectPlace place) {
  mm_.moves.clear();
  mm_.may_schedule = command.may_schedule;
  slab_.jiffies += 1;
  Slub slub = this->slub();
  slub.caller = op_name(command.op);
  if (command.may_schedule) rcu_barrier(slub);
  const CacheId cache = cache_of(command);
  if (names_cache(command.op) && cache == kNoCache) return {};
  const Gfp gfp = command.gfp | forced_gfp_;
  const uint8_t node = node_ == mm_.cpu_node ? kAnyNode : node_.value;
  Kva object = 0;
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
      free_object(command, place);
      return {};
    default:
      break;
  }
  if (place.pfn != kNoPfn) slub.recorded_offset = place.offset;
  object = command.op == Op::kmalloc ? kmalloc_node(slub, command.amount, gfp, node)
                                     : kmem_cache_alloc_node(slub, cache, gfp, node);
  if (object <= kZeroSizePtr) return {kNoPfn, static_cast<uint32_t>(object)};
  const SlabId slab = virt_to_slab(slub, object);
  const Kva base = slab == kNoSlab ? object : slub.slab(slab).base;
  return {pfn_of(base), static_cast<uint32_t>(object - base)};
}

}  // namespace kmem
