// Strong types for the numbers that are easiest to mix up.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace kmem {

/// Page frame number: physical address / 4096. Counts frames from physical address 0.
/// @kernel page_to_pfn(), include/asm-generic/memory_model.h
struct Pfn {
  uint32_t value = 0;
  auto operator<=>(const Pfn&) const = default;
};

/// What a `struct page *` is to the kernel: the index of one frame's metadata in the memory map.
/// Pages of one memory section are consecutive, and sections are aligned so that the buddy of a
/// block has the same XOR relation here as it has on frame numbers.
/// @kernel struct page, include/linux/mm_types.h
struct Page {
  uint32_t index = 0;
  auto operator<=>(const Page&) const = default;
};

/// log2 of a block's size in pages: order 0 is one page.
using Order = uint8_t;

/// Simulated CPU, counted from 0.
struct CpuId {
  uint8_t value = 0;
  auto operator<=>(const CpuId&) const = default;
};

/// NUMA node id as the kernel prints it.
struct NodeId {
  uint8_t value = 0;
  auto operator<=>(const NodeId&) const = default;
};

/// Bytes that the machine we run on fetches together. What an ordinary call looks at lies in few.
inline constexpr size_t kHostCacheLine = 64;

inline constexpr uint32_t kPageShift = 12;
inline constexpr uint32_t kPageSizeBytes = 1u << kPageShift;

/// "No page": a failed allocation, an absent neighbour.
inline constexpr Page kNoPage{UINT32_MAX};
inline constexpr Pfn kNoPfn{UINT32_MAX};

/// Number of orders unless a machine is built with others (MmConfig::nr_orders): 0..10 on x86, so
/// the largest block is 4 MiB.
/// @kernel MAX_ORDER (exclusive in 6.1), include/linux/mmzone.h
inline constexpr Order kNrOrders = 11;
inline constexpr Order kMaxOrder = kNrOrders - 1;

/// Most orders that a machine can be built with: no block may be bigger than a memory section,
/// which is 128 MiB on x86-64.
/// @kernel SECTION_SIZE_BITS, arch/x86/include/asm/sparsemem.h
inline constexpr Order kMostOrders = 16;

/// Orders above this one are "costly": the kernel gives up on them instead of killing.
/// @kernel PAGE_ALLOC_COSTLY_ORDER, include/linux/mmzone.h
inline constexpr Order kCostlyOrder = 3;

/// Pages in a block of `order`.
constexpr uint32_t pages_in(Order order) { return 1u << order; }

/// The only block that a block of `order` starting at `page` may merge with.
/// @kernel   __find_buddy_pfn(), mm/internal.h
/// @fidelity exact
constexpr Page buddy_of(Page page, Order order) { return {page.index ^ pages_in(order)}; }
static_assert(buddy_of(Page{8}, 1) == Page{10});

}  // namespace kmem
