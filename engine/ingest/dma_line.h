// DMA in a recording: calls, the device and its pools.
#pragma once

#include <string>

#include "ingest/json_line.h"
#include "sim/recording.h"

namespace kmem {

/// Reads a call: dm, d, dp, da or dq. Its results are appended to the recording, and so is the
/// number of a new pool. Handle and zone of a result must be those that its frame has in the
/// simulated machine, so that a call with the same frame and offset has the same handle and zone.
Command read_dma_call(JsonLine& line, Recording& recording, const std::string& op, Gfp gfp);

/// Reads a `dma` line, or a `dmapool` line.
void read_dma_dump(JsonLine& line, Recording& recording, bool of_pool);

}  // namespace kmem
