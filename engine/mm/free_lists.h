// The buddy lists of a zone: take a block and split it, give a block back and merge it.
#pragma once

#include <cstdint>

#include "mm/mm.h"

namespace kmem {

/// Why a freed block did not merge further.
enum class MergeStop : uint8_t {
  max_order = 0,     ///< it is as big as blocks get
  not_free = 1,      ///< the buddy is in use, on a per-CPU list, or not the head of a block
  other_order = 2,   ///< the buddy is free but split smaller
  outside_zone = 3,  ///< no memory there, or another zone's
  unmergeable = 4,   ///< one of them lies in a HighAtomic, CMA or Isolate pageblock
};

/// Where in its list a block was put.
enum class BuddyPlace : uint8_t {
  head = 0,
  tail_merge_likely = 1,  ///< the next bigger buddy is free: leave this one for last
  tail_asked = 2,         ///< FPI_TO_TAIL
};

/// @kernel fpi_t, mm/page_alloc.c
enum class FpiFlags : uint8_t { none = 0, to_tail = 2 };

/// First block of a list, or kNoPage.
Page free_list_head(const Mm& mm, const Zone& zone, Order order, Migratetype type);

/// Links a block that is on no list. Counts it in nr_free; NR_FREE_PAGES is the caller's affair.
/// @kernel   add_to_free_list(), add_to_free_list_tail(), mm/page_alloc.c
/// @fidelity exact
void add_to_free_list(Mm& mm, Zone& zone, Page page, Order order, Migratetype type);
void add_to_free_list_tail(Mm& mm, Zone& zone, Page page, Order order, Migratetype type);

/// Takes a block off whatever list it is on.
/// @kernel   del_page_from_free_list(), mm/page_alloc.c
/// @fidelity exact
void del_page_from_free_list(Mm& mm, Zone& zone, Page page, Order order);

/// Moves a free block to the tail of another type's list of the same order.
/// @kernel   move_to_free_list(), mm/page_alloc.c
/// @fidelity exact
void move_to_free_list(Mm& mm, Zone& zone, Page page, Order order, Migratetype type);

/// Turns a list round so that `page` comes first; the blocks before it follow the last one.
/// @kernel   move_freelist_head(), mm/compaction.c
/// @fidelity exact
void rotate_list_to_head(Mm& mm, Zone& zone, Page page, Order order, Migratetype type);

/// Turns a list round so that `page` comes last.
/// @kernel   move_freelist_tail(), mm/compaction.c
/// @fidelity exact
void rotate_list_to_tail(Mm& mm, Zone& zone, Page page, Order order, Migratetype type);

/// Takes the head of the smallest non-empty list of `type` from `order` up, and splits it: upper
/// halves go to the heads of their lists, the lowest part is returned.
/// @return kNoPage when every list is empty. NR_FREE_PAGES is the caller's affair.
/// @kernel   __rmqueue_smallest(), expand(), mm/page_alloc.c
/// @fidelity exact
Page rmqueue_smallest(Mm& mm, Zone& zone, Order order, Migratetype type);

/// Keeps NR_FREE_CMA_PAGES, which says how much of the free memory only movable requests may use.
/// @fidelity simplified: the shared counter moves at once, without the per-CPU delta; no recording
///           has CMA.
inline void mod_free_cma_pages(Zone& zone, Migratetype type, int32_t pages) {
  if (type == Migratetype::cma) zone.vm_free_cma += pages;
}

/// Counts `pages` more free ones whose pageblock has this type; fewer when negative.
/// @kernel   __mod_zone_freepage_state(), include/linux/vmstat.h
/// @fidelity exact: but for NR_FREE_CMA_PAGES, see mod_free_cma_pages().
inline void mod_zone_freepage_state(const Mm& mm, Zone& zone, int32_t pages, Migratetype type) {
  zone.mod_free_pages(mm.cpu, pages);
  mod_free_cma_pages(zone, type, pages);
}

/// Gives a block back: merges with its buddy while that is free, then links the result.
/// @param type list it goes to; blocks below pageblock size keep it whatever they merge with.
/// @kernel   __free_one_page(), mm/page_alloc.c
/// @fidelity exact: without page reporting and page_alloc.shuffle.
void free_one_page(Mm& mm, Zone& zone, Page page, Order order, Migratetype type, FpiFlags flags);

}  // namespace kmem
