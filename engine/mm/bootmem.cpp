#include "mm/bootmem.h"

#include "mm/page_alloc_2_6_18.h"

namespace kmem {

void free_bootmem(Mm& mm, Zone& zone, uint32_t start, uint32_t end) {
  const Order word = mm.config.profile->bootmem_word_order;
  const bool word_by_word = zone.type <= ZoneType::normal;
  while (start < end) {
    const bool whole = word_by_word && start % pages_in(word) == 0 && end - start >= pages_in(word);
    const Order order = whole ? word : Order{0};
    // The per-CPU lists of boot have high 0 and batch 1: a page passes through them at once.
    v2_6_18::free_one_page(mm, zone, mm.map.pfn_to_page({start}), order);
    zone.managed_pages += pages_in(order);
    start += pages_in(order);
  }
}

}  // namespace kmem
