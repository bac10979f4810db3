// Building a machine: sections of the memory map and empty zones.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "mm/mm.h"

namespace kmem {

/// Merges frame ranges into memory map sections, rounded outwards to MemMap::kSectionAlignment or
/// to the biggest block, whichever is more.
class SectionPlan {
 public:
  explicit SectionPlan(Order max_order = kMaxOrder)
      : alignment_(std::max(MemMap::kSectionAlignment, pages_in(max_order))) {}

  /// Frames [start, end) exist. Calls must come in ascending order.
  void add(uint32_t start_pfn, uint32_t end_pfn);
  [[nodiscard]] const std::vector<MemSection>& sections() const { return sections_; }

 private:
  uint32_t alignment_;
  std::vector<MemSection> sections_;
};

/// Gives zone `index` its list nodes, its empty per-CPU page sets and its delta counters.
/// Boot page sets have high 0 and batch 1: per-CPU lists are bypassed until they are set up.
/// @kernel   zone_init_free_lists(), zone_pcp_init(), mm/page_alloc.c
/// @fidelity exact
void init_zone_lists(const Mm& mm, Zone& zone, uint8_t index);

/// Enters the zone's number into the pages [start, end) that exist.
void assign_pages(Mm& mm, const Zone& zone, uint32_t start_pfn, uint32_t end_pfn);

}  // namespace kmem
