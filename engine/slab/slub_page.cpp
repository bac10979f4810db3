#include "slab/slub_page.h"

#include "mm/page_alloc.h"
#include "slab/object_allocator.h"
#include "slab/slab_ctor.h"
#include "slab/slub_freelist.h"
#include "slab/slub_guard.h"

namespace kmem {

namespace {

// What of the caller's flags the page allocator hears: how hard to try, and where.
// @kernel GFP_RECLAIM_MASK, GFP_CONSTRAINT_MASK, mm/internal.h
constexpr Gfp kReclaimBits = gfp::kDirectReclaim | gfp::kKswapdReclaim;
constexpr Gfp kPassedOn = kGfpReclaimMask | gfp::kHardWall | gfp::kThisNode;

Page slab_pages(Slub& slub, const KmemCache& cache, Gfp gfp, uint8_t node, SlabOrder& order) {
  const Gfp flags = slab_page_gfp(cache, gfp);
  Gfp eager = (flags | gfp::kNoWarn | gfp::kNoRetry) & ~gfp::kNoFail;
  // A bigger slab is nice to have, but not worth waiting for.
  if ((eager & gfp::kDirectReclaim) != 0 && cache.oo.order > cache.min.order) {
    eager = (eager | gfp::kNoMemAlloc) & ~kReclaimBits;
  }
  order = cache.oo;
  const Page page = alloc_kernel_pages(slub, eager, order.order, node);
  if (page != kNoPage) return page;
  order = cache.min;
  return alloc_kernel_pages(slub, flags, order.order, node);
}

}  // namespace

Gfp slab_page_gfp(const KmemCache& cache, Gfp gfp) {
  return (kmalloc_fix_flags(gfp) & kPassedOn) | cache.allocflags;
}

void free_slab_pages(Slub& slub, SlabId id) {
  const Slab slab = slub.slab(id);
  slub.slab(id) = Slab{};
  slub.state.free_ids.push_back(id);
  MemMap& map = slub.mm.map;
  for (uint32_t i = 0; i < pages_in(slab.order); ++i) {
    const Page page{slab.page.index + i};
    map.set_flags(page, static_cast<uint16_t>(map.flags(page) & ~MemMap::kSlab));
  }
  if (map.zone(slab.page) != kNoZone) free_pages(slub.mm, slab.page, slab.order);
}

Gfp kmalloc_fix_flags(Gfp gfp) { return gfp & ~(gfp::kHighMem | gfp::kDma32); }

Page alloc_kernel_pages(Slub& slub, Gfp gfp, uint32_t order, uint8_t node) {
  Mm& mm = slub.mm;
  const size_t earlier = mm.moves.size();
  const Page page = alloc_pages(mm, gfp, order, node == kAnyNode ? mm.cpu_node : NodeId{node});
  slub.ram.follow(mm, earlier);
  if (page == kNoPage) return kNoPage;
  if (mm.config.profile->init_on_alloc || (gfp & gfp::kZero) != 0) {
    slub.ram.forget(page, pages_in(static_cast<Order>(order)));
  }
  return page;
}

SlabId register_slab(Slub& slub, CacheId cache, Page page, Order order, uint8_t node) {
  SlabState& state = slub.state;
  if (state.free_ids.empty()) {
    state.free_ids.push_back(static_cast<SlabId>(state.slabs.size()));
    state.slabs.emplace_back();
  }
  const SlabId id = state.free_ids.back();
  state.free_ids.pop_back();
  Slab& slab = state.slabs[id];
  slab.page = page;
  slab.cache = cache;
  slab.order = order;
  slab.node = node;
  slab.base = page_address(slub.mm.map.page_to_pfn(page));
  MemMap& map = slub.mm.map;
  for (uint32_t i = 0; i < pages_in(order); ++i) {
    const Page each{page.index + i};
    map.set_flags(each, static_cast<uint16_t>(map.flags(each) | MemMap::kSlab));
    map.set_slab(each, id);
    // Machine::check() made sure that the host gave the range.
    KMEM_ASSERT(slub.ram.write(each));
  }
  return id;
}

bool pages_know_slab(const Slub& slub, SlabId id) {
  const Slab& slab = slub.slab(id);
  const MemMap& map = slub.mm.map;
  for (uint32_t i = 0; i < pages_in(slab.order); ++i) {
    const Page page{slab.page.index + i};
    if ((map.flags(page) & MemMap::kSlab) == 0 || map.slab(page) != id) return false;
  }
  return true;
}

SlabId new_slab(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  KmemCache& cache = slub.cache(id);
  SlabOrder order;
  const Page page = slab_pages(slub, cache, gfp, node, order);
  if (page == kNoPage) {
    slub.mm.trace->decision(Event::slub_alloc_failed, kNoZone, cache.min.order, id, gfp);
    return kNoSlab;
  }
  const NodeId home = slub.mm.zone_of(page).node;
  const SlabId created = register_slab(slub, id, page, order.order, home.value);
  Slab& slab = slub.slab(created);
  slab.objects = order.objects;
  if (cache.debugged()) [[unlikely]]
    setup_slab_debug(slub, cache, slab);
  construct_objects(slub, cache, slab, gfp);
  init_freelist(slub, cache, slab);
  KmemCacheNode& counters = cache.node[home.value];
  counters.nr_slabs += 1;
  counters.total_objects += slab.objects;
  slub.mm.trace->decision(Event::slub_new_slab, slub.mm.map.zone(page), order.order, id,
                          slub.mm.pfn(page), uint32_t{slab.objects},
                          uint32_t{order.order < cache.oo.order},
                          object_index(cache, slab, slab.freelist));
  return created;
}

void discard_slab(Slub& slub, KmemCache& cache, SlabId id) {
  Slab& slab = slub.slab(id);
  KmemCacheNode& node = cache.node[slab.node];
  node.nr_slabs -= 1;
  node.total_objects -= slab.objects;
  slub.mm.trace->decision(Event::slub_discard, slub.mm.map.zone(slab.page), slab.order, slab.cache,
                          slub.mm.pfn(slab.page), node.nr_partial, cache.min_partial);
  if ((cache.flags & slab_flags::kTypesafeByRcu) != 0) {
    slub.state.rcu_pending.push_back(id);
  } else {
    free_slab_pages(slub, id);
  }
}

void rcu_barrier(Slub& slub) {
  std::vector<SlabId> pending;
  pending.swap(slub.state.rcu_pending);
  for (const SlabId id : pending) free_slab_pages(slub, id);
}

}  // namespace kmem
