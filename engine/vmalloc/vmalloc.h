// vmalloc: memory that is contiguous in virtual addresses only. Entry points named as in the
// kernel.
#pragma once

#include <span>
#include <string>

#include "vmalloc/vmap.h"

namespace kmem {

/// Why vmalloc() returned NULL.
enum class VmallocFailure : uint8_t {
  zero_size = 1,     ///< 0 bytes: a warning, once
  total_pages = 2,   ///< more pages than the machine has
  no_vm_struct = 3,  ///< no object to describe it, or no addresses left
  no_array = 4,      ///< no memory for the array of pages
  no_pages = 5,      ///< some pages were to be had, not all
  no_tables = 6,     ///< no page for a page table
  no_addresses = 7,  ///< no range of addresses is long enough
};

/// Why an address was not freed: the kernel warns and goes on.
enum class BadVfree : uint8_t {
  bad_address = 1,  ///< not the first byte of a page
  nonexistent = 2,  ///< in no area
  not_ours = 3,     ///< mapped before the simulation starts: what it holds is not known
};

/// What vmalloc() is asked for.
struct VmallocRequest {
  uint64_t bytes = 0;
  Gfp gfp = gfp::kKernel;
  uint8_t node = kAnyNode;
  uint64_t align = 1;
};

/// Pages of order 0 in a range of addresses of their own, with one page of guard behind them.
/// @return the first address, or 0 (NULL).
/// @kernel   __vmalloc_node_range(), __vmalloc_area_node(), vm_area_alloc_pages(), mm/vmalloc.c
/// @fidelity simplified: no huge mappings. The array of pages takes its memory, but its bytes are
///           not written; a fatal signal never comes.
Kva vmalloc_node(Vmap& vmap, const VmallocRequest& request);

/// Unmaps an area and frees its pages in the order of their addresses.
/// @param address first byte of any page of the area; 0 is allowed.
/// @kernel   vfree(), __vunmap(), mm/vmalloc.c
/// @fidelity exact: process context.
void vfree(Vmap& vmap, Kva address);

/// Maps pages that somebody else owns, one behind the other.
/// @return the first address, or 0 (NULL) when there are more pages than the machine has.
/// @kernel   vmap(), mm/vmalloc.c
/// @fidelity exact: without VM_MAP_PUT_PAGES.
Kva vmap(Vmap& vmap, std::span<const Page> pages);

/// Takes a mapping of vmap() away; the pages stay.
/// @kernel   vunmap(), mm/vmalloc.c
/// @fidelity exact
void vunmap(Vmap& vmap, Kva address);

/// @kernel   is_vmalloc_addr(), mm/vmalloc.c
/// @fidelity exact: x86-64, where modules have a range of their own.
constexpr bool is_vmalloc_addr(Kva address) {
  return address >= kVmallocStart && address < kVmallocEnd;
}

/// The page behind an address, or kNoPage for guards and what is not mapped.
/// @kernel   vmalloc_to_page(), mm/vmalloc.c
/// @fidelity simplified: asks the area and not the page tables.
Page vmalloc_to_page(const Vmap& vmap, Kva address);

/// The pages of the area that starts at `address`; empty when none of ours does.
std::span<const Page> vmalloc_pages(const Vmap& vmap, Kva address);

/// What the kernel writes to its log about a failed request; "" for silence.
/// @param bytes of the request; for no_addresses with the guard; for no_pages and no_tables those
///        that were obtained.
/// @kernel   warn_alloc() of __vmalloc_node_range(), mm/vmalloc.c
/// @fidelity exact: the first line up to the mask. About pages and the array 6.1 is silent, because
///           it adds __GFP_NOWARN itself.
std::string vmalloc_warning(VmallocFailure failure, uint64_t bytes);

}  // namespace kmem
