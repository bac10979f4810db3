// What one run tells the next: skip hints on pageblocks, and where the scanners stopped.
#include <algorithm>

#include "mm/compaction_control.h"

namespace kmem {

bool isolation_suitable(const Mm& mm, const CompactControl& cc, Page page) {
  return cc.ignore_skip_hint || !mm.map.pageblock_skip(page);
}

void update_cached_migrate(const Mm& mm, CompactControl& cc, uint32_t pfn) {
  CompactState& state = cc.zone.compact;
  const uint32_t next = pageblock_end(mm, pfn);
  state.cached_migrate_pfn[0] = std::max(state.cached_migrate_pfn[0], next);
  if (!cc.async) state.cached_migrate_pfn[1] = std::max(state.cached_migrate_pfn[1], next);
}

void update_pageblock_skip(Mm& mm, CompactControl& cc, Page page, uint32_t pfn) {
  mm.map.set_pageblock_skip(page, true);
  CompactState& state = cc.zone.compact;
  state.cached_free_pfn = std::min(state.cached_free_pfn, pfn);
}

void reset_cached_positions(const Mm& mm, Zone& zone) {
  zone.compact.cached_migrate_pfn.fill(zone.start_pfn.value);
  zone.compact.cached_free_pfn = pageblock_start(mm, zone.end_pfn() - 1);
}

namespace {

/// What a pageblock must be good for to lose its hint.
struct Sample {
  bool source = false;  ///< pages on an LRU list
  bool target = false;  ///< free blocks
};

/// Looks at every eighth page of the pageblock at `pfn`; clears its hint when it looks useful.
/// @kernel __reset_isolation_pfn(), mm/compaction.c
bool reset_isolation_pfn(Mm& mm, const Zone& zone, uint32_t pfn, Sample wanted) {
  constexpr uint32_t kStride = 1u << kCostlyOrder;
  const Page page = mm.map.pfn_to_page({pfn});
  if (page == kNoPage || mm.map.zone(page) != zone.index) return false;
  if (wanted.source && wanted.target && !mm.map.pageblock_skip(page)) return true;
  const bool movable = mm.map.pageblock_type(page) == Migratetype::movable;
  if (!wanted.source && wanted.target && !movable) return false;

  const uint32_t first = std::max(pageblock_start(mm, pfn), zone.start_pfn.value);
  const uint32_t last = std::min(pageblock_end(mm, pfn), zone.end_pfn() - 1);
  for (uint32_t at = first; at <= last; at += kStride) {
    const Page sample = mm.map.pfn_to_page({at});
    if (sample == kNoPage) break;
    const bool useful = (wanted.source && (mm.map.flags(sample) & MemMap::kLru) != 0) ||
                        (wanted.target && mm.map.in_buddy(sample));
    if (!useful) continue;
    mm.map.set_pageblock_skip(page, false);
    return true;
  }
  return false;
}

/// Walks from both ends of a zone to its middle, sources from below, targets from above.
/// @kernel __reset_isolation_suitable(), mm/compaction.c
void reset_zone_hints(Mm& mm, Zone& zone) {
  CompactState& state = zone.compact;
  if (!state.blockskip_flush) return;
  state.blockskip_flush = false;
  const uint32_t step = mm.config.pageblock_nr_pages();
  uint32_t migrate = zone.start_pfn.value;
  uint32_t free = zone.end_pfn() - 1;
  uint32_t first_source = free;
  uint32_t last_target = migrate;
  bool source_found = false;
  bool target_found = false;
  for (; migrate < free; migrate += step, free -= step) {
    if (reset_isolation_pfn(mm, zone, migrate, {true, source_found}) && migrate < first_source) {
      source_found = true;
      first_source = migrate;
      state.init_migrate_pfn = migrate;
      state.cached_migrate_pfn.fill(migrate);
    }
    if (reset_isolation_pfn(mm, zone, free, {target_found, true}) && free > last_target) {
      target_found = true;
      last_target = free;
      state.init_free_pfn = free;
      state.cached_free_pfn = free;
    }
  }
  // Nothing to move, or nowhere to move it: the scanners meet at once.
  if (first_source >= last_target) {
    state.cached_migrate_pfn.fill(migrate);
    state.cached_free_pfn = free;
  }
  mm.trace->decision(Event::compact_reset_hints, zone.index, 0, state.cached_migrate_pfn[0],
                     state.cached_free_pfn);
}

}  // namespace

void reset_isolation_suitable(Mm& mm, NodeId node) {
  for (Zone& zone : mm.zones) {
    if (zone.node == node && zone.populated()) reset_zone_hints(mm, zone);
  }
}

}  // namespace kmem
