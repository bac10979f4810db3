// The full state of one zone as a value: what a recording of a real kernel contains.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "mm/mm.h"

namespace kmem {

/// Everything that one `zone` line of a recording says. Lists are head first, pages are pfns.
struct ZoneDump {
  struct List {
    Order order = 0;
    Migratetype type = Migratetype::unmovable;
    std::vector<uint32_t> pfns;
    bool operator==(const List&) const = default;
  };
  struct Pcp {
    uint8_t cpu = 0;
    int32_t count = 0;
    int32_t high = 0;
    int32_t batch = 1;
    uint8_t free_factor = 0;
    int32_t expire = 0;
    std::vector<std::vector<uint32_t>> lists;
    bool operator==(const Pcp&) const = default;
  };
  uint8_t node = 0;
  std::string name;
  uint8_t zone_idx = 0;
  uint32_t start_pfn = 0;
  uint32_t spanned = 0;
  uint32_t present = 0;
  uint32_t managed = 0;
  std::array<int64_t, 3> watermark{};
  int64_t boost = 0;
  int64_t nr_reserved_highatomic = 0;
  std::vector<int64_t> lowmem_reserve;
  uint32_t flags = 0;
  int64_t vm_free = 0;
  int32_t vm_free_diff = 0;
  int32_t stat_threshold = 0;
  int64_t drift_mark = 0;
  int64_t vm_free_cma = 0;
  /// Positions and deferral state of compaction.
  CompactState compact;
  uint32_t contiguous = 0;
  /// One letter a pageblock from start_pfn rounded down; '-' where no memory is.
  std::string pageblocks;
  std::string pageblock_skip;
  /// Recordings are of kernels with the usual number of orders.
  std::array<int64_t, kNrOrders> nr_free{};
  std::vector<List> free;
  Pcp pcp;
  /// Line of the recording, for messages.
  uint32_t line = 0;
};

/// Builds the state that the dumps describe. Pages in no list count as in use since before.
/// @param others frames of other nodes that something is known about; they belong to no zone.
/// @param build build options; nr_cpus is raised so that the dumped CPU exists.
/// @return RecordingFormat with the dump's line when a dump contradicts itself: a block outside
///         its zone, not aligned, twice in lists, counts that do not add up.
Result<Mm> boot_from_dumps(const MmConfig& build, const std::vector<ZoneDump>& dumps,
                           const std::vector<uint32_t>& others = {});

/// The present state of a zone, with the CPU's per-CPU lists.
/// @param dump whose carried fields (drift mark, contiguous) are copied.
ZoneDump dump_zone(const Mm& mm, const Zone& zone, CpuId cpu, const ZoneDump& carried);

/// The first field in which two dumps differ.
struct DumpDifference {
  bool differs = false;
  std::string what;  ///< field, e.g. "free[0][M]"
  std::string ours;
  std::string theirs;
};
DumpDifference compare_dumps(const ZoneDump& ours, const ZoneDump& theirs);

}  // namespace kmem
