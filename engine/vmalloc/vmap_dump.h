// The state of all address ranges as a value: what a recording of a real kernel contains.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "vmalloc/vmap.h"

namespace kmem {

/// Everything that one `vmap` line of a recording says, as addresses, ascending.
struct VmapDump {
  using Ranges = std::vector<std::pair<Kva, Kva>>;
  uint64_t lazy_pages = 0;
  Ranges busy;
  Ranges free;
  Ranges purge;
  /// Line of the recording, for messages.
  uint32_t line = 0;
};

/// The present state.
VmapDump dump_vmap(const VmapState& state);

/// Counter and ranges, one a line, as offsets from VMALLOC_START: what is compared and shown.
std::string vmap_dump_text(const VmapDump& dump);

/// Replaces what is known about addresses by the dump. Each CPU has an object ready for a split.
/// @return RecordingFormat with the dump's line when ranges overlap or lazy_pages is wrong.
Status load_vmap(Vmap& vmap, const VmapDump& dump);

}  // namespace kmem
