#include "slab/kmalloc.h"

#include <algorithm>
#include <bit>

#include "base/text.h"
#include "mm/page_alloc.h"
#include "mm/page_ref.h"
#include "slab/slub_page.h"
#include "slab/slub_report.h"

namespace kmem {

namespace {

/// Place in SlabState::kmalloc: 8, 16, 32, 64, 96, 128, 192, 256, ... bytes.
uint32_t size_index(uint32_t bytes) {
  if (bytes > 64 && bytes <= 96) return 4;
  if (bytes > 128 && bytes <= 192) return 6;
  const auto log = static_cast<uint32_t>(std::bit_width(bytes - 1));
  if (log <= 3) return 0;
  return log - 3 + (bytes > 96 ? 1 : 0) + (bytes > 192 ? 1 : 0);
}

KmallocType kmalloc_type(const SlabState& state, Gfp gfp) {
  if ((gfp & gfp::kDma) != 0) return KmallocType::dma;
  if ((gfp & gfp::kReclaimable) != 0) return KmallocType::reclaim;
  const bool paid = (gfp & gfp::kAccount) != 0 && state.config.memcg;
  return paid ? KmallocType::cgroup : KmallocType::normal;
}

/// Where an object lies, as events say it: first frame of its slab or block, and bytes from there.
struct Place {
  uint8_t zone = kNoZone;
  uint32_t pfn = kNoPfn.value;
  uint32_t offset = 0;
};

Place place_of(const Slub& slub, Kva object) {
  if (object <= kZeroSizePtr) return {kNoZone, kNoPfn.value, static_cast<uint32_t>(object)};
  const Page page = slub.mm.map.pfn_to_page(pfn_of(object));
  const SlabId id = virt_to_slab(slub, object);
  const Kva base = id != kNoSlab ? slub.slab(id).base : page_address(pfn_of(object));
  return {slub.mm.map.zone(page), pfn_of(base).value, static_cast<uint32_t>(object - base)};
}

void note_alloc(Slub& slub, Event event, Kva object, uint32_t wanted, uint32_t given, Gfp gfp,
                uint8_t node, CacheId cache) {
  if (slub.mm.trace->level() == TraceLevel::off) return;
  const Place place = place_of(slub, object);
  slub.mm.trace->tracepoint(event, place.zone, node, place.pfn, place.offset, wanted, given, gfp,
                            cache);
}

void note_free(Slub& slub, Event event, Kva object, CacheId cache) {
  if (slub.mm.trace->level() == TraceLevel::off) return;
  const Place place = place_of(slub, object);
  slub.mm.trace->tracepoint(event, place.zone, 0, place.pfn, place.offset, cache);
}

}  // namespace

CacheId kmalloc_slab(const SlabState& state, uint32_t bytes, Gfp gfp) {
  return state.kmalloc[static_cast<uint32_t>(kmalloc_type(state, gfp))][size_index(bytes)];
}

SlabId virt_to_slab(const Slub& slub, Kva address) {
  const MemMap& map = slub.mm.map;
  const Page page = map.pfn_to_page(pfn_of(address));
  if (page == kNoPage || (map.flags(page) & MemMap::kSlab) == 0) return kNoSlab;
  return map.slab(page);
}

uint32_t kmalloc_order(uint64_t bytes) {
  return static_cast<uint32_t>(std::bit_width((bytes - 1) >> kPageShift));
}

Kva kmalloc_node(Slub& slub, uint64_t bytes, Gfp gfp, uint8_t node) {
  if (bytes == 0) return kZeroSizePtr;
  const auto wanted = static_cast<uint32_t>(std::min<uint64_t>(bytes, UINT32_MAX));
  if (bytes <= kKmallocMaxCacheSize) {
    const CacheId id = kmalloc_slab(slub.state, wanted, gfp);
    const uint32_t size = slub.cache(id).size;
    slub.mm.trace->decision(Event::kmalloc_size, kNoZone, 0, wanted, id, size);
    slub.orig_size = wanted;
    const Kva object = slab_alloc(slub, id, gfp, node);
    slub.orig_size = 0;
    note_alloc(slub, Event::kmalloc, object, wanted, size, gfp, node, id);
    return object;
  }
  const uint32_t order = kmalloc_order(bytes);
  slub.mm.trace->decision(Event::kmalloc_large, kNoZone, static_cast<uint8_t>(order), wanted);
  const Page page = alloc_kernel_pages(slub, kmalloc_fix_flags(gfp) | gfp::kComp, order, node);
  const Kva object = page == kNoPage ? 0 : page_address(slub.mm.map.page_to_pfn(page));
  if (page != kNoPage) slub.state.large_pages += pages_in(static_cast<Order>(order));
  // No block is that big, so nobody will miss the upper bits.
  const auto given = static_cast<uint32_t>(uint64_t{kPageSizeBytes} << order);
  note_alloc(slub, Event::kmalloc, object, wanted, given, gfp, node, kNoCache);
  return object;
}

void kfree(Slub& slub, Kva object) {
  note_free(slub, Event::kfree, object, kNoCache);
  if (object <= kZeroSizePtr) return;
  const SlabId slab = virt_to_slab(slub, object);
  if (slab != kNoSlab) {
    slab_free(slub, slab, object);
    return;
  }
  free_large_kmalloc(slub, object);
}

void free_large_kmalloc(Slub& slub, Kva object) {
  const Page page = compound_head(slub.mm, slub.mm.map.pfn_to_page(pfn_of(object)));
  const Order order = slub.mm.map.order(page);
  slub.state.large_pages -= pages_in(order);
  free_pages(slub.mm, page, order);
}

Kva kmem_cache_alloc_node(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  const Kva object = slab_alloc(slub, id, gfp, node);
  const KmemCache& cache = slub.cache(id);
  note_alloc(slub, Event::kmem_cache_alloc, object, cache.object_size, cache.size, gfp, node, id);
  return object;
}

void cache_from_obj(Slub& slub, CacheId cache, Kva object) {
  const KmemCache& named = slub.cache(cache);
  const Slab& slab = slub.slab(virt_to_slab(slub, object));
  const bool looked_at =
      slub.state.config.freelist_hardened || named.has(slab_flags::kConsistencyChecks);
  if (slab.cache == cache || !looked_at) return;
  const KmemCache& owner = slub.cache(slab.cache);
  print_warning(slub.mm,
                textf("cache_from_obj: Wrong slab cache. %s but object is from %s",
                      named.name.c_str(), owner.name.c_str()),
                "mm/slab.h cache_from_obj");
  if (slub.state.is_slab()) return;
  if (check_valid_pointer(owner, slab, object)) print_tracking(slub, owner, slab, object);
}

void kmem_cache_free(Slub& slub, CacheId cache, Kva object) {
  cache_from_obj(slub, cache, object);
  note_free(slub, Event::kmem_cache_free, object, cache);
  slab_free(slub, virt_to_slab(slub, object), object);
}

}  // namespace kmem
