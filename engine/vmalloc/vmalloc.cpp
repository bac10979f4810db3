#include "vmalloc/vmalloc.h"

#include <algorithm>

#include "base/text.h"
#include "mm/page_alloc.h"
#include "slab/hidden_slab.h"

namespace kmem {

namespace {

/// sizeof(struct vm_struct) and of a pointer on x86-64.
constexpr uint32_t kVmStructBytes = 64;
constexpr uint32_t kPointerBytes = 8;
/// Pages asked for in one go: preemption must not be off for too long.
constexpr size_t kBulkPages = 100;

/// As pages_for(), which knows 32 bits.
constexpr uint64_t area_pages(uint64_t bytes) {
  return (bytes >> kPageShift) + ((bytes & (kPageSizeBytes - 1)) != 0 ? 1 : 0);
}

Kva fail(Vmap& vmap, VmallocFailure why, uint64_t bytes, Gfp gfp, uint64_t got = 0) {
  vmap.trace().decision(Event::vmalloc_failed, kNoZone, static_cast<uint8_t>(why), bytes,
                        bytes >> 32, area_pages(bytes), got, gfp);
  return 0;
}

uint64_t totalram_pages(const Mm& mm) {
  uint64_t pages = 0;
  for (const Zone& zone : mm.zones) pages += zone.managed_pages;
  return pages;
}

// Whether, of the slabs that a call makes, one is rather the later cache's. Nobody recorded what
// the two had, but of big objects there are fewer in a slab, so that they run out sooner.
bool takes_slab_before(const Slub& slub, CacheId later, CacheId cache, uint8_t node) {
  if (later == cache) return false;
  if (needs_slab(slub, later, node)) return true;
  return may_need_slab(slub, later, node) &&
         slub.cache(later).oo.objects < slub.cache(cache).oo.objects;
}

// The cache of the array of pages; kNoCache when that is an area.
CacheId array_cache(const Slub& slub, const VmallocRequest& request, uint64_t pages) {
  const uint64_t bytes = pages * kPointerBytes;
  if (bytes > kPageSizeBytes) return kNoCache;
  return kmalloc_slab(slub.state, static_cast<uint32_t>(bytes), request.gfp);
}

// Slabs that objects behind the one of `cache` will take, as far as is known. Only a replay asks:
// what the real kernel took is then told apart by it.
uint32_t later_slabs(const Vmap& vmap, const VmallocRequest& request, uint64_t pages,
                     CacheId cache) {
  const Slub& slub = vmap.slub;
  if (slub.recorded_pages.empty()) return 0;
  const CacheId areas = vmap.state.vmap_area_cache;
  const uint8_t node = request.node;
  const bool first = cache != areas && is_empty_node(vmap, node) && !has_slabs(slub, areas, node);
  uint32_t slabs = first || takes_slab_before(slub, areas, cache, node) ? 1 : 0;
  const CacheId array = array_cache(slub, request, pages);
  if (array != kNoCache && takes_slab_before(slub, array, cache, node)) slabs += 1;
  return slabs;
}

// @kernel __get_vm_area_node(), mm/vmalloc.c
VmapId get_vm_area(Vmap& vmap, const VmallocRequest& request, uint64_t pages, VmStruct::Kind kind) {
  VmapState& state = vmap.state;
  const Gfp own = request.gfp & kGfpReclaimMask;
  Slub first = vmap.slub;
  first.recorded_reserve =
      later_slabs(vmap, request, pages, kmalloc_slab(first.state, kVmStructBytes, own));
  const Kva object = kmalloc_node(first, kVmStructBytes, own | gfp::kZero, request.node);
  if (object == 0) {
    fail(vmap, VmallocFailure::no_vm_struct, request.bytes, request.gfp);
    return kNoVmap;
  }
  VmapRequest range;
  range.size = (pages + 1) << kPageShift;
  range.align = request.align;
  Vmap second = vmap;
  second.slub.recorded_reserve = later_slabs(vmap, request, pages, state.vmap_area_cache);
  const VmapId id = alloc_vmap_area(second, range, own, request.node);
  if (id == kNoVmap) {
    kfree(vmap.slub, object);
    fail(vmap, VmallocFailure::no_addresses, range.size, request.gfp);
    return kNoVmap;
  }
  if (state.unused_mappings.empty()) {
    state.unused_mappings.push_back(static_cast<VmStructId>(state.mappings.size()));
    state.mappings.emplace_back();
  }
  VmStruct mapping;
  mapping.kind = kind;
  mapping.object = object;
  vmap.area(id).mapping = state.unused_mappings.back();
  state.unused_mappings.pop_back();
  state.mappings[vmap.area(id).mapping] = std::move(mapping);
  return id;
}

VmStruct& mapping_of(const Vmap& vmap, VmapId id) {
  return vmap.state.mappings[vmap.area(id).mapping];
}

// In bulk as long as that gives all that is asked for; then one by one, with all efforts.
// @kernel vm_area_alloc_pages(), mm/vmalloc.c
size_t alloc_area_pages(Vmap& vmap, Gfp gfp, uint8_t node, std::span<Page> pages) {
  Mm& mm = vmap.slub.mm;
  const NodeId from = node == kAnyNode ? mm.cpu_node : NodeId{node};
  size_t got = 0;
  bool bulk = true;
  while (got < pages.size()) {
    const size_t earlier = mm.moves.size();
    const size_t wanted = bulk ? std::min(kBulkPages, pages.size() - got) : 1;
    const std::span<Page> batch = pages.subspan(got, wanted);
    size_t now = 1;
    if (bulk) {
      now = alloc_pages_bulk(mm, gfp & ~gfp::kNoFail, from, batch);
      vmap.trace().decision(Event::vmalloc_bulk, kNoZone, 0, got, wanted, now, pages.size());
    } else {
      batch[0] = alloc_pages(mm, gfp, 0, from);
      now = batch[0] == kNoPage ? 0 : 1;
    }
    vmap.slub.ram.follow(mm, earlier);
    const bool zeroed = mm.config.profile->init_on_alloc || (gfp & gfp::kZero) != 0;
    for (size_t i = 0; i < now && zeroed; ++i) vmap.slub.ram.forget(batch[i], 1);
    got += now;
    if (!bulk && now == 0) break;
    bulk = bulk && now == wanted;
  }
  return got;
}

// @kernel __vmalloc_area_node(), mm/vmalloc.c
VmallocFailure fill(Vmap& vmap, VmapId id, const VmallocRequest& request, size_t pages) {
  const Gfp own = (request.gfp & kGfpReclaimMask) | gfp::kZero;
  Gfp gfp = request.gfp | gfp::kNoWarn;
  if ((gfp & (gfp::kDma | gfp::kDma32)) == 0) gfp |= gfp::kHighMem;
  const uint64_t array_bytes = pages * kPointerBytes;
  const bool big = array_bytes > kPageSizeBytes;
  const Kva array =
      big ? vmalloc_node(vmap, {array_bytes, own, request.node, 1})
          : kmalloc_node(vmap.slub, static_cast<uint32_t>(array_bytes), own, request.node);
  if (array == 0) return VmallocFailure::no_array;
  mapping_of(vmap, id).array = array;
  mapping_of(vmap, id).array_is_area = big;
  std::vector<Page> taken(pages, kNoPage);
  const size_t got = alloc_area_pages(vmap, gfp, request.node, taken);
  taken.resize(got);
  mapping_of(vmap, id).pages = std::move(taken);
  if (got < pages) return VmallocFailure::no_pages;
  const Kva start = vmap.area(id).start;
  const bool mapped = map_tables(vmap, start, start + (Kva{pages} << kPageShift));
  return mapped ? VmallocFailure{} : VmallocFailure::no_tables;
}

// @kernel __vunmap(), mm/vmalloc.c
void release(Vmap& vmap, VmapId id, bool deallocate) {
  const VmStructId number = vmap.area(id).mapping;
  const VmStruct mapping = std::move(vmap.state.mappings[number]);
  vmap.state.mappings[number] = VmStruct{};
  vmap.state.unused_mappings.push_back(number);
  vmap.area(id).mapping = kNoVmStruct;
  free_vmap_area(vmap, id);
  if (deallocate && mapping.kind == VmStruct::Kind::vmalloc) {
    for (const Page page : mapping.pages) free_pages(vmap.slub.mm, page, 0);
    if (mapping.array_is_area) {
      vfree(vmap, mapping.array);
    } else if (mapping.array != 0) {
      kfree(vmap.slub, mapping.array);
    }
  }
  kfree(vmap.slub, mapping.object);
}

void remove(Vmap& vmap, Kva address, bool deallocate) {
  const auto bad = [&](BadVfree why) {
    vmap.trace().decision(Event::bad_vfree, kNoZone, static_cast<uint8_t>(why), address,
                          address >> 32);
  };
  if (address == 0) return;
  if ((address & (kPageSizeBytes - 1)) != 0) return bad(BadVfree::bad_address);
  const VmapId id = vmap.state.busy.find(vmap.state.areas, address);
  if (id == kNoVmap) return bad(BadVfree::nonexistent);
  if (vmap.area(id).mapping == kNoVmStruct) return bad(BadVfree::not_ours);
  release(vmap, id, deallocate);
}

}  // namespace

Kva vmalloc_node(Vmap& vmap, const VmallocRequest& request) {
  const uint64_t pages = area_pages(request.bytes);
  if (pages == 0) return fail(vmap, VmallocFailure::zero_size, 0, request.gfp);
  if (pages > totalram_pages(vmap.slub.mm)) {
    return fail(vmap, VmallocFailure::total_pages, request.bytes, request.gfp);
  }
  const VmapId id = get_vm_area(vmap, request, pages, VmStruct::Kind::vmalloc);
  if (id == kNoVmap) return 0;
  const VmallocFailure failure = fill(vmap, id, request, static_cast<size_t>(pages));
  if (failure == VmallocFailure{}) return vmap.area(id).start;
  const size_t got = mapping_of(vmap, id).pages.size();
  release(vmap, id, true);
  return fail(vmap, failure, request.bytes, request.gfp, got);
}

void vfree(Vmap& vmap, Kva address) { remove(vmap, address, true); }

void vunmap(Vmap& vmap, Kva address) { remove(vmap, address, false); }

Kva vmap(Vmap& vmap, std::span<const Page> pages) {
  VmallocRequest request;
  request.bytes = uint64_t{pages.size()} << kPageShift;
  if (pages.empty()) return fail(vmap, VmallocFailure::zero_size, 0, request.gfp);
  // Silently: nobody can have more pages than there are.
  if (pages.size() > totalram_pages(vmap.slub.mm)) return 0;
  const VmapId id = get_vm_area(vmap, request, pages.size(), VmStruct::Kind::vmap);
  if (id == kNoVmap) return 0;
  const Kva start = vmap.area(id).start;
  mapping_of(vmap, id).pages.assign(pages.begin(), pages.end());
  if (map_tables(vmap, start, start + request.bytes)) return start;
  release(vmap, id, false);
  return 0;
}

std::span<const Page> vmalloc_pages(const Vmap& vmap, Kva address) {
  const VmapId id = vmap.state.busy.find(vmap.state.areas, address);
  if (id == kNoVmap || vmap.area(id).start != address) return {};
  if (vmap.area(id).mapping == kNoVmStruct) return {};
  return mapping_of(vmap, id).pages;
}

Page vmalloc_to_page(const Vmap& vmap, Kva address) {
  const VmapId id = vmap.state.busy.find(vmap.state.areas, address);
  if (id == kNoVmap) return kNoPage;
  const std::span<const Page> pages = vmalloc_pages(vmap, vmap.area(id).start);
  const uint64_t index = (address - vmap.area(id).start) >> kPageShift;
  return index < pages.size() ? pages[static_cast<size_t>(index)] : kNoPage;
}

std::string vmalloc_warning(VmallocFailure failure, uint64_t bytes) {
  const auto size = static_cast<unsigned long long>(bytes);
  switch (failure) {
    case VmallocFailure::total_pages:
      return textf("vmalloc error: size %llu, exceeds total pages", size);
    case VmallocFailure::no_vm_struct:
      return textf("vmalloc error: size %llu, vm_struct allocation failed", size);
    case VmallocFailure::no_addresses:
      return textf("vmap allocation for size %llu failed: use vmalloc=<size> to increase size",
                   size);
    default:
      return "";
  }
}

}  // namespace kmem
