// SLAB_STORE_USER: who allocated an object and who freed it, as bytes behind the object.
#pragma once

#include <string>

#include "slab/slab_align.h"
#include "slab/slub.h"

namespace kmem {

/// @kernel enum track_item, mm/slub.c
enum class TrackItem : uint8_t { alloc = 0, free = 1 };

/// One record, as its bytes are.
/// @kernel   struct track, mm/slub.c
/// @fidelity simplified: no stacks are kept, so their handle is 0; every call comes from the
///           process 1; time is the number of calls of the object allocator.
struct Track {
  uint64_t addr = 0;  ///< of the caller; 0: nobody yet
  uint32_t handle = 0;
  uint32_t cpu = 0;
  uint32_t pid = 0;
  uint32_t unused = 0;
  uint64_t when = 0;
};

/// Bytes from an object to its tracks: behind a free pointer that is not in the object.
/// @kernel   get_info_end(), mm/slub.c
/// @fidelity exact
constexpr uint32_t info_end(const KmemCache& cache) {
  return cache.offset >= cache.inuse ? cache.inuse + kWord : cache.inuse;
}
/// Bytes from an object to the end of its tracks and of the size that kmalloc() was asked for.
uint32_t tracks_end(const KmemCache& cache);

/// @kernel   get_track(), mm/slub.c
/// @fidelity exact
Track get_track(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva object,
                TrackItem item);
/// Enters the present caller; nothing without SLAB_STORE_USER.
/// @kernel   set_track(), mm/slub.c
/// @fidelity exact: as Track.
void set_track(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object, TrackItem item);
/// Nobody has allocated or freed the object of a new slab.
/// @kernel   init_tracking(), mm/slub.c
/// @fidelity exact
void init_tracking(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object);
/// Enters what kmalloc() was asked for (the whole object when it was not kmalloc()).
/// @kernel   set_orig_size(), mm/slub.c
/// @fidelity exact
void set_orig_size(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object);

/// An address as "kfree+0x0/0x10".
/// @kernel   %pS, lib/vsprintf.c
/// @fidelity invented: the caller is the call itself, at an address that no kernel has.
std::string symbol_text(const SlabState& state, uint64_t address);
/// The present caller as such a text.
std::string caller_text(Slub& slub);

}  // namespace kmem
