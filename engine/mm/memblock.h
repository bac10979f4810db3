// Boot: from a list of free ranges to the first buddy lists.
#pragma once

#include <cstdint>

#include "base/error.h"
#include "mm/machine_config.h"
#include "mm/mm.h"

namespace kmem {

/// Boots a machine with zones as its kernel lays them out, everything free that is not kept by the
/// BIOS.
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
