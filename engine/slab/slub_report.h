// Reports of SLUB's debugging, in the kernel's words, with the bytes that are in memory.
#pragma once

#include <string>

#include "slab/slub_guard.h"
#include "slab/slub_track.h"

namespace kmem {

/// What the kernel did about it.
/// @fidelity invented: the kernel has texts for it only.
enum class SlubRepair : uint8_t {
  restored = 1,          ///< "Restoring ..."
  not_freed = 2,         ///< "Object at ... not freed"
  all_used = 3,          ///< "Marking all objects used": the slab is taken out of use
  freelist_cleared = 4,  ///< "Freelist cleared"
  count_adjusted = 5,    ///< "Object count adjusted"
};

/// A report about a slab: its counters, no object.
/// @kernel   slab_err(), mm/slub.c
/// @fidelity simplified: pointers are never hashed; `flags=` as in a build without NUMA; the line
///           about CPU and process has no stack behind it.
void slab_err(Slub& slub, SlabId id, SlubReport reason, const std::string& text);

/// A report about an object: who had it, and the bytes in and around it.
/// @kernel   object_err(), print_trailer(), mm/slub.c
/// @fidelity simplified: as slab_err(); tracks have no stacks.
void object_err(Slub& slub, SlabId id, Kva object, SlubReport reason, const std::string& text);

/// Looks at bytes that must all be alike; others are reported and restored.
/// @return whether all were.
/// @kernel   check_bytes_and_report(), mm/slub.c
/// @fidelity exact: as object_err().
bool check_bytes_and_report(Slub& slub, SlabId id, Kva object, const Guard& guard);

/// The same for the bytes behind the last object.
/// @kernel   slab_pad_check(), mm/slub.c
/// @fidelity exact: as slab_err().
void slab_pad_check(Slub& slub, SlabId id);

/// One line about a repair.
/// @kernel   slab_fix(), mm/slub.c
/// @fidelity exact
void slab_fix(Slub& slub, const Slab& slab, SlubRepair repair, Kva place, const std::string& text);

/// "Allocated in ..." and "Freed in ...", for who is known.
/// @kernel   print_tracking(), mm/slub.c
/// @fidelity simplified: as Track.
void print_tracking(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object);

/// The bytes of an object, when the cache has SLAB_TRACE.
/// @param what "alloc" or "free".
/// @kernel   trace(), mm/slub.c
/// @fidelity simplified: no stack.
void trace_object(Slub& slub, const Slab& slab, Kva object, const char* what);

/// A warning between "cut here" and "end trace".
/// @param place file and function, e.g. "mm/slab_common.c:493 kmem_cache_destroy".
/// @kernel   WARN(), include/asm-generic/bug.h
/// @fidelity simplified: no registers and no stack.
void print_warning(Mm& mm, const std::string& text, const char* place);

}  // namespace kmem
