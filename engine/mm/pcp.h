// Per-CPU page lists: a small stock in front of the buddy lists, so that most calls touch only it.
#pragma once

#include <cstdint>
#include <span>

#include "mm/mm.h"

namespace kmem {

/// Why pages went back from a per-CPU list to the buddy lists.
enum class PcpFlushReason : uint8_t {
  reached_high = 0,     ///< count reached high
  high_order_free = 1,  ///< a run of frees ends with an order 1..3 block: everything goes back
  drained = 2,          ///< somebody asked (drain_local_pages)
};

/// Orders that have per-CPU lists: 0..3, and pageblock_order with huge pages.
/// @kernel   pcp_allowed_order(), mm/page_alloc.c
/// @fidelity exact
inline bool pcp_allowed_order(const MmConfig& config, Order order) {
  return order <= kCostlyOrder || (config.thp && order == config.pageblock_order);
}

/// List of an order and one of the three types; order 9 has one for movable, one for the others.
/// @kernel   order_to_pindex(), mm/page_alloc.c
/// @fidelity exact
inline uint32_t order_to_pindex(Order order, Migratetype type) {
  if (order > kCostlyOrder) return type == Migratetype::movable ? 13 : 12;
  return order * kNrPcpTypes + index_of(type);
}

/// Order of the blocks on a list.
/// @kernel pindex_to_order(), mm/page_alloc.c
inline Order pindex_to_order(const MmConfig& config, uint32_t list) {
  return list >= 12 ? config.pageblock_order : static_cast<Order>(list / kNrPcpTypes);
}

/// First block of a list, or kNoPage.
Page pcp_list_head(const Mm& mm, const PerCpuPages& pcp, uint32_t list);

/// Takes a block from this CPU's list, filling the list first when it is empty.
/// @param keep_free_factor the bulk API does not count as "allocating again".
/// @return kNoPage when the list is empty and the zone has nothing to fill it with.
/// @kernel   rmqueue_pcplist(), __rmqueue_pcplist(), rmqueue_bulk(), mm/page_alloc.c
/// @fidelity exact: the trylock always succeeds, as nothing interrupts a call here.
Page rmqueue_pcplist(Mm& mm, Zone& zone, Order order, Migratetype type, uint32_t alloc_flags,
                     bool keep_free_factor);

/// Puts a freed block on this CPU's list and, when that is full, some of the oldest back into the
/// buddy lists.
/// @kernel   free_unref_page(), free_unref_page_commit(), nr_pcp_high(), nr_pcp_free(),
///           mm/page_alloc.c
/// @fidelity exact: as above.
void free_unref_page(Mm& mm, Zone& zone, Page page, Order order);

/// Gives every page on this CPU's lists of one zone back.
/// @kernel   drain_pages_zone(), mm/page_alloc.c
/// @fidelity exact
void drain_zone_pages(Mm& mm, Zone& zone);

/// Gives every page on this CPU's lists back, zone by zone.
/// @kernel   drain_local_pages(), drain_pages(), mm/page_alloc.c
/// @fidelity exact
void drain_local_pages(Mm& mm);

}  // namespace kmem
