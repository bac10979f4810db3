// Addresses handed out: the lowest free area that is long enough, split.
#include <algorithm>

#include "slab/slab_common.h"
#include "vmalloc/vmap.h"

namespace kmem {

namespace {

/// sizeof(struct vmap_area) on x86-64.
constexpr uint32_t kVmapAreaBytes = 64;

Kva new_object(Vmap& vmap, Gfp gfp, uint8_t node) {
  Slub slub = vmap.slub;
  if (is_empty_node(vmap, node)) slub.recorded_pages = {};
  return kmem_cache_alloc_node(slub, vmap.state.vmap_area_cache, gfp & kGfpReclaimMask, node);
}

void free_object(Vmap& vmap, Kva object) {
  if (object != 0) kmem_cache_free(vmap.slub, vmap.state.vmap_area_cache, object);
}

void free_area(Vmap& vmap, VmapId id) {
  const Kva object = vmap.area(id).object;
  vmap.area(id) = VmapArea{};
  vmap.state.unused_areas.push_back(id);
  free_object(vmap, object);
}

FitType classify(const VmapArea& area, Kva start, uint64_t size) {
  if (start < area.start || start + size > area.end) return FitType::nothing;
  if (start == area.start) return start + size == area.end ? FitType::full : FitType::left;
  return start + size == area.end ? FitType::right : FitType::none;
}

// What is not asked for stays free. Cut in two, the old area keeps the upper part.
// @return false when there is no object for the lower part.
bool cut(Vmap& vmap, VmapId id, FitType fit, Kva start, Kva end) {
  VmapState& state = vmap.state;
  if (fit == FitType::full) {
    state.free.erase(state.areas, id);
    free_area(vmap, id);
    return true;
  }
  if (fit == FitType::right) {
    vmap.area(id).end = start;
    VmapTree::resized(state.areas, id);
    return true;
  }
  const Kva old_start = vmap.area(id).start;
  Kva object = 0;
  if (fit == FitType::none) {
    VmapState::Preload& ready = state.preload[vmap.slub.mm.cpu.value];
    if (!ready.full) {
      ready.object = new_object(vmap, gfp::kNoWait, kAnyNode);
      if (ready.object == 0) return false;
    }
    object = ready.object;
    ready = {};
  }
  vmap.area(id).start = end;
  VmapTree::resized(state.areas, id);
  if (fit == FitType::none) {
    state.free.insert(state.areas, make_area(state, old_start, start, object));
  }
  return true;
}

// Kept ready before the search starts, so that a split finds it when nobody may sleep.
// @kernel preload_this_cpu_lock(), mm/vmalloc.c
void preload(Vmap& vmap, Gfp gfp, uint8_t node) {
  VmapState::Preload& ready = vmap.state.preload[vmap.slub.mm.cpu.value];
  if (ready.full) return;
  ready.object = new_object(vmap, gfp, node);
  ready.full = ready.object != 0;
}

// @return where the addresses start, or kNowhere.
Kva take(Vmap& vmap, const VmapRequest& request) {
  const VmapId id = find_vmap_lowest_match(vmap.state, request);
  if (id == kNoVmap) return kNowhere;
  const VmapArea hole = vmap.area(id);
  const Kva start = place_in(hole, request);
  if (start + request.size > request.end) return kNowhere;
  const FitType fit = classify(hole, start, request.size);
  KMEM_ASSERT(fit != FitType::nothing);
  if (!cut(vmap, id, fit, start, start + request.size)) return kNowhere;
  const uint64_t hole_pages = std::min<uint64_t>(hole.length() >> kPageShift, UINT32_MAX);
  vmap.trace().decision(Event::vmap_fit, kNoZone, static_cast<uint8_t>(fit), vmalloc_page(start),
                        request.size >> kPageShift, request.align, vmalloc_page(hole.start),
                        hole_pages);
  return start;
}

// Joins an area with its free neighbours: first with the one above, then with the one below.
// @kernel merge_or_add_vmap_area(), mm/vmalloc.c
void merge_or_add(Vmap& vmap, VmapTree& tree, VmapId id) {
  VmapTree::Areas& areas = vmap.state.areas;
  bool in_tree = false;
  const VmapId above = tree.find_from(areas, areas[id].start);
  if (above != kNoVmap && areas[above].start == areas[id].end) {
    areas[above].start = areas[id].start;
    free_area(vmap, id);
    id = above;
    in_tree = true;
    VmapTree::resized(areas, id);
  }
  const VmapId below = tree.find(areas, areas[id].start - 1);
  if (below != kNoVmap) {
    const Kva end = areas[id].end;
    if (in_tree) tree.erase(areas, id);
    areas[below].end = end;
    VmapTree::resized(areas, below);
    free_area(vmap, id);
  } else if (!in_tree) {
    tree.insert(areas, id);
  }
}

}  // namespace

void vmap_init(Vmap& vmap) {
  VmapState& state = vmap.state;
  const CacheRequest request{"vmap_area", kVmapAreaBytes, 8, slab_flags::kPanic, false, {}};
  state.vmap_area_cache = kmem_cache_create(vmap.slub, request).cache;
  state.preload.resize(vmap.slub.mm.config.nr_cpus);
  state.free.insert(state.areas, make_area(state, 1, UINT64_MAX, 0));
}

bool is_empty_node(const Vmap& vmap, uint8_t node) {
  return node != kAnyNode && NodeId{node} != vmap.slub.mm.cpu_node;
}

VmapId make_area(VmapState& state, Kva start, Kva end, Kva object) {
  if (state.unused_areas.empty()) {
    state.unused_areas.push_back(static_cast<VmapId>(state.areas.size()));
    state.areas.emplace_back();
  }
  const VmapId id = state.unused_areas.back();
  state.unused_areas.pop_back();
  state.areas[id].start = start;
  state.areas[id].end = end;
  state.areas[id].object = object;
  return id;
}

Kva place_in(const VmapArea& area, const VmapRequest& request) {
  const Kva lowest = std::max(area.start, request.start);
  const Kva start = (lowest + request.align - 1) & ~(request.align - 1);
  const bool wraps = start < lowest || start + request.size < start;
  return wraps || start + request.size > area.end ? kNowhere : start;
}

VmapId find_vmap_lowest_match(const VmapState& state, const VmapRequest& request) {
  const VmapTree::Areas& areas = state.areas;
  // Long enough at any alignment.
  const bool exact = request.align <= kPageSizeBytes || request.end - request.start == request.size;
  const uint64_t length = request.size + (exact ? 0 : request.align - 1);
  Kva from = request.start;
  VmapId at = state.free.root();
  while (at != kNoVmap) {
    const VmapId below = areas[at].child[0];
    const VmapId above = areas[at].child[1];
    if (subtree_max(areas, below) >= length && from < areas[at].start) {
      at = below;
      continue;
    }
    if (place_in(areas[at], request) != kNowhere) return at;
    if (subtree_max(areas, above) >= length) {
      at = above;
      continue;
    }
    // Back up, until there is a way to the right that was not taken yet.
    for (at = areas[at].parent; at != kNoVmap; at = areas[at].parent) {
      if (place_in(areas[at], request) != kNowhere) return at;
      if (subtree_max(areas, areas[at].child[1]) >= length && from <= areas[at].start) {
        from = areas[at].start + 1;
        at = areas[at].child[1];
        break;
      }
    }
  }
  return kNoVmap;
}

VmapId alloc_vmap_area(Vmap& vmap, const VmapRequest& request, Gfp gfp, uint8_t node) {
  VmapState& state = vmap.state;
  const Kva object = new_object(vmap, gfp, node);
  if (object == 0) return kNoVmap;
  Kva start = kNowhere;
  for (bool purged = false; start == kNowhere; purged = true) {
    if (purged) purge_vmap_area_lazy(vmap);
    preload(vmap, gfp, node);
    start = take(vmap, request);
    if (purged) break;
  }
  if (start == kNowhere) {
    free_object(vmap, object);
    return kNoVmap;
  }
  const VmapId id = make_area(state, start, start + request.size, object);
  state.busy.insert(state.areas, id);
  return id;
}

uint64_t lazy_max_pages(const MmConfig& config) {
  // 32 MiB for every doubling of the CPUs, as flushing costs more the more there are.
  uint64_t most = 0;
  for (uint32_t cpus = config.nr_cpus; cpus != 0; cpus >>= 1) most += 8192;
  return most;
}

void free_vmap_area(Vmap& vmap, VmapId id) {
  VmapState& state = vmap.state;
  const uint64_t pages = vmap.area(id).length() >> kPageShift;
  const uint32_t page = vmalloc_page(vmap.area(id).start);
  state.busy.erase(state.areas, id);
  state.lazy_nr += pages;
  const uint64_t most = lazy_max_pages(vmap.slub.mm.config);
  vmap.trace().decision(Event::vmap_lazy, kNoZone, 0, page, pages, state.lazy_nr, most);
  merge_or_add(vmap, state.purge, id);
  if (state.lazy_nr > most) state.purge_wanted = true;
}

void purge_vmap_area_lazy(Vmap& vmap) {
  VmapState& state = vmap.state;
  uint32_t areas = 0;
  const uint64_t pages = state.lazy_nr;
  for (VmapId id = state.purge.first(state.areas); id != kNoVmap;
       id = state.purge.first(state.areas)) {
    state.purge.erase(state.areas, id);
    merge_or_add(vmap, state.free, id);
    areas += 1;
  }
  state.lazy_nr = 0;
  state.purge_wanted = false;
  vmap.trace().decision(Event::vmap_purge, kNoZone, 0, areas, pages);
}

void drain_vmap_area_work(Vmap& vmap) {
  if (vmap.state.purge_wanted && vmap.slub.mm.may_schedule) purge_vmap_area_lazy(vmap);
}

}  // namespace kmem
