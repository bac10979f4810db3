// The `slub` line of a recording.
#pragma once

#include "ingest/json_line.h"
#include "slab/slub_dump.h"

namespace kmem {

/// Fills a dump from a `{"t":"slub",...}` line; what is wrong is remembered in `line`.
SlubDump read_slub_line(JsonLine& line);

}  // namespace kmem
