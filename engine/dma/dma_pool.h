// Pools of small blocks that a device reads and writes too.
#pragma once

#include "dma/dma.h"

namespace kmem {

/// Bytes that describe a pool, and each of its pages.
inline constexpr uint32_t kDmaPoolBytes = 104;
inline constexpr uint32_t kDmaPageBytes = 40;

/// What dma_pool_create() is asked for, in bytes.
struct DmaPoolRequest {
  uint32_t size = 0;
  uint32_t align = 0;
  uint32_t boundary = 0;  ///< no block crosses a multiple of it; 0 for none
};

/// Why no pool was made.
enum class DmaPoolFailure : uint8_t {
  made = 0,
  bad_align = 1,     ///< no power of two
  bad_size = 2,      ///< 0, or more than 2 GiB
  bad_boundary = 3,  ///< no power of two, or below the size
  no_memory = 4,
};

/// Where a block is; page kNoPage for NULL.
struct DmaBlock {
  Page page = kNoPage;  ///< first page of the piece that it is cut from
  uint32_t offset = 0;
};

/// Makes the pool with this number, as yet without pages.
/// @param number at which no pool was made before.
/// @kernel   dma_pool_create(), mm/dmapool.c
/// @fidelity simplified: the file in sysfs takes no memory.
DmaPoolFailure dma_pool_create(Dma& dma, uint32_t number, const DmaPoolRequest& request);

/// Offsets of the blocks of a page in the order in which a new one gives them. One that would end
/// at a boundary is lost, unless it is the first behind the boundary before.
/// @kernel   pool_initialise_page(), mm/dmapool.c
/// @fidelity exact
std::vector<uint16_t> dma_pool_blocks(const DmaPool& pool);

/// A block of the first page in the list that has one, or of a new page.
/// @param number of a pool that exists.
/// @kernel   dma_pool_alloc(), pool_alloc_page(), mm/dmapool.c
/// @fidelity exact
DmaBlock dma_pool_alloc(Dma& dma, uint32_t number, Gfp gfp);

/// Gives a block back: it is the next to be taken from its page.
/// @param frame,offset where the block starts, in any frame of the page that it is cut from.
/// @kernel   dma_pool_free(), mm/dmapool.c
/// @fidelity simplified: what the kernel would do unseen to its chain (a block twice, the middle of
///           a block) is refused.
void dma_pool_free(Dma& dma, uint32_t number, Page frame, uint32_t offset);

/// Gives all pages back and forgets the pool. Pages with blocks in use are lost for good.
/// @kernel   dma_pool_destroy(), mm/dmapool.c
/// @fidelity simplified: what becomes of busy pages is in no recording.
void dma_pool_destroy(Dma& dma, uint32_t number);

}  // namespace kmem
