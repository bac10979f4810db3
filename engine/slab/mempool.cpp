#include "slab/mempool.h"

#include <algorithm>
#include <utility>

#include "mm/page_alloc.h"
#include "slab/slub_page.h"

namespace kmem {

namespace {

/// @kernel mempool_alloc_slab(), mempool_kmalloc(), mempool_alloc_pages(), mm/mempool.c
Kva alloc_element(Slub& slub, const Mempool& pool, Gfp gfp) {
  switch (pool.kind) {
    case MempoolKind::slab:
      return kmem_cache_alloc_node(slub, pool.cache, gfp, kAnyNode);
    case MempoolKind::kmalloc:
      return kmalloc_node(slub, pool.bytes, gfp, kAnyNode);
    case MempoolKind::pages:
      break;
  }
  const Page page = alloc_kernel_pages(slub, gfp, pool.order, kAnyNode);
  return page == kNoPage ? 0 : page_address(slub.mm.map.page_to_pfn(page));
}

/// @kernel mempool_free_slab(), mempool_kfree(), mempool_free_pages(), mm/mempool.c
void free_element(Slub& slub, const Mempool& pool, Kva element) {
  switch (pool.kind) {
    case MempoolKind::slab:
      return kmem_cache_free(slub, pool.cache, element);
    case MempoolKind::kmalloc:
      return kfree(slub, element);
    case MempoolKind::pages:
      break;
  }
  const Page page = slub.mm.map.pfn_to_page(pfn_of(element));
  free_pages(slub.mm, page, static_cast<Order>(pool.order));
}

/// Allocates elements until the reserve is full or memory is out.
void fill_reserve(Slub& slub, Mempool& pool) {
  while (pool.elements.size() < pool.min_nr) {
    const Kva element = alloc_element(slub, pool, gfp::kKernel);
    if (element == 0) return;
    pool.elements.push_back(element);
  }
}

/// Frees elements of the reserve, the last one added first, until so many are left.
void empty_reserve(Slub& slub, Mempool& pool, size_t left) {
  while (pool.elements.size() > left) {
    const Kva element = pool.elements.back();
    pool.elements.pop_back();
    free_element(slub, pool, element);
  }
}

void note(Slub& slub, Event event, uint8_t how, uint32_t number, const Mempool& pool) {
  slub.mm.trace->decision(event, kNoZone, how, number, static_cast<uint32_t>(pool.elements.size()),
                          pool.min_nr);
}

Kva note_source(Slub& slub, MempoolSource source, uint32_t number, Kva element) {
  note(slub, Event::mempool_alloc, static_cast<uint8_t>(source), number,
       slub.state.mempools[number]);
  return element;
}

}  // namespace

bool mempool_create(Slub& slub, uint32_t number, Mempool pool) {
  if (slub.state.mempools.size() <= number) slub.state.mempools.resize(number + 1);
  fill_reserve(slub, pool);
  const auto filled = static_cast<uint32_t>(pool.elements.size());
  const uint32_t min_nr = pool.min_nr;
  const bool made = filled == min_nr;
  if (made) {
    slub.state.mempools[number] = std::move(pool);
  } else {
    empty_reserve(slub, pool, 0);
  }
  // Last, so that it is never lost among the many records of a big reserve.
  slub.mm.trace->decision(Event::mempool_create, kNoZone, made ? 1 : 0, number, filled, min_nr);
  return made;
}

Kva mempool_alloc(Slub& slub, uint32_t number, Gfp gfp) {
  Mempool& pool = slub.state.mempools[number];
  // With a reserve at hand there is no need to try hard, to complain, or to use other reserves.
  const Gfp full = gfp | gfp::kNoMemAlloc | gfp::kNoRetry | gfp::kNoWarn;
  const Gfp first = full & ~(gfp::kDirectReclaim | gfp::kIo);
  Kva element = alloc_element(slub, pool, first);
  if (element != 0) return note_source(slub, MempoolSource::allocator, number, element);
  if (!pool.elements.empty()) {
    element = pool.elements.back();
    pool.elements.pop_back();
    return note_source(slub, MempoolSource::reserve, number, element);
  }
  if (full != first) {
    element = alloc_element(slub, pool, full);
    if (element != 0) return note_source(slub, MempoolSource::allocator_again, number, element);
  }
  const bool may_wait = (gfp & gfp::kDirectReclaim) != 0;
  return note_source(slub, may_wait ? MempoolSource::would_wait : MempoolSource::nothing, number,
                     0);
}

void mempool_free(Slub& slub, uint32_t number, Kva element) {
  if (element == 0) return;
  Mempool& pool = slub.state.mempools[number];
  const bool kept = pool.elements.size() < pool.min_nr;
  if (kept) pool.elements.push_back(element);
  note(slub, Event::mempool_free, kept ? 1 : 0, number, pool);
  if (!kept) free_element(slub, pool, element);
}

void mempool_resize(Slub& slub, uint32_t number, uint32_t min_nr) {
  Mempool& pool = slub.state.mempools[number];
  pool.min_nr = min_nr;
  const size_t before = pool.elements.size();
  empty_reserve(slub, pool, min_nr);
  fill_reserve(slub, pool);
  slub.mm.trace->decision(Event::mempool_resize, kNoZone, 0, number, static_cast<uint32_t>(before),
                          static_cast<uint32_t>(pool.elements.size()), min_nr);
}

void mempool_destroy(Slub& slub, uint32_t number) {
  Mempool pool;
  std::swap(pool, slub.state.mempools[number]);
  note(slub, Event::mempool_destroy, 0, number, pool);
  empty_reserve(slub, pool, 0);
}

bool is_in_reserve(const SlabState& state, Kva element) {
  return std::any_of(state.mempools.begin(), state.mempools.end(), [element](const Mempool& pool) {
    return std::find(pool.elements.begin(), pool.elements.end(), element) != pool.elements.end();
  });
}

}  // namespace kmem
