// Files under /proc, byte for byte as the kernel prints them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mm/fragmentation.h"
#include "mm/mm.h"
#include "slab/slab.h"
#include "vmalloc/vmap.h"

namespace kmem {

/// @kernel   frag_show(), mm/vmstat.c
/// @fidelity exact
std::string buddyinfo(const Mm& mm);

/// @kernel   pagetypeinfo_show(), mm/vmstat.c
/// @fidelity exact
std::string pagetypeinfo(const Mm& mm);

/// @kernel   zoneinfo_show(), mm/vmstat.c
/// @fidelity simplified: counters of parts that are not modelled (page cache, LRU) print 0.
std::string zoneinfo(const Mm& mm);

/// The same file in the format of Linux 2.6.18: hot and cold lists, populated zones only.
/// @kernel   zoneinfo_show(), mm/vmstat.c (2.6.18)
/// @fidelity simplified: the lines are those of a real machine of that age (reports/proc P05);
///           the counters that 2.6.18 prints after `present` are left out; LRU lines print 0.
std::string zoneinfo_2_6_18(const Mm& mm);

/// The page allocator's lines only, in the kernel's order.
/// @kernel   vmstat_show(), mm/vmstat.c
/// @fidelity simplified: lines of parts that are not modelled are left out; not for 2.6.18, of
///           which neither the fact sheets nor a report say which counters it prints, and in
///           which order.
std::string vmstat(const Mm& mm);

/// The same file in the format of Linux 2.6.18: hot and cold lists, populated zones only.
/// @kernel   zoneinfo_show(), mm/vmstat.c (2.6.18)
/// @fidelity simplified: the lines are those of a real machine of that age (reports/proc P05);
///           the counters that 2.6.18 prints after `present` are left out; LRU lines print 0.
std::string zoneinfo_2_6_18(const Mm& mm);

/// The page allocator's lines only.
/// @kernel   meminfo_proc_show(), fs/proc/meminfo.c; si_mem_available(), mm/page_alloc.c
/// @fidelity simplified: no page cache and no slabs count as available, as there are none yet.
std::string meminfo(const Mm& mm);

/// @kernel   extfrag_show(), unusable_show(), mm/vmstat.c
/// @fidelity exact
std::string extfrag_index(const Mm& mm);
std::string unusable_index(const Mm& mm);

/// One line a cache, the newest first.
/// @kernel   cache_show(), mm/slab_common.c
/// @fidelity exact: for the caches that exist here.
std::string slabinfo(const SlabState& state);

/// One line an area in use, ascending; then the ranges that wait for a purge.
/// @kernel   s_show(), show_purge_info(), mm/vmalloc.c
/// @fidelity simplified: as with no_hash_pointers; without the functions that asked. Of areas that
///           are older than the simulation only the range is known.
std::string vmallocinfo(const Mm& mm, const VmapState& state);

/// Text of one file by its path.
/// @param slab the object allocator; without it /proc/slabinfo does not exist.
/// @param areas vmalloc; without it /proc/vmallocinfo does not exist.
/// @return nothing when there is no such file; procfs_paths() lists those that exist.
std::optional<std::string> procfs(const Mm& mm, std::string_view path,
                                  const SlabState* slab = nullptr,
                                  const VmapState* areas = nullptr);
std::vector<std::string_view> procfs_paths(const KernelProfile& profile = kLinux6_1_192);

}  // namespace kmem
