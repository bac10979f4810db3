// A recording of a real kernel: the state it started from, every call with its result, and dumps.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dma/dma_dump.h"
#include "mm/zone_dump.h"
#include "sim/command.h"
#include "slab/cache_dump.h"
#include "vmalloc/vmap_dump.h"

namespace kmem {

/// What a recording contains, parsed. Line numbers point into its text.
struct Recording {
  std::string release;  ///< uname -r
  std::string version;
  std::string slab;  ///< SLUB, SLAB or SLOB
  MmConfig config;
  uint8_t node = 0;      ///< node that every call asks for
  uint8_t cpu_node = 0;  ///< node of the CPU that made the calls
  Gfp forced_gfp = 0;

  /// Zones before the first call.
  std::vector<ZoneDump> boot;
  std::vector<Command> commands;
  /// Result of every allocation id; kNoPfn for NULL.
  std::vector<Pfn> results;
  /// For objects the bytes that belong to each of them.
  std::vector<uint32_t> offsets;
  /// For every command, the block that a free gave back in the real kernel; kNoPfn otherwise.
  std::vector<Pfn> freed;

  /// Build options of the object allocator.
  SlabConfig slab_config;
  /// Which of the dumps are the state of a cache before the first call.
  std::vector<uint32_t> boot_caches;
  [[nodiscard]] bool has_slab_calls() const {
    const auto is_slab = [](const Command& command) {
      return is_slab_call(command.op) || is_area_call(command.op) || is_dma_call(command.op);
    };
    return !boot_caches.empty() || std::any_of(commands.begin(), commands.end(), is_slab);
  }
  /// Which of the dumps has the areas of virtual addresses before the first call.
  static constexpr uint32_t kNoDump = UINT32_MAX;
  uint32_t boot_areas = kNoDump;
  /// Which of the dumps has the device before the first call.
  uint32_t boot_device = kNoDump;
  /// What the recorder calls each pool of dma_pool_create(), in the order of the calls.
  std::vector<uint32_t> pools;
  /// What each kmem_cache_create() asks for, in the order of the calls.
  std::vector<CacheRequest> requests;

  /// A page that changed its frame during command `index`, in the order in which they moved.
  struct Migration {
    uint32_t index = 0;
    uint32_t allocation = 0;
    Pfn from;
    Pfn to;
    bool operator==(const Migration&) const = default;
  };
  std::vector<Migration> migrations;

  /// State of the real kernel after `step` commands.
  struct Dump {
    uint32_t step = 0;
    ZoneDump zone;
    /// In place of the zone: a cache, all areas of virtual addresses, the device or one of its
    /// pools.
    std::unique_ptr<const CacheDump> cache;
    std::unique_ptr<const VmapDump> areas;
    std::unique_ptr<const DmaDump> dma;

    [[nodiscard]] uint32_t line() const {
      if (dma) return dma->line;
      if (areas) return areas->line;
      return cache ? cache->line : zone.line;
    }
    [[nodiscard]] std::string name() const {
      if (dma) {
        return dma->pool == DmaDump::kDevice ? "device" : "DMA pool " + std::to_string(dma->pool);
      }
      if (areas) return "areas of virtual addresses";
      return cache ? "cache " + cache->cache.name : "zone " + zone.name;
    }
  };
  std::vector<Dump> dumps;
  /// A dump after the calls read so far, still to be filled.
  Dump& add_dump() {
    dumps.emplace_back().step = static_cast<uint32_t>(commands.size());
    return dumps.back();
  }
};

}  // namespace kmem
