// Memory compaction: pages in use move to one end of a zone, so that free blocks grow at the other.
#pragma once

#include <cstdint>

#include "mm/mm.h"
#include "mm/page_alloc.h"

namespace kmem {

/// How a run ended; later values are better news.
/// @kernel enum compact_result, include/linux/compaction.h
enum class CompactResult : uint8_t {
  not_suitable_zone = 0,  ///< internal: too little fragmentation to be worth it
  skipped = 1,            ///< not tried: it could not help
  deferred = 2,           ///< not tried: it failed too often lately
  no_suitable_page = 3,   ///< internal: go on
  go_on = 4,              ///< worth trying, or worth going on
  complete = 5,           ///< the scanners met, and between them lay the whole zone
  partial_skipped = 6,    ///< the scanners met, having started in the middle
  contended = 7,          ///< given up: no free page for a page that had to move
  success = 8,            ///< a block of the wanted order is there
};

/// How hard a run tries.
/// @kernel enum compact_priority, include/linux/compaction.h
enum class CompactPriority : uint8_t { sync_full = 0, sync_light = 1, async = 2 };

/// Compacts the zones of a request, one after another, until one has a block for it.
/// @param captured receives a block that was freed at just the right size, or kNoPage.
/// @kernel   try_to_compact_pages(), mm/compaction.c
/// @fidelity simplified: every rule is one that the facts name or that a recording needs (classes
///           `compact` and `exhsleep` replay exactly: moves, positions, hints, list orders), so
///           what neither shows is missing. No locked pages, no signals, no LRU lists; SYNC_FULL is
///           not in any recording.
CompactResult try_to_compact_pages(Mm& mm, const AllocContext& context, uint32_t alloc_flags,
                                   CompactPriority priority, Page& captured);

/// Whether compacting a zone could help a request: `success` when it needs no help, `skipped` when
/// it is memory that lacks rather than order, `go_on` otherwise. Records compact_suitable.
/// @kernel   compaction_suitable(), mm/compaction.c
/// @fidelity simplified: from the facts; no recording reaches the threshold or the mark of
///           costly orders.
CompactResult compaction_suitable(Mm& mm, const Zone& zone, Order order, uint32_t alloc_flags,
                                  ZoneType highest);

/// vm.extfrag_threshold: below it a request fails for want of memory, not of order.
/// @kernel sysctl_extfrag_threshold, mm/compaction.c
inline constexpr int kExtfragThreshold = 500;

/// Free pages that compaction wants above the watermark to work with.
/// @kernel   compact_gap(), include/linux/compaction.h
/// @fidelity exact
constexpr int64_t compact_gap(Order order) { return int64_t{2} << order; }

// ---- deferral: a zone that failed is left alone for a while -------------------------------------

/// @kernel COMPACT_MAX_DEFER_SHIFT, include/linux/compaction.h
inline constexpr uint32_t kCompactMaxDeferShift = 6;

/// Counts a request; whether it should pass the zone by.
/// @kernel   compaction_deferred(), mm/compaction.c
/// @fidelity exact
bool compaction_deferred(Mm& mm, Zone& zone, Order order);

/// A run of `order` failed: twice as many requests as before pass the zone by.
/// @kernel   defer_compaction(), mm/compaction.c
/// @fidelity exact
void defer_compaction(Mm& mm, Zone& zone, Order order);

/// A run of `order` succeeded.
/// @param allocated the block was handed out, too.
/// @kernel   compaction_defer_reset(), mm/compaction.c
/// @fidelity exact
void compaction_defer_reset(Mm& mm, Zone& zone, Order order, bool allocated);

// ---- background ---------------------------------------------------------------------------------

/// Clears the skip hints of pageblocks that look useful again, if a whole pass is over.
/// @kernel   reset_isolation_suitable(), mm/compaction.c
/// @fidelity simplified: as far as recordings show it.
void reset_isolation_suitable(Mm& mm, NodeId node);

/// One run of a node's compaction thread.
/// @kernel   kcompactd_do_work(), mm/compaction.c
/// @fidelity simplified: no proactive compaction, which a timer starts.
void kcompactd_do_work(Mm& mm, NodeId node);

/// Whether kcompactd would find anything to do.
/// @kernel   kcompactd_node_suitable(), mm/compaction.c
/// @fidelity simplified: as far as recordings show it.
bool kcompactd_node_suitable(Mm& mm, NodeId node);

}  // namespace kmem
