// Calls that a person typed, as JSON from the page or the node library.
#pragma once

#include <string_view>

#include "base/error.h"
#include "ingest/machine_config.h"
#include "sim/command.h"

namespace kmem {

/// Reads a UserCommand (web/src/engine/model.ts).
/// @param profile kernel whose GFP names are meant.
/// @return CommandFormat naming the key, or UnknownGfpFlag with the column inside the flags.
/// @param request receives what a kmem_cache_create() asks for, or the name of the cache that
///                another call is about.
Result<Command> read_user_command(std::string_view json,
                                  const KernelProfile& profile = kLinux6_1_192,
                                  CacheRequest* request = nullptr);

}  // namespace kmem
