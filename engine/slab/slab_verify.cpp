#include "slab/slab_verify.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "slab/kmalloc.h"
#include "slab/slab_index.h"
#include "slab/slab_lists.h"
#include "slab/slub_freelist.h"
#include "slab/slub_page.h"

namespace kmem {

namespace {

/// Calls `visit` with every array of a cache and the node that its objects are on.
template <typename Visit>
void for_each_array(const Slub& slub, const KmemCache& cache, const Visit& visit) {
  for (const ArrayCache& array : cache.cpu_array) visit(array, slub.mm.cpu_node.value);
  for (size_t i = 0; i < cache.lists.size(); ++i) {
    visit(cache.lists[i].shared, static_cast<uint8_t>(i));
    const std::vector<ArrayCache>& aliens = cache.lists[i].alien;
    for (size_t j = 0; j < aliens.size(); ++j) visit(aliens[j], static_cast<uint8_t>(j));
  }
}

/// More than a slab has objects.
constexpr size_t kIndices = 256;

class Checker {
 public:
  explicit Checker(const Slub& slub)
      : slub_(slub), seen_(slub.state.slabs.size()), free_(slub.state.slabs.size() * kIndices) {}

  std::string run() {
    const std::vector<KmemCache>& caches = slub_.state.caches;
    for (CacheId id = 0; id < caches.size() && wrong_.empty(); ++id) {
      for (size_t node = 0; node < caches[id].lists.size(); ++node) {
        check_node(id, static_cast<uint8_t>(node));
      }
      for_each_array(slub_, caches[id], [&](const ArrayCache& array, uint8_t node) {
        if (wrong_.empty()) check_array(id, array, node);
      });
    }
    for (const SlabId id : slub_.state.rcu_pending) seen_[id] = true;
    for (SlabId id = 0; id < seen_.size() && wrong_.empty(); ++id) {
      if (slub_.slab(id).page == kNoPage) continue;
      if (!seen_[id]) fail(id, "is on no list");
      if (!pages_know_slab(slub_, id)) fail(id, "has a page that does not know it");
    }
    return std::move(wrong_);
  }

 private:
  void fail(SlabId id, const char* what) {
    if (!wrong_.empty()) return;
    const Slab& slab = slub_.slab(id);
    wrong_ = textf("cache %s: the slab at pfn %u %s", slub_.cache(slab.cache).name.c_str(),
                   slub_.mm.pfn(slab.page), what);
  }

  void fail_cache(CacheId id, const char* what) {
    if (wrong_.empty()) wrong_ = textf("cache %s: %s", slub_.cache(id).name.c_str(), what);
  }

  void check_node(CacheId id, uint8_t node_id) {
    SlabNode node = slub_.cache(id).lists[node_id];
    uint32_t slabs = 0;
    uint32_t free_slabs = 0;
    uint32_t free_objects = 0;
    for (const SlabList* list : {&node.partial, &node.full, &node.free}) {
      SlabId before = kNoSlab;
      for (SlabId at = list->first; at != kNoSlab && wrong_.empty(); at = slub_.slab(at).next) {
        if (!claim(id, at, node_id)) return;
        const Slab& slab = slub_.slab(at);
        if (slab.prev != before) fail(at, "has a broken link");
        if (&list_of(node, slab) != list) fail(at, "is on the wrong list");
        check_indices(at);
        before = at;
        slabs += 1;
        free_slabs += slab.inuse == 0 ? 1 : 0;
        free_objects += uint32_t{slab.objects} - slab.inuse;
      }
      if (before != list->last) fail_cache(id, "a list does not end at its last slab");
    }
    if (slabs != node.total_slabs) fail_cache(id, "total_slabs is wrong");
    if (free_slabs != node.free_slabs) fail_cache(id, "free_slabs is wrong");
    if (free_objects != node.free_objects) fail_cache(id, "free_objects is wrong");
  }

  /// Marks a slab as found on a list.
  bool claim(CacheId cache, SlabId id, uint8_t node) {
    if (id >= seen_.size() || slub_.slab(id).page == kNoPage || slub_.slab(id).cache != cache) {
      fail_cache(cache, "a list has a slab that is not its own");
      return false;
    }
    if (seen_[id]) fail(id, "is on two lists");
    seen_[id] = true;
    if (slub_.slab(id).node != node) fail(id, "is on a list of another node");
    return wrong_.empty();
  }

  void check_indices(SlabId id) {
    const Slab& slab = slub_.slab(id);
    const KmemCache& cache = slub_.cache(slab.cache);
    const bool in_object = (cache.flags & slab_flags::kObjfreelist) != 0;
    if (in_object && slab.inuse == slab.objects) {
      if (slab.freelist != 0) fail(id, "is full, but has a place for indices");
      return;
    }
    const std::vector<uint16_t> free = free_indices(slub_, slab);
    for (const uint16_t index : free) mark_free(id, index);
    if (in_object && slab.freelist != object_at(cache, slab, free.back())) {
      fail(id, "keeps its indices in an object that is not the last free one");
    }
    if ((cache.flags & slab_flags::kOffSlab) != 0) {
      const SlabId home = virt_to_slab(slub_, slab.freelist);
      if (home == kNoSlab || is_free_in_slab(slub_, home, slab.freelist)) {
        fail(id, "keeps its indices in an object that is free");
      }
    }
  }

  void check_array(CacheId id, const ArrayCache& array, uint8_t node) {
    if (array.entries.size() > array.limit) fail_cache(id, "an array is too long");
    for (const Kva object : array.entries) {
      const SlabId home = virt_to_slab(slub_, object);
      if (home == kNoSlab || slub_.slab(home).cache != id) {
        return fail_cache(id, "an array has an object that is not its own");
      }
      const Slab& slab = slub_.slab(home);
      if (slab.node != node) fail(home, "has an object in an array of another node");
      mark_free(home, object_index(slub_.cache(id), slab, object));
    }
  }

  /// An object is free once: in its slab, or in one array.
  void mark_free(SlabId id, uint32_t index) {
    if (index >= slub_.slab(id).objects) return fail(id, "has an index that is no object's");
    const size_t mark = size_t{id} * kIndices + index;
    if (free_[mark]) fail(id, "has an object that is free twice");
    free_[mark] = true;
  }

  const Slub& slub_;
  std::vector<bool> seen_;
  /// Objects found to be free, kIndices places a slab.
  std::vector<bool> free_;
  std::string wrong_;
};

}  // namespace

std::string verify_slab(const Slub& slub) { return Checker(slub).run(); }

bool is_free_in_slab(const Slub& slub, SlabId id, Kva object) {
  const Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  const uint32_t wanted = object_index(cache, slab, object);
  if (slab.inuse < slab.objects) {
    for (const uint16_t index : free_indices(slub, slab)) {
      if (index == wanted) return true;
    }
  }
  bool found = false;
  for_each_array(slub, cache, [&](const ArrayCache& array, uint8_t) {
    found = found ||
            std::find(array.entries.begin(), array.entries.end(), object) != array.entries.end();
  });
  return found;
}

bool holds_indices(const Slub& slub, Kva object) {
  const std::vector<Slab>& slabs = slub.state.slabs;
  return std::any_of(slabs.begin(), slabs.end(), [&](const Slab& slab) {
    if (slab.page == kNoPage || slab.freelist != object) return false;
    return (slub.cache(slab.cache).flags & slab_flags::kOffSlab) != 0;
  });
}

}  // namespace kmem
