// Boot before memblock: a bitmap of free frames is scanned word by word.
#pragma once

#include <cstdint>

#include "mm/mm.h"

namespace kmem {

/// Hands free frames [start, end) of one zone to the buddy lists. Aligned runs of as many frames as
/// a word has bits are freed in one go, all others one by one; as every insertion is at the head,
/// lists end up descending, and the first pages handed out are those at the top of the zone.
/// HighMem is freed frame by frame.
/// @kernel   free_all_bootmem_core(), mm/bootmem.c; add_one_highpage_init(), arch/i386/mm/init.c
/// @fidelity exact: as far as the fact sheet describes it; no recording of this kernel exists.
void free_bootmem(Mm& mm, Zone& zone, uint32_t start_pfn, uint32_t end_pfn);

}  // namespace kmem
