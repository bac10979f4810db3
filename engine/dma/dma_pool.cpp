#include "dma/dma_pool.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "base/assert.h"
#include "mm/page_alloc.h"

namespace kmem {

namespace {

constexpr uint32_t kLeastBlock = 4;

DmaPool& pool_at(const Dma& dma, uint32_t number) { return dma.state.pools[number]; }

void note_block(Dma& dma, Event event, uint32_t number, const DmaPage& page, uint32_t offset) {
  const Mm& mm = dma.slub.mm;
  dma.trace().decision(event, mm.map.zone(page.page), 0, number,
                       mm.map.page_to_pfn(page.page).value, offset, page.in_use, page.free.size());
}

// Sizes and limits of a pool, or why there can be none.
DmaPoolFailure shape(const DmaPoolRequest& request, DmaPool& pool) {
  const uint64_t align = std::max(request.align, 1u);
  if (!std::has_single_bit(align)) return DmaPoolFailure::bad_align;
  if (request.size == 0 || request.size > INT32_MAX) return DmaPoolFailure::bad_size;
  const uint64_t size = (std::max(request.size, kLeastBlock) + align - 1) & ~(align - 1);
  if (size > INT32_MAX) return DmaPoolFailure::bad_size;
  pool.size = static_cast<uint32_t>(size);
  pool.allocation = std::max(pool.size, kPageSizeBytes);
  pool.boundary = pool.allocation;
  if (request.boundary == 0) return DmaPoolFailure::made;
  if (request.boundary < pool.size || !std::has_single_bit(request.boundary)) {
    return DmaPoolFailure::bad_boundary;
  }
  pool.boundary = std::min(request.boundary, pool.allocation);
  return DmaPoolFailure::made;
}

// The kernel's blocks are zeroed one by one, as init_on_alloc says.
void zero_block(Dma& dma, Page page, uint32_t offset, uint32_t size) {
  Ram& ram = dma.slub.ram;
  while (size != 0) {
    const Page frame{page.index + offset / kPageSizeBytes};
    const uint32_t start = offset % kPageSizeBytes;
    const uint32_t bytes = std::min(size, kPageSizeBytes - start);
    if (!ram.read(frame).empty()) std::memset(ram.frame_bytes(frame) + start, 0, bytes);
    offset += bytes;
    size -= bytes;
  }
}

// @kernel pool_alloc_page(), mm/dmapool.c
DmaPage* add_page(Dma& dma, uint32_t number, Gfp gfp) {
  const uint32_t bytes = pool_at(dma, number).allocation;
  DmaPage page;
  page.object = kmalloc_node(dma.slub, kDmaPageBytes, gfp, kAnyNode);
  if (page.object == 0) return nullptr;
  page.page = dma_alloc_coherent(dma, bytes, gfp);
  if (page.page == kNoPage) {
    kfree(dma.slub, page.object);
    return nullptr;
  }
  DmaPool& pool = pool_at(dma, number);
  page.free = dma_pool_blocks(pool);
  std::reverse(page.free.begin(), page.free.end());
  const Mm& mm = dma.slub.mm;
  dma.trace().decision(Event::dma_pool_page, mm.map.zone(page.page), 0, number,
                       mm.map.page_to_pfn(page.page).value, page.free.size(),
                       pool.pages.size() + 1);
  pool.pages.push_back(std::move(page));
  return &pool.pages.back();
}

// Whether the pages are still as the pool got them: anybody can free pages by their frame.
bool is_there(const Dma& dma, const DmaPage& page, uint32_t bytes) {
  const MemMap& map = dma.slub.mm.map;
  return frame_kind(map.state(page.page)) == FrameKind::allocated && map.refcount(page.page) > 0 &&
         map.order(page.page) == dma_order(bytes) && (map.flags(page.page) & MemMap::kSlab) == 0;
}

}  // namespace

std::vector<uint16_t> dma_pool_blocks(const DmaPool& pool) {
  std::vector<uint16_t> blocks;
  uint64_t limit = pool.boundary;
  uint64_t at = 0;
  while (at < pool.allocation) {
    blocks.push_back(static_cast<uint16_t>(at));
    at += pool.size;
    if (at + pool.size < limit) continue;
    at = limit;
    limit += pool.boundary;
  }
  return blocks;
}

DmaPoolFailure dma_pool_create(Dma& dma, uint32_t number, const DmaPoolRequest& request) {
  DmaPool pool;
  DmaPoolFailure answer = shape(request, pool);
  if (answer == DmaPoolFailure::made) {
    pool.object = kmalloc_node(dma.slub, kDmaPoolBytes, gfp::kKernel, kAnyNode);
    if (pool.object == 0) answer = DmaPoolFailure::no_memory;
  }
  const uint64_t blocks = answer == DmaPoolFailure::made ? dma_pool_blocks(pool).size() : size_t{0};
  dma.trace().decision(Event::dma_pool_create, kNoZone, static_cast<uint8_t>(answer), number,
                       pool.size, pool.allocation, pool.boundary, blocks);
  std::vector<DmaPool>& pools = dma.state.pools;
  if (pools.size() <= number) pools.resize(size_t{number} + 1);
  KMEM_ASSERT(pools[number].object == 0);
  if (answer == DmaPoolFailure::made) pools[number] = std::move(pool);
  return answer;
}

DmaBlock dma_pool_alloc(Dma& dma, uint32_t number, Gfp gfp) {
  std::vector<DmaPage>& pages = pool_at(dma, number).pages;
  const auto has_free = [](const DmaPage& page) { return !page.free.empty(); };
  const auto found = std::find_if(pages.rbegin(), pages.rend(), has_free);
  DmaPage* const page = found != pages.rend() ? &*found : add_page(dma, number, gfp & ~gfp::kZero);
  if (page == nullptr) return {};
  const uint32_t offset = page->free.back();
  page->free.pop_back();
  page->in_use += 1;
  note_block(dma, Event::dma_pool_take, number, *page, offset);
  const bool zeroed = dma.slub.mm.config.profile->init_on_alloc || (gfp & gfp::kZero) != 0;
  if (zeroed) zero_block(dma, page->page, offset, pool_at(dma, number).size);
  return {page->page, offset};
}

void dma_pool_free(Dma& dma, uint32_t number, Page frame, uint32_t offset) {
  DmaPool& pool = pool_at(dma, number);
  const uint32_t frames = pages_for(pool.allocation);
  const auto holds = [&](const DmaPage& page) { return frame.index - page.page.index < frames; };
  const auto page = std::find_if(pool.pages.rbegin(), pool.pages.rend(), holds);
  const auto bad = [&](BadDmaFree why) {
    dma.trace().decision(Event::bad_dma_free, kNoZone, static_cast<uint8_t>(why), number,
                         dma.slub.mm.map.page_to_pfn(frame).value, offset);
  };
  if (page == pool.pages.rend()) return bad(BadDmaFree::not_in_pool);
  const uint64_t at = uint64_t{frame.index - page->page.index} * kPageSizeBytes + offset;
  const std::vector<uint16_t> blocks = dma_pool_blocks(pool);
  if (std::find(blocks.begin(), blocks.end(), at) == blocks.end()) {
    return bad(BadDmaFree::not_a_block);
  }
  if (std::find(page->free.begin(), page->free.end(), at) != page->free.end()) {
    return bad(BadDmaFree::free_already);
  }
  page->free.push_back(static_cast<uint16_t>(at));
  page->in_use -= 1;
  note_block(dma, Event::dma_pool_put, number, *page, static_cast<uint32_t>(at));
}

void dma_pool_destroy(Dma& dma, uint32_t number) {
  const DmaPool pool = std::exchange(pool_at(dma, number), DmaPool{});
  uint32_t lost = 0;
  for (auto page = pool.pages.rbegin(); page != pool.pages.rend(); ++page) {
    const bool there = is_there(dma, *page, pool.allocation);
    if (!there) {
      dma.trace().decision(Event::bad_dma_free, kNoZone,
                           static_cast<uint8_t>(BadDmaFree::page_gone), number,
                           dma.slub.mm.map.page_to_pfn(page->page).value, 0);
    } else if (page->in_use == 0) {
      dma_free_coherent(dma, page->page, pool.allocation);
    } else {
      lost += 1;
    }
    kfree(dma.slub, page->object);
  }
  kfree(dma.slub, pool.object);
  dma.trace().decision(Event::dma_pool_destroy, kNoZone, 0, number, pool.pages.size(), lost);
}

}  // namespace kmem
