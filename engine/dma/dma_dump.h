// The state of DMA as a value: what a recording of a real kernel contains.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "dma/dma_pool.h"

namespace kmem {

/// Everything that one `dma` or `dmapool` line of a recording says.
struct DmaDump {
  /// By creation; kDevice for a `dma` line.
  static constexpr uint32_t kDevice = UINT32_MAX;
  uint32_t pool = kDevice;
  DmaDevice device;

  struct Piece {
    uint32_t pfn = 0;
    DmaAddr handle = 0;
    uint32_t in_use = 0;
    std::vector<uint32_t> free;  ///< the next one to be taken first
  };
  uint32_t size = 0;
  uint32_t allocation = 0;
  uint32_t boundary = 0;
  uint32_t pool_bytes = kDmaPoolBytes;
  uint32_t page_bytes = kDmaPageBytes;
  /// As in page_list, head first.
  std::vector<Piece> pages;
  /// Line of the recording, for messages.
  uint32_t line = 0;
};

/// The present state of the device, or of one pool.
DmaDump dump_dma(const Mm& mm, const DmaState& state, uint32_t pool = DmaDump::kDevice);

/// One fact a line: what is compared and shown.
std::string dma_dump_text(const DmaDump& dump);

}  // namespace kmem
