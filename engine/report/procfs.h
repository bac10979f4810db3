// Files under /proc, byte for byte as the kernel prints them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mm/mm.h"

namespace kmem {

/// @kernel   frag_show(), mm/vmstat.c
/// @fidelity exact
std::string buddyinfo(const Mm& mm);

/// @kernel   pagetypeinfo_show(), mm/vmstat.c
/// @fidelity exact
std::string pagetypeinfo(const Mm& mm);

/// Text of one file by its path.
/// @return nothing when there is no such file; procfs_paths() lists those that exist.
std::optional<std::string> procfs(const Mm& mm, std::string_view path);
std::vector<std::string_view> procfs_paths();

}  // namespace kmem
