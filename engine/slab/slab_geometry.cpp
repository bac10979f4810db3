#include "slab/slab_geometry.h"

#include <algorithm>

#include "slab/kmalloc.h"
#include "slab/slab_align.h"

namespace kmem {

namespace {

/// @kernel SLAB_OBJ_MIN_SIZE, mm/slab.c
constexpr uint32_t kLeastObject = 16;
/// An index is a byte, and one value of it means none.
/// @kernel SLAB_OBJ_MAX_NUM, mm/slab.c
constexpr uint32_t kMostObjects = 255;

/// Where the indices of the free objects of a slab are.
enum class IndexPlace : uint8_t { free_object, off_slab, on_slab };

/// One way to cut up slabs.
struct Fit {
  uint32_t objects = 0;  ///< 0: there is none
  uint32_t order = 0;
  uint32_t left = 0;  ///< bytes that no object uses
};

/// Whether a cache may keep `bytes` of indices a slab in an object of kmalloc: one that keeps its
/// own in such an object too could need itself, and a big one would waste more than it saves.
bool may_keep_off_slab(const KmemCache& cache, const SlabState& caches, uint32_t bytes) {
  const CacheId id = kmalloc_slab(caches, bytes, 0);
  if (id >= caches.caches.size()) return false;
  const KmemCache& home = caches.caches[id];
  return (home.flags & slab_flags::kOffSlab) == 0 && home.size <= cache.size / 2;
}

// @kernel calculate_slab_order(), mm/slab.c
Fit find_fit(const KmemCache& cache, const SlabState& caches, uint32_t max_order,
             IndexPlace place) {
  Fit fit;
  const uint32_t size = cache.size + (place == IndexPlace::on_slab ? 1 : 0);
  for (uint32_t order = 0; order <= kMaxOrder; ++order) {
    const uint32_t bytes = kPageSizeBytes << order;
    const uint32_t objects = bytes / size;
    if (objects == 0) continue;
    if (objects > kMostObjects) break;
    if (place == IndexPlace::off_slab && !may_keep_off_slab(cache, caches, objects)) continue;
    fit = {objects, order, bytes % size};
    // Slabs whose objects can be reclaimed are better small: a whole one must empty.
    const bool reclaimable = (cache.flags & slab_flags::kReclaimAccount) != 0;
    if (reclaimable || order >= max_order || fit.left * 8 <= bytes) break;
  }
  return fit;
}

/// Tries the three places, the cheapest first.
Fit choose(KmemCache& cache, const SlabState& caches, uint32_t max_order) {
  using namespace slab_flags;
  cache.flags &= ~(kObjfreelist | kOffSlab);
  // What a free object holds is nobody's, unless readers may still look at it or it must stay
  // constructed.
  if (!cache.ctor && (cache.flags & kTypesafeByRcu) == 0) {
    const Fit fit = find_fit(cache, caches, max_order, IndexPlace::free_object);
    if (fit.objects != 0 && fit.objects <= cache.object_size) {
      cache.flags |= kObjfreelist;
      return fit;
    }
  }
  if ((cache.flags & kNoLeakTrace) == 0) {
    const Fit fit = find_fit(cache, caches, max_order, IndexPlace::off_slab);
    // Where the bytes left over would do, they do.
    if (fit.objects != 0 && fit.left < fit.objects) {
      cache.flags |= kOffSlab;
      return fit;
    }
  }
  return find_fit(cache, caches, max_order, IndexPlace::on_slab);
}

// The bigger the objects, the fewer of them may lie idle.
// @kernel enable_cpucache(), mm/slab.c
void set_limits(KmemCache& cache, uint32_t nr_cpus) {
  const uint32_t size = cache.size;
  SlabLayout& layout = cache.layout;
  layout.limit = size > 131072 ? 1 : size > kPageSizeBytes ? 8 : size > 1024 ? 24 : 0;
  if (layout.limit == 0) layout.limit = size > 256 ? 54 : 120;
  layout.batchcount = (layout.limit + 1) / 2;
  layout.shared = size <= kPageSizeBytes && nr_cpus > 1 ? 8 : 0;
}

}  // namespace

bool calculate_slab_layout(KmemCache& cache, const SlabState& caches, uint32_t max_order,
                           uint32_t nr_cpus) {
  cache.size = align_up(align_up(cache.object_size, kWord), cache.align);
  cache.size = std::max(cache.size, align_up(kLeastObject, cache.align));
  cache.inuse = cache.size;
  const Fit fit = choose(cache, caches, max_order);
  if (fit.objects == 0) return false;
  cache.oo = cache.min = {static_cast<Order>(fit.order), static_cast<uint16_t>(fit.objects)};
  cache.layout.colour_off = std::max(kCacheLine, cache.align);
  cache.layout.colour = fit.left / cache.layout.colour_off;
  cache.layout.freelist_size = fit.objects;
  cache.allocflags = gfp::kComp;
  if ((cache.flags & slab_flags::kCacheDma) != 0) cache.allocflags |= gfp::kDma;
  if ((cache.flags & slab_flags::kCacheDma32) != 0) cache.allocflags |= gfp::kDma32;
  if ((cache.flags & slab_flags::kReclaimAccount) != 0) cache.allocflags |= gfp::kReclaimable;
  set_limits(cache, nr_cpus);
  return true;
}

}  // namespace kmem
