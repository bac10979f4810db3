// Pageblocks set apart: whatever is freed in them stays there and is handed out to nobody.
#pragma once

#include "mm/mm.h"

namespace kmem {

/// Sets a pageblock apart, as memory hot-remove and CMA do before they empty it: its free pages
/// move to the Isolate lists and are free pages no more. Pages of it may still wait on per-CPU
/// lists; whoever wants them too drains all CPUs. No block, free or in use, may be bigger than the
/// pageblock and reach into it.
/// @param page first page of a pageblock that lies wholly in `zone`, not set apart yet.
/// @kernel   set_migratetype_isolate(), mm/page_isolation.c
/// @fidelity simplified: does not ask whether the pages in use can be moved, and does not split
///           bigger blocks; no recording has it.
void set_migratetype_isolate(Mm& mm, Zone& zone, Page page);

/// Makes an isolated pageblock one of `type` again. A pageblock that is free as a whole is given
/// back like a block that is freed, so that it can merge; otherwise its pieces change lists.
/// @kernel   unset_migratetype_isolate(), mm/page_isolation.c
/// @fidelity simplified: one pageblock at a time, as above.
void unset_migratetype_isolate(Mm& mm, Zone& zone, Page page, Migratetype type);

}  // namespace kmem
