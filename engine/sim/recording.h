// A recording of a real kernel: the state it started from, every call with its result, and dumps.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mm/zone_dump.h"
#include "sim/command.h"

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
  /// For every command, the block that a free gave back in the real kernel; kNoPfn otherwise.
  std::vector<Pfn> freed;

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
  };
  std::vector<Dump> dumps;
};

}  // namespace kmem
