// kmem trace events as ftrace prints them.
#pragma once

#include <optional>
#include <string>

#include "slab/slab.h"
#include "trace/trace.h"

namespace kmem {

/// One tracepoint as the part of a trace line behind the time stamp, e.g.
/// "mm_page_free: page=ffffea0000183300 pfn=0x60cc order=1".
/// @return nothing for records that are not kernel tracepoints.
/// @kernel   TRACE_EVENT()s of include/trace/events/kmem.h, with raw pointers (no_hash_pointers)
/// @fidelity exact: compared with every event of a recorded workload.
/// @param slab names of caches, for the events of objects; their call_site is unknown here and 0.
std::optional<std::string> ftrace_event_text(const TraceRecord& record, uint32_t pageblock_order,
                                             const SlabState* slab = nullptr);

}  // namespace kmem
