#include "mm/kswapd.h"

#include <algorithm>

#include "mm/compaction.h"
#include "mm/watermark.h"

namespace kmem {

namespace {

bool belongs(const Zone& zone, NodeId node, ZoneType highest) {
  return zone.node == node && zone.populated() && zone.type <= highest;
}

/// @kernel   pgdat_balanced(), mm/vmscan.c
/// @fidelity exact
bool balanced(const Mm& mm, NodeId node, Order order, ZoneType highest) {
  for (const Zone& zone : mm.zones) {
    if (!belongs(zone, node, highest)) continue;
    const int64_t free = free_pages_for_check(zone);
    if (passed(zone_watermark_ok(mm, zone, {order, highest, 0, 0},
                                 zone.wmark_pages(Watermark::high), free))) {
      return true;
    }
  }
  return false;
}

bool boosted(const Mm& mm, NodeId node, ZoneType highest) {
  return std::any_of(mm.zones.begin(), mm.zones.end(), [&](const Zone& zone) {
    return belongs(zone, node, highest) && zone.watermark_boost != 0;
  });
}

// From now on every request has to ask whether it may be interrupted.
void note_daemon_woken(Mm& mm) {
  mm.daemon_woken = true;
  for (Zone& zone : mm.zones) zone.forget_floor();
}

/// @kernel   wakeup_kcompactd(), mm/compaction.c
/// @fidelity exact
void wakeup_kcompactd(Mm& mm, NodeId node, Order order, ZoneType highest) {
  if (order == 0) return;
  NodeDaemons& daemons = mm.daemons[node.value];
  daemons.kcompactd_order = std::max(daemons.kcompactd_order, order);
  daemons.kcompactd_highest = std::min(daemons.kcompactd_highest, highest);
  if (!kcompactd_node_suitable(mm, node)) return;
  daemons.kcompactd_woken = true;
  note_daemon_woken(mm);
}

/// One attempt to get above the high watermark. There is nothing to reclaim, so only the boost
/// goes: what it asked for cannot be had.
/// @kernel   balance_pgdat(), mm/vmscan.c
/// @fidelity simplified: no LRU pages and no shrinkers, so nothing is ever reclaimed.
void balance_node(Mm& mm, NodeId node, Order order, ZoneType highest) {
  const bool was_boosted = boosted(mm, node, highest);
  if (!was_boosted && balanced(mm, node, order, highest)) return;
  mm.events.pageoutrun += 1;
  mm.daemons[node.value].kswapd_failures += 1;
  if (!was_boosted) return;
  for (Zone& zone : mm.zones) {
    if (!belongs(zone, node, highest) || zone.watermark_boost == 0) continue;
    mm.trace->decision(Event::kswapd_run, zone.index, order, static_cast<uint32_t>(highest),
                       static_cast<uint32_t>(zone.watermark_boost),
                       mm.daemons[node.value].kswapd_failures);
    zone.watermark_boost = 0;
    zone.forget_floor();
  }
  wakeup_kcompactd(mm, node, mm.config.pageblock_order, highest);
}

/// Tries until the node is balanced, first for the order asked for, then for single pages, or
/// until it has failed too often.
/// @kernel   kswapd(), kswapd_try_to_sleep(), mm/vmscan.c
/// @fidelity simplified: as balance_pgdat(); its short nap before a long sleep takes no time.
void run_kswapd(Mm& mm, NodeId node) {
  NodeDaemons& daemons = mm.daemons[node.value];
  daemons.kswapd_woken = false;
  Order order = daemons.kswapd_order;
  const ZoneType highest = daemons.kswapd_highest;
  daemons.kswapd_order = 0;
  daemons.kswapd_highest = ZoneType::dma;
  while (true) {
    balance_node(mm, node, order, highest);
    const bool hopeless = daemons.kswapd_failures >= kMaxReclaimRetries;
    if (hopeless || balanced(mm, node, order, highest)) break;
    mm.events.kswapd_high_wmark_hit_quickly += 1;
    order = 0;
  }
  // About to sleep: what compaction has learnt may be out of date.
  reset_isolation_suitable(mm, node);
  wakeup_kcompactd(mm, node, order, highest);
}

}  // namespace

void wakeup_kswapd(Mm& mm, const Zone& zone, Gfp gfp, Order order, ZoneType highest) {
  mm.trace->decision(Event::kswapd_wake, zone.index, order, static_cast<uint32_t>(highest));
  NodeDaemons& daemons = mm.daemons[zone.node.value];
  daemons.kswapd_highest = std::max(daemons.kswapd_highest, highest);
  daemons.kswapd_order = std::max(daemons.kswapd_order, order);
  if (daemons.kswapd_woken) return;
  const bool hopeless = daemons.kswapd_failures >= kMaxReclaimRetries;
  const bool content = balanced(mm, zone.node, order, highest) && !boosted(mm, zone.node, highest);
  if (hopeless || content) {
    if ((gfp & gfp::kDirectReclaim) == 0) wakeup_kcompactd(mm, zone.node, order, highest);
    return;
  }
  daemons.kswapd_woken = true;
  note_daemon_woken(mm);
}

void cond_resched(Mm& mm) {
  if (!mm.daemon_woken || !mm.may_schedule || mm.daemons_running) return;
  mm.daemons_running = true;
  const auto nodes = static_cast<uint8_t>(mm.daemons.size());
  for (uint8_t node = 0; node < nodes; ++node) {
    if (mm.daemons[node].kswapd_woken) run_kswapd(mm, {node});
    if (mm.daemons[node].kcompactd_woken) {
      mm.daemons[node].kcompactd_woken = false;
      kcompactd_do_work(mm, {node});
    }
  }
  mm.daemons_running = false;
  // One may have woken another, of its own node or of one that had its turn.
  mm.daemon_woken = std::any_of(mm.daemons.begin(), mm.daemons.end(), [](const auto& node) {
    return node.kswapd_woken || node.kcompactd_woken;
  });
}

}  // namespace kmem
