// Zones: what a zone is made of, and the counter its watermark checks read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"
#include "mm/gfp.h"
#include "mm/migratetype.h"
#include "mm/vmstat.h"

namespace kmem {

/// Most per-CPU lists a kernel of this family has: orders 0..3 by three types, and two of order 9.
inline constexpr uint32_t kMaxPcpLists = 14;

/// One CPU's lists of free pages in front of the buddy lists of one zone.
/// @kernel struct per_cpu_pages, include/linux/mmzone.h
struct alignas(kHostCacheLine) PerCpuPages {
  /// Single pages that were handed out from here as wanted to a CPU of this node, and single pages
  /// that were put here: the ordinary calls. Each of them writes one number here, which tells both
  /// how many pages the lists hold and what the statistics of zone and machine have to count.
  uint64_t handed_out = 0;
  uint64_t given_back = 0;
  int64_t others = 0;       ///< base pages that came and went otherwise
  int32_t high = 0;         ///< from this count on, frees push pages back to the buddy lists
  int32_t batch = 1;        ///< pages moved in one go
  uint8_t free_factor = 0;  ///< how much bigger than `batch` the next push-back is (power of two)
  int32_t expire = 0;       ///< seconds until a remote node's lists are drained; kept as recorded
  uint32_t first_head = 0;  ///< list node of list 0; the others follow
  uint32_t trace_site = 0;  ///< Trace::site_of() its CPU and zone

  /// Base pages on all lists together.
  [[nodiscard]] int32_t count() const {
    return static_cast<int32_t>(others + static_cast<int64_t>(given_back - handed_out));
  }

  /// 2.6.18 has two lists with limits of their own; `others`, `high` and `batch` are those of the
  /// hot one there.
  struct Cold {
    int64_t count = 0;
    int32_t high = 0;
    int32_t batch = 1;
  };
  Cold cold;
};

/// Where compaction of a zone stopped, and how often it has failed: what the next run starts from.
/// Positions are page frame numbers; 0, outside every zone compacted so far, means "never set".
/// @kernel compact_* of struct zone, include/linux/mmzone.h
struct CompactState {
  uint32_t cached_free_pfn = 0;
  std::array<uint32_t, 2> cached_migrate_pfn{};  ///< async runs, sync runs
  uint32_t init_free_pfn = 0;     ///< highest frame that the last reset of hints found useful
  uint32_t init_migrate_pfn = 0;  ///< lowest such frame
  uint32_t considered = 0;        ///< requests since the last failure
  uint32_t defer_shift = 0;       ///< log2 of the requests to let pass before the next try
  int32_t order_failed = 0;       ///< smallest order that failed
  bool blockskip_flush = false;   ///< a whole pass is done: the skip hints may be cleared

  bool operator==(const CompactState&) const = default;
};

/// Which of the three (four) watermarks.
/// @kernel enum zone_watermarks, include/linux/mmzone.h
enum class Watermark : uint8_t { min = 0, low = 1, high = 2, promo = 3 };

/// One zone of one node.
/// @kernel   struct zone, include/linux/mmzone.h
/// @fidelity exact for the fields that the page allocator reads.
struct alignas(kHostCacheLine) Zone {
  static constexpr uint32_t kBoostedWatermark = 1u << 0;
  static constexpr uint32_t kReclaimActive = 1u << 1;

  // First what every call looks at, side by side: each further cache line costs.
  uint8_t index = 0;  ///< place in Mm::zones, ascending by address
  NodeId node;
  ZoneType type = ZoneType::normal;
  uint32_t flags = 0;
  /// NR_FREE_PAGES as the watermark code reads it: without the per-CPU deltas below.
  int64_t vm_free = 0;
  /// What vm_free must exceed for an ordinary request to be served without further questions; see
  /// learn_ordinary_floor(). Whoever changes one of the numbers behind it calls forget_floor().
  int64_t ordinary_floor = kUnknownFloor;
  static constexpr int64_t kUnknownFloor = INT64_MAX;
  std::vector<PerCpuPages> pcp;        ///< one a CPU
  std::array<int64_t, 4> watermark{};  ///< pages, boost not included
  int64_t watermark_boost = 0;         ///< pages added to every watermark for a while
  int64_t nr_reserved_highatomic = 0;
  int64_t vm_free_cma = 0;
  /// Pageblocks set apart: while there are any, pages leave the per-CPU lists by pageblock type.
  uint32_t nr_isolate_pageblock = 0;
  std::vector<int64_t> lowmem_reserve;  ///< pages; index = highest zone of the request
  int64_t ordinary_reserve = 0;         ///< most of those of requests that come here first
  NumaStats numa;                       ///< without what the per-CPU lists count

  uint32_t first_free_head = 0;  ///< list node of free_area[0][unmovable]
  int32_t stat_threshold = 0;
  std::array<int64_t, kMostOrders> nr_free{};  ///< free blocks of each order, all types
  std::vector<int32_t> vm_free_diff;           ///< one a CPU
  /// Deltas of CPUs that a dump does not show, so that the sum comes out right.
  int64_t other_cpus_free_diff = 0;
  int64_t other_cpus_free_cma_diff = 0;
  CompactState compact;

  std::string name;
  Pfn start_pfn;
  uint32_t spanned_pages = 0;
  uint32_t present_pages = 0;
  uint32_t managed_pages = 0;

  [[nodiscard]] bool spans(Pfn pfn) const { return pfn.value - start_pfn.value < spanned_pages; }
  [[nodiscard]] uint32_t end_pfn() const { return start_pfn.value + spanned_pages; }
  [[nodiscard]] bool populated() const { return present_pages != 0; }

  /// Node of the ring free_area[order].free_list[type].
  [[nodiscard]] uint32_t free_head(Order order, Migratetype list_type) const {
    return first_free_head + order * kNrMigratetypes + index_of(list_type);
  }

  void forget_floor() { ordinary_floor = kUnknownFloor; }

  /// Watermark with boost, as every check uses it.
  /// @kernel wmark_pages(), include/linux/mmzone.h
  [[nodiscard]] int64_t wmark_pages(Watermark which) const {
    return watermark[static_cast<uint32_t>(which)] + watermark_boost;
  }

  /// Where all requests of this zone were served from.
  [[nodiscard]] NumaStats numa_stats() const {
    NumaStats all = numa;
    for (const PerCpuPages& lists : pcp) {
      all.hit += lists.handed_out;
      all.local += lists.handed_out;
    }
    return all;
  }

  /// Adds pages to NR_FREE_PAGES through the CPU's delta: the shared counter moves only when the
  /// delta grows beyond the threshold, so it may lag behind the truth.
  /// @kernel   __mod_zone_page_state(), mm/vmstat.c
  /// @fidelity exact
  void mod_free_pages(CpuId cpu, int32_t pages) {
    int32_t& diff = vm_free_diff[cpu.value];
    const int32_t sum = diff + pages;
    if (sum > stat_threshold || sum < -stat_threshold) {
      vm_free += sum;
      diff = 0;
    } else {
      diff = sum;
    }
  }
};

/// List nodes that one zone needs behind the pages of the memory map.
constexpr uint32_t list_heads_of_zone(uint32_t nr_cpus, uint32_t nr_orders = kNrOrders) {
  return nr_orders * kNrMigratetypes + nr_cpus * kMaxPcpLists;
}

}  // namespace kmem
