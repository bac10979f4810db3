#include "mm/compound.h"

namespace kmem {

void prep_compound_page(Mm& mm, Page page, Order order) {
  mm.map.set_flags(page, mm.map.flags(page) | MemMap::kHead);
  for (uint32_t i = 1; i < pages_in(order); ++i) {
    const Page tail{page.index + i};
    mm.map.set_flags(tail, mm.map.flags(tail) | MemMap::kTail);
  }
}

void clear_compound(Mm& mm, Page page, Order order) {
  if ((mm.map.flags(page) & MemMap::kHead) == 0) return;
  for (uint32_t i = 0; i < pages_in(order); ++i) {
    const Page each{page.index + i};
    mm.map.set_flags(each, mm.map.flags(each) & ~(MemMap::kHead | MemMap::kTail));
  }
}

}  // namespace kmem
