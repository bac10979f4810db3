// Numbers that the kernel derives from the size of memory: watermarks, reserves, per-CPU batches.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "mm/mm.h"

namespace kmem {

/// Settings under /proc/sys/vm that the sizes depend on.
struct VmSysctl {
  /// Nothing: as the kernel computes it at boot.
  std::optional<int64_t> min_free_kbytes{};
  int64_t watermark_scale_factor = 10;  ///< in 1/10000 of the zone
  std::array<int64_t, kMaxNrZones> lowmem_reserve_ratio{256, 256, 32, 0, 0};
  /// 0: per-CPU lists share the low watermark; from 8 on this part of the zone.
  int64_t percpu_pagelist_high_fraction = 0;
};

/// Sizes everything from Zone::managed_pages (present_pages in old kernels), as the kernel does
/// while it boots: first the plain minimum, then what transparent huge pages raise it to. Which
/// formulas: MmConfig::profile.
/// @param thp huge pages on; has an effect from 512 MiB on.
/// @kernel   init_per_zone_wmark_min(), set_recommended_min_free_kbytes()
/// @fidelity exact: in 6.1 for what the fixtures show (one to three zones, one node or the second
///           of two); other ages as far as zoneinfo_fixture_test.cpp and report_sizes_test.cpp go.
void size_zones(Mm& mm, const VmSysctl& sysctl, bool thp);

/// Batch of a zone's per-CPU lists, in pages; the first may be 0 ("no lists", before 5.13).
/// @param pages_most a batch is a quarter of at most so many pages.
/// @kernel   zone_batchsize(), mm/page_alloc.c
/// @fidelity exact
int32_t zone_batchsize(uint32_t pages, uint32_t pages_most);
int32_t zone_batchsize(uint32_t managed_pages);

/// How far a CPU's delta of NR_FREE_PAGES may grow before it is added to the shared counter.
/// @kernel   calculate_normal_threshold(), mm/vmstat.c
/// @fidelity exact
int32_t calculate_normal_threshold(uint32_t managed_pages, uint32_t nr_cpus);

/// The same while kswapd is awake: smaller, where deltas could hide that a mark was reached.
/// @kernel   calculate_pressure_threshold(), mm/vmstat.c
/// @fidelity exact
int32_t calculate_pressure_threshold(const Zone& zone, uint32_t nr_cpus);

}  // namespace kmem
