// Compound pages: a block that knows that it is one.
#pragma once

#include "mm/mm.h"

namespace kmem {

/// Marks the head and the tails of a block.
/// @kernel   prep_compound_page(), mm/page_alloc.c
/// @fidelity simplified: flags only; the order is that of the block.
void prep_compound_page(Mm& mm, Page page, Order order);

/// Takes the marks away when the block is freed; does nothing to a block without them.
/// @kernel   free_pages_prepare(), mm/page_alloc.c
/// @fidelity simplified: as above.
void clear_compound(Mm& mm, Page page, Order order);

}  // namespace kmem
