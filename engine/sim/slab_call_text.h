// Calls of the object allocator as C.
#pragma once

#include <string>

#include "sim/command.h"

namespace kmem {

/// Name of the function called.
const char* slab_op_name(Op op);

/// @param place   object that the call is given.
/// @param flags   names of the call's GFP flags.
/// @param request as call_text() has it.
std::string slab_call_text(const Command& command, ObjectPlace place, const std::string& flags,
                           const CacheRequest& request);

}  // namespace kmem
