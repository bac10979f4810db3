// The session as JSON for the page, the node command and tests. Shapes: web/src/engine/model.ts.
#pragma once

#include <string>

#include "base/error.h"
#include "sim/session.h"

namespace kmem {

/// MachineView: zones with their counts at the current step.
std::string machine_view_json(const Session& session);

/// StepInfo: the command that led to `step`.
/// @return StepOutOfRange unless 1 <= step <= length().
Result<std::string> step_info_json(const Session& session, uint32_t step);

/// BlockInfo: the block that holds a frame at the current step.
/// @return PfnOutOfRange when no zone has the frame.
Result<std::string> block_json(const Session& session, Pfn pfn);

/// CacheRow[]: the caches of the object allocator at the current step, in the order of creation.
std::string caches_json(const Session& session);

/// CacheView: one cache with its slabs, free lists and arrays.
/// @return UnknownCache when none has the name.
Result<std::string> cache_json(Session& session, const std::string& name);

/// AreasView: the addresses of vmalloc that are in use or wait for a purge, at the current step.
std::string areas_json(const Session& session);

/// KernelLogView: what the kernel has printed until the current step, as dmesg shows it.
std::string kernel_log_json(const Session& session);

std::string verify_report_json(const VerifyReport& report);

}  // namespace kmem
