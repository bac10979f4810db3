#include "base/text.h"
#include "report/procfs.h"
#include "report/slab_counts.h"

namespace kmem {

std::string slabinfo(const SlabState& state) {
  std::string out =
      "slabinfo - version: 2.1\n"
      "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables "
      "<limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n";
  for (size_t i = state.caches.size(); i-- > 0;) {
    const KmemCache& cache = state.caches[i];
    if (!cache.alive()) continue;
    const SlabCounts counts = count_slabs(state, cache);
    const SlabLayout& tunables = cache.layout;
    appendf(out, "%-17s %6lu %6lu %6u %4u %4d : tunables %4u %4u %4u : slabdata %6lu %6lu %6lu\n",
            cache.name.c_str(), counts.objects - counts.free_objects, counts.objects, cache.size,
            unsigned{cache.oo.objects}, 1 << cache.oo.order, tunables.limit, tunables.batchcount,
            tunables.shared, counts.slabs - counts.free_slabs, counts.slabs, counts.shared_avail);
  }
  return out;
}

}  // namespace kmem
