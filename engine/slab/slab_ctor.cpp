#include "slab/slab_ctor.h"

#include <cstring>

#include "slab/slub_freelist.h"

namespace kmem {

void construct_objects(Slub& slub, const KmemCache& cache, const Slab& slab, Gfp gfp) {
  if (!cache.ctor) return;
  for (uint32_t i = 0; i < slab.objects; ++i) {
    std::memset(bytes_at(slub, slab, object_at(cache, slab, i)), cache.ctor_value,
                cache.object_size);
  }
  slub.mm.trace->decision(Event::slab_construct, slub.mm.map.zone(slab.page), cache.ctor_value,
                          slab.cache, slub.mm.pfn(slab.page), uint32_t{slab.objects},
                          uint32_t{(gfp & gfp::kZero) != 0});
}

}  // namespace kmem
