// When the wanted list is empty: whose list is robbed, and what happens to the pageblock.
#pragma once

#include <cstdint>

#include "mm/mm.h"

namespace kmem {

/// What became of the block that was robbed.
enum class StealResult : uint8_t {
  moved_block = 0,         ///< only this free block changed list
  claimed_pageblocks = 1,  ///< it covers whole pageblocks: they changed type with it
  claimed_pageblock = 2,   ///< half or more of the pageblock was alike: all of it changed type
  moved_free_pages = 3,    ///< its free pages changed list, the pageblock kept its type
};

/// Finds a block of another type and moves it to `start_type`'s lists.
/// @param alloc_flags kNoFragment forbids breaking pageblocks up.
/// @return whether anything was moved; the caller then tries its own lists again, which hand out
///         the smallest block that fits, not necessarily the one moved here.
/// @kernel   __rmqueue_fallback(), find_suitable_fallback(), steal_suitable_fallback(),
///           mm/page_alloc.c
/// @fidelity exact
bool rmqueue_fallback(Mm& mm, Zone& zone, Order order, Migratetype start_type,
                      uint32_t alloc_flags);

/// Whether another type's list of just this order has a block whose whole pageblock may be taken.
/// @kernel   find_suitable_fallback() with only_stealable, mm/page_alloc.c
/// @fidelity exact
bool can_steal_from_others(const Mm& mm, const Zone& zone, Order order, Migratetype start_type);

/// Moves all free pages of `page`'s pageblock to `type`'s lists.
struct BlockMove {
  uint32_t free_pages = 0;     ///< pages moved
  uint32_t movable_pages = 0;  ///< pages in use that could be migrated
};
/// @kernel   move_freepages_block(), mm/page_alloc.c
/// @fidelity exact: LRU pages are known only where the machine models them.
BlockMove move_freepages_block(Mm& mm, Zone& zone, Page page, Migratetype type);

}  // namespace kmem
