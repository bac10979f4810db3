// Settings of a machine that a person typed, as JSON from the page or the node library.
#pragma once

#include <string_view>

#include "base/error.h"
#include "mm/machine_config.h"
#include "slab/slab.h"

namespace kmem {

/// Reads a MachineConfig (web/src/engine/model.ts). Types, ranges and what the chosen kernel has at
/// all are checked here; whether the parts fit together when the machine boots.
/// @return MachineConfig with the field, its value and what is accepted.
Result<PristineConfig> read_machine_config(std::string_view json);

/// The object allocator of a machine that read_machine_config() has accepted.
SlabConfig slab_config_of(const PristineConfig& config);

}  // namespace kmem
