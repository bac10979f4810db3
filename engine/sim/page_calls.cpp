// The calls of the page allocator on one machine: what is run, and which blocks are bad. What they
// are refused for before that is in machine.cpp.
#include <algorithm>
#include <cstring>

#include "mm/page_alloc_2_6_18.h"
#include "mm/page_ref.h"
#include "mm/pcp.h"
#include "mm/pcp_2_6_18.h"
#include "sim/machine.h"
#include "slab/mempool.h"

namespace kmem {

// Nobody looks at bytes while a call runs, so it is enough that they follow before it returns, and
// before a new owner's frames are zeroed.
void Machine::move_bytes() { ram_.follow(mm_); }

void Machine::init_on_alloc(Page page, uint32_t pages, Gfp gfp) {
  // Debian builds with CONFIG_INIT_ON_ALLOC_DEFAULT_ON: every page is handed out zeroed, with or
  // without __GFP_ZERO. Old kernels hand out what the last owner left.
  const KernelProfile& profile = *mm_.config.profile;
  if (profile.init_on_alloc || (gfp & profile.gfp_zero) != 0) ram_.forget(page, pages);
}

bool Machine::is_2_6_18() const {
  return mm_.config.profile->rules == AllocatorRules::linux_2_6_18;
}

Page Machine::alloc_block(Gfp gfp, uint32_t order) {
  return is_2_6_18() ? v2_6_18::alloc_pages(mm_, gfp, order, node_)
                     : alloc_pages(mm_, gfp, order, node_);
}

Page Machine::run_allocation(const Command& command, std::span<Pfn> results) {
  const Gfp gfp = command.gfp | forced_gfp_;
  switch (command.op) {
    case Op::get_zeroed_page:
      return alloc_block(gfp | mm_.config.profile->gfp_zero, 0);
    case Op::alloc_pages_exact:
      return alloc_pages_exact(mm_, command.amount, gfp, node_);
    case Op::alloc_movable_page: {
      const Page page = alloc_pages(mm_, gfp, 0, node_);
      if (page != kNoPage) mm_.map.set_flags(page, MemMap::kMovableOps);
      return page;
    }
    case Op::alloc_pages_bulk: {
      std::vector<Page> pages(results.size(), kNoPage);
      alloc_pages_bulk(mm_, gfp, node_, pages);
      move_bytes();
      for (size_t i = 0; i < pages.size(); ++i) {
        results[i] = {mm_.pfn(pages[i])};
        if (pages[i] != kNoPage) init_on_alloc(pages[i], 1, gfp);
      }
      return kNoPage;
    }
    case Op::get_free_pages:
      // It returns an address, so the page must have one: highmem is never asked for.
      return alloc_block(gfp & ~gfp::kHighMem, command.order);
    default:
      return alloc_block(gfp, command.order);
  }
}

BadPage Machine::why_bad(const Command& command, Page page) const {
  const bool exact = command.op == Op::free_pages_exact;
  const uint32_t heads = exact ? pages_for(command.amount) : 1;
  for (uint32_t i = 0; i < heads; ++i) {
    const Page head{page.index + i};
    if (head.index >= mm_.map.size()) return BadPage::not_allocated;
    if (is_in_reserve(slab_, page_address({mm_.pfn(head)}))) return BadPage::not_ours;
    if (frame_kind(mm_.map.state(head)) == FrameKind::before) return BadPage::not_ours;
    if (mm_.map.refcount(head) == 0) return BadPage::not_allocated;
    if ((mm_.map.flags(head) & MemMap::kSlab) != 0) return BadPage::slab;
    const Order order = mm_.map.order(head);
    if (order != (exact ? 0 : command.order)) return BadPage::wrong_order;
  }
  return BadPage{};
}

bool Machine::refuse(const Command& command, Page page, BadPage reason) {
  trace_.decision(Event::bad_page, mm_.map.zone(page), static_cast<uint8_t>(command.order),
                  mm_.pfn(page), static_cast<uint32_t>(reason),
                  static_cast<int32_t>(mm_.map.refcount(page)), uint32_t{mm_.map.order(page)});
  return false;
}

bool Machine::run_free(const Command& command, Page page) {
  const BadPage reason = why_bad(command, page);
  if (reason != BadPage{}) return refuse(command, page, reason);
  if (command.op == Op::free_pages_exact) {
    for (uint32_t i = 0; i < pages_for(command.amount); ++i) unmark_movable({page.index + i});
    free_pages_exact(mm_, page, command.amount);
    return true;
  }
  unmark_movable(page);
  const auto order = static_cast<Order>(command.order);
  is_2_6_18() ? v2_6_18::free_pages(mm_, page, order) : free_pages(mm_, page, order);
  return true;
}

// Whatever call frees it, a free page is nobody's to migrate.
// @kernel free_pages_prepare(), mm/page_alloc.c
void Machine::unmark_movable(Page page) {
  const auto kept = static_cast<uint16_t>(~MemMap::kMovableOps);
  if (mm_.map.refcount(page) == 1) mm_.map.set_flags(page, mm_.map.flags(page) & kept);
}

// Calls that take one page of a block, whatever the block's order.
bool Machine::run_on_block(const Command& command, Page page) {
  const Page head = compound_head(mm_, page);
  const bool before = frame_kind(mm_.map.state(head)) == FrameKind::before ||
                      is_in_reserve(slab_, page_address({mm_.pfn(head)}));
  if (before || mm_.map.refcount(head) == 0) {
    return refuse(command, page, before ? BadPage::not_ours : BadPage::not_allocated);
  }
  if ((mm_.map.flags(head) & MemMap::kSlab) != 0) return refuse(command, page, BadPage::slab);
  if (command.op == Op::split_page && mm_.map.order(page) != command.order) {
    return refuse(command, page, BadPage::wrong_order);
  }
  if (command.op == Op::get_page) {
    get_page(mm_, page);
  } else if (command.op == Op::split_page) {
    split_page(mm_, page, static_cast<Order>(command.order));
  } else {
    unmark_movable(page);
    is_2_6_18() ? v2_6_18::put_page(mm_, page) : put_page(mm_, page);
  }
  return true;
}

void Machine::run_memset(const Command& command) {
  Result<std::span<uint8_t>> bytes = ram_.write(mm_.map.pfn_to_page(command.pfn));
  // Without host memory there is nothing to show; the state stays what it was.
  if (bytes) std::memset((*bytes).data() + command.offset, command.value, command.amount);
}

void Machine::run_write(const Command& command) {
  uint64_t at = uint64_t{command.pfn.value} * kPageSizeBytes + command.offset;
  for (uint32_t left = command.amount; left > 0;) {
    const Pfn pfn{static_cast<uint32_t>(at / kPageSizeBytes)};
    const auto offset = static_cast<uint32_t>(at % kPageSizeBytes);
    const uint32_t bytes = std::min(left, kPageSizeBytes - offset);
    Result<std::span<uint8_t>> frame = ram_.write(mm_.map.pfn_to_page(pfn));
    // check_written() made sure that the host gave the range.
    std::memset((*frame).data() + offset, command.value, bytes);
    at += bytes;
    left -= bytes;
  }
}

bool Machine::run(const Command& command, Pfn freed, std::span<Pfn> results) {
  KMEM_ASSERT(!is_slab_call(command.op));
  mm_.moves.clear();
  mm_.may_schedule = command.may_schedule;
  if (is_allocation(command.op)) {
    const Page page = run_allocation(command, results);
    if (command.op == Op::alloc_pages_bulk) return true;
    move_bytes();
    results[0] = {mm_.pfn(page)};
    // An exact allocation consists of single pages by now, so its size comes from the call.
    const bool exact = command.op == Op::alloc_pages_exact;
    if (page != kNoPage) {
      const bool zeroed = command.op == Op::get_zeroed_page;
      init_on_alloc(page, exact ? pages_for(command.amount) : pages_in(mm_.map.order(page)),
                    zeroed ? mm_.config.profile->gfp_zero : command.gfp);
    }
    return true;
  }
  if (names_block(command.op)) {
    const Page page = mm_.map.pfn_to_page(freed);
    KMEM_ASSERT(page != kNoPage);
    const bool whole = is_free(command.op) && command.op != Op::put_page;
    return whole ? run_free(command, page) : run_on_block(command, page);
  }
  if (command.op == Op::memset) {
    run_memset(command);
    return true;
  }
  if (command.op == Op::write_bytes) {
    run_write(command);
    return true;
  }
  is_2_6_18() ? v2_6_18::drain_local_pages(mm_) : drain_local_pages(mm_);
  return true;
}

}  // namespace kmem
