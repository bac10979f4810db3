// Inspection of a whole cache, and the list of what is left in one that shall go.
#include "base/text.h"
#include "slab/slub_check.h"
#include "slab/slub_debug.h"
#include "slab/slub_freelist.h"

namespace kmem {

namespace {

/// Which objects are on the slab's free list.
std::vector<bool> free_map(const Slub& slub, const Slab& slab) {
  std::vector<bool> free(slab.objects);
  const KmemCache& cache = slub.cache(slab.cache);
  for (const uint16_t index : freelist_indices(slub, cache, slab, slab.freelist)) {
    if (index < slab.objects) free[index] = true;
  }
  return free;
}

// @kernel validate_slab(), mm/slub.c
void validate_slab(Slub& slub, SlabId id) {
  if (!check_slab(slub, id) || !on_freelist(slub, id, 0)) return;
  const Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  const std::vector<bool> free = free_map(slub, slab);
  for (uint32_t i = 0; i < slab.objects; ++i) {
    if (!check_object(slub, id, object_at(cache, slab, i), !free[i])) return;
  }
}

uint32_t validate_list(Slub& slub, SlabId first) {
  uint32_t slabs = 0;
  for (SlabId id = first; id != kNoSlab; id = slub.slab(id).next) {
    validate_slab(slub, id);
    slabs += 1;
  }
  return slabs;
}

void report_counter(Slub& slub, const std::string& text) {
  slub.state.slab_errors += 1;
  slub.mm.log.print(text);
}

// @kernel validate_slab_node(), mm/slub.c
uint32_t validate_node(Slub& slub, const KmemCache& cache, const KmemCacheNode& node) {
  uint32_t slabs = validate_list(slub, node.first);
  if (slabs != node.nr_partial) {
    report_counter(slub, textf("SLUB %s: %u partial slabs counted but counter=%u",
                               cache.name.c_str(), slabs, node.nr_partial));
  }
  if (!cache.has(slab_flags::kStoreUser)) return slabs;
  slabs += validate_list(slub, node.full.first);
  if (slabs != node.nr_slabs) {
    report_counter(slub, textf("SLUB: %s %u slabs counted but counter=%u", cache.name.c_str(),
                               slabs, node.nr_slabs));
  }
  return slabs;
}

}  // namespace

SlubValidation validate_slab_cache(Slub& slub, CacheId id) {
  KmemCache& cache = slub.cache(id);
  const uint32_t errors = slub.state.slab_errors;
  flush_all(slub, cache);
  SlubValidation found;
  for (const KmemCacheNode& node : cache.node) found.slabs += validate_node(slub, cache, node);
  found.errors = slub.state.slab_errors - errors;
  slub.mm.trace->decision(Event::slub_validate, kNoZone, 0, id, found.slabs, found.errors);
  return found;
}

void list_slab_objects(Slub& slub, SlabId id) {
  const Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  slab_err(slub, id, SlubReport::objects_remain,
           textf("Objects remaining in %s on __kmem_cache_shutdown()", cache.name.c_str()));
  const std::vector<bool> free = free_map(slub, slab);
  for (uint32_t i = 0; i < slab.objects; ++i) {
    if (free[i]) continue;
    const Kva object = object_at(cache, slab, i);
    slub.mm.log.print(textf("Object 0x%016llx @offset=%u", static_cast<unsigned long long>(object),
                            static_cast<unsigned>(object - slab.base)));
    print_tracking(slub, cache, slab, object);
  }
}

}  // namespace kmem
