// Deferral: after a failure a zone is passed by, for exponentially more requests each time.
#include <algorithm>

#include "mm/compaction.h"

namespace kmem {

namespace {

void note_deferral(Mm& mm, const Zone& zone, Order order, bool deferred) {
  const CompactState& state = zone.compact;
  mm.trace->decision(Event::compact_deferral, zone.index, order, deferred, state.considered,
                     1u << state.defer_shift, static_cast<uint32_t>(state.order_failed));
}

}  // namespace

bool compaction_deferred(Mm& mm, Zone& zone, Order order) {
  CompactState& state = zone.compact;
  // A smaller order than those that failed has a chance.
  if (order < state.order_failed) return false;
  const uint32_t limit = 1u << state.defer_shift;
  state.considered = std::min(state.considered + 1, limit);
  const bool deferred = state.considered < limit;
  note_deferral(mm, zone, order, deferred);
  return deferred;
}

void defer_compaction(Mm& mm, Zone& zone, Order order) {
  CompactState& state = zone.compact;
  state.considered = 0;
  state.defer_shift = std::min(state.defer_shift + 1, kCompactMaxDeferShift);
  state.order_failed = std::min(state.order_failed, int32_t{order});
  mm.trace->decision(Event::compact_defer, zone.index, order, state.defer_shift,
                     static_cast<uint32_t>(state.order_failed));
}

void compaction_defer_reset(Mm& mm, Zone& zone, Order order, bool allocated) {
  CompactState& state = zone.compact;
  if (allocated) {
    state.considered = 0;
    state.defer_shift = 0;
  }
  state.order_failed = std::max(state.order_failed, order + 1);
  mm.trace->decision(Event::compact_defer, zone.index, order, state.defer_shift,
                     static_cast<uint32_t>(state.order_failed));
}

}  // namespace kmem
