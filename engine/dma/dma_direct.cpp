#include <algorithm>

#include "base/assert.h"
#include "dma/dma.h"
#include "mm/page_alloc.h"

namespace kmem {

namespace {

constexpr uint64_t kWholeMask = UINT64_MAX;
/// Order that get_order() gives for 0 bytes on a machine of 64 bits.
constexpr uint32_t kOrderOfNothing = 64 - kPageShift;

DmaAddr phys_of(Pfn pfn) { return DmaAddr{pfn.value} << kPageShift; }

// Address of the machine's last frame, or 16 MiB: what a mask must reach at least.
uint64_t least_mask(const Mm& mm) {
  uint64_t last = 0;
  for (const Zone& zone : mm.zones) {
    const uint64_t end = uint64_t{zone.start_pfn.value} + zone.spanned_pages;
    if (zone.spanned_pages != 0) last = std::max(last, (end - 1) << kPageShift);
  }
  return std::min(last, kDmaMask24);
}

// @kernel dma_direct_optimal_gfp_mask(), kernel/dma/direct.c
DmaZone zone_of_mask(uint64_t mask) {
  if (mask <= kDmaMask24) return DmaZone::dma;
  return mask <= kDmaMask32 ? DmaZone::dma32 : DmaZone::none;
}

Gfp bits_of(DmaZone zone) {
  if (zone == DmaZone::none) return 0;
  return zone == DmaZone::dma ? gfp::kDma : gfp::kDma32;
}

Page take(Dma& dma, Gfp gfp, uint32_t order) {
  Mm& mm = dma.slub.mm;
  const size_t earlier = mm.moves.size();
  const Page page = alloc_pages(mm, gfp, order, dma.node);
  dma.slub.ram.follow(mm, earlier);
  return page;
}

Page fail(Dma& dma, DmaFailure why, uint32_t bytes, uint32_t order, DmaZone zone, Gfp gfp) {
  dma.trace().decision(Event::dma_failed, kNoZone, static_cast<uint8_t>(why), bytes, order,
                       static_cast<uint32_t>(zone), gfp);
  return kNoPage;
}

}  // namespace

uint32_t dma_order(uint32_t bytes) { return bytes == 0 ? kOrderOfNothing : order_for(bytes); }

bool dma_set_mask_and_coherent(Dma& dma, uint64_t mask) {
  const uint64_t least = least_mask(dma.slub.mm);
  DmaMaskAnswer answer = DmaMaskAnswer::wide;
  if (mask < kDmaMask32) answer = mask < least ? DmaMaskAnswer::refused : DmaMaskAnswer::narrow;
  dma.trace().decision(Event::dma_mask, kNoZone, static_cast<uint8_t>(answer), mask, mask >> 32,
                       least);
  if (answer == DmaMaskAnswer::refused) return false;
  dma.state.device.dma_mask = mask;
  dma.state.device.coherent_mask = mask;
  return true;
}

Page dma_alloc_coherent(Dma& dma, uint32_t bytes, Gfp flags) {
  Mm& mm = dma.slub.mm;
  const uint64_t mask = dma.state.device.coherent_mask;
  const uint32_t order = dma_order(bytes);
  const uint64_t rounded = uint64_t{pages_for(bytes)} << kPageShift;
  const Gfp plain = flags & ~(gfp::kDma | gfp::kDma32 | gfp::kHighMem | gfp::kZero);
  DmaZone zone = zone_of_mask(mask);
  dma.trace().decision(Event::dma_zone, kNoZone, static_cast<uint8_t>(zone), mask, mask >> 32,
                       bytes, order, flags);
  while (true) {
    const Page page = take(dma, plain | bits_of(zone), order);
    if (page == kNoPage) return fail(dma, DmaFailure::no_pages, bytes, order, zone, flags);
    const Pfn pfn = mm.map.page_to_pfn(page);
    const DmaAddr last = phys_of(pfn) + rounded - 1;
    if (last <= mask) {
      dma.slub.ram.forget(page, pages_in(static_cast<Order>(order)));
      dma.trace().decision(Event::dma_coherent, mm.map.zone(page), static_cast<uint8_t>(order),
                           pfn.value, phys_of(pfn), phys_of(pfn) >> 32, bytes);
      return page;
    }
    const DmaZone next = zone == DmaZone::none ? DmaZone::dma32 : DmaZone::dma;
    dma.trace().decision(Event::dma_too_high, mm.map.zone(page), static_cast<uint8_t>(next),
                         pfn.value, last, last >> 32, mask, mask >> 32, order);
    free_pages(mm, page, static_cast<Order>(order));
    if (zone == DmaZone::dma) {
      return fail(dma, DmaFailure::out_of_mask, bytes, order, zone, flags);
    }
    // A mask of 64 bits has nothing above it, so whoever comes here has a narrower one.
    KMEM_ASSERT(mask < kWholeMask);
    zone = next;
  }
}

void dma_free_coherent(Dma& dma, Page page, uint32_t bytes) {
  free_pages(dma.slub.mm, page, static_cast<Order>(dma_order(bytes)));
}

}  // namespace kmem
