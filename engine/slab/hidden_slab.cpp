#include "slab/hidden_slab.h"

#include <algorithm>

#include "mm/frame_state.h"
#include "mm/page_alloc.h"
#include "mm/pcp.h"
#include "slab/slub_freelist.h"
#include "slab/slub_page.h"

namespace kmem {

namespace {

/// The frame at the head of the list that single pages come from, as long as it has any.
Pfn first_frame(const Slub& slub, const KmemCache& cache, Gfp gfp, NodeId node) {
  const Mm& mm = slub.mm;
  const Zonelist& zones = mm.zonelists[node.value];
  const auto first = std::find_if(zones.begin(), zones.end(), [&](uint8_t zone) {
    return mm.zones[zone].type <= gfp_zone(gfp);
  });
  if (first == zones.end() || cache.oo.order != 0) return kNoPfn;
  const uint32_t list = order_to_pindex(0, gfp_migratetype(cache.allocflags));
  const Page head = pcp_list_head(mm, mm.zones[*first].pcp[mm.cpu.value], list);
  return head == kNoPage ? kNoPfn : Pfn{mm.pfn(head)};
}

bool is_the_callers(const Slub& slub, Pfn frame) {
  return std::find(slub.recorded_pages.begin(), slub.recorded_pages.end(), frame) !=
         slub.recorded_pages.end();
}

/// Frames that other slabs of the same call and then this one would take, until one is the
/// caller's. @return whether any is.
bool meets_the_caller(Slub& slub, const KmemCache& cache, NodeId node) {
  Mm& mm = slub.mm;
  const TraceLevel level = mm.trace->level();
  mm.trace->set_level(TraceLevel::off);
  const Mm before = mm;
  bool met = false;
  for (uint32_t i = 0; i <= slub.recorded_reserve && !met; ++i) {
    const bool own = i == slub.recorded_reserve;
    const Gfp flags = gfp::kNoWait | (own ? cache.allocflags : Gfp{0});
    met = is_the_callers(slub, {mm.pfn(alloc_pages(mm, flags, own ? cache.oo.order : 0u, node))});
  }
  mm = before;
  mm.trace->set_level(level);
  return met;
}

/// Frames that are in use since before the recording: the slab must lie somewhere.
Page old_frames(const Mm& mm, NodeId node, Order order) {
  uint32_t run = 0;
  for (uint32_t i = 0; i < mm.map.size(); ++i) {
    const uint8_t zone = mm.map.zone({i});
    const bool old = zone != kNoZone && mm.zones[zone].node == node &&
                     frame_kind(mm.map.state({i})) == FrameKind::before &&
                     (mm.map.flags({i}) & MemMap::kSlab) == 0;
    run = old ? run + 1 : 0;
    if (run == pages_in(order)) return {i + 1 - run};
  }
  return kNoPage;
}

}  // namespace

bool went_to_the_caller(Slub& slub, const KmemCache& cache, Gfp gfp, uint8_t node) {
  const NodeId home = node == kAnyNode ? slub.mm.cpu_node : NodeId{node};
  // A look at the list is enough as long as it has something.
  const Pfn first = first_frame(slub, cache, gfp, home);
  if (first == kNoPfn) return meets_the_caller(slub, cache, home);
  if (is_the_callers(slub, first)) return true;
  return slub.recorded_reserve > 0 && meets_the_caller(slub, cache, home);
}

SlabId adopt_hidden_slab(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  if (slub.recorded_pages.empty()) return kNoSlab;
  const KmemCache& cache = slub.cache(id);
  if (!went_to_the_caller(slub, cache, gfp, node)) return kNoSlab;
  const NodeId home = node == kAnyNode ? slub.mm.cpu_node : NodeId{node};
  const Page page = old_frames(slub.mm, home, cache.oo.order);
  if (page == kNoPage) return kNoSlab;
  const SlabId created = register_slab(slub, id, page, cache.oo.order, home.value);
  slub.slab(created).objects = cache.oo.objects;
  slub.state.learnt.slabs += 1;
  return created;
}

SlabId hidden_slab(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  const SlabId created = adopt_hidden_slab(slub, id, gfp, node);
  if (created == kNoSlab) return kNoSlab;
  KmemCache& cache = slub.cache(id);
  Slab& slab = slub.slab(created);
  init_freelist(slub, cache, slab);
  // One object is in use for ever, so that these frames are never given back.
  slab.freelist = get_freepointer(slub, cache, slab, slab.freelist);
  slab.inuse = 1;
  for (const uint16_t index : freelist_indices(slub, cache, slab, slab.freelist)) {
    slub.state.doubtful.push_back(object_at(cache, slab, index));
  }
  std::sort(slub.state.doubtful.begin(), slub.state.doubtful.end());
  KmemCacheNode& counters = cache.node[slab.node];
  counters.nr_slabs += 1;
  counters.total_objects += slab.objects;
  return created;
}

bool has_slabs(const Slub& slub, CacheId id, uint8_t node) {
  const KmemCache& cache = slub.cache(id);
  return slub.state.is_slab() ? cache.lists[node].total_slabs > 0 : cache.node[node].nr_slabs > 0;
}

bool may_need_slab(const Slub& slub, CacheId id, uint8_t node) {
  if (!slub.state.is_slab() || (node != kAnyNode && NodeId{node} != slub.mm.cpu_node)) return false;
  const KmemCache& cache = slub.cache(id);
  const SlabNode& lists = cache.lists[slub.mm.cpu_node.value];
  const std::vector<Kva>& entries = cache.cpu_array[slub.mm.cpu.value].entries;
  if (entries.empty()) return lists.free_objects == 0 && lists.shared.entries.empty();
  return std::binary_search(slub.state.doubtful.begin(), slub.state.doubtful.end(), entries.back());
}

bool needs_slab(const Slub& slub, CacheId id, uint8_t node) {
  KmemCache& cache = slub.cache(id);
  const uint8_t home = node == kAnyNode ? slub.mm.cpu_node.value : node;
  if (slub.state.is_slab()) {
    const SlabNode& lists = cache.lists[home];
    return lists.total_slabs > 0 && lists.free_objects == 0 && lists.shared.entries.empty() &&
           slub.cpu_array(cache).entries.empty();
  }
  const KmemCacheCpu& cpu = slub.cpu(cache);
  const auto has_free = [&](SlabId slab) {
    return slub.slab(slab).node == home && slub.slab(slab).freelist != 0;
  };
  if (cpu.slab != kNoSlab) {
    if (has_free(cpu.slab) || (slub.slab(cpu.slab).node == home && cpu.freelist != 0)) return false;
  }
  for (SlabId at = cpu.partial; at != kNoSlab; at = slub.slab(at).next) {
    if (has_free(at)) return false;
  }
  return cache.node[home].nr_slabs > 0 && cache.node[home].nr_partial == 0;
}

bool is_really_free(Slub& slub, CacheId id, Kva object, Gfp gfp, uint8_t node) {
  std::vector<Kva>& doubtful = slub.state.doubtful;
  const auto found = std::lower_bound(doubtful.begin(), doubtful.end(), object);
  if (found == doubtful.end() || *found != object) return true;
  KmemCache& cache = slub.cache(id);
  if (slub.recorded_pages.empty() || went_to_the_caller(slub, cache, gfp, node)) {
    doubtful.erase(found);
    return true;
  }
  KmemCacheCpu& cpu = slub.cpu(cache);
  Slab& slab = slub.slab(cpu.slab);
  const auto without = [&](Kva first) {
    std::vector<uint16_t> kept;
    for (const uint16_t index : freelist_indices(slub, cache, slab, first)) {
      const Kva each = object_at(cache, slab, index);
      if (!std::binary_search(doubtful.begin(), doubtful.end(), each)) kept.push_back(index);
    }
    return kept;
  };
  const std::vector<uint16_t> own = without(cpu.freelist);
  const std::vector<uint16_t> left = without(slab.freelist);
  cpu.freelist = link_freelist(slub, cache, slab, own);
  slab.freelist = link_freelist(slub, cache, slab, left);
  slab.inuse = static_cast<uint16_t>(slab.objects - left.size());
  const Kva end = slab.base + (Kva{kPageSizeBytes} << slab.order);
  doubtful.erase(std::lower_bound(doubtful.begin(), doubtful.end(), slab.base),
                 std::lower_bound(doubtful.begin(), doubtful.end(), end));
  return false;
}

}  // namespace kmem
