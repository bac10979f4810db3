// Calls and machine settings that a person typed, as JSON from the page or the node library.
#pragma once

#include <string_view>

#include "base/error.h"
#include "mm/memblock.h"
#include "sim/command.h"

namespace kmem {

/// Reads a UserCommand (web/src/engine/model.ts).
/// @return CommandFormat naming the key, or UnknownGfpFlag with the column inside the flags.
Result<Command> read_user_command(std::string_view json);

/// Reads a MachineConfig (web/src/engine/model.ts).
/// @return MachineConfig naming the field.
Result<PristineConfig> read_machine_config(std::string_view json);

}  // namespace kmem
