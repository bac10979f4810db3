// What the object allocator remembers, as one copyable value: a snapshot is a copy.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/units.h"
#include "mm/gfp.h"
#include "profile/kernel_profile.h"
#include "slab/slab_flags.h"
#include "slab/slub_debug_option.h"

namespace kmem {

/// Address as kernel code sees it; 0 is NULL. All RAM is mapped from kDirectMap on.
/// @kernel   page_offset_base, arch/x86/mm/kaslr.c
/// @fidelity simplified: always as with nokaslr.
using Kva = uint64_t;
inline constexpr Kva kDirectMap = 0xffff888000000000;
constexpr Kva page_address(Pfn pfn) { return kDirectMap + (Kva{pfn.value} << kPageShift); }
constexpr Pfn pfn_of(Kva address) {
  return {static_cast<uint32_t>((address - kDirectMap) >> kPageShift)};
}

/// What kmalloc(0) returns: not NULL, and nothing to be touched.
/// @kernel ZERO_SIZE_PTR, include/linux/slab.h
inline constexpr Kva kZeroSizePtr = 16;

/// Number of a slab in SlabState::slabs, of a cache in SlabState::caches.
using SlabId = uint32_t;
using CacheId = uint32_t;
inline constexpr SlabId kNoSlab = UINT32_MAX;
inline constexpr CacheId kNoCache = UINT32_MAX;
/// NUMA_NO_NODE: wherever it is convenient.
inline constexpr uint8_t kAnyNode = UINT8_MAX;

/// Build and boot options of the object allocator.
struct SlabConfig {
  SlabAllocator allocator = SlabAllocator::slub;
  /// CONFIG_SLAB_FREELIST_RANDOM, CONFIG_SLAB_FREELIST_HARDENED: on in Debian.
  bool freelist_random = true;
  bool freelist_hardened = true;
  /// CONFIG_SLUB_CPU_PARTIAL: on where there is more than one CPU to be built for.
  bool cpu_partial = true;
  /// CONFIG_MEMCG_KMEM: separate caches for objects that a memory cgroup pays for.
  bool memcg = true;
  /// Without slab_nomerge on the command line.
  bool merge = true;
  /// slub_debug on the command line. SLUB only.
  SlubDebug slub_debug{};
  /// Where keys and permutations come from.
  uint64_t seed = 0x6b6d656d;
};

/// One slab: a block of pages cut into objects of one cache.
/// @kernel   struct slab, mm/slab.h
/// @fidelity exact: the fields that decide.
struct Slab {
  Page page = kNoPage;  ///< first page; kNoPage when this number is not in use
  CacheId cache = kNoCache;
  Kva base = 0;  ///< address of the first byte
  /// SLUB: the first free object that no CPU holds as its own. SLAB: where the indices of the
  /// free objects are; 0 when they would be in an object and none is free.
  Kva freelist = 0;
  uint16_t inuse = 0;  ///< SLAB calls it `active`
  uint16_t objects = 0;
  Order order = 0;
  uint8_t node = 0;
  /// Belongs to a CPU: on no list of the node. With debugging: it was taken out of use.
  bool frozen = false;
  /// Something was reported about it: bytes may be lost, and objects to its free list.
  bool damaged = false;
  uint32_t s_mem = 0;  ///< SLAB: bytes before the first object, the colour
  /// Neighbours on a list of the node; in a CPU's chain `next` only.
  SlabId next = kNoSlab;
  SlabId prev = kNoSlab;
  uint32_t slabs = 0;  ///< length of the CPU's chain that starts here
};

/// @kernel struct kmem_cache_cpu, include/linux/slub_def.h
struct KmemCacheCpu {
  Kva freelist = 0;
  SlabId slab = kNoSlab;
  SlabId partial = kNoSlab;
};

/// A doubly linked list of slabs, by number.
struct SlabList {
  SlabId first = kNoSlab;
  SlabId last = kNoSlab;
};

/// @kernel struct kmem_cache_node, mm/slab.h
struct KmemCacheNode {
  SlabId first = kNoSlab;
  SlabId last = kNoSlab;
  uint32_t nr_partial = 0;
  uint32_t nr_slabs = 0;
  uint32_t total_objects = 0;
  /// Slabs without free objects, newest first; kept by caches with SLAB_STORE_USER only.
  SlabList full;
};

/// SLAB: pointers to free objects, kept by a CPU for itself or by a node for all its CPUs.
/// @kernel   struct array_cache, mm/slab.c
/// @fidelity exact: its entries are not in simulated RAM.
struct ArrayCache {
  uint32_t limit = 0;  ///< 0: there is no such array
  uint32_t batchcount = 0;
  bool touched = false;
  std::vector<Kva> entries;  ///< the last one is taken first
};

/// SLAB: what a node has of one cache.
/// @kernel   struct kmem_cache_node, mm/slab.h
/// @fidelity exact: the fields that decide.
struct SlabNode {
  SlabList partial;
  SlabList full;
  SlabList free;
  uint32_t total_slabs = 0;
  uint32_t free_slabs = 0;
  uint32_t free_objects = 0;  ///< in slabs; those in arrays count as in use
  uint32_t free_limit = 0;
  uint32_t colour_next = 0;
  bool free_touched = false;
  ArrayCache shared;
  /// Objects of other nodes that this node's CPUs freed, by node; empty on machines with one.
  std::vector<ArrayCache> alien;
};

/// SLAB: how a cache cuts up its slabs, and how long its arrays are.
/// @kernel   struct kmem_cache, include/linux/slab_def.h
/// @fidelity exact: the fields that decide.
struct SlabLayout {
  uint32_t colour = 0;         ///< number of different distances of the first object
  uint32_t colour_off = 0;     ///< bytes between two of them
  uint32_t freelist_size = 0;  ///< bytes of indices
  uint32_t limit = 0;
  uint32_t batchcount = 0;
  uint32_t shared = 0;
};

/// @kernel struct kmem_cache_order_objects, include/linux/slub_def.h
struct SlabOrder {
  Order order = 0;
  uint16_t objects = 0;
};

/// @kernel   struct kmem_cache, include/linux/slub_def.h
/// @fidelity exact: the fields that decide.
struct KmemCache {
  std::string name;
  uint32_t object_size = 0;  ///< as asked for
  uint32_t size = 0;         ///< distance of two objects
  uint32_t inuse = 0;        ///< bytes up to the metadata
  uint32_t offset = 0;       ///< of the free pointer in a free object
  uint32_t align = 0;
  SlabFlags flags = 0;
  uint32_t red_left_pad = 0;
  SlabOrder oo;   ///< what a slab normally is
  SlabOrder min;  ///< what it is when memory is short
  uint32_t min_partial = 0;
  uint32_t cpu_partial = 0;
  uint32_t cpu_partial_slabs = 0;
  Gfp allocflags = 0;
  int32_t refcount = 0;  ///< 0: destroyed
  uint32_t usersize = 0;
  bool ctor = false;
  uint8_t ctor_value = 0;            ///< what the constructor leaves in every byte
  uint64_t random = 0;               ///< key of the hardened free pointers
  std::vector<uint16_t> random_seq;  ///< object order of new slabs; empty: ascending
  /// SLUB only.
  std::vector<KmemCacheCpu> cpu;
  std::vector<KmemCacheNode> node;
  /// SLAB only.
  SlabLayout layout;
  std::vector<ArrayCache> cpu_array;
  std::vector<SlabNode> lists;

