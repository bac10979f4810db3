#include "report/slab_counts.h"

namespace kmem {

namespace {

SlabCounts count_slub(const SlabState& state, const KmemCache& cache) {
  SlabCounts counts;
  for (const KmemCacheNode& node : cache.node) {
    counts.objects += node.total_objects;
    counts.slabs += node.nr_slabs;
    for (SlabId id = node.first; id != kNoSlab; id = state.slabs[id].next) {
      counts.free_objects += uint32_t{state.slabs[id].objects} - state.slabs[id].inuse;
    }
  }
  return counts;
}

SlabCounts count_slab(const KmemCache& cache) {
  SlabCounts counts;
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

SlabCounts count_slabs(const SlabState& state, const KmemCache& cache) {
  return state.is_slab() ? count_slab(cache) : count_slub(state, cache);
}

}  // namespace kmem
