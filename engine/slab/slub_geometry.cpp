#include "slab/slub_geometry.h"

#include <algorithm>
#include <bit>

#include "slab/slab_align.h"

namespace kmem {

namespace {

constexpr uint32_t kMostObjects = 32767;
/// slub_max_order
constexpr uint32_t kMaxSlabOrder = 3;

uint32_t order_of(uint64_t bytes) {
  uint32_t order = 0;
  while ((uint64_t{kPageSizeBytes} << order) < bytes) order += 1;
  return order;
}

// @kernel calc_slab_order(), mm/slub.c
uint32_t fit_order(uint32_t size, uint32_t objects, uint32_t most_order, uint32_t fraction) {
  if (kPageSizeBytes / size > kMostObjects) return order_of(uint64_t{size} * kMostObjects) - 1;
  for (uint32_t order = order_of(uint64_t{objects} * size); order <= most_order; ++order) {
    const uint32_t bytes = kPageSizeBytes << order;
    if (bytes % size <= bytes / fraction) return order;
  }
  return most_order + 1;
}

// Many objects a slab spare trips to the node's lists; more CPUs make those more expensive.
// @kernel calculate_order(), mm/slub.c
uint32_t calculate_order(uint32_t size, uint32_t nr_cpus) {
  const uint32_t wanted = 4 * (static_cast<uint32_t>(std::bit_width(nr_cpus)) + 1);
  const uint32_t most = (kPageSizeBytes << kMaxSlabOrder) / size;
  for (uint32_t objects = std::min(wanted, most); objects > 1; --objects) {
    for (const uint32_t fraction : {16u, 8u, 4u}) {
      const uint32_t order = fit_order(size, objects, kMaxSlabOrder, fraction);
      if (order <= kMaxSlabOrder) return order;
    }
  }
  const uint32_t order = fit_order(size, 1, kMaxSlabOrder, 1);
  return order <= kMaxSlabOrder ? order : fit_order(size, 1, kNrOrders, 1);
}

SlabOrder slab_order(uint32_t order, uint32_t size) {
  const uint32_t objects = (kPageSizeBytes << order) / size;
  return {static_cast<Order>(order), static_cast<uint16_t>(std::min(objects, kMostObjects))};
}

// Debugging fills what lies around an object; the rest of the kernel never sees it.
uint32_t add_debug_space(KmemCache& cache, uint32_t size) {
  if ((cache.flags & slab_flags::kStoreUser) != 0) {
    size += 2 * kTrackBytes;
    // The bytes that were asked for, as a kmalloc object is nearly always bigger.
    if ((cache.flags & slab_flags::kKmalloc) != 0) size += kOrigSizeBytes;
  }
  cache.red_left_pad = 0;
  if ((cache.flags & slab_flags::kRedZone) != 0) {
    cache.red_left_pad = align_up(kWord, cache.align);
    size += kWord + cache.red_left_pad;
  }
  return size;
}

// @kernel set_cpu_partial(), mm/slub.c
void set_cpu_partial(KmemCache& cache, const SlabConfig& config) {
  const uint32_t size = cache.size;
  cache.cpu_partial = !cache.has_cpu_partial(config) ? 0
                      : size >= kPageSizeBytes       ? 6
                      : size >= 1024                 ? 24
                      : size >= 256                  ? 52
                                                     : 120;
  cache.cpu_partial_slabs = (2 * cache.cpu_partial + cache.oo.objects - 1) / cache.oo.objects;
}

}  // namespace

uint32_t calculate_alignment(SlabFlags flags, uint32_t align, uint32_t size) {
  if ((flags & slab_flags::kHwcacheAlign) != 0) {
    uint32_t line = kCacheLine;
    while (size <= line / 2) line /= 2;
    align = std::max(align, line);
  }
  return align_up(std::max(align, kWord), kWord);
}

bool calculate_sizes(KmemCache& cache, const SlabConfig& config, uint32_t nr_cpus) {
  using namespace slab_flags;
  uint32_t size = align_up(cache.object_size, kWord);
  const bool red_zone = (cache.flags & kRedZone) != 0;
  // At least one byte behind the object must be ours.
  if (red_zone && size == cache.object_size) size += kWord;
  cache.inuse = size;
  const bool bytes_are_taken = (cache.flags & (kTypesafeByRcu | kPoison)) != 0 || cache.ctor ||
                               (red_zone && cache.object_size < kWord);
  if (bytes_are_taken) {
    cache.offset = size;
    size += kWord;
  } else {
    // In the middle, where an overflow from a neighbour reaches it last.
    cache.offset = cache.object_size / 2 & ~(kWord - 1);
  }
  cache.size = align_up(add_debug_space(cache, size), cache.align);
  const uint32_t order = calculate_order(cache.size, nr_cpus);
  if (order > kMaxOrder) return false;
  cache.oo = slab_order(order, cache.size);
  cache.min = slab_order(order_of(cache.size), cache.size);
  const auto half_log = static_cast<uint32_t>(std::bit_width(cache.size) - 1) / 2;
  cache.min_partial = std::clamp(half_log, 5u, 10u);
  cache.allocflags = order > 0 ? gfp::kComp : Gfp{0};
  if ((cache.flags & kCacheDma) != 0) cache.allocflags |= gfp::kDma;
  if ((cache.flags & kCacheDma32) != 0) cache.allocflags |= gfp::kDma32;
  if ((cache.flags & kReclaimAccount) != 0) cache.allocflags |= gfp::kReclaimable;
  if ((cache.flags & kNoCmpxchg) == 0) cache.flags |= kCmpxchgDouble;
  set_cpu_partial(cache, config);
  return true;
}

}  // namespace kmem
