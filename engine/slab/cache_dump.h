// The full state of one cache as a value: what a recording of a real kernel contains.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "slab/slub.h"

namespace kmem {

/// Everything that one `slub` or `slab` line of a recording says. Lists are head first.
struct CacheDump {
  struct SlabImage {
    uint32_t pfn = 0;
    uint8_t node = 0;
    uint16_t objects = 0;
    uint16_t inuse = 0;
    bool frozen = false;
    /// Free objects by index, the next to be taken first.
    std::vector<uint16_t> freelist;
    uint32_t s_mem = 0;  ///< SLAB only
  };
  struct NodeImage {
    uint8_t node = 0;
    uint32_t nr_partial = 0;
    uint32_t nr_slabs = 0;
    uint32_t total_objects = 0;
    std::vector<SlabImage> partial;
    /// SLAB only.
    std::vector<SlabImage> full{};
    std::vector<SlabImage> free{};
  };
  /// Sizes, orders and limits. SLUB: nothing else. SLAB: counters of the nodes, and all arrays (of
  /// the one CPU), whose entries are not addresses but what array_entry() makes.
  KmemCache cache;
  /// SLUB: the CPU's slab, none or one.
  std::vector<SlabImage> slab;
  std::vector<uint16_t> freelist;
  std::vector<SlabImage> partial;
  std::vector<NodeImage> nodes;
  uint8_t cpu = 0;
  /// Line of the recording, for messages.
  uint32_t line = 0;
};

/// An object as arrays of a dump have it: its slab's first frame and its number there.
constexpr Kva array_entry(uint32_t pfn, uint32_t index) { return page_address({pfn}) + index; }
constexpr uint32_t entry_index(Kva entry) { return static_cast<uint32_t>(entry % kPageSizeBytes); }

/// The present state of a cache, with what one CPU has for itself.
CacheDump dump_cache(const Slub& slub, CacheId id, uint8_t cpu_id);
CacheDump dump_slub_cache(const Slub& slub, CacheId id, uint8_t cpu_id);
CacheDump dump_slab_cache(const Slub& slub, CacheId id, uint8_t cpu_id);

/// Counters and lists, one line each: what is compared, and what a person is shown.
std::string cache_dump_text(const SlabState& state, const CacheDump& dump);
std::string slub_dump_text(const CacheDump& dump);
std::string slab_dump_text(const CacheDump& dump);

/// Frames of all slabs of a dump, in no order.
std::vector<uint32_t> slab_frames(const CacheDump& dump);

/// Gives an empty cache, which is made when there is none of that name, the state of the dump.
/// Objects on no list count as in use since before.
/// @return RecordingFormat with the dump's line when it contradicts itself.
Status load_cache(Slub& slub, const CacheDump& dump);
/// What load_cache() does with an existing empty cache. @return "" or what is wrong.
std::string load_slub_cache(Slub& slub, CacheId id, const CacheDump& dump);
std::string load_slab_cache(Slub& slub, CacheId id, const CacheDump& dump);

/// The first index that names no object of a slab, or one that was named before; none if all are
/// in place.
std::optional<uint16_t> misplaced_index(const std::vector<uint16_t>& indices, uint32_t objects);

/// Enters the pages of a dumped slab, which must be in use by nobody that is known.
/// @return its number, or kNoSlab and what is wrong.
SlabId adopt_slab(Slub& slub, CacheId id, uint32_t pfn, SlabOrder order, uint8_t node,
                  std::string& wrong);

}  // namespace kmem
