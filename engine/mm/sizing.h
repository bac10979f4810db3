// Numbers that the kernel derives from the size of memory: watermarks, reserves, per-CPU batches.
#pragma once

#include <array>
#include <cstdint>

#include "mm/mm.h"

namespace kmem {

/// Settings under /proc/sys/vm that the sizes depend on.
struct VmSysctl {
  int64_t watermark_scale_factor = 10;  ///< in 1/10000 of the zone
  std::array<int64_t, kMaxNrZones> lowmem_reserve_ratio{256, 256, 32, 0, 0};
};

/// Sizes everything from Zone::managed_pages, as the kernel does while it boots: first the plain
/// minimum, then what transparent huge pages raise it to.
/// @param thp huge pages on; has an effect from 512 MiB on.
/// @kernel   init_per_zone_wmark_min(), set_recommended_min_free_kbytes()
/// @fidelity exact: one node.
void size_zones(Mm& mm, const VmSysctl& sysctl, bool thp);

/// Batch of a zone's per-CPU lists, in pages.
/// @kernel   zone_batchsize(), mm/page_alloc.c
/// @fidelity exact
int32_t zone_batchsize(uint32_t managed_pages);

/// How far a CPU's delta of NR_FREE_PAGES may grow before it is added to the shared counter.
/// @kernel   calculate_normal_threshold(), mm/vmstat.c
/// @fidelity exact
int32_t calculate_normal_threshold(uint32_t managed_pages, uint32_t nr_cpus);

}  // namespace kmem
