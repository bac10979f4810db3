#include "mm/sizing.h"

#include <algorithm>
#include <bit>

namespace kmem {

namespace {

constexpr int64_t kMinFreeKbytesLeast = 128;
/// Below this much memory huge pages do not raise min_free_kbytes: 512 MiB, in pages.
constexpr int64_t kThpLeastPages = 512 << (20 - kPageShift);
constexpr int64_t kKbytesPerPage = kPageSizeBytes / 1024;

/// Integer part of the square root.
int64_t int_sqrt(int64_t value) {
  int64_t low = 0;
  int64_t high = int64_t{1} << 31;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    (middle * middle <= value ? low : high) = middle;
  }
  return low;
}

/// Position of the highest set bit, counted from 1; 0 for 0.
int32_t fls(uint32_t value) { return static_cast<int32_t>(std::bit_width(value)); }

/// value * numerator / denominator without a product that could overflow.
int64_t mult_frac(int64_t value, int64_t numerator, int64_t denominator) {
  return value / denominator * numerator + value % denominator * numerator / denominator;
}

const SizingRules& rules_of(const Mm& mm) { return mm.config.profile->sizing; }

/// Pages that a zone's sizes are made from.
int64_t sized_pages(const Mm& mm, const Zone& zone) {
  return rules_of(mm).by_present_pages ? zone.present_pages : zone.managed_pages;
}

/// HighMem, which the kernel itself cannot use; not Movable, which newer kernels number the same.
bool is_highmem(const Zone& zone) { return zone.name == "HighMem"; }

/// Pages that GFP_USER requests could still get.
/// @kernel nr_free_buffer_pages(), mm/page_alloc.c
int64_t nr_free_buffer_pages(const Mm& mm) {
  int64_t sum = 0;
  for (const Zone& zone : mm.zones) {
    if (zone.type > ZoneType::normal) continue;
    sum += std::max<int64_t>(sized_pages(mm, zone) - zone.wmark_pages(Watermark::high), 0);
  }
  return sum;
}

/// What shares min_free_kbytes out: Movable is among it, unlike in nr_free_buffer_pages().
int64_t lowmem_pages(const Mm& mm) {
  int64_t sum = 0;
  for (const Zone& zone : mm.zones) {
    if (!is_highmem(zone)) sum += sized_pages(mm, zone);
  }
  return sum;
}

// @kernel __setup_per_zone_wmarks(), mm/page_alloc.c
void setup_per_zone_wmarks(Mm& mm, const VmSysctl& sysctl, int64_t min_free_kbytes) {
  const int64_t pages_min = min_free_kbytes / kKbytesPerPage;
  const int64_t lowmem = std::max<int64_t>(lowmem_pages(mm), 1);
  for (Zone& zone : mm.zones) {
    const int64_t pages = sized_pages(mm, zone);
    const int64_t share = pages_min * pages / lowmem;
    // The kernel itself takes nothing from HighMem, so a token reserve is enough there; the
    // distances still follow the share.
    const int64_t min = is_highmem(zone) ? std::clamp<int64_t>(pages / 1024, 32, 128) : share;
    if (!rules_of(mm).watermark_scale) {
      zone.watermark = {min, min + share / 4, min + share / 2, 0};
      continue;
    }
    const int64_t distance =
        std::max(share / 4, mult_frac(pages, sysctl.watermark_scale_factor, 10000));
    zone.watermark = {min, min + distance, min + 2 * distance, min + 3 * distance};
    zone.watermark_boost = 0;
  }
}

// A zone keeps something back from requests that could have been served by a higher zone.
// @kernel setup_per_zone_lowmem_reserve(), mm/page_alloc.c
void setup_lowmem_reserve(Mm& mm, const VmSysctl& sysctl) {
  for (Zone& zone : mm.zones) {
    zone.lowmem_reserve.assign(kMaxNrZones, 0);
    const auto own = static_cast<uint32_t>(zone.type);
    const int64_t ratio = sysctl.lowmem_reserve_ratio[own];
    if (ratio == 0 || sized_pages(mm, zone) == 0) continue;
    for (uint32_t highest = own + 1; highest < kMaxNrZones; ++highest) {
      int64_t above = 0;
      for (const Zone& other : mm.zones) {
        const auto type = static_cast<uint32_t>(other.type);
        if (other.node != zone.node || type <= own || type > highest) continue;
        above += sized_pages(mm, other);
      }
      zone.lowmem_reserve[highest] = above / ratio;
    }
  }
}

/// CPUs that share a zone's per-CPU pages: those of its node, or all where the node has none.
int64_t sharing_cpus(const Mm& mm, const Zone& zone) {
  const uint8_t own = zone.node.value < kMostNodes ? mm.config.cpus_of_node[zone.node.value] : 0;
  return own != 0 ? own : mm.config.nr_cpus;
}

// @kernel zone_highsize(), mm/page_alloc.c
int32_t zone_highsize(const Mm& mm, const VmSysctl& sysctl, const Zone& zone, int32_t batch) {
  const int64_t fraction = sysctl.percpu_pagelist_high_fraction;
  const int64_t pages = fraction == 0 ? zone.wmark_pages(Watermark::low)
                                      : static_cast<int64_t>(zone.managed_pages) / fraction;
  const int64_t share = pages / sharing_cpus(mm, zone);
  return static_cast<int32_t>(std::max<int64_t>(share, int64_t{batch} << 2));
}

// @kernel setup_pageset(), pageset_set_batch(), mm/page_alloc.c (until 5.12)
void size_old_pageset(PerCpuPages& pcp, int32_t batch) {
  pcp.high = 6 * batch;
  pcp.batch = std::max(1, batch);
  pcp.cold.high = 2 * batch;
  pcp.cold.batch = std::max(1, batch / 2);
}

void setup_pagesets(Mm& mm, const VmSysctl& sysctl) {
  const SizingRules& rules = rules_of(mm);
  for (Zone& zone : mm.zones) {
    const auto pages = static_cast<uint32_t>(sized_pages(mm, zone));
    if (rules.counter_deltas) {
      zone.stat_threshold = calculate_normal_threshold(pages, mm.config.nr_cpus);
    }
    const int32_t batch = zone_batchsize(pages, rules.batch_pages_most);
    for (PerCpuPages& pcp : zone.pcp) {
      if (rules.high_is_six_batches) {
        size_old_pageset(pcp, batch);
        continue;
      }
      pcp.batch = std::max(1, batch);
      pcp.high = zone_highsize(mm, sysctl, zone, pcp.batch);
    }
  }
}

// Room for a movable and an unmovable pageblock in each zone, and for the blocks that mixing
// migratetypes costs, so that huge pages stay available.
// @kernel set_recommended_min_free_kbytes(), mm/khugepaged.c
int64_t recommended_min_free_kbytes(const Mm& mm) {
  const int64_t block = mm.config.pageblock_nr_pages();
  int64_t zones = 0;
  for (const Zone& zone : mm.zones) zones += zone.type <= ZoneType::normal && zone.populated();
  constexpr int64_t kPcpTypes = kNrPcpTypes;
  const int64_t pages = block * zones * 2 + block * zones * kPcpTypes * kPcpTypes;
  return std::min(pages, nr_free_buffer_pages(mm) / 20) * kKbytesPerPage;
}

}  // namespace

