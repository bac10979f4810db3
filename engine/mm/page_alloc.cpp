#include "mm/page_alloc.h"

#include "mm/compound.h"
#include "mm/free_lists.h"
#include "mm/highatomic.h"
#include "mm/kswapd.h"
#include "mm/pcp.h"
#include "mm/rmqueue.h"

namespace kmem {

namespace {

// Breaking up pageblocks of the Normal zone is put off while another zone can serve without it.
// Where there is no such zone below, waiting would only cost.
// @kernel alloc_flags_nofragment(), mm/page_alloc.c
uint32_t nofragment_flag(const Mm& mm, const Zone& preferred) {
  if (preferred.type != ZoneType::normal) return 0;
  if (mm.config.nr_online_nodes > 1) {
    bool has_dma32 = false;
    for (const Zone& zone : mm.zones) {
      has_dma32 |= zone.node == preferred.node && zone.type == ZoneType::dma32 && zone.populated();
    }
    if (!has_dma32) return 0;
  }
  return alloc_flags::kNoFragment;
}

uint32_t fast_path_flags(const Mm& mm, const AllocContext& context) {
  uint32_t flags = alloc_flags::kWatermarkLow;
  if ((context.gfp & gfp::kKswapdReclaim) != 0) flags |= alloc_flags::kKswapd;
  if (mm.config.cma && context.migratetype == Migratetype::movable) flags |= alloc_flags::kCma;
  return flags | nofragment_flag(mm, mm.zones[(*context.zonelist)[context.preferred]]);
}

bool find_preferred(const Mm& mm, AllocContext& context) {
  for (uint32_t i = 0; i < context.zonelist->size(); ++i) {
    if (mm.zones[(*context.zonelist)[i]].type <= context.highest_zoneidx) {
      context.preferred = i;
      return true;
    }
  }
  return false;
}

Page fail(Mm& mm, Gfp gfp, Order order, AllocFailure reason) {
  mm.trace->decision(Event::alloc_failed, kNoZone, order, static_cast<uint32_t>(reason), gfp);
  return kNoPage;
}

// @kernel zone_statistics(), mm/page_alloc.c
void count_allocation(Mm& mm, Zone& zone, Zone& preferred, Order order) {
  mm.events.pgalloc[static_cast<uint32_t>(zone.type)] += pages_in(order);
  if (zone.node == preferred.node) {
    zone.numa.hit += 1;
  } else {
    zone.numa.miss += 1;
    preferred.numa.foreign += 1;
  }
  (zone.node == mm.cpu_node ? zone.numa.local : zone.numa.other) += 1;
}

void prep_new_page(Mm& mm, Page page, const AllocContext& context) {
  mm.map.set_refcount(page, 1);
  mm.map.paint(page, FrameKind::allocated, context.migratetype);
  if (context.order > 0 && (context.gfp & gfp::kComp) != 0) {
    prep_compound_page(mm, page, context.order);
  }
}

Zonelist& zonelist_for(Mm& mm, Gfp gfp, NodeId node) {
  return (gfp & gfp::kThisNode) != 0 ? mm.thisnode_zonelists[node.value] : mm.zonelists[node.value];
}

Migratetype wanted_type(const Mm& mm, Gfp gfp) {
  return mm.config.page_group_by_mobility_disabled ? Migratetype::unmovable : gfp_migratetype(gfp);
}

/// @return false when no zone may serve the request at all.
bool prepare(Mm& mm, Gfp gfp, Order order, NodeId node, AllocContext& context) {
  context.gfp = gfp;
  context.order = order;
  context.highest_zoneidx = gfp_zone(gfp);
  context.migratetype = wanted_type(mm, gfp);
  context.zonelist = &zonelist_for(mm, gfp, node);
  return find_preferred(mm, context);
}

void note_attempt(Mm& mm, const AllocContext& context, uint32_t flags) {
  mm.trace->decision(Event::alloc_attempt, kNoZone, context.order, 0u, context.gfp, flags,
                     index_of(context.migratetype), static_cast<uint32_t>(context.highest_zoneidx),
                     uint32_t{(*context.zonelist)[context.preferred]});
}

// The last reference is gone: back to where blocks of this order are kept.
void free_the_page(Mm& mm, Page page, Order order, FpiFlags flags) {
  mm.trace->tracepoint(Event::mm_page_free, mm.map.zone(page), order,
                       mm.map.page_to_pfn(page).value);
  if (order > 0) clear_compound(mm, page, order);
  mm.events.pgfree += pages_in(order);
  Zone& zone = mm.zone_of(page);
  if (flags == FpiFlags::none && pcp_allowed_order(mm.config, order)) {
    free_unref_page(mm, zone, page, order);
  } else {
    free_one_page(mm, zone, page, order, mm.map.pageblock_type(page), flags);
  }
}

}  // namespace

Page get_page_from_freelist(Mm& mm, const AllocContext& context, uint32_t flags) {
  const Zonelist& zonelist = *context.zonelist;
  const Zone& preferred = mm.zones[zonelist[context.preferred]];
  // Starts over at most once: only kNoFragment makes it, and then the flag is gone.
  for (bool again = true; again;) {
    again = false;
    const bool nofragment = (flags & alloc_flags::kNoFragment) != 0;
    for (uint32_t i = context.preferred; i < zonelist.size(); ++i) {
      Zone& zone = mm.zones[zonelist[i]];
      if (zone.type > context.highest_zoneidx) continue;
      if (nofragment && mm.config.nr_online_nodes > 1 && zone.node != preferred.node) {
        // Better a mixed pageblock here than memory of another node.
        mm.trace->decision(Event::zone_skipped, zone.index, context.order,
                           static_cast<uint32_t>(ZoneSkip::nofragment_remote));
        break;
      }
      const auto which = static_cast<Watermark>(flags & alloc_flags::kWatermarkMask);
      const WatermarkRequest request{context.order, context.highest_zoneidx, flags, context.gfp};
      if (!zone_watermark_fast(mm, zone, request, zone.wmark_pages(which)) &&
          (flags & alloc_flags::kNoWatermarks) == 0) {
        continue;
      }
      const Page page = rmqueue_zone(mm, zone, context.order, context.migratetype, flags);
      if (page != kNoPage) {
        count_allocation(mm, zone, mm.zones[zonelist[context.preferred]], context.order);
        prep_new_page(mm, page, context);
        if ((flags & alloc_flags::kHighAtomic) != 0) {
          reserve_highatomic_pageblock(mm, zone, page, context.order);
        }
        return page;
      }
      mm.trace->decision(Event::zone_skipped, zone.index, context.order,
                         static_cast<uint32_t>(ZoneSkip::no_block));
    }
    if (nofragment) {
      mm.trace->decision(Event::zone_skipped, kNoZone, context.order,
                         static_cast<uint32_t>(ZoneSkip::nofragment_retry));
      flags &= ~alloc_flags::kNoFragment;
      again = true;
    }
  }
  return kNoPage;
}

void prep_captured_page(Mm& mm, Page page, const AllocContext& context) {
  prep_new_page(mm, page, context);
}

namespace {

// Any request. Out of line, so that the ordinary one of alloc_pages() need not save the registers
// of this one.
[[gnu::noinline]] Page alloc_any_pages(Mm& mm, Gfp gfp, uint32_t order, NodeId node) {
  if (order >= mm.config.nr_orders) {
    return fail(mm, gfp, static_cast<Order>(order < 255 ? order : 255),
                AllocFailure::order_too_big);
  }
  const auto wanted = static_cast<Order>(order);
  AllocContext context;
  Page page = kNoPage;
  if (!prepare(mm, gfp, wanted, node, context)) {
    fail(mm, gfp, wanted, AllocFailure::no_zone);
  } else {
    if ((gfp & gfp::kDirectReclaim) != 0 && mm.config.preempt_voluntary) cond_resched(mm);
    const uint32_t flags = fast_path_flags(mm, context);
    note_attempt(mm, context, flags);
    page = get_page_from_freelist(mm, context, flags);
    if (page == kNoPage) page = alloc_pages_slowpath(mm, context);
    if (page != kNoPage) learn_ordinary_floor(mm, mm.zone_of(page));
  }
  mm.trace->tracepoint(Event::mm_page_alloc, page == kNoPage ? kNoZone : mm.map.zone(page), wanted,
                       mm.pfn(page), gfp, index_of(context.migratetype));
  return page;
}

// Any block, whatever its order and however many hold it.
[[gnu::noinline]] void free_any_pages(Mm& mm, Page page, Order order) {
  const uint16_t references = mm.map.refcount(page);
  KMEM_ASSERT(references > 0);
  const bool compound = (mm.map.flags(page) & MemMap::kHead) != 0;
  mm.map.set_refcount(page, references - 1);
  if (references == 1) {
    free_the_page(mm, page, order, FpiFlags::none);
    return;
  }
  if (compound) return;
  // Somebody else holds the first page only: the rest of the block is free now.
  while (order > 0) {
    order -= 1;
    free_the_page(mm, {page.index + pages_in(order)}, order, FpiFlags::none);
  }
  mm.map.set_taken(page, 0);
}

// What alloc_any_pages() tells on its way to the head of a per-CPU list.
void note_ordinary_alloc(Mm& mm, const Zone& zone, const PerCpuPages& pcp, Page page, Gfp gfp) {
  const Migratetype type = gfp_migratetype(gfp);
  WatermarkRequest request{0, gfp_zone(gfp), alloc_flags::kWatermarkLow, gfp};
  if ((gfp & gfp::kKswapdReclaim) != 0) request.alloc_flags |= alloc_flags::kKswapd;
  request.alloc_flags |= nofragment_flag(mm, zone);
  mm.trace->decided(Event::alloc_attempt, kNoZone, 0, 0u, gfp, request.alloc_flags, index_of(type),
                    static_cast<uint32_t>(request.highest_zoneidx), uint32_t{zone.index});
  note_plain_check(mm, zone, request, zone.wmark_pages(Watermark::low));
  mm.trace->decided(Event::pcp_take, zone.index, static_cast<uint8_t>(order_to_pindex(0, type)),
                    mm.pfn(page), 0u, pcp.count() - 1);
}

// What free_any_pages() tells.
void note_ordinary_free(Mm& mm, const Zone& zone, const PerCpuPages& pcp, Page page,
                        Migratetype type) {
  mm.trace->decided(Event::pcp_put, zone.index, static_cast<uint8_t>(order_to_pindex(0, type)),
                    mm.pfn(page), 0u, index_of(type), pcp.count(), pcp.high, pcp.free_factor);
}

// From the head of a per-CPU list to a caller.
Page take_ordinary(Mm& mm, PerCpuPages& pcp, Page page, Gfp gfp) {
  const Migratetype type = gfp_migratetype(gfp);
  mm.trace->ordinary(Event::mm_page_alloc, pcp.trace_site, page.index, gfp, index_of(type));
  mm.map.take_single(pcp.first_head + order_to_pindex(0, type), page, type);
  pcp.handed_out += 1;
  if (pcp.free_factor != 0) pcp.free_factor >>= 1;
  return page;
}

// And back.
void put_ordinary(Mm& mm, PerCpuPages& pcp, Page page, Migratetype type) {
  mm.trace->ordinary(Event::mm_page_free, pcp.trace_site, page.index);
  pcp.given_back += 1;
  mm.map.put_single(page, pcp.first_head + order_to_pindex(0, type), type);
}

// Both again for somebody who looks on. These are the last thing that an ordinary call does, so
// that it keeps no registers for afterwards when nobody does.
[[gnu::noinline]] Page take_ordinary_watched(Mm& mm, PerCpuPages& pcp, Page page, Gfp gfp) {
  note_ordinary_alloc(mm, mm.zone_of(page), pcp, page, gfp);
  return take_ordinary(mm, pcp, page, gfp);
}

[[gnu::noinline]] void put_ordinary_watched(Mm& mm, PerCpuPages& pcp, Page page, Migratetype type) {
  put_ordinary(mm, pcp, page, type);
  note_ordinary_free(mm, mm.zone_of(page), pcp, page, type);
}

}  // namespace

// The ordinary request in one piece: a single page, the first zone is plainly above its mark, and
// this CPU's list has a page. That is what alloc_any_pages() would find too, with many questions in
// between whose answers make no difference then. Whatever else turns up is left to it, and nothing
// has been changed.
[[gnu::flatten]] Page alloc_pages(Mm& mm, Gfp gfp, uint32_t order, NodeId node) {
  const uint8_t index = mm.ordinary_zones[node.value][gfp % kGfpZones.size()];
  if (order != 0 || (gfp & gfp::kThisNode) != 0 || index == kNoZone) {
    return alloc_any_pages(mm, gfp, order, node);
  }
  Zone& zone = mm.zones[index];
  PerCpuPages& pcp = zone.pcp[mm.cpu.value];
  const uint32_t head = pcp.first_head + order_to_pindex(0, gfp_migratetype(gfp));
  const Page page{mm.map.next(head)};
  if (page.index == head || zone.vm_free <= zone.ordinary_floor) {
    return alloc_any_pages(mm, gfp, order, node);
  }
  if (mm.trace->decisions()) return take_ordinary_watched(mm, pcp, page, gfp);
  return take_ordinary(mm, pcp, page, gfp);
}

// The ordinary free in one piece, likewise: a single page with one holder, of a type that has a
// per-CPU list, and the list does not run over.
[[gnu::flatten]] void free_pages(Mm& mm, Page page, Order order) {
  if (order != 0 || mm.map.refcount(page) != 1) {
    free_any_pages(mm, page, order);
    return;
  }
  const Migratetype type = mm.map.pageblock_type(page);
  Zone& zone = mm.zone_of(page);
  PerCpuPages& pcp = zone.pcp[mm.cpu.value];
  if (!is_mergeable(type) || (zone.flags & Zone::kReclaimActive) != 0 ||
      pcp.count() + 1 >= pcp.high) {
    free_any_pages(mm, page, order);
    return;
  }
  if (mm.trace->decisions()) {
    put_ordinary_watched(mm, pcp, page, type);
    return;
  }
  put_ordinary(mm, pcp, page, type);
}

void free_unref_page_prepare(Mm& mm, Page page) {
  mm.trace->tracepoint(Event::mm_page_free, mm.map.zone(page), 0, mm.pfn(page));
  mm.map.set_refcount(page, 0);
}

void free_unref_page_batched(Mm& mm, Page page) {
  mm.trace->tracepoint(Event::mm_page_free_batched, mm.map.zone(page), 0, mm.pfn(page));
  mm.events.pgfree += 1;
  free_unref_page(mm, mm.zone_of(page), page, 0);
}

void free_unref_page_list(Mm& mm, std::span<const Page> pages) {
  for (const Page page : pages) free_unref_page_prepare(mm, page);
  for (const Page page : pages) free_unref_page_batched(mm, page);
}

Order order_for(uint32_t bytes) {
  Order order = 0;
  while (order < 31 - kPageShift && (kPageSizeBytes << order) < bytes) order += 1;
  return order;
}

Page alloc_pages_exact(Mm& mm, uint32_t bytes, Gfp gfp, NodeId node) {
  const Order order = order_for(bytes);
  const Page first = alloc_pages(mm, gfp & ~(gfp::kComp | gfp::kHighMem), order, node);
  if (first == kNoPage) return kNoPage;
  const uint32_t kept = pages_for(bytes);
  const Migratetype type = gfp_migratetype(gfp);
  for (uint32_t i = 0; i < pages_in(order); ++i) {
    mm.map.set_taken({first.index + i}, 0);
    if (i < kept) {
      mm.map.set_refcount({first.index + i}, 1);
      mm.map.paint({first.index + i}, FrameKind::allocated, type);
    }
  }
  mm.trace->decision(Event::exact_trim, mm.map.zone(first), order, mm.pfn(first), kept,
                     pages_in(order) - kept);
  for (uint32_t i = kept; i < pages_in(order); ++i) {
    free_the_page(mm, {first.index + i}, 0, FpiFlags::to_tail);
  }
  return first;
}

void free_pages_exact(Mm& mm, Page page, uint32_t bytes) {
  for (uint32_t i = 0; i < pages_for(bytes); ++i) free_pages(mm, {page.index + i}, 0);
}

namespace {

// The first zone of the list on this node with room for all of them above the low watermark.
Zone* bulk_zone(Mm& mm, const AllocContext& context, uint32_t nr_pages) {
  const Zone& preferred = mm.zones[(*context.zonelist)[context.preferred]];
  for (uint32_t i = context.preferred; i < context.zonelist->size(); ++i) {
    Zone& zone = mm.zones[(*context.zonelist)[i]];
    if (zone.type > context.highest_zoneidx) continue;
    if (zone.node != preferred.node) return nullptr;
    const WatermarkRequest request{0, preferred.type, alloc_flags::kWatermarkLow, context.gfp};
    if (zone_watermark_fast(mm, zone, request, zone.wmark_pages(Watermark::low) + nr_pages)) {
      return &zone;
    }
  }
  return nullptr;
}

}  // namespace

uint32_t alloc_pages_bulk(Mm& mm, Gfp gfp, NodeId node, std::span<Page> pages) {
  if (pages.empty()) return 0;
  uint32_t got = 0;
  AllocContext context;
  if (pages.size() > 1 && prepare(mm, gfp, 0, node, context)) {
    if (Zone* zone = bulk_zone(mm, context, static_cast<uint32_t>(pages.size()))) {
      for (; got < pages.size(); ++got) {
        const Page page =
            rmqueue_pcplist(mm, *zone, 0, context.migratetype, alloc_flags::kWatermarkLow, true);
        if (page == kNoPage) break;
        count_allocation(mm, *zone, mm.zones[(*context.zonelist)[context.preferred]], 0);
        prep_new_page(mm, page, context);
        pages[got] = page;
      }
    }
  }
  if (got == 0) {
    const Page page = alloc_pages(mm, gfp, 0, node);
    if (page == kNoPage) return 0;
    pages[0] = page;
    got = 1;
  }
  return got;
}

}  // namespace kmem
