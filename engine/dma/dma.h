// Memory that a device reads and writes too: what the device can address, and pages within it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "mm/mm.h"
#include "mm/ram.h"
#include "slab/kmalloc.h"

namespace kmem {

/// Address as the device sees it: without an IOMMU the physical one.
/// @kernel dma_addr_t, include/linux/types.h
using DmaAddr = uint64_t;

/// Masks of so many bits need no look at the machine; one of 24 reaches all of zone DMA.
/// @kernel DMA_BIT_MASK(), include/linux/dma-mapping.h
inline constexpr uint64_t kDmaMask32 = 0xffffffff;
inline constexpr uint64_t kDmaMask24 = 0xffffff;

/// Why a mask was taken or not.
enum class DmaMaskAnswer : uint8_t {
  refused = 0,  ///< -EIO: not even the lowest memory can be reached
  wide = 1,     ///< 32 bits and more are always taken
  narrow = 2,   ///< less, but the lowest 16 MiB can be reached
};

/// Which zone bit a request gets, from the mask and then from each retry.
enum class DmaZone : uint8_t { none = 0, dma32 = 1, dma = 2 };

/// Why dma_alloc_coherent() returned NULL.
enum class DmaFailure : uint8_t {
  no_pages = 1,    ///< the page allocator has none: no lower zone is tried
  out_of_mask = 2  ///< even a page of zone DMA lies above the mask
};

/// Why nothing was freed.
enum class BadDmaFree : uint8_t {
  not_in_pool = 1,   ///< "(bad vaddr)": no page of the pool holds it; the kernel warns
  not_a_block = 2,   ///< in a page of the pool, but no block starts there
  free_already = 3,  ///< on the free list
  page_gone = 4,     ///< somebody else freed the pages under it
};

/// Pages set aside at boot for callers that cannot wait; on x86 nobody takes from them.
/// @kernel   atomic_pool_dma, atomic_pool_dma32, atomic_pool_kernel, kernel/dma/pool.c
/// @fidelity simplified: known from recordings only, and never used, as without encrypted memory.
struct DmaAtomicPool {
  uint32_t size = 0;
  uint32_t avail = 0;
  std::vector<std::pair<uint32_t, uint32_t>> chunks;  ///< [first, end) page frames
  bool operator==(const DmaAtomicPool&) const = default;
};

/// The device that all calls are about.
/// @kernel   struct device, include/linux/device.h
/// @fidelity simplified: one platform device, coherent, behind no IOMMU and no bus limit.
struct DmaDevice {
  uint64_t dma_mask = kDmaMask32;
  uint64_t coherent_mask = kDmaMask32;
  uint64_t bus_limit = 0;
  /// For GFP_DMA, GFP_DMA32 and GFP_KERNEL.
  std::array<DmaAtomicPool, 3> atomic_pools;
  bool operator==(const DmaDevice&) const = default;
};

/// One piece of memory that a pool cuts into blocks.
/// @kernel   struct dma_page, mm/dmapool.c
/// @fidelity simplified: the chain of free blocks is kept here and not in the blocks' bytes.
struct DmaPage {
  Page page = kNoPage;
  Kva object = 0;
  uint32_t in_use = 0;
  /// Offsets of free blocks; the next one to be taken is the last.
  std::vector<uint16_t> free;
};

/// Blocks of one size.
/// @kernel   struct dma_pool, mm/dmapool.c
/// @fidelity exact
struct DmaPool {
  uint32_t size = 0;
  uint32_t allocation = 0;
  uint32_t boundary = 0;
  /// The object that describes it; 0 when the pool was not made, or is gone.
  Kva object = 0;
  /// The kernel's page_list from its tail to its head: new pages come last and are asked first.
  std::vector<DmaPage> pages;
};

/// What DMA remembers, as one copyable value: a snapshot is a copy.
struct DmaState {
  DmaDevice device;
  /// By creation; a pool that was refused or destroyed keeps its place.
  std::vector<DmaPool> pools;
};

/// What a call works on. Cheap to make; it owns nothing.
struct Dma {
  Slub slub;
  DmaState& state;
  /// Node of the device.
  NodeId node;

  [[nodiscard]] Trace& trace() const { return *slub.mm.trace; }
};

/// Sets what the device can address.
/// @return false (-EIO) when the mask is too narrow for this machine; both masks stay.
/// @kernel   dma_set_mask_and_coherent(), include/linux/dma-mapping.h; dma_direct_supported(),
///           kernel/dma/direct.c
/// @fidelity simplified: without encrypted memory; below 16 MiB of RAM no recording shows the
/// limit.
bool dma_set_mask_and_coherent(Dma& dma, uint64_t mask);

/// Zeroed pages that the device can reach.
/// @param bytes rounded up to a power of two of pages, of which nothing is given back.
/// @return first page, or kNoPage (NULL). Its handle is its physical address.
/// @kernel   dma_alloc_coherent(), include/linux/dma-mapping.h; dma_direct_alloc(),
///           __dma_direct_alloc_pages(), kernel/dma/direct.c
/// @fidelity exact: as alloc_pages(); no CMA, no IOMMU, no swiotlb, no memory of the device's own.
Page dma_alloc_coherent(Dma& dma, uint32_t bytes, Gfp flags);

/// Gives pages back in one piece.
/// @param page from dma_alloc_coherent() with as many bytes, or with as many after rounding.
/// @kernel   dma_free_coherent(), include/linux/dma-mapping.h; dma_direct_free(),
///           kernel/dma/direct.c
/// @fidelity exact
void dma_free_coherent(Dma& dma, Page page, uint32_t bytes);

/// Order of the block that serves so many bytes; no order that exists for 0 bytes.
/// @kernel   get_order(), include/asm-generic/getorder.h
/// @fidelity exact
uint32_t dma_order(uint32_t bytes);

/// Everything above, checked from scratch. Holds between any two calls:
///   1. both masks are equal, as they are set together;
///   2. each page of a pool is in use, and its blocks are in use or free, none twice.
/// @return "" or the first thing that is wrong, in words.
/// @fidelity invented
std::string verify(const Dma& dma);

/// Hash over the whole state; equal on every compiler and word size.
/// @fidelity invented
void hash_into(const DmaState& state, StateHash& hash);

}  // namespace kmem
