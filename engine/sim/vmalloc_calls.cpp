// The calls of vmalloc on one machine.
#include <algorithm>

#include "sim/machine.h"

namespace kmem {

ObjectPlace Machine::run_area(const Command& command, ObjectPlace place, std::span<Pfn> results,
                              std::span<const Pfn> recorded) {
  mm_.moves.clear();
  mm_.may_schedule = command.may_schedule;
  Vmap vmap = this->vmap();
  if (command.op == Op::vfree) {
    vfree(vmap, area_address(place));
    drain_vmap_area_work(vmap);
    return {};
  }
  vmap.slub.recorded_pages = recorded;
  VmallocRequest request;
  request.bytes = command.amount;
  request.gfp = command.op == Op::vzalloc ? gfp::kKernel | gfp::kZero : gfp::kKernel;
  request.node = node_ == mm_.cpu_node ? kAnyNode : node_.value;
  const Kva address = vmalloc_node(vmap, request);
  std::fill(results.begin(), results.end(), kNoPfn);
  const std::span<const Page> pages = vmalloc_pages(vmap, address);
  KMEM_ASSERT(pages.size() <= results.size());
  for (size_t i = 0; i < pages.size(); ++i) results[i] = {mm_.pfn(pages[i])};
  drain_vmap_area_work(vmap);
  return {address == 0 ? kNoPfn : Pfn{vmalloc_page(address)}, 0};
}

}  // namespace kmem
