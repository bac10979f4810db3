#include <algorithm>

#include "base/text.h"
#include "dma/dma_pool.h"

namespace kmem {

namespace {

std::string verify_page(const Mm& mm, const DmaPool& pool, const DmaPage& page) {
  const uint32_t pfn = mm.map.page_to_pfn(page.page).value;
  if (frame_kind(mm.map.state(page.page)) != FrameKind::allocated ||
      mm.map.refcount(page.page) == 0) {
    return textf("pfn %u of a DMA pool is not in use", pfn);
  }
  if (mm.map.order(page.page) != dma_order(pool.allocation)) {
    return textf("pfn %u of a DMA pool has order %u", pfn, unsigned{mm.map.order(page.page)});
  }
  const std::vector<uint16_t> blocks = dma_pool_blocks(pool);
  std::vector<uint16_t> free = page.free;
  std::sort(free.begin(), free.end());
  if (std::adjacent_find(free.begin(), free.end()) != free.end()) {
    return textf("a block of pfn %u of a DMA pool is free twice", pfn);
  }
  if (!std::includes(blocks.begin(), blocks.end(), free.begin(), free.end())) {
    return textf("a free block of pfn %u of a DMA pool is none", pfn);
  }
  if (free.size() + page.in_use != blocks.size()) {
    return textf("pfn %u of a DMA pool has %zu blocks, %u in use and %zu free", pfn, blocks.size(),
                 page.in_use, free.size());
  }
  return "";
}

}  // namespace

std::string verify(const Dma& dma) {
  const DmaDevice& device = dma.state.device;
  if (device.dma_mask != device.coherent_mask) return "the masks of the device differ";
  for (const DmaPool& pool : dma.state.pools) {
    if (pool.object == 0 && !pool.pages.empty()) return "a DMA pool that is gone has pages";
    for (const DmaPage& page : pool.pages) {
      std::string wrong = verify_page(dma.slub.mm, pool, page);
      if (!wrong.empty()) return wrong;
    }
  }
  return "";
}

void hash_into(const DmaState& state, StateHash& hash) {
  hash.add(state.device.dma_mask);
  hash.add(state.device.coherent_mask);
  for (const DmaPool& pool : state.pools) {
    hash.add(uint64_t{pool.size} << 32 | pool.boundary);
    hash.add(pool.object);
    for (const DmaPage& page : pool.pages) {
      hash.add(uint64_t{page.page.index} << 32 | page.in_use);
      hash.add(page.object);
      for (const uint16_t offset : page.free) hash.add(offset);
    }
  }
}

}  // namespace kmem
