// The calls about DMA memory on one machine: what is refused, and what is run.
#include "base/text.h"
#include "sim/machine.h"

namespace kmem {

Status Machine::check_dma(const Command& command) const {
  const bool names_pool = command.op == Op::dma_pool_alloc || command.op == Op::dma_pool_free ||
                          command.op == Op::dma_pool_destroy;
  if (names_pool && !has_dma_pool(command)) {
    return Error{"UnknownPool", textf("there is no DMA pool %u, or not any more", command.cache), 0,
                 0, 0};
  }
  const bool frees = command.op == Op::dma_free_coherent || command.op == Op::dma_pool_free;
  if (frees && command.allocation == kNoAllocation && command.pfn != kNoPfn) {
    const Page page = mm_.map.pfn_to_page(command.pfn);
    if (page == kNoPage || mm_.map.zone(page) == kNoZone) {
      return Error{"PfnOutOfRange", textf("no memory at pfn %u", command.pfn.value), 0, 0, 0};
    }
  }
  // Pools are described by objects, and those are real bytes.
  return ram_.reserve();
}

bool Machine::has_dma_pool(const Command& command) const {
  return command.cache < dma_.pools.size() && dma_.pools[command.cache].object != 0;
}

void Machine::free_dma(Dma& dma, const Command& command, ObjectPlace place) {
  if (place.pfn == kNoPfn) return;
  const Page page = mm_.map.pfn_to_page(place.pfn);
  Command free = command;
  free.order = dma_order(command.amount);
  const BadPage reason = why_bad(free, page);
  if (reason != BadPage{}) {
    refuse(free, page, reason);
    return;
  }
  unmark_movable(page);
  dma_free_coherent(dma, page, command.amount);
}

ObjectPlace Machine::run_dma(const Command& command, ObjectPlace place, std::span<Pfn> results) {
  mm_.moves.clear();
  mm_.may_schedule = command.may_schedule;
  Dma dma = this->dma();
  const auto answer = [&](bool done) { results[0] = done ? kDone : kRefused; };
  switch (command.op) {
    case Op::dma_set_mask:
      answer(dma_set_mask_and_coherent(dma, mask_of(command)));
      results[1] = {static_cast<uint32_t>(dma_.device.coherent_mask)};
      results[2] = {static_cast<uint32_t>(dma_.device.coherent_mask >> 32)};
      return {};
    case Op::dma_alloc_coherent:
      return {Pfn{mm_.pfn(dma_alloc_coherent(dma, command.amount, command.gfp))}, 0};
    case Op::dma_free_coherent:
      free_dma(dma, command, place);
      return {};
    case Op::dma_pool_create:
      answer(
          dma_pool_create(dma, command.cache, {command.amount, command.align, command.boundary}) ==
          DmaPoolFailure::made);
      return {};
    default:
      break;
  }
  if (!has_dma_pool(command)) return {};
  if (command.op == Op::dma_pool_destroy) {
    dma_pool_destroy(dma, command.cache);
  } else if (command.op == Op::dma_pool_free) {
    if (place.pfn == kNoPfn) return {};
    dma_pool_free(dma, command.cache, mm_.map.pfn_to_page(place.pfn), place.offset);
  } else {
    const DmaBlock block = dma_pool_alloc(dma, command.cache, command.gfp);
    if (block.page == kNoPage) return {};
    const Pfn first{mm_.pfn(block.page)};
    return {{first.value + block.offset / kPageSizeBytes}, block.offset % kPageSizeBytes};
  }
  return {};
}

}  // namespace kmem
