// The `slab` line of a recording.
#pragma once

#include "ingest/json_line.h"
#include "slab/cache_dump.h"

namespace kmem {

/// Fills a dump from a `{"t":"slab",...}` line; what is wrong is remembered in `line`.
CacheDump read_slab_line(JsonLine& line);

}  // namespace kmem
