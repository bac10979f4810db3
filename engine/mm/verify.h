// The invariants of the page allocator, checked from scratch.
#pragma once

#include <string>

#include "mm/mm.h"

namespace kmem {

/// Walks every list and every page. Holds between any two calls:
///   1. a free block is aligned to its size, lies in its zone, and is on exactly one list;
///   2. two free buddies of one order do not exist, unless their types must not mix;
///   3. nr_free equals the lengths of the lists, NR_FREE_PAGES with its deltas their pages without
///      the isolated ones, NR_FREE_CMA_PAGES those on the CMA lists;
///   4. a per-CPU count equals the pages on that CPU's lists;
///   5. a page on a list has no references, and its state byte says where it is;
///   6. only the first page of a block on a list is marked as such, and no page elsewhere;
///   7. a block in use has references, all other pages have none;
///   8. a zone knows how many of its pageblocks are isolated, and no free page of them is on a list
///      of another type, nor one of another pageblock on theirs.
/// @return "" or the first thing that is wrong, in words.
/// @fidelity invented
std::string verify(const Mm& mm);

}  // namespace kmem
