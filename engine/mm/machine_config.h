// What a pristine machine is made of, and which machines cannot be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "mm/mm.h"
#include "mm/sizing.h"

namespace kmem {

/// Frames [start, end) of RAM that belong to one node.
struct MemoryRange {
  uint32_t node = 0;
  uint32_t start_pfn = 0;
  uint32_t end_pfn = 0;
};

/// A pristine machine: hardware, kernel, build options and settings under /proc/sys/vm.
struct PristineConfig {
  uint32_t memory_mib = 1024;
  uint8_t nr_cpus = 1;
  bool thp = true;
  const KernelProfile* profile = &kLinux6_1_192;
  /// RAM with holes and nodes, in any order; when empty, memory_mib on one node.
  std::vector<MemoryRange> memory{};
  /// CPUs of each node; when empty, nr_cpus on node 0.
  std::vector<uint32_t> cpus_of_node{};
  uint32_t nr_orders = kNrOrders;
  /// Nothing: min(huge page order, highest order).
  std::optional<uint32_t> pageblock_order{};
  /// Nothing: off when there are fewer than a pageblock for each migratetype.
  std::optional<bool> page_group_by_mobility{};
  VmSysctl sysctl{};
  int64_t watermark_boost_factor = 15000;
  SlabAllocator slab_allocator = SlabAllocator::slub;
  /// What stands behind `slub_debug=` on the command line; nothing: it is not there.
  std::optional<std::string> slub_debug{};

  static constexpr uint32_t kLeastMemoryMib = 16;
  static constexpr uint32_t kMostMemoryMib = 4096;
  static constexpr uint8_t kMostCpus = 64;
  /// 16 GiB: the metadata of a frame takes 16 bytes.
  static constexpr uint32_t kMostFrames = 1u << 22;
  /// 1 TiB: addresses may have big holes.
  static constexpr uint32_t kMostPfn = 1u << 28;
};

/// Whether such a machine can be; its zones are checked when they are planned (memblock.h).
/// @return MachineConfig with the field, its value and what is accepted.
Status check_machine_config(const PristineConfig& config);

/// RAM of the machine, ascending: the given ranges, or those of a PC with memory_mib.
std::vector<MemoryRange> memory_of(const PristineConfig& config);

/// Build options of the kernel, as the allocator reads them.
MmConfig build_options(const PristineConfig& config);

/// A refusal of a machine.
Error bad_machine(const std::string& what);

}  // namespace kmem
