// Boot: from a list of free ranges to the first buddy lists.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "mm/mm.h"

namespace kmem {

/// A pristine x86-64 machine.
struct PristineConfig {
  uint32_t memory_mib = 1024;
  uint8_t nr_cpus = 1;
  bool thp = true;

  static constexpr uint32_t kLeastMemoryMib = 16;
  static constexpr uint32_t kMostMemoryMib = 4096;
  static constexpr uint8_t kMostCpus = 64;
};

/// Boots a machine with zones as x86-64 lays them out, one node, everything free above 1 MiB.
/// @return MachineConfig naming the field that cannot be.
/// @kernel   free_area_init(), memblock_free_all(), mm/memblock.c
/// @fidelity simplified: the kernel's own image, memory map and early allocations take nothing,
///           and RAM above 3 GiB moves above 4 GiB as on QEMU's pc machine.
Result<Mm> boot_pristine_machine(const PristineConfig& config);

/// Hands free frames [start, end) of one zone to the buddy lists, in the biggest aligned blocks,
/// lowest first; lists end up ascending.
/// @kernel   __free_pages_memory(), __free_pages_core(), mm/memblock.c, mm/page_alloc.c
/// @fidelity exact
void free_pages_memory(Mm& mm, Zone& zone, uint32_t start_pfn, uint32_t end_pfn);

}  // namespace kmem
