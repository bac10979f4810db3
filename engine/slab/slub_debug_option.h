// slub_debug on the kernel's command line: which caches are made with which debugging.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "slab/slab_flags.h"

namespace kmem {

/// Options for some caches: one part of slub_debug between two semicolons.
struct SlubDebugBlock {
  SlabFlags flags = 0;
  /// Names; a '*' at the end makes a prefix of one.
  std::vector<std::string> names;
};

/// slub_debug as read.
/// @kernel   slub_debug, slub_debug_string, disable_higher_order_debug, mm/slub.c
/// @fidelity exact: 'A' (failslab) is accepted and does nothing, as where CONFIG_FAILSLAB is off.
struct SlubDebug {
  /// For caches that no block names.
  SlabFlags flags = 0;
  std::vector<SlubDebugBlock> blocks;
  /// 'O': not for caches whose objects would need more pages for it.
  bool spare_higher_orders = false;
};

/// Reads what stands behind `slub_debug=`: "" is FZPU for all caches, and so is a block of names
/// only for these.
/// @return MachineConfig with what is not understood and what would be.
/// @kernel   setup_slub_debug(), parse_slub_debug_flags(), mm/slub.c
/// @fidelity simplified: the kernel skips an unknown letter and says so in its log.
Result<SlubDebug> parse_slub_debug(std::string_view text);

/// Flags that a cache of that name gets.
/// @kernel   kmem_cache_flags(), mm/slub.c
/// @fidelity exact
SlabFlags kmem_cache_flags(const SlubDebug& debug, SlabFlags flags, std::string_view name);

}  // namespace kmem
