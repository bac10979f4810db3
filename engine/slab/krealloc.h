// The calls around kmalloc: arrays, other sizes, how big an object really is.
#pragma once

#include <optional>

#include "slab/kmalloc.h"

namespace kmem {

/// What krealloc() did.
enum class Realloc : uint8_t {
  same = 0,      ///< the object is big enough
  moved = 1,     ///< a new one, with the bytes of the old one
  no_memory = 2  ///< NULL; the old one stays in use
};

/// Bytes that the user of an object may use, which are mostly more than he asked for.
/// @param object as for kfree().
/// @kernel   ksize(), __ksize(), mm/slab_common.c
/// @fidelity exact
uint32_t ksize(const Slub& slub, Kva object);

/// Bytes that kmalloc() would really give for so many.
/// @kernel   kmalloc_size_roundup(), mm/slab_common.c
/// @fidelity exact
uint64_t kmalloc_size_roundup(const Slub& slub, uint64_t bytes);

/// Bytes of an array.
/// @return nothing when 64 bits cannot hold them: the call gives NULL.
/// @kernel   kmalloc_array(), include/linux/slab.h
/// @fidelity exact
std::optional<uint64_t> array_bytes(Slub& slub, uint64_t count, uint64_t bytes);

/// Makes an object bigger: the same one if it is big enough, or else a new one with its bytes.
/// @param object as for kfree(); 0 bytes free it.
/// @return 0 for NULL, and then the object is as it was.
/// @kernel   krealloc(), __do_krealloc(), mm/slab_common.c
/// @fidelity exact: without the debugging of others.
Kva krealloc(Slub& slub, Kva object, uint64_t bytes, Gfp gfp, uint8_t node);

/// kfree() of an object whose bytes nobody shall see: they become 0 first.
/// @kernel   kfree_sensitive(), mm/slab_common.c
/// @fidelity exact
void kfree_sensitive(Slub& slub, Kva object);

}  // namespace kmem
