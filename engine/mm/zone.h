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
struct PerCpuPages {
  int32_t count = 0;        ///< base pages on all lists together
  int32_t high = 0;         ///< from this count on, frees push pages back to the buddy lists
  int32_t batch = 1;        ///< pages moved in one go
  uint8_t free_factor = 0;  ///< how much bigger than `batch` the next push-back is (power of two)
  int32_t expire = 0;       ///< seconds until a remote node's lists are drained; kept as recorded
  uint32_t first_head = 0;  ///< list node of list 0; the others follow

  /// 2.6.18 has two lists with limits of their own; `count`, `high` and `batch` are those of the
  /// hot one there.
  struct Cold {
    int32_t count = 0;
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
struct Zone {
  uint8_t index = 0;  ///< place in Mm::zones, ascending by address
  NodeId node;
  ZoneType type = ZoneType::normal;
  std::string name;

  Pfn start_pfn;
  uint32_t spanned_pages = 0;
  uint32_t present_pages = 0;
  uint32_t managed_pages = 0;

  std::array<int64_t, 4> watermark{};   ///< pages, boost not included
  int64_t watermark_boost = 0;          ///< pages added to every watermark for a while
  std::vector<int64_t> lowmem_reserve;  ///< pages; index = highest zone of the request
  int64_t nr_reserved_highatomic = 0;

  static constexpr uint32_t kBoostedWatermark = 1u << 0;
  static constexpr uint32_t kReclaimActive = 1u << 1;
  uint32_t flags = 0;

  /// NR_FREE_PAGES as the watermark code reads it: without the per-CPU deltas below.
  int64_t vm_free = 0;
  std::vector<int32_t> vm_free_diff;  ///< one a CPU
  int32_t stat_threshold = 0;
  /// Deltas of CPUs that a dump does not show, so that the sum comes out right.
  int64_t other_cpus_free_diff = 0;
  int64_t vm_free_cma = 0;
  NumaStats numa;
  CompactState compact;

  std::array<int64_t, kMostOrders> nr_free{};  ///< free blocks of each order, all types
  uint32_t first_free_head = 0;                ///< list node of free_area[0][unmovable]
  std::vector<PerCpuPages> pcp;                ///< one a CPU

  [[nodiscard]] bool spans(Pfn pfn) const { return pfn.value - start_pfn.value < spanned_pages; }
  [[nodiscard]] uint32_t end_pfn() const { return start_pfn.value + spanned_pages; }
  [[nodiscard]] bool populated() const { return present_pages != 0; }

  /// Node of the ring free_area[order].free_list[type].
  [[nodiscard]] uint32_t free_head(Order order, Migratetype list_type) const {
    return first_free_head + order * kNrMigratetypes + index_of(list_type);
  }

  /// Watermark with boost, as every check uses it.
  /// @kernel wmark_pages(), include/linux/mmzone.h
  [[nodiscard]] int64_t wmark_pages(Watermark which) const {
    return watermark[static_cast<uint32_t>(which)] + watermark_boost;
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
