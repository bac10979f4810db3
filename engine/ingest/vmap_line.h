// The areas of virtual addresses in a recording.
#pragma once

#include "ingest/json_line.h"
#include "vmalloc/vmap_dump.h"

namespace kmem {

/// Most bytes of one recorded vmalloc().
inline constexpr uint32_t kMostAreaBytes = 1u << 30;

/// Reads a `vmap` line. Offsets below VMALLOC_START are as the recorder prints them, modulo 2^64.
VmapDump read_vmap_line(JsonLine& line);

/// Key "a" of a line: bytes from VMALLOC_START, as a page counted from there; UINT32_MAX for -1.
uint32_t read_area_page(JsonLine& line);

}  // namespace kmem
