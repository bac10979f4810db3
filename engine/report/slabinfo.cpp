#include "base/text.h"
#include "report/procfs.h"

namespace kmem {

namespace {

/// What a row says besides the sizes.
/// @kernel struct slabinfo, mm/slab.h
struct Counts {
  unsigned long objects = 0;
  unsigned long free_objects = 0;
  unsigned long slabs = 0;
  unsigned long free_slabs = 0;
  unsigned long shared_avail = 0;
};

/// SLUB: objects that are free for sure; those that CPUs hold count as active.
/// @kernel get_slabinfo(), mm/slub.c
Counts count_slub(const SlabState& state, const KmemCache& cache) {
  Counts counts;
  for (const KmemCacheNode& node : cache.node) {
    counts.objects += node.total_objects;
    counts.slabs += node.nr_slabs;
    for (SlabId id = node.first; id != kNoSlab; id = state.slabs[id].next) {
      counts.free_objects += uint32_t{state.slabs[id].objects} - state.slabs[id].inuse;
    }
  }
  return counts;
}

/// SLAB: objects in arrays count as active.
/// @kernel get_slabinfo(), mm/slab.c
Counts count_slab(const KmemCache& cache) {
  Counts counts;
  for (const SlabNode& node : cache.lists) {
    counts.slabs += node.total_slabs;
    counts.free_slabs += node.free_slabs;
    counts.free_objects += node.free_objects;
    counts.shared_avail += static_cast<unsigned long>(node.shared.entries.size());
  }
  counts.objects = counts.slabs * cache.oo.objects;
  return counts;
}

}  // namespace

std::string slabinfo(const SlabState& state) {
  std::string out =
      "slabinfo - version: 2.1\n"
      "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables "
      "<limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n";
  for (size_t i = state.caches.size(); i-- > 0;) {
    const KmemCache& cache = state.caches[i];
    if (!cache.alive()) continue;
    const Counts counts = state.is_slab() ? count_slab(cache) : count_slub(state, cache);
    const SlabLayout& tunables = cache.layout;
    appendf(out, "%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n",
            cache.name.c_str(), counts.objects - counts.free_objects, counts.objects, cache.size,
            unsigned{cache.oo.objects}, 1 << cache.oo.order, tunables.limit, tunables.batchcount,
            tunables.shared, counts.slabs - counts.free_slabs, counts.slabs, counts.shared_avail);
  }
  return out;
}

}  // namespace kmem
