// Which page tables exist under the addresses of vmalloc.
#include <algorithm>

#include "slab/slub_page.h"
#include "vmalloc/vmap.h"

namespace kmem {

namespace {

constexpr uint32_t window_shift(uint8_t level) { return level == 1 ? 21 : 30; }

/// Tables are the kernel's own memory, cleared.
/// @kernel GFP_PGTABLE_KERNEL, include/asm-generic/pgalloc.h
constexpr Gfp kTableGfp = gfp::kKernel | gfp::kZero;

bool cpu_node_known(const Mm& mm) {
  return std::any_of(mm.zones.begin(), mm.zones.end(),
                     [&mm](const Zone& zone) { return zone.node == mm.cpu_node; });
}

bool before(const VmTable& left, const VmTable& right) {
  return left.level != right.level ? left.level < right.level : left.window < right.window;
}

bool need_table(Vmap& vmap, uint8_t level, Kva address, bool boot) {
  std::vector<VmTable>& tables = vmap.state.tables;
  VmTable table{level, address >> window_shift(level), kNoPage};
  const auto place = std::lower_bound(tables.begin(), tables.end(), table, before);
  const bool exists = place != tables.end() && !before(table, *place);
  if (exists) return true;
  if (!boot && cpu_node_known(vmap.slub.mm)) {
    table.page = alloc_kernel_pages(vmap.slub, kTableGfp, 0, kAnyNode);
    if (table.page == kNoPage) return false;
    vmap.trace().decision(Event::vmap_table, vmap.slub.mm.map.zone(table.page), level,
                          vmalloc_page(table.window << window_shift(level)),
                          vmap.slub.mm.pfn(table.page));
  }
  tables.insert(place, table);
  return true;
}

bool need_tables(Vmap& vmap, Kva start, Kva end, bool boot) {
  for (Kva at = start; at < end; at = ((at >> window_shift(1)) + 1) << window_shift(1)) {
    if (!need_table(vmap, 2, at, boot) || !need_table(vmap, 1, at, boot)) return false;
  }
  return true;
}

}  // namespace

bool map_tables(Vmap& vmap, Kva start, Kva end) { return need_tables(vmap, start, end, false); }

void note_tables(Vmap& vmap, Kva start, Kva end) {
  if (start >= kVmallocStart && end <= kVmallocEnd) need_tables(vmap, start, end, true);
}

}  // namespace kmem
