// SLAB: objects of slabs that are older than the recording.
#include <algorithm>

#include "slab/hidden_slab.h"
#include "slab/slab_index.h"
#include "slab/slab_lists.h"

namespace kmem {

namespace {

bool is_doubtful(const SlabState& state, Kva object) {
  return std::binary_search(state.doubtful.begin(), state.doubtful.end(), object);
}

}  // namespace

bool fill_from_hidden_slab(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  const SlabId created = adopt_hidden_slab(slub, id, gfp, node);
  if (created == kNoSlab) return false;
  KmemCache& cache = slub.cache(id);
  ArrayCache& array = slub.cpu_array(cache);
  Slab& slab = slub.slab(created);
  init_indices(slub, cache, slab);
  // One object is in use for ever, so that these frames are never given back, and so are those
  // that the array has no room for.
  take_object(slub, cache, slab);
  while (slab.inuse < slab.objects) {
    const Kva object = take_object(slub, cache, slab);
    if (array.entries.size() == array.limit) continue;
    array.entries.push_back(object);
    slub.state.doubtful.push_back(object);
  }
  std::sort(slub.state.doubtful.begin(), slub.state.doubtful.end());
  SlabNode& lists = cache.lists[slab.node];
  lists.total_slabs += 1;
  push_front(slub, lists.full, created);
  return true;
}

bool top_is_really_free(Slub& slub, CacheId id, Gfp gfp, uint8_t node) {
  std::vector<Kva>& doubtful = slub.state.doubtful;
  KmemCache& cache = slub.cache(id);
  const Kva top = slub.cpu_array(cache).entries.back();
  if (!is_doubtful(slub.state, top)) return true;
  if (slub.recorded_pages.empty() || went_to_the_caller(slub, cache, gfp, node)) {
    doubtful.erase(std::lower_bound(doubtful.begin(), doubtful.end(), top));
    return true;
  }
  forget_doubtful(slub, id);
  return false;
}

bool forget_doubtful(Slub& slub, CacheId id) {
  std::vector<Kva>& doubtful = slub.state.doubtful;
  std::vector<Kva>& entries = slub.cpu_array(slub.cache(id)).entries;
  const size_t before = entries.size();
  std::vector<Kva> gone;
  for (const Kva object : entries) {
    if (is_doubtful(slub.state, object)) gone.push_back(object);
  }
  for (const Kva object : gone) {
    doubtful.erase(std::lower_bound(doubtful.begin(), doubtful.end(), object));
    entries.erase(std::find(entries.begin(), entries.end(), object));
  }
  return entries.size() < before;
}

}  // namespace kmem
