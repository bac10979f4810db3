#include "mm/pcp.h"

#include <algorithm>

#include "mm/free_lists.h"
#include "mm/rmqueue.h"

namespace kmem {

namespace {

PerCpuPages& pcp_of(Mm& mm, Zone& zone) { return zone.pcp[mm.cpu.value]; }

// Refilled blocks are appended, so that a run of neighbours is handed out in ascending order.
int32_t rmqueue_bulk(Mm& mm, Zone& zone, PerCpuPages& pcp, Order order, int32_t wanted,
                     Migratetype type, uint32_t alloc_flags, uint32_t list) {
  const uint32_t head = pcp.first_head + list;
  int32_t got = 0;
  for (; got < wanted; ++got) {
    const Page page = rmqueue(mm, zone, order, type, alloc_flags);
    if (page == kNoPage) break;
    mm.map.link(page, mm.map.prev(head), head);
    mm.map.set_pcp(page, order);
    mm.map.paint(page, FrameKind::pcp, mm.map.cached_type(page));
    mod_free_cma_pages(zone, mm.map.cached_type(page), -static_cast<int32_t>(pages_in(order)));
  }
  zone.mod_free_pages(mm.cpu, -(got << order));
  return got;
}

// Blocks of a bigger order come in smaller numbers, but never one by one.
int32_t refill_size(const PerCpuPages& pcp, Order order) {
  return pcp.batch > 1 ? std::max(pcp.batch >> order, 2) : pcp.batch;
}

[[gnu::noinline]] bool refill(Mm& mm, Zone& zone, PerCpuPages& pcp, Order order, Migratetype type,
                              uint32_t alloc_flags, uint32_t list) {
  const int32_t wanted = refill_size(pcp, order);
  const int32_t before = pcp.count();
  const int32_t got = rmqueue_bulk(mm, zone, pcp, order, wanted, type, alloc_flags, list);
  pcp.others += got << order;
  mm.trace->decision(Event::pcp_refill, zone.index, static_cast<uint8_t>(list), order, wanted, got,
                     before, pcp.batch);
  return got > 0;
}

// One list is emptied from its old end before the next one is touched; the walk starts where the
// caller is working and wraps around.
void free_pcppages_bulk(Mm& mm, Zone& zone, PerCpuPages& pcp, int32_t count, uint32_t first_list) {
  count = std::min(count, pcp.count());
  const uint32_t nr_lists = mm.config.nr_pcp_lists();
  for (uint32_t list = first_list; count > 0; list = (list + 1) % nr_lists) {
    const uint32_t head = pcp.first_head + list;
    const Order order = pindex_to_order(mm.config, list);
    while (count > 0 && mm.map.prev(head) != head) {
      const Page page{mm.map.prev(head)};
      mm.map.unlink(page);
      mm.map.set_taken(page, order);
      count -= 1 << order;
      pcp.others -= 1 << order;
      // The cached type may be older than an isolation of its pageblock.
      const bool isolating = zone.nr_isolate_pageblock != 0;
      const Migratetype type = isolating ? mm.map.pageblock_type(page) : mm.map.cached_type(page);
      free_one_page(mm, zone, page, order, type, FpiFlags::none);
      mm.trace->tracepoint(Event::mm_page_pcpu_drain, zone.index, order, mm.pfn(page),
                           index_of(type));
    }
  }
}

struct FlushPlan {
  int32_t high = 0;
  bool free_high = false;
};

// A CPU that frees high-order blocks after a run of frees will hardly ask for them again.
FlushPlan flush_plan(const Zone& zone, const PerCpuPages& pcp, Order order) {
  FlushPlan plan;
  plan.free_high = pcp.free_factor != 0 && order > 0 && order <= kCostlyOrder;
  if (pcp.high == 0 || plan.free_high) return plan;
  const bool reclaiming = (zone.flags & Zone::kReclaimActive) != 0;
  plan.high = reclaiming ? std::min(pcp.batch << 2, pcp.high) : pcp.high;
  return plan;
}

/// @kernel CONFIG_PCP_BATCH_SCALE_MAX: the free batch grows at most 32-fold.
constexpr uint8_t kBatchScaleMax = 5;

// Every flush without an allocation in between doubles the next one.
int32_t flush_size(PerCpuPages& pcp, const FlushPlan& plan) {
  if (plan.free_high) return pcp.count();
  if (plan.high < pcp.batch) return 1;  // boot page set: high 0, batch 1
  const int32_t most = plan.high - pcp.batch;
  const int32_t pages = pcp.batch << pcp.free_factor;
  if (pages < most && pcp.free_factor < kBatchScaleMax) pcp.free_factor += 1;
  // Not std::clamp: `most` may be below `batch`, and then the kernel's clamp gives `most`.
  return std::min(std::max(pages, pcp.batch), most);
}

[[gnu::noinline]] void flush(Mm& mm, Zone& zone, PerCpuPages& pcp, FlushPlan plan, uint32_t list) {
  const int32_t before = pcp.count();
  const int32_t pages = flush_size(pcp, plan);
  mm.trace->decision(Event::pcp_flush, zone.index, static_cast<uint8_t>(list), pages, before,
                     plan.high, pcp.batch, pcp.free_factor,
                     static_cast<uint32_t>(plan.free_high ? PcpFlushReason::high_order_free
                                                          : PcpFlushReason::reached_high));
  free_pcppages_bulk(mm, zone, pcp, pages, list);
}

}  // namespace

Page pcp_list_head(const Mm& mm, const PerCpuPages& pcp, uint32_t list) {
  const uint32_t first = mm.map.next(pcp.first_head + list);
  return first < mm.map.size() ? Page{first} : kNoPage;
}

Page rmqueue_pcplist(Mm& mm, Zone& zone, Order order, Migratetype type, uint32_t alloc_flags,
                     bool keep_free_factor) {
  PerCpuPages& pcp = pcp_of(mm, zone);
  const uint32_t list = order_to_pindex(order, type);
  if (!keep_free_factor) pcp.free_factor >>= 1;
  Page page = pcp_list_head(mm, pcp, list);
  if (page == kNoPage) {
    if (!refill(mm, zone, pcp, order, type, alloc_flags, list)) return kNoPage;
    page = pcp_list_head(mm, pcp, list);
  }
  mm.map.unlink_first(pcp.first_head + list, page);
  mm.map.set_taken(page, order);
  pcp.others -= 1 << order;
  mm.trace->decision(Event::pcp_take, zone.index, static_cast<uint8_t>(list), mm.pfn(page), order,
                     pcp.count());
  return page;
}

void free_unref_page(Mm& mm, Zone& zone, Page page, Order order) {
  const Migratetype type = mm.map.pageblock_type(page);
  uint32_t list = order_to_pindex(order, type);
  if (!is_mergeable(type)) [[unlikely]] {
    if (type == Migratetype::isolate) {
      free_one_page(mm, zone, page, order, type, FpiFlags::none);
      return;
    }
    // HighAtomic and CMA pages have no lists of their own: they wait among the movable ones.
    list = order_to_pindex(order, Migratetype::movable);
  }
  mm.map.set_cached_type(page, type);

  PerCpuPages& pcp = pcp_of(mm, zone);
  const uint32_t head = pcp.first_head + list;
  mm.map.link(page, head, mm.map.next(head));
  mm.map.set_pcp(page, order);
  mm.map.paint(page, FrameKind::pcp, type);
  pcp.others += 1 << order;

  const FlushPlan plan = flush_plan(zone, pcp, order);
  mm.trace->decision(Event::pcp_put, zone.index, static_cast<uint8_t>(list), mm.pfn(page), order,
                     index_of(type), pcp.count(), plan.high, pcp.free_factor);
  if (pcp.count() < plan.high) return;
  flush(mm, zone, pcp, plan, list);
}

void drain_zone_pages(Mm& mm, Zone& zone) {
  PerCpuPages& pcp = pcp_of(mm, zone);
  if (pcp.count() == 0) return;
  mm.trace->decision(Event::pcp_flush, zone.index, 0, pcp.count(), pcp.count(), pcp.high, pcp.batch,
                     pcp.free_factor, static_cast<uint32_t>(PcpFlushReason::drained));
  free_pcppages_bulk(mm, zone, pcp, pcp.count(), 0);
}

void drain_local_pages(Mm& mm) {
  for (Zone& zone : mm.zones) drain_zone_pages(mm, zone);
}

}  // namespace kmem
