// One run of compaction over one zone, and the parts it consists of.
#pragma once

#include <cstdint>
#include <vector>

#include "mm/compaction.h"

namespace kmem {

/// Pages isolated before they are moved, and between two looks at whether to go on.
/// @kernel COMPACT_CLUSTER_MAX, include/linux/swap.h
inline constexpr uint32_t kCompactClusterMax = 32;

/// What a run may do and how far it is. Positions are page frame numbers.
/// @kernel struct compact_control, mm/internal.h
struct CompactControl {
  Zone& zone;
  Order order = 0;
  Migratetype migratetype = Migratetype::unmovable;
  uint32_t alloc_flags = 0;
  ZoneType highest = ZoneType::normal;
  bool async = false;                  ///< give up early; sync runs take what they can get
  bool direct = false;                 ///< an allocation waits for it
  bool whole_zone = false;             ///< started at the zone's start
  bool ignore_skip_hint = false;       ///< SYNC_FULL: look everywhere
  bool ignore_block_suitable = false;  ///< SYNC_FULL: move pages into any pageblock

  uint32_t migrate_pfn = 0;   ///< the migrate scanner comes from below
  uint32_t free_pfn = 0;      ///< the free scanner comes from above
  bool finish_block = false;  ///< the pageblock is visited again: take all that is left in it

  // The short cuts through the free lists, see compaction_migrate.cpp and compaction_free.cpp.
  int32_t search_order = 0;       ///< where the search for free pages goes on
  uint32_t fast_search_fail = 0;  ///< searches that found nothing
  uint32_t fast_start_pfn = 0;    ///< lowest pageblock found by short cut; 0 none
  bool fast_start_used = false;

  /// Isolated pages; both are taken from the back.
  std::vector<Page> migrate_pages{};
  std::vector<Page> free_pages{};
  /// Pages taken for the present round of moves; free pages are sought for all of them, however
  /// many have moved already.
  size_t nr_migrate_pages = 0;

  uint64_t migrate_scanned = 0;
  uint64_t free_scanned = 0;
};

/// Pageblock arithmetic on page frame numbers.
inline uint32_t pageblock_start(const Mm& mm, uint32_t pfn) {
  return pfn & ~(mm.config.pageblock_nr_pages() - 1);
}
inline uint32_t pageblock_end(const Mm& mm, uint32_t pfn) {
  return pageblock_start(mm, pfn) + mm.config.pageblock_nr_pages();
}
inline bool pageblock_aligned(const Mm& mm, uint32_t pfn) {
  return pageblock_start(mm, pfn) == pfn;
}

/// First page of [start, end) if both ends of the range lie in the zone, else kNoPage.
/// @kernel   pageblock_pfn_to_page(), mm/page_alloc.c
/// @fidelity exact
Page pageblock_page(const Mm& mm, const Zone& zone, uint32_t start_pfn, uint32_t end_pfn);

/// Searches per short cut: halved by every search that found nothing.
/// @kernel freelist_scan_limit(), mm/compaction.c
uint32_t freelist_scan_limit(const CompactControl& cc);

enum class IsolateResult : uint8_t { none, some };

/// Takes up to 32 pages in use from the next pageblock worth emptying.
/// @kernel   isolate_migratepages(), mm/compaction.c
/// @fidelity simplified: pages of drivers (__SetPageMovable); there are no LRU lists yet.
IsolateResult isolate_migratepages(Mm& mm, CompactControl& cc);

/// Fills cc.free_pages with targets for the pages to be moved.
/// @kernel   isolate_freepages(), mm/compaction.c
/// @fidelity simplified: as far as recordings show it.
void isolate_freepages(Mm& mm, CompactControl& cc);

/// Whether the scanners have reached the same pageblock.
/// @kernel   compact_scanners_met(), mm/compaction.c
/// @fidelity exact
inline bool compact_scanners_met(const Mm& mm, const CompactControl& cc) {
  return pageblock_start(mm, cc.free_pfn) <= pageblock_start(mm, cc.migrate_pfn);
}

// ---- skip hints and cached positions, compaction_skip.cpp ---------------------------------------

/// @kernel   isolation_suitable(), mm/compaction.c
/// @fidelity exact
bool isolation_suitable(const Mm& mm, const CompactControl& cc, Page page);

/// Later runs start migrating behind the pageblock that starts at or contains `pfn`.
/// @kernel   update_cached_migrate(), mm/compaction.c
/// @fidelity exact
void update_cached_migrate(const Mm& mm, CompactControl& cc, uint32_t pfn);

/// The free scanner has seen the whole pageblock at `pfn`.
/// @kernel   update_pageblock_skip(), mm/compaction.c
/// @fidelity exact
void update_pageblock_skip(Mm& mm, CompactControl& cc, Page page, uint32_t pfn);

/// The scanners met: the next run starts at the ends of the zone.
/// @kernel   reset_cached_positions(), mm/compaction.c
/// @fidelity exact
void reset_cached_positions(const Mm& mm, Zone& zone);

}  // namespace kmem
