// The two threads of a node that the allocator wakes: kswapd and kcompactd.
#pragma once

#include "mm/mm.h"

namespace kmem {

/// Asks the zone's node to reclaim in the background; or, when that is hopeless or not needed and
/// the caller cannot do it himself, to compact.
/// @kernel   wakeup_kswapd(), mm/vmscan.c
/// @fidelity simplified: as far as recordings show it.
void wakeup_kswapd(Mm& mm, const Zone& zone, Gfp gfp, Order order, ZoneType highest);

/// A place where the caller may lose the CPU: threads that were woken run now, to their end.
/// @kernel   cond_resched(), include/linux/sched.h
/// @fidelity simplified: exact for one CPU without preemption when a woken thread is due at once,
///           as it is after a long sleep; nothing happens later than its wake-up asks for.
void cond_resched(Mm& mm);

/// Failures in a row after which kswapd sleeps until somebody else makes progress.
/// @kernel MAX_RECLAIM_RETRIES, mm/internal.h
inline constexpr uint32_t kMaxReclaimRetries = 16;

}  // namespace kmem
