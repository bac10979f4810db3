#include "mm/fallback.h"

#include <algorithm>
#include <optional>

#include "mm/free_lists.h"
#include "mm/watermark.h"

namespace kmem {

namespace {

/// Preference of each type that may fall back, most similar first.
/// @kernel fallbacks[][], mm/page_alloc.c
constexpr Migratetype kFallbacks[kNrPcpTypes][kNrPcpTypes - 1] = {
    {Migratetype::reclaimable, Migratetype::movable},
    {Migratetype::reclaimable, Migratetype::unmovable},
    {Migratetype::unmovable, Migratetype::movable},
};

struct Suitable {
  Migratetype type;
  /// Take the whole pageblock's free pages, not just the block found.
  bool can_steal;
};

// Movable requests leave small blocks of others alone: they would scatter over pageblocks that
// compaction cannot clear. Unmovable and reclaimable requests always take as much as they can,
// so that the next one does not need to disturb another pageblock.
bool can_steal_fallback(const Mm& mm, Order order, Migratetype start_type) {
  return order >= mm.config.pageblock_order || order >= mm.config.pageblock_order / 2 ||
         start_type == Migratetype::reclaimable || start_type == Migratetype::unmovable ||
         mm.config.page_group_by_mobility_disabled;
}

std::optional<Suitable> find_suitable(const Mm& mm, const Zone& zone, Order order,
                                      Migratetype start_type) {
  if (zone.nr_free[order] == 0) return std::nullopt;
  for (const Migratetype type : kFallbacks[index_of(start_type)]) {
    if (free_list_head(mm, zone, order, type) == kNoPage) continue;
    return Suitable{type, can_steal_fallback(mm, order, start_type)};
  }
  return std::nullopt;
}

// Steals break up pageblocks. A temporary boost of the watermarks makes kswapd free more than
// usual, so that the next request of that kind may find a block of its own.
// Returns whether the zone is boosted now.
bool boost_watermark(Mm& mm, Zone& zone) {
  const int64_t high = zone.watermark[static_cast<uint32_t>(Watermark::high)];
  const int64_t block = mm.config.pageblock_nr_pages();
  // Small zones are better off without: reclaiming a boost there would empty them.
  if (mm.config.watermark_boost_factor == 0 || zone.managed_pages < 4 * block || high == 0) {
    return false;
  }
  const int64_t most = std::max(high * mm.config.watermark_boost_factor / 10000, block);
  const int64_t before = zone.watermark_boost;
  zone.watermark_boost = std::min(before + block, most);
  zone.forget_floor();
  mm.trace->decision(Event::watermark_boost, zone.index, 0, static_cast<uint32_t>(before),
                     static_cast<uint32_t>(zone.watermark_boost));
  return true;
}

struct Steal {
  Page page;
  Order block_order;
  Migratetype start_type;
  bool whole;
};

void note_steal(Mm& mm, const Zone& zone, const Steal& steal, Migratetype old_type,
                uint32_t free_pages, uint32_t alike, StealResult result) {
  mm.trace->decision(Event::steal, zone.index, steal.block_order, mm.pfn(steal.page),
                     index_of(old_type), index_of(mm.map.pageblock_type(steal.page)), free_pages,
                     alike, static_cast<uint32_t>(result));
}

/// Pages in use that are as good as the requester's own.
uint32_t alike_pages(const Mm& mm, const BlockMove& move, Migratetype old_type,
                     Migratetype start_type) {
  if (start_type == Migratetype::movable) return move.movable_pages;
  // Pages of a movable block that cannot be moved were put there by another fallback: they belong
  // to unmovable or reclaimable users, like this one.
  if (old_type == Migratetype::movable) {
    return mm.config.pageblock_nr_pages() - (move.free_pages + move.movable_pages);
  }
  return 0;
}

void claim_covered_pageblocks(Mm& mm, const Steal& steal) {
  const uint32_t blocks = pages_in(steal.block_order) / mm.config.pageblock_nr_pages();
  for (uint32_t i = 0; i < blocks; ++i) {
    mm.map.set_pageblock_type({steal.page.index + i * mm.config.pageblock_nr_pages()},
                              steal.start_type);
  }
}

void steal_block_alone(Mm& mm, Zone& zone, const Steal& steal, Migratetype old_type,
                       StealResult result) {
  move_to_free_list(mm, zone, steal.page, steal.block_order, steal.start_type);
  note_steal(mm, zone, steal, old_type, pages_in(steal.block_order), 0, result);
}

void steal_suitable_fallback(Mm& mm, Zone& zone, const Steal& steal, uint32_t flags) {
  const Migratetype old_type = mm.map.pageblock_type(steal.page);
  if (old_type == Migratetype::highatomic) {
    steal_block_alone(mm, zone, steal, old_type, StealResult::moved_block);
    return;
  }
  if (steal.block_order >= mm.config.pageblock_order) {
    claim_covered_pageblocks(mm, steal);
    steal_block_alone(mm, zone, steal, old_type, StealResult::claimed_pageblocks);
    return;
  }
  if (boost_watermark(mm, zone) && (flags & alloc_flags::kKswapd) != 0) {
    zone.flags |= Zone::kBoostedWatermark;
    zone.forget_floor();
  }
  if (!steal.whole) {
    steal_block_alone(mm, zone, steal, old_type, StealResult::moved_block);
    return;
  }
  const BlockMove move = move_freepages_block(mm, zone, steal.page, steal.start_type);
  if (move.free_pages == 0) {
    steal_block_alone(mm, zone, steal, old_type, StealResult::moved_block);
    return;
  }
  const uint32_t alike = alike_pages(mm, move, old_type, steal.start_type);
  const bool claim = move.free_pages + alike >= mm.config.pageblock_nr_pages() / 2 ||
                     mm.config.page_group_by_mobility_disabled;
  if (claim) mm.map.set_pageblock_type(steal.page, steal.start_type);
  note_steal(mm, zone, steal, old_type, move.free_pages, alike,
             claim ? StealResult::claimed_pageblock : StealResult::moved_free_pages);
}

struct Found {
  Order order;
  Suitable suitable;
};

// Movable pages go into the smallest block that fits: stealing a big one would spoil it.
std::optional<Found> find_smallest(const Mm& mm, const Zone& zone, Order order,
                                   Migratetype start_type) {
  for (Order found = order; found < mm.config.nr_orders; ++found) {
    if (const auto suitable = find_suitable(mm, zone, found, start_type)) {
      return Found{found, *suitable};
    }
  }
  return std::nullopt;
}

// The largest block first: it is the one most worth claiming whole, and it disturbs the fewest
// pageblocks.
std::optional<Found> find_fallback(const Mm& mm, const Zone& zone, Order order, Order min_order,
                                   Migratetype start_type) {
  for (Order found = mm.config.nr_orders; found-- > min_order;) {
    const auto suitable = find_suitable(mm, zone, found, start_type);
    if (!suitable) continue;
    if (!suitable->can_steal && start_type == Migratetype::movable && found > order) {
      return find_smallest(mm, zone, order, start_type);
    }
    return Found{found, *suitable};
  }
  return std::nullopt;
}

}  // namespace

bool can_steal_from_others(const Mm& mm, const Zone& zone, Order order, Migratetype start_type) {
  const auto suitable = find_suitable(mm, zone, order, start_type);
  return suitable && suitable->can_steal;
}

BlockMove move_freepages_block(Mm& mm, Zone& zone, Page page, Migratetype type) {
  const uint32_t pages = mm.config.pageblock_nr_pages();
  Page start{page.index & ~(pages - 1)};
  const Page end{start.index + pages};
  const uint32_t start_pfn = mm.pfn(start);
  if (!zone.spans({start_pfn})) start = page;
  if (!zone.spans({start_pfn + pages - 1})) return {};

  BlockMove move;
  for (Page at = start; at.index < end.index;) {
    if (mm.map.in_buddy(at) && mm.map.zone(at) == zone.index) {
      const Order order = mm.map.order(at);
      move_to_free_list(mm, zone, at, order, type);
      at.index += pages_in(order);
      move.free_pages += pages_in(order);
      continue;
    }
    const uint16_t flags = mm.map.flags(at);
    if ((flags & (MemMap::kLru | MemMap::kMovableOps)) != 0) move.movable_pages += 1;
    at.index += 1;
  }
  return move;
}

bool rmqueue_fallback(Mm& mm, Zone& zone, Order order, Migratetype start_type, uint32_t flags) {
  if (!is_mergeable(start_type)) return false;
  const bool keep_pageblocks =
      (flags & alloc_flags::kNoFragment) != 0 && order < mm.config.pageblock_order;
  const Order min_order = keep_pageblocks ? mm.config.pageblock_order : order;

  const std::optional<Found> found = find_fallback(mm, zone, order, min_order, start_type);
  if (!found) {
    mm.trace->decision(Event::fallback_none, zone.index, order, index_of(start_type), min_order);
    return false;
  }
  const Migratetype from = found->suitable.type;
  mm.trace->decision(Event::fallback_found, zone.index, order, found->order, index_of(start_type),
                     index_of(from), found->suitable.can_steal, min_order);
  const Page page = free_list_head(mm, zone, found->order, from);
  steal_suitable_fallback(mm, zone, {page, found->order, start_type, found->suitable.can_steal},
                          flags);
  mm.trace->tracepoint(Event::mm_page_alloc_extfrag, zone.index, order, mm.pfn(page), found->order,
                       index_of(start_type), index_of(from),
                       found->order < mm.config.pageblock_order,
                       mm.map.pageblock_type(page) == start_type);
  return true;
}

}  // namespace kmem
