#include "mm/fragmentation.h"

namespace kmem {

namespace {

struct BlockCounts {
  int64_t free_pages = 0;
  int64_t blocks = 0;
  /// Blocks of the wanted size that the free memory holds.
  int64_t suitable = 0;
};

// @kernel fill_contig_page_info(), mm/vmstat.c
BlockCounts count_blocks(const Zone& zone, Order wanted) {
  BlockCounts counts;
  for (Order order = 0; order < kMostOrders; ++order) {
    const int64_t blocks = zone.nr_free[order];
    counts.blocks += blocks;
    counts.free_pages += blocks << order;
    if (order >= wanted) counts.suitable += blocks << (order - wanted);
  }
  return counts;
}

}  // namespace

int fragmentation_index(const Zone& zone, Order order) {
  const BlockCounts counts = count_blocks(zone, order);
  if (counts.blocks == 0) return 0;
  if (counts.suitable != 0) return -1000;
  const int64_t requested = pages_in(order);
  return static_cast<int>(1000 - (1000 + counts.free_pages * 1000 / requested) / counts.blocks);
}

int unusable_free_index(const Zone& zone, Order order) {
  const BlockCounts counts = count_blocks(zone, order);
  if (counts.free_pages == 0) return 1000;
  return static_cast<int>((counts.free_pages - (counts.suitable << order)) * 1000 /
                          counts.free_pages);
}

}  // namespace kmem
