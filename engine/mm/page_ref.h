// References to pages, and blocks that become single pages.
#pragma once

#include "mm/mm.h"

namespace kmem {

/// First page of the compound page that `page` belongs to; `page` itself when it is not compound.
/// @kernel   compound_head(), include/linux/page-flags.h
/// @fidelity exact
Page compound_head(const Mm& mm, Page page);

/// One more holder. @param page handed out, with fewer than 65,535 references (asserted).
/// @kernel   get_page(), include/linux/mm.h
/// @fidelity simplified: 16 bits instead of 32.
void get_page(Mm& mm, Page page);

/// One holder less; the last one frees the compound page, or this single page. Of a block that is
/// not compound only the first page is freed, and the rest is lost, as in the kernel.
/// @kernel   put_page(), __folio_put(), mm/swap.c
/// @fidelity exact: pages on no LRU list.
void put_page(Mm& mm, Page page);

/// Makes each page of a block a block of its own, with one reference.
/// @param page head of a block that is not compound, with one reference (asserted).
/// @kernel   split_page(), mm/page_alloc.c
/// @fidelity exact
void split_page(Mm& mm, Page page, Order order);

}  // namespace kmem
