// The entry points of the page allocator, named as in the kernel.
#pragma once

#include <cstdint>
#include <span>

#include "mm/mm.h"
#include "mm/watermark.h"

namespace kmem {

/// Why a zone was passed over before its watermark was looked at.
enum class ZoneSkip : uint8_t {
  nofragment_remote = 0,  ///< the scan starts again without ALLOC_NOFRAGMENT instead
  no_block = 1,           ///< the watermark passed, but the zone had no block to give
  nofragment_retry = 2,   ///< nothing found: the scan starts again without ALLOC_NOFRAGMENT
};

/// Why an allocation returned NULL.
enum class AllocFailure : uint8_t {
  order_too_big = 1,   ///< order >= MAX_ORDER: a warning, and NULL at once
  no_zone = 2,         ///< no zone of the node may serve it
  cannot_wait = 3,     ///< every zone refused, and the caller may not sleep
  no_reclaim_yet = 4,  ///< the caller may sleep, but reclaim and compaction found nothing
};

/// One request, taken apart once.
/// @kernel struct alloc_context, mm/internal.h
struct AllocContext {
  Gfp gfp = 0;
  Order order = 0;
  ZoneType highest_zoneidx = ZoneType::normal;
  Migratetype migratetype = Migratetype::unmovable;
  const Zonelist* zonelist = nullptr;
  /// Place in the zonelist of the first zone that may serve it.
  uint32_t preferred = 0;
};

/// 2^order contiguous pages of `node` or, without __GFP_THISNODE, of the next best node.
/// @param order 0..10; a bigger one is the kernel's warning and NULL.
/// @return first page with refcount 1, or kNoPage (NULL).
/// @kernel   __alloc_pages(), mm/page_alloc.c
/// @fidelity simplified: requests that cannot sleep are exact; one that may sleep compacts, but
///           fails where the kernel would reclaim or kill. Cpusets and memory policies: none.
Page alloc_pages(Mm& mm, Gfp gfp, uint32_t order, NodeId node);

/// Drops one reference; the last one frees the block.
/// @param page head of a block with refcount > 0 that was handed out with this order (asserted:
///        Machine refuses anything else with a Bad page report).
/// @kernel   __free_pages(), mm/page_alloc.c
/// @fidelity exact
void free_pages(Mm& mm, Page page, Order order);

/// Enough contiguous pages for `bytes`, the surplus given back page by page.
/// @param bytes 1..4 MiB; more is NULL.
/// @return first of the pages, each with refcount 1, or kNoPage.
/// @kernel   alloc_pages_exact_nid(), make_alloc_exact(), mm/page_alloc.c
/// @fidelity exact: as alloc_pages().
Page alloc_pages_exact(Mm& mm, uint32_t bytes, Gfp gfp, NodeId node);

/// Frees the pages of alloc_pages_exact() one by one.
/// @kernel   free_pages_exact(), mm/page_alloc.c
/// @fidelity exact
void free_pages_exact(Mm& mm, Page page, uint32_t bytes);

/// Up to `pages.size()` single pages with one look at the watermark.
/// @return pages got; the rest of `pages` is untouched.
/// @kernel   __alloc_pages_bulk(), mm/page_alloc.c
/// @fidelity exact: for an array of empty entries.
uint32_t alloc_pages_bulk(Mm& mm, Gfp gfp, NodeId node, std::span<Page> pages);

/// Frees single pages whose last reference is gone: first all are prepared, then each goes to its
/// per-CPU list, in this order.
/// @kernel   free_unref_page_list(), mm/page_alloc.c
/// @fidelity exact
void free_unref_page_list(Mm& mm, std::span<const Page> pages);

/// The two passes of free_unref_page_list() for one page, for replaying a trace in which other
/// events lie between them.
/// @kernel   free_unref_page_prepare(), free_unref_page_commit(), mm/page_alloc.c
/// @fidelity exact
void free_unref_page_prepare(Mm& mm, Page page);
void free_unref_page_batched(Mm& mm, Page page);

/// Smallest order whose block holds `bytes`.
/// @kernel   get_order(), include/asm-generic/getorder.h
/// @fidelity exact
Order order_for(uint32_t bytes);
constexpr uint32_t pages_for(uint32_t bytes) {
  return bytes / kPageSizeBytes + (bytes % kPageSizeBytes != 0 ? 1 : 0);
}

// ---- shared between the fast and the slow path ------------------------------------------------

/// Walks the zonelist and takes the block from the first zone that may and can give it.
/// @kernel   get_page_from_freelist(), mm/page_alloc.c
/// @fidelity simplified: no cpuset, dirty-limit or node_reclaim filters; no deferred zone growth.
Page get_page_from_freelist(Mm& mm, const AllocContext& context, uint32_t alloc_flags);

/// Makes a block that compaction caught into one handed out.
void prep_captured_page(Mm& mm, Page page, const AllocContext& context);

/// What happens after the low watermark has refused.
/// @kernel   __alloc_pages_slowpath(), mm/page_alloc.c
/// @fidelity simplified: exact for callers that cannot sleep, and for compaction; direct reclaim
///           finds nothing, as there are no LRU lists yet, and nobody is killed for memory.
Page alloc_pages_slowpath(Mm& mm, const AllocContext& context);

}  // namespace kmem
