// Calls of the object allocator: what is refused before anything runs, and which pointers are bad.
#include <algorithm>

#include "base/text.h"
#include "mm/page_ref.h"
#include "sim/machine.h"
#include "slab/mempool.h"
#include "slab/slab_verify.h"
#include "slab/slub_freelist.h"
#include "slab/slub_verify.h"

namespace kmem {

namespace {

/// Anything bigger is a mistake and not a request that the kernel turns down.
constexpr uint32_t kMostObjectBytes = 1u << 30;
constexpr uint32_t kMostAlign = 1u << 20;
/// Objects of one bulk call; the kernel's callers ask for a few dozen.
constexpr uint64_t kMostBulkObjects = 1u << 16;

Error format_error(const std::string& what) { return {"CommandFormat", what, 0, 0, 0}; }

Status check_bulk(const Command& command) {
  const bool frees = frees_objects(command.op);
  if (!frees && command.op != Op::kmem_cache_alloc_bulk) return Done{};
  const uint64_t objects = frees ? command.objects.size() : command.count;
  if (objects >= 1 && objects <= kMostBulkObjects) return Done{};
  return format_error(textf("%s of %llu objects: accepted are 1 to %llu", op_name(command.op),
                            static_cast<unsigned long long>(objects),
                            static_cast<unsigned long long>(kMostBulkObjects)));
}

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
  Status right = is_mempool_call(command.op) ? check_mempool(command) : check_bulk(command);
  const bool by_address = takes_object(command.op) &&
                          (command.allocation == kNoAllocation || !frees_object(command.op));
  if (right && by_address) right = check_place({command.pfn, command.offset});
  for (size_t i = 0; right && i < command.objects.size(); ++i) {
    right = check_place(command.objects[i]);
  }
  return right ? ram_.reserve() : right;
}

Status Machine::check_place(ObjectPlace place) const {
  if (place.pfn == kNoPfn) return Done{};
  const Page page = mm_.map.pfn_to_page(pfn_of(object_address(place)));
  if (page != kNoPage && mm_.map.zone(page) != kNoZone) return Done{};
  return Error{"PfnOutOfRange", textf("no memory at pfn %u", place.pfn.value), 0, 0, 0};
}

BadObject Machine::why_bad_object(Op op, Kva object) {
  // All but these take objects of every cache, and large ones.
  const bool any_cache = op != Op::kmem_cache_free && op != Op::kmem_cache_free_bulk;
  if (object <= kZeroSizePtr) return any_cache ? BadObject{} : BadObject::not_an_object;
  if (is_in_reserve(slab_, object)) return BadObject::in_reserve;
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

}  // namespace kmem