int32_t zone_batchsize(uint32_t pages, uint32_t pages_most) {
  // About a thousandth of the zone, at most 1 MiB, in quarters; rounded to 2^n - 1 so that the
  // batches of different CPUs do not march in step with cache colours.
  const uint32_t quarter = std::max(std::min(pages >> 10, pages_most) / 4, 1u);
  return static_cast<int32_t>(std::bit_floor(quarter + quarter / 2)) - 1;
}

int32_t zone_batchsize(uint32_t managed_pages) {
  return std::max(zone_batchsize(managed_pages, kSizing_6_1.batch_pages_most), 1);
}

int32_t calculate_normal_threshold(uint32_t managed_pages, uint32_t nr_cpus) {
  // In units of 128 MiB.
  const uint32_t memory = managed_pages >> (27 - kPageShift);
  return std::min(125, 2 * fls(nr_cpus) * (1 + fls(memory)));
}

int32_t calculate_pressure_threshold(const Zone& zone, uint32_t nr_cpus) {
  const int64_t distance = zone.watermark[1] - zone.watermark[0];
  return static_cast<int32_t>(std::clamp<int64_t>(distance / nr_cpus, 1, 125));
}

void size_zones(Mm& mm, const VmSysctl& sysctl, bool thp) {
  const SizingRules& rules = rules_of(mm);
  // The first pass of boot sees no watermarks yet.
  for (Zone& zone : mm.zones) zone.watermark = {};
  int64_t kbytes = std::clamp(int_sqrt(16 * nr_free_buffer_pages(mm) * kKbytesPerPage),
                              kMinFreeKbytesLeast, rules.min_free_kbytes_most);
  if (sysctl.min_free_kbytes) {
    // Written after boot, so it has the last word over huge pages too.
    setup_per_zone_wmarks(mm, sysctl, *sysctl.min_free_kbytes);
  } else {
    setup_per_zone_wmarks(mm, sysctl, kbytes);
    if (thp && lowmem_pages(mm) >= kThpLeastPages) {
      kbytes = std::max(kbytes, recommended_min_free_kbytes(mm));
      setup_per_zone_wmarks(mm, sysctl, kbytes);
    }
  }
  setup_lowmem_reserve(mm, sysctl);
  setup_pagesets(mm, sysctl);
}

}  // namespace kmem
