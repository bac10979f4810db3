#include "mm/page_ref.h"

#include "mm/page_alloc.h"

namespace kmem {

Page compound_head(const Mm& mm, Page page) {
  // Tails do not remember their head here; it is the nearest head flag below them.
  while ((mm.map.flags(page) & MemMap::kTail) != 0) page.index -= 1;
  return page;
}

void get_page(Mm& mm, Page page) {
  const Page head = compound_head(mm, page);
  const uint16_t references = mm.map.refcount(head);
  KMEM_ASSERT(references > 0 && references < UINT16_MAX);
  mm.map.set_refcount(head, static_cast<uint16_t>(references + 1));
}

void put_page(Mm& mm, Page page) {
  const Page head = compound_head(mm, page);
  const uint16_t references = mm.map.refcount(head);
  KMEM_ASSERT(references > 0);
  if (references > 1) {
    mm.map.set_refcount(head, static_cast<uint16_t>(references - 1));
    return;
  }
  const bool compound = (mm.map.flags(head) & MemMap::kHead) != 0;
  if (!compound) mm.map.leave_tails(head);
  free_pages(mm, head, compound ? mm.map.order(head) : Order{0});
}

void split_page(Mm& mm, Page page, Order order) {
  KMEM_ASSERT((mm.map.flags(page) & MemMap::kHead) == 0 && mm.map.refcount(page) == 1);
  const Migratetype type = frame_type(mm.map.state(page));
  for (uint32_t i = 0; i < pages_in(order); ++i) {
    const Page each{page.index + i};
    mm.map.set_taken(each, 0);
    mm.map.set_refcount(each, 1);
    mm.map.paint(each, FrameKind::allocated, type);
  }
}

}  // namespace kmem
