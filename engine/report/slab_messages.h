// What the kernel writes into its log when a call about caches or objects goes wrong.
#pragma once

#include <string>
#include <vector>

#include "sim/session.h"

namespace kmem {

/// Lines of the command that led to the session's step, in the order of its decisions.
/// @kernel   kmem_cache_create_usercopy(), kmem_cache_destroy(), mm/slab_common.c,
/// cache_from_obj(),
///           mm/slab.h
/// @fidelity simplified: without the stacks, and every caller is 0x0.
std::vector<std::string> slab_messages(const Session& session);

}  // namespace kmem
