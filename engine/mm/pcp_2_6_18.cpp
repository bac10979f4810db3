#include "mm/pcp_2_6_18.h"

#include "mm/page_alloc_2_6_18.h"
#include "mm/pcp.h"

namespace kmem::v2_6_18 {

namespace {

/// One of the two lists with its limits.
struct List {
  int64_t& count;
  int32_t high;
  int32_t batch;
  uint32_t head;
};

List list_of(Mm& mm, Zone& zone, uint32_t list) {
  PerCpuPages& pcp = zone.pcp[mm.cpu.value];
  const uint32_t head = pcp.first_head + list;
  if (list == kColdList) return {pcp.cold.count, pcp.cold.high, pcp.cold.batch, head};
  return {pcp.others, pcp.high, pcp.batch, head};
}

// Appended, so that pages are handed out in the order in which they were taken.
void refill(Mm& mm, Zone& zone, const List& list, uint32_t number) {
  const int64_t before = list.count;
  int32_t got = 0;
  for (; got < list.batch; ++got) {
    const Page page = rmqueue(mm, zone, 0);
    if (page == kNoPage) break;
    mm.map.link(page, mm.map.prev(list.head), list.head);
    mm.map.set_pcp(page, 0);
    mm.map.paint(page, FrameKind::pcp, Migratetype::unmovable);
  }
  zone.mod_free_pages(mm.cpu, -got);
  list.count += got;
  mm.trace->decision(Event::pcp_refill, zone.index, static_cast<uint8_t>(number), 0u, list.batch,
                     got, before, list.batch);
}

void give_back(Mm& mm, Zone& zone, const List& list, int64_t pages) {
  for (; pages > 0 && list.count > 0; --pages) {
    const Page page{mm.map.prev(list.head)};
    mm.map.unlink(page);
    mm.map.set_taken(page, 0);
    list.count -= 1;
    free_one_page(mm, zone, page, 0);
  }
}

}  // namespace

Page take_from_list(Mm& mm, Zone& zone, uint32_t number) {
  const List list = list_of(mm, zone, number);
  if (list.count == 0) refill(mm, zone, list, number);
  if (list.count == 0) return kNoPage;
  const Page page{mm.map.next(list.head)};
  mm.map.unlink(page);
  mm.map.set_taken(page, 0);
  list.count -= 1;
  mm.trace->decision(Event::pcp_take, zone.index, static_cast<uint8_t>(number), mm.pfn(page), 0u,
                     list.count);
  return page;
}

void free_hot_page(Mm& mm, Zone& zone, Page page) {
  const List list = list_of(mm, zone, kHotList);
  mm.map.link(page, list.head, mm.map.next(list.head));
  mm.map.set_pcp(page, 0);
  mm.map.set_cached_type(page, Migratetype::unmovable);
  mm.map.paint(page, FrameKind::pcp, Migratetype::unmovable);
  list.count += 1;
  mm.trace->decision(Event::pcp_put, zone.index, kHotList, mm.pfn(page), 0u, 0u, list.count,
                     list.high, 0u);
  if (list.count < list.high) return;
  mm.trace->decision(Event::pcp_flush, zone.index, kHotList, list.batch, list.count, list.high,
                     list.batch, 0u, static_cast<uint32_t>(PcpFlushReason::reached_high));
  give_back(mm, zone, list, list.batch);
}

void drain_local_pages(Mm& mm) {
  for (Zone& zone : mm.zones) {
    for (const uint32_t number : {kHotList, kColdList}) {
      const List list = list_of(mm, zone, number);
      if (list.count == 0) continue;
      mm.trace->decision(Event::pcp_flush, zone.index, static_cast<uint8_t>(number), list.count,
                         list.count, list.high, list.batch, 0u,
                         static_cast<uint32_t>(PcpFlushReason::drained));
      give_back(mm, zone, list, list.count);
    }
  }
}

}  // namespace kmem::v2_6_18
