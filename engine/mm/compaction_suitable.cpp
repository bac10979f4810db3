// Suitability: is it order that the zone lacks, or memory?
#include "mm/compaction.h"
#include "mm/fragmentation.h"
#include "mm/watermark.h"

namespace kmem {

CompactResult compaction_suitable(Mm& mm, const Zone& zone, Order order, uint32_t flags,
                                  ZoneType highest) {
  const int64_t free = free_pages_for_check(zone);
  const auto wanted = static_cast<Watermark>(flags & alloc_flags::kWatermarkMask);
  const int64_t own_mark = zone.wmark_pages(wanted);
  // Room to work: above the mark, which is higher for costly orders, twice the block.
  const int64_t work_mark =
      zone.wmark_pages(order > kCostlyOrder ? Watermark::low : Watermark::min) + compact_gap(order);

  int index = 0;
  CompactResult result = CompactResult::go_on;
  if (passed(zone_watermark_ok(mm, zone, {order, highest, flags, 0}, own_mark, free))) {
    result = CompactResult::success;
  } else if (!passed(zone_watermark_ok(mm, zone, {0, highest, alloc_flags::kCma, 0}, work_mark,
                                       free))) {
    result = CompactResult::skipped;
  } else if (order > kCostlyOrder) {
    index = fragmentation_index(zone, order);
    if (index >= 0 && index <= kExtfragThreshold) result = CompactResult::skipped;
  }
  mm.trace->decision(Event::compact_suitable, zone.index, order, static_cast<uint32_t>(result),
                     static_cast<int32_t>(free), static_cast<int32_t>(own_mark),
                     static_cast<int32_t>(work_mark), index, kExtfragThreshold);
  return result;
}

}  // namespace kmem
