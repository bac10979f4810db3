// How a cache lays out its objects, and how many pages make a slab.
#pragma once

#include <cstdint>

#include "slab/slab.h"

namespace kmem {

/// One record of who allocated or freed an object, its stack kept elsewhere (CONFIG_STACKDEPOT).
/// @kernel struct track, mm/slub.c
inline constexpr uint32_t kTrackBytes = 32;
/// What kmalloc() was asked for, behind the tracks. @kernel get_orig_size(), mm/slub.c
inline constexpr uint32_t kOrigSizeBytes = 4;

/// Alignment that a cache gets. @param size bytes as asked for, at least 1.
/// @kernel   calculate_alignment(), mm/slab_common.c
/// @fidelity exact: x86-64, cache lines of 64 bytes.
uint32_t calculate_alignment(SlabFlags flags, uint32_t align, uint32_t size);

/// Fills sizes, free pointer offset, orders, partial limits and allocflags from object_size,
/// align, flags and ctor.
/// @return false when no order holds even one object.
/// @kernel   calculate_sizes(), calculate_order(), set_cpu_partial(), mm/slub.c
/// @fidelity exact: without KASAN; boot parameters have their defaults.
bool calculate_sizes(KmemCache& cache, const SlabConfig& config, uint32_t nr_cpus);

}  // namespace kmem
