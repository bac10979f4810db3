#include "mm/page_alloc_2_6_18.h"

#include "mm/compound.h"
#include "mm/free_lists.h"
#include "mm/page_alloc.h"
#include "mm/page_ref.h"
#include "mm/pcp_2_6_18.h"
#include "profile/linux_2_6_18.h"

namespace kmem::v2_6_18 {

namespace {

namespace flag = gfp_2_6_18;

/// Stages that alloc_attempt events carry.
enum class Stage : uint8_t { low = 0, min = 1 };

/// Highest zone that the low bits of the mask ask for.
/// @kernel highest_zone(), mm/page_alloc.c (2.6.18)
ZoneType gfp_zone(Gfp gfp) {
  if ((gfp & flag::kDma) != 0) return ZoneType::dma;
  if ((gfp & flag::kHighMem) != 0) return ZoneType::highmem;
  if ((gfp & flag::kDma32) != 0) return ZoneType::dma32;
  return ZoneType::normal;
}

/// The zones of a request in the order in which they are tried. This kernel keeps one list for
/// each kind of request; here the one list is filtered, which gives the same zones in the same
/// order.
struct Request {
  Gfp gfp;
  Order order;
  ZoneType highest;
  const Zonelist& zonelist;
  /// Zone index (zone_idx()) of the first zone: lowmem_reserve is looked up by it.
  ZoneType classzone;
  /// Place of the first zone in the zonelist; its size when there is none.
  uint32_t first;
};

Request take_apart(const Mm& mm, Gfp gfp, Order order, NodeId node) {
  // On i386 the DMA32 bit has no name and no zone.
  const bool has_dma32 = mm.config.profile->zones[1].end_pfn > mm.config.profile->zones[0].end_pfn;
  const Gfp zones = has_dma32 ? gfp : gfp & ~flag::kDma32;
  const Zonelist& zonelist = mm.zonelists[node.value];
  Request request{gfp, order, gfp_zone(zones), zonelist, ZoneType::normal, 0};
  while (request.first < zonelist.size() &&
         mm.zones[zonelist[request.first]].type > request.highest) {
    request.first += 1;
  }
  if (request.first < zonelist.size()) {
    request.classzone = mm.zones[zonelist[request.first]].type;
  }
  return request;
}

void note_check(Mm& mm, const Zone& zone, const WatermarkRequest& request, int64_t mark,
                WatermarkVerdict verdict) {
  int64_t floor = mark;
  if ((request.alloc_flags & alloc_flags::kMinReserve) != 0) floor -= floor / 2;
  if ((request.alloc_flags & alloc_flags::kNonBlock) != 0) floor -= floor / 4;
  const auto classzone = static_cast<size_t>(request.highest_zoneidx);
  mm.trace->decision(Event::watermark_check, zone.index, request.order,
                     static_cast<uint32_t>(verdict), static_cast<int32_t>(zone.vm_free),
                     static_cast<int32_t>(pages_in(request.order) - 1), static_cast<int32_t>(mark),
                     static_cast<int32_t>(floor),
                     static_cast<int32_t>(zone.lowmem_reserve[classzone]));
}

// @kernel buffered_rmqueue(), mm/page_alloc.c (2.6.18)
Page buffered_rmqueue(Mm& mm, Zone& zone, const Request& request) {
  if (request.order == 0) {
    return take_from_list(mm, zone, (request.gfp & flag::kCold) != 0 ? kColdList : kHotList);
  }
  const Page page = rmqueue(mm, zone, request.order);
  if (page != kNoPage) {
    zone.mod_free_pages(mm.cpu, -static_cast<int32_t>(pages_in(request.order)));
  }
  return page;
}

Page get_page_from_freelist(Mm& mm, const Request& request, uint32_t flags, Stage stage) {
  mm.trace->decision(Event::alloc_attempt, kNoZone, request.order, static_cast<uint32_t>(stage),
                     request.gfp, flags, 0u, static_cast<uint32_t>(request.highest),
                     uint32_t{request.zonelist[request.first]});
  for (uint32_t i = request.first; i < request.zonelist.size(); ++i) {
    Zone& zone = mm.zones[request.zonelist[i]];
    if (zone.type > request.highest) continue;
    const int64_t mark = zone.watermark[flags & alloc_flags::kWatermarkMask];
    const WatermarkRequest check{request.order, request.classzone, flags, request.gfp};
    const WatermarkVerdict verdict = zone_watermark_ok(zone, check, mark, zone.vm_free);
    note_check(mm, zone, check, mark, verdict);
    if (!passed(verdict)) continue;
    const Page page = buffered_rmqueue(mm, zone, request);
    if (page != kNoPage) {
      mm.events.pgalloc[static_cast<uint32_t>(zone.type)] += pages_in(request.order);
      return page;
    }
    mm.trace->decision(Event::zone_skipped, zone.index, request.order,
                       static_cast<uint32_t>(ZoneSkip::no_block));
  }
  return kNoPage;
}

// Nobody is reclaiming yet, so the low mark is asked for first; then the min mark, lowered for
// requests that cannot wait and for important ones, each on its own.
Page try_both_marks(Mm& mm, const Request& request) {
  Page page = get_page_from_freelist(mm, request, alloc_flags::kWatermarkLow, Stage::low);
  if (page != kNoPage) return page;
  mm.trace->decision(Event::kswapd_wake, request.zonelist[request.first], request.order,
                     static_cast<uint32_t>(request.highest));
  const bool wait = (request.gfp & flag::kWait) != 0;
  uint32_t flags = alloc_flags::kWatermarkMin;
  if (!wait) flags |= alloc_flags::kNonBlock;
  if ((request.gfp & flag::kHigh) != 0) flags |= alloc_flags::kMinReserve;
  page = get_page_from_freelist(mm, request, flags, Stage::min);
  if (page != kNoPage) return page;
  if (wait) {
    mm.trace->decision(Event::direct_reclaim_wanted, kNoZone, request.order, request.gfp, flags);
  }
  const AllocFailure reason = wait ? AllocFailure::no_reclaim_yet : AllocFailure::cannot_wait;
  mm.trace->decision(Event::alloc_failed, kNoZone, request.order, static_cast<uint32_t>(reason),
                     request.gfp);
  return kNoPage;
}

void prep_new_page(Mm& mm, Page page, const Request& request) {
  mm.map.set_refcount(page, 1);
  mm.map.paint(page, FrameKind::allocated, Migratetype::unmovable);
  if (request.order > 0 && (request.gfp & flag::kComp) != 0) {
    prep_compound_page(mm, page, request.order);
  }
}

}  // namespace

WatermarkVerdict zone_watermark_ok(const Zone& zone, const WatermarkRequest& request, int64_t mark,
                                   int64_t free) {
  free -= static_cast<int64_t>(pages_in(request.order)) - 1;
  if ((request.alloc_flags & alloc_flags::kMinReserve) != 0) mark -= mark / 2;
  if ((request.alloc_flags & alloc_flags::kNonBlock) != 0) mark -= mark / 4;
  const auto classzone = static_cast<size_t>(request.highest_zoneidx);
  if (free <= mark + zone.lowmem_reserve[classzone]) return WatermarkVerdict::too_few_pages;
  for (Order order = 0; order < request.order; ++order) {
    free -= zone.nr_free[order] << order;
    mark >>= 1;
    if (free <= mark) return WatermarkVerdict::no_block;
  }
  return WatermarkVerdict::passed;
}

Page rmqueue(Mm& mm, Zone& zone, Order order) {
  return rmqueue_smallest(mm, zone, order, Migratetype::unmovable);
}

void free_one_page(Mm& mm, Zone& zone, Page page, Order order) {
  zone.mod_free_pages(mm.cpu, static_cast<int32_t>(pages_in(order)));
  for (; order < mm.config.max_order(); ++order) {
    const Page buddy = buddy_of(page, order);
    if (buddy.index >= mm.map.size() || !mm.map.is_buddy(buddy, order, zone.index)) break;
    del_page_from_free_list(mm, zone, buddy, order);
    page.index &= buddy.index;
    mm.trace->decision(Event::buddy_merge, zone.index, order, mm.pfn(page), mm.pfn(buddy), 0u);
  }
  add_to_free_list(mm, zone, page, order, Migratetype::unmovable);
  mm.trace->decision(Event::buddy_put, zone.index, order, mm.pfn(page), 0u,
                     static_cast<uint32_t>(BuddyPlace::head));
}

Page alloc_pages(Mm& mm, Gfp gfp, uint32_t order, NodeId node) {
  Page page = kNoPage;
  const bool has_list = order < mm.config.nr_orders;
  const auto wanted = static_cast<Order>(has_list || order < 255 ? order : 255);
  if (has_list) {
    const Request request = take_apart(mm, gfp, static_cast<Order>(order), node);
    if (request.first < request.zonelist.size()) {
      page = try_both_marks(mm, request);
      if (page != kNoPage) prep_new_page(mm, page, request);
    } else {
      mm.trace->decision(Event::alloc_failed, kNoZone, wanted,
                         static_cast<uint32_t>(AllocFailure::no_zone), gfp);
    }
  } else {
    mm.trace->decision(Event::alloc_failed, kNoZone, wanted,
                       static_cast<uint32_t>(AllocFailure::order_too_big), gfp);
  }
  mm.trace->tracepoint(Event::mm_page_alloc, page == kNoPage ? kNoZone : mm.map.zone(page), wanted,
                       mm.pfn(page), gfp, 0u);
  return page;
}

void free_pages(Mm& mm, Page page, Order order) {
  const uint16_t references = mm.map.refcount(page);
  KMEM_ASSERT(references > 0);
  mm.map.set_refcount(page, references - 1);
  if (references > 1) return;
  Zone& zone = mm.zone_of(page);
  mm.trace->tracepoint(Event::mm_page_free, zone.index, order, mm.pfn(page));
  if (order > 0) clear_compound(mm, page, order);
  mm.events.pgfree += pages_in(order);
  if (order == 0) {
    free_hot_page(mm, zone, page);
  } else {
    free_one_page(mm, zone, page, order);
  }
}

void put_page(Mm& mm, Page page) {
  const Page head = compound_head(mm, page);
  const bool compound = (mm.map.flags(head) & MemMap::kHead) != 0;
  if (!compound && mm.map.refcount(head) == 1) mm.map.leave_tails(head);
  v2_6_18::free_pages(mm, head, compound ? mm.map.order(head) : Order{0});
}

}  // namespace kmem::v2_6_18