  [[nodiscard]] bool alive() const { return refcount != 0; }
  /// @kernel kmem_cache_debug(), mm/slub.c
  [[nodiscard]] bool debugged() const { return has(slab_flags::kDebug); }
  [[nodiscard]] bool has(SlabFlags any) const { return (flags & any) != 0; }
  /// @kernel kmem_cache_has_cpu_partial(), mm/slub.c
  [[nodiscard]] bool has_cpu_partial(const SlabConfig& config) const {
    return config.cpu_partial && (flags & slab_flags::kDebug) == 0;
  }
};

/// Kinds of kmalloc caches, in the order of their creation.
/// @kernel enum kmalloc_cache_type, include/linux/slab.h
enum class KmallocType : uint8_t { normal, cgroup, reclaim, dma };
inline constexpr uint32_t kNrKmallocTypes = 4;
/// 8 to 8192 bytes, with 96 and 192. Under SLAB the smallest is 32, which serves 8 and 16 too.
inline constexpr uint32_t kNrKmallocSizes = 13;

/// What the elements of a mempool are.
enum class MempoolKind : uint8_t { slab = 0, kmalloc = 1, pages = 2 };

/// Elements kept back for when memory is short (mempool.h).
/// @kernel   struct mempool_s, include/linux/mempool.h
/// @fidelity exact: its array is not in simulated RAM.
struct Mempool {
  MempoolKind kind = MempoolKind::slab;
  uint32_t min_nr = 0;  ///< that the reserve shall have; 0: there is no such pool
  CacheId cache = kNoCache;
  uint32_t bytes = 0;         ///< of an element from kmalloc()
  uint32_t order = 0;         ///< of a block of pages
  std::vector<Kva> elements;  ///< the last one is taken first

  [[nodiscard]] bool alive() const { return min_nr != 0; }
};

/// What no dump says, so that a replay must learn it from the results that it should give.
struct Learnt {
  /// Slabs older than the recording, of which frames tell how many objects were free
  /// (hidden_slab.h).
  uint32_t slabs = 0;
  /// New slabs in a random order, of which the first object tells where it starts.
  uint32_t starts = 0;
};

/// The state of the object allocator.
struct SlabState {
  SlabConfig config;
  [[nodiscard]] bool is_slab() const { return config.allocator == SlabAllocator::slab; }
  /// In the order of creation; destroyed ones keep their place.
  std::vector<KmemCache> caches;
  std::vector<Slab> slabs;
  /// Numbers in `slabs` to be used again, the last one first.
  std::vector<SlabId> free_ids;
  std::array<std::array<CacheId, kNrKmallocSizes>, kNrKmallocTypes> kmalloc{};
  /// The caches as their creators know them, in the order of those calls; kNoCache when there is
  /// none, or none any more.
  std::vector<CacheId> handles;
  /// Slabs of RCU caches that wait for the end of a grace period, oldest first.
  std::vector<SlabId> rcu_pending;
  /// Free objects of slabs that are older than the recording, ascending: maybe in use after all.
  std::vector<Kva> doubtful;
  /// In the order of the calls that asked for them.
  std::vector<Mempool> mempools;
  Learnt learnt;
  uint64_t random = 0;
  /// Reports, repairs and wrong counters so far: what KUnit tests of SLUB count.
  uint32_t slab_errors = 0;
  /// Calls of the object allocator so far: the clock of its tracks.
  uint64_t jiffies = 0;
  /// Names of calls that are in tracks, each with an address of its own (slub_track.h).
  std::vector<std::string> call_sites;
  /// Bytes of large kmalloc blocks in use, in pages, by node 0..7.
  uint64_t large_pages = 0;
};

/// Hash over the whole state; equal on every compiler and word size.
/// @fidelity invented
void hash_into(const SlabState& state, StateHash& hash);

}  // namespace kmem
