#include "slab/slab_pages.h"

#include "slab/kmalloc.h"
#include "slab/object_allocator.h"
#include "slab/slab_ctor.h"
#include "slab/slab_index.h"
#include "slab/slab_lists.h"
#include "slab/slub_page.h"

namespace kmem {

namespace {

bool is_off_slab(const KmemCache& cache) { return (cache.flags & slab_flags::kOffSlab) != 0; }

/// Distance of the first object: it changes from slab to slab, so that equal objects of many slabs
/// do not compete for the same lines of the CPU's cache.
uint32_t next_colour(const KmemCache& cache, SlabNode& node) {
  node.colour_next += 1;
  if (node.colour_next >= cache.layout.colour) node.colour_next = 0;
  return node.colour_next * cache.layout.colour_off;
}

SlabId no_memory(Slub& slub, CacheId id, Gfp gfp) {
  slub.mm.trace->decision(Event::slab_alloc_failed, kNoZone, slub.cache(id).oo.order, id, gfp);
  return kNoSlab;
}

}  // namespace

SlabId cache_grow_begin(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  KmemCache& cache = slub.cache(id);
  const Order order = cache.oo.order;
  const Page page = alloc_kernel_pages(slub, slab_page_gfp(cache, gfp), order, node);
  if (page == kNoPage) return no_memory(slub, id, gfp);
  const uint8_t home = slub.mm.zone_of(page).node.value;
  const uint32_t s_mem = next_colour(cache, cache.lists[home]);
  const SlabId created = register_slab(slub, id, page, order, home);
  Kva indices = 0;
  if (is_off_slab(cache)) {
    const Gfp passed = slab_page_gfp(cache, gfp) & ~cache.allocflags;
    const uint32_t bytes = cache.layout.freelist_size;
    indices = slab_alloc(slub, kmalloc_slab(slub.state, bytes, passed), passed, node);
    if (indices == 0) {
      free_slab_pages(slub, created);
      return no_memory(slub, id, gfp);
    }
  }
  Slab& slab = slub.slab(created);
  slab.objects = cache.oo.objects;
  slab.s_mem = s_mem;
  slab.freelist = indices;
  construct_objects(slub, cache, slab, gfp);
  init_indices(slub, cache, slab);
  slub.mm.trace->decision(Event::slab_new_slab, slub.mm.map.zone(page), order, id,
                          slub.mm.pfn(page), uint32_t{slab.objects}, s_mem, cache.layout.colour);
  return created;
}

void cache_grow_end(Slub& slub, KmemCache& cache, SlabId id) {
  const Slab& slab = slub.slab(id);
  SlabNode& node = cache.lists[slab.node];
  node.total_slabs += 1;
  node.free_objects += uint32_t{slab.objects} - slab.inuse;
  if (slab.inuse == 0) {
    node.free_slabs += 1;
    push_back(slub, node.free, id);
  } else {
    push_front(slub, list_of(node, slab), id);
  }
}

void destroy_slab(Slub& slub, KmemCache& cache, SlabId id) {
  const Slab slab = slub.slab(id);
  const SlabNode& node = cache.lists[slab.node];
  slub.mm.trace->decision(Event::slab_destroy, slub.mm.map.zone(slab.page), slab.order, slab.cache,
                          slub.mm.pfn(slab.page), node.free_objects, node.free_limit);
  // Where its indices are is nobody's business any more, even if its pages must wait.
  slub.slab(id).freelist = 0;
  if ((cache.flags & slab_flags::kTypesafeByRcu) != 0) {
    slub.state.rcu_pending.push_back(id);
  } else {
    free_slab_pages(slub, id);
  }
  if (is_off_slab(cache)) slab_free(slub, virt_to_slab(slub, slab.freelist), slab.freelist);
}

}  // namespace kmem
