// The list of free objects of a slab, which lies in the objects themselves, in simulated RAM.
#pragma once

#include <cstdint>
#include <vector>

#include "slab/slub.h"

namespace kmem {

/// Bytes that one slab covers.
constexpr uint32_t slab_bytes(const Slab& slab) { return kPageSizeBytes << slab.order; }

/// Where the byte at `address`, which lies in the slab, is kept.
inline uint8_t* bytes_at(const Slub& slub, const Slab& slab, Kva address) {
  return slub.ram.frame_bytes(slab.page) + static_cast<size_t>(address - slab.base);
}

/// Address of object `index`.
/// @kernel   fixup_red_left(), mm/slub.c, index_to_obj(), mm/slab.c
/// @fidelity exact
inline Kva object_at(const KmemCache& cache, const Slab& slab, uint32_t index) {
  return slab.base + slab.s_mem + Kva{index} * cache.size + cache.red_left_pad;
}

/// Which object `address` belongs to; a number too big for one below the first.
/// @kernel   obj_to_index(), include/linux/slub_def.h, include/linux/slab_def.h
/// @fidelity exact
inline uint32_t object_index(const KmemCache& cache, const Slab& slab, Kva address) {
  return static_cast<uint32_t>(address - slab.base - slab.s_mem) / cache.size;
}

/// The word that leads from `object` to the next free one, whatever it says by now.
/// @kernel   get_freepointer(), freelist_ptr(), mm/slub.c
/// @fidelity exact
Kva read_freepointer(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva object);

/// The free object that follows `object`.
/// @return 0 at the end, and for a word that points out of the slab: somebody wrote to it.
/// @kernel   get_freepointer(), freelist_ptr(), mm/slub.c
/// @fidelity simplified: the kernel would follow any word.
Kva get_freepointer(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva object);

/// Writes the word that leads from `object` to `next`; with CONFIG_SLAB_FREELIST_HARDENED it is
/// xor-ed with the cache's key and with its own address.
/// @kernel   set_freepointer(), freelist_ptr(), mm/slub.c
/// @fidelity exact: except that the key is not the one of any real boot.
void set_freepointer(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva object,
                     Kva next);

/// Free objects from `first` on, by index; cut off after as many as the slab has.
std::vector<uint16_t> freelist_indices(const Slub& slub, const KmemCache& cache, const Slab& slab,
                                       Kva first);

/// Links objects in this order and returns the first; 0 for none.
Kva link_freelist(const Slub& slub, const KmemCache& cache, const Slab& slab,
                  const std::vector<uint16_t>& indices);

/// Order in which new slabs of the cache will hand out their objects.
/// @kernel   init_cache_random_seq(), mm/slub.c, cache_random_seq_create(), mm/slab_common.c
/// @fidelity exact: except for the source of random numbers.
void init_cache_random_seq(SlabState& state, KmemCache& cache);

/// Links all objects of a new slab, ascending or in the cache's random order.
/// @kernel   allocate_slab(), shuffle_freelist(), mm/slub.c
/// @fidelity exact: as above.
void init_freelist(Slub& slub, KmemCache& cache, Slab& slab);

/// Next number of the machine's own source (splitmix64).
/// @fidelity invented
uint64_t next_random(SlabState& state);

}  // namespace kmem
