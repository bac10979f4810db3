// SLAB: how many objects a slab holds, where the indices of its free objects are, and how long the
// arrays of a cache get.
#pragma once

#include <cstdint>

#include "slab/slab.h"

namespace kmem {

/// Highest order of slabs that hold more than one object.
/// @kernel   slab_max_order, mm/slab.c
/// @fidelity exact: the boot parameter has its default.
constexpr uint32_t slab_max_order(uint64_t ram_pages) {
  constexpr uint64_t kSmallPages = (32u << 20) >> kPageShift;
  return ram_pages > kSmallPages ? 1 : 0;
}

/// Fills sizes, order, layout and flags from object_size, align, flags and ctor.
/// @param caches kmalloc caches that exist already: off-slab indices would come from one.
/// @param nr_cpus possible CPUs.
/// @return false when no order holds even one object.
/// @kernel   __kmem_cache_create(), calculate_slab_order(), enable_cpucache(), mm/slab.c
/// @fidelity exact: without DEBUG_SLAB, init_on_free and KASAN.
bool calculate_slab_layout(KmemCache& cache, const SlabState& caches, uint32_t max_order,
                           uint32_t nr_cpus);

}  // namespace kmem
