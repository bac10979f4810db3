// The full state of one cache as a value: what a recording of a real kernel contains.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "slab/slub.h"

namespace kmem {

/// Everything that one `slub` line of a recording says. Lists are head first, objects are indices.
struct SlubDump {
  struct SlabImage {
    uint32_t pfn = 0;
    uint8_t node = 0;
    uint16_t objects = 0;
    uint16_t inuse = 0;
    bool frozen = false;
    std::vector<uint16_t> freelist;
  };
  struct NodeImage {
    uint8_t node = 0;
    uint32_t nr_partial = 0;
    uint32_t nr_slabs = 0;
    uint32_t total_objects = 0;
    std::vector<SlabImage> partial;
  };
  /// Sizes, orders and limits; its lists are empty.
  KmemCache cache;
  /// The CPU's slab, none or one.
  std::vector<SlabImage> slab;
  std::vector<uint16_t> freelist;
  std::vector<SlabImage> partial;
  std::vector<NodeImage> nodes;
  uint8_t cpu = 0;
  /// Line of the recording, for messages.
  uint32_t line = 0;
};

/// The present state of a cache, with one CPU's slabs.
SlubDump dump_cache(const Slub& slub, CacheId id, uint8_t cpu_id);

/// Counters and lists, one line each: what is compared, and what a person is shown.
std::string slub_dump_text(const SlubDump& dump);

/// Gives an empty cache, which is made when there is none of that name, the state of the dump.
/// Objects on no list count as in use since before.
/// @return RecordingFormat with the dump's line when it contradicts itself.
Status load_cache(Slub& slub, const SlubDump& dump);

}  // namespace kmem
