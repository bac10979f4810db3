#include "base/text.h"
#include "report/procfs.h"

namespace kmem {

namespace {

/// Objects that are free for sure: those that CPUs hold count as active.
/// @kernel get_slabinfo(), mm/slub.c
uint64_t free_on_nodes(const SlabState& state, const KmemCache& cache) {
  uint64_t free = 0;
  for (const KmemCacheNode& node : cache.node) {
    for (SlabId id = node.first; id != kNoSlab; id = state.slabs[id].next) {
      free += uint64_t{state.slabs[id].objects} - state.slabs[id].inuse;
    }
  }
  return free;
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
    unsigned long objects = 0;
    unsigned long slabs = 0;
    for (const KmemCacheNode& node : cache.node) {
      objects += node.total_objects;
      slabs += node.nr_slabs;
    }
    const auto active = static_cast<unsigned long>(objects - free_on_nodes(state, cache));
    appendf(out, "%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n",
            cache.name.c_str(), active, objects, cache.size, unsigned{cache.oo.objects},
            1 << cache.oo.order, 0u, 0u, 0u, slabs, slabs, 0ul);
  }
  return out;
}

}  // namespace kmem
