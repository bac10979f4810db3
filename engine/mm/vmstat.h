// Event counters of the page allocator, as /proc/vmstat and /proc/zoneinfo show them.
#pragma once

#include <array>
#include <cstdint>

namespace kmem {

/// Events counted over the whole machine since boot.
/// @kernel   enum vm_event_item, include/linux/vm_event_item.h
/// @fidelity exact for these, except that no recording shows the counters of kswapd and compaction;
///           events of parts that are not modelled stay 0 in the reports.
struct VmEvents {
  static constexpr uint32_t kZoneTypes = 5;
  /// Pages handed out by each kind of zone; refills of per-CPU lists do not count. Of single pages,
  /// see PerCpuPages, only the extraordinary: pages_allocated() has all.
  std::array<uint64_t, kZoneTypes> pgalloc{};
  /// Pages given back, counted when they reach a per-CPU or buddy list; pages_freed() has all.
  uint64_t pgfree = 0;

  /// Direct reclaims, by the highest zone that the request might use.
  std::array<uint64_t, kZoneTypes> allocstall{};
  uint64_t kswapd_high_wmark_hit_quickly = 0;
  uint64_t pageoutrun = 0;
  uint64_t pgmigrate_success = 0;
  uint64_t pgmigrate_fail = 0;
  uint64_t compact_migrate_scanned = 0;
  uint64_t compact_free_scanned = 0;
  uint64_t compact_isolated = 0;
  uint64_t compact_stall = 0;
  uint64_t compact_fail = 0;
  uint64_t compact_success = 0;
  uint64_t compact_daemon_wake = 0;
  uint64_t compact_daemon_migrate_scanned = 0;
  uint64_t compact_daemon_free_scanned = 0;
};

/// Where requests of one zone were served from.
/// @kernel   enum numa_stat_item, include/linux/mmzone.h
/// @fidelity exact: counted for calls, not for bulk refills.
struct NumaStats {
  uint64_t hit = 0;      ///< served here, as wanted
  uint64_t miss = 0;     ///< served here, wanted elsewhere
  uint64_t foreign = 0;  ///< wanted here, served elsewhere
  uint64_t local = 0;    ///< by a CPU of this node
  uint64_t other = 0;    ///< by a CPU of another node
};

}  // namespace kmem
