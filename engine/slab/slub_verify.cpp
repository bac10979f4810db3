#include "slab/slub_verify.h"

#include <algorithm>

#include "base/text.h"
#include "slab/slab_verify.h"
#include "slab/slub_freelist.h"
#include "slab/slub_guard.h"
#include "slab/slub_page.h"

namespace kmem {

namespace {

class Checker {
 public:
  explicit Checker(const Slub& slub) : slub_(slub), seen_(slub.state.slabs.size()) {}

  std::string run() {
    const std::vector<KmemCache>& caches = slub_.state.caches;
    for (CacheId id = 0; id < caches.size() && wrong_.empty(); ++id) check_cache(id);
    // What is on no list is full, or waits for a grace period.
    for (const SlabId id : slub_.state.rcu_pending) seen_[id] = true;
    for (SlabId id = 0; id < seen_.size() && wrong_.empty(); ++id) {
      const Slab& slab = slub_.slab(id);
      if (slab.page == kNoPage) continue;
      if (!seen_[id]) {
        check_unlisted(id);
        count_objects(id, false, 0);
      }
      check_bytes(id);
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

  void check_unlisted(SlabId id) {
    const Slab& slab = slub_.slab(id);
    const KmemCache& cache = slub_.cache(slab.cache);
    if (slab.frozen && !cache.debugged()) fail(id, "is frozen but held by no CPU");
    if (cache.has(slab_flags::kStoreUser) && !slab.frozen) fail(id, "is on no list");
  }

  void check_bytes(SlabId id) {
    const Slab& slab = slub_.slab(id);
    const KmemCache& cache = slub_.cache(slab.cache);
    if (!cache.debugged() || slab.damaged) return;
    const std::string wrong = wrong_bytes(slub_, cache, slab);
    if (!wrong.empty()) fail(id, wrong.c_str());
  }

  void check_cache(CacheId id) {
    const KmemCache& cache = slub_.cache(id);
    for (const KmemCacheCpu& cpu : cache.cpu) {
      if (cpu.slab != kNoSlab && claim(id, cpu.slab, true)) {
        count_objects(cpu.slab, true, cpu.freelist);
      }
      uint32_t slabs = cpu.partial == kNoSlab ? 0 : slub_.slab(cpu.partial).slabs;
      for (SlabId at = cpu.partial; at != kNoSlab && wrong_.empty(); at = slub_.slab(at).next) {
        if (!claim(id, at, true)) break;
        if (slub_.slab(at).slabs != slabs--) fail(at, "counts its chain wrongly");
        count_objects(at, false, 0);
      }
    }
    for (const KmemCacheNode& node : cache.node) check_node(id, node);
  }

  void check_node(CacheId id, const KmemCacheNode& node) {
    uint32_t slabs = 0;
    SlabId before = kNoSlab;
    for (SlabId at = node.first; at != kNoSlab && wrong_.empty(); at = slub_.slab(at).next) {
      if (!claim(id, at, false)) return;
      if (slub_.slab(at).prev != before) fail(at, "has a broken link");
      count_objects(at, false, 0);
      before = at;
      slabs += 1;
    }
    if (wrong_.empty() && (slabs != node.nr_partial || before != node.last)) {
      wrong_ = textf("cache %s: nr_partial is %u, the list has %u slabs",
                     slub_.cache(id).name.c_str(), node.nr_partial, slabs);
    }
    check_full(id, node);
  }

  void check_full(CacheId id, const KmemCacheNode& node) {
    SlabId before = kNoSlab;
    for (SlabId at = node.full.first; at != kNoSlab && wrong_.empty(); at = slub_.slab(at).next) {
      if (!claim(id, at, false)) return;
      if (slub_.slab(at).prev != before) fail(at, "has a broken link");
      if (slub_.slab(at).inuse != slub_.slab(at).objects) fail(at, "is not full");
      count_objects(at, false, 0);
      before = at;
    }
    if (wrong_.empty() && before != node.full.last) {
      wrong_ =
          textf("cache %s: the list of full slabs ends elsewhere", slub_.cache(id).name.c_str());
    }
  }

  /// Marks a slab as found on a list.
  bool claim(CacheId cache, SlabId id, bool frozen) {
    if (id >= seen_.size() || slub_.slab(id).page == kNoPage || slub_.slab(id).cache != cache) {
      wrong_ = textf("cache %s lists slab number %u, which is not its own",
                     slub_.cache(cache).name.c_str(), id);
      return false;
    }
    if (seen_[id]) fail(id, "is on two lists");
    seen_[id] = true;
    if (slub_.slab(id).frozen != frozen) fail(id, frozen ? "is not frozen" : "is frozen");
    return wrong_.empty();
  }

  void count_objects(SlabId id, bool cpu_slab, Kva cpu_freelist) {
    const Slab& slab = slub_.slab(id);
    const KmemCache& cache = slub_.cache(slab.cache);
    if (slab.damaged) return;
    std::vector<bool> free(slab.objects);
    const auto mark = [&](Kva first) {
      uint32_t count = 0;
      for (const uint16_t index : freelist_indices(slub_, cache, slab, first)) {
        if (index >= slab.objects || free[index]) {
          fail(id, "has an object twice on its free lists");
          return count;
        }
        free[index] = true;
        count += 1;
      }
      return count;
    };
    const uint32_t own = mark(cpu_freelist);
    const uint32_t left = mark(slab.freelist);
    // A CPU counts all objects of its slab as in use, its own free ones too.
    if (left != uint32_t{slab.objects} - slab.inuse) fail(id, "counts its free objects wrongly");
    if (!cpu_slab && own != 0) fail(id, "has objects of a CPU");
  }

  const Slub& slub_;
  std::vector<bool> seen_;
  std::string wrong_;
};

bool chain_has(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva first, Kva object) {
  uint32_t steps = 0;
  for (Kva at = first; at != 0 && steps < slab.objects; ++steps) {
    if (at == object) return true;
    at = get_freepointer(slub, cache, slab, at);
  }
  return false;
}

}  // namespace

std::string verify(const Slub& slub) {
  return slub.state.is_slab() ? verify_slab(slub) : Checker(slub).run();
}

bool is_free_object(const Slub& slub, SlabId id, Kva object) {
  if (slub.state.is_slab()) return is_free_in_slab(slub, id, object);
  const Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  if (chain_has(slub, cache, slab, slab.freelist, object)) return true;
  return std::any_of(cache.cpu.begin(), cache.cpu.end(), [&](const KmemCacheCpu& cpu) {
    return cpu.slab == id && chain_has(slub, cache, slab, cpu.freelist, object);
  });
}

}  // namespace kmem
