#include <array>

#include "base/text.h"
#include "report/procfs.h"

namespace kmem {

namespace {

/// The kernel stops counting a list here, because it holds the zone lock meanwhile.
constexpr uint32_t kCountLimit = 100000;

void append_free_counts(std::string& out, const Mm& mm, const Zone& zone, Migratetype type) {
  appendf(out, "Node %4d, zone %8s, type %12s ", int{zone.node.value}, zone.name.c_str(),
          kMigratetypeNames[index_of(type)]);
  for (Order order = 0; order < mm.config.nr_orders; ++order) {
    const uint32_t head = zone.free_head(order, type);
    uint32_t blocks = 0;
    for (uint32_t node = mm.map.next(head); node != head && blocks < kCountLimit;
         node = mm.map.next(node)) {
      blocks += 1;
    }
    appendf(out, "%s%6lu ", blocks >= kCountLimit ? ">" : "", static_cast<unsigned long>(blocks));
  }
  out += '\n';
}

// Steps from the zone's first frame, so that a zone that starts at pfn 1 looks at 1, 513, ...
void append_block_counts(std::string& out, const Mm& mm, const Zone& zone) {
  std::array<unsigned long, kNrMigratetypes> blocks{};
  const uint32_t end = zone.start_pfn.value + zone.spanned_pages;
  for (uint32_t pfn = zone.start_pfn.value; pfn < end; pfn += mm.config.pageblock_nr_pages()) {
    const Page page = mm.map.pfn_to_page({pfn});
    if (page == kNoPage || mm.map.zone(page) != zone.index) continue;
    blocks[index_of(mm.map.pageblock_type(page))] += 1;
  }
  appendf(out, "Node %d, zone %8s ", int{zone.node.value}, zone.name.c_str());
  for (uint32_t t = 0; t < mm.config.nr_migratetypes(); ++t) appendf(out, "%12lu ", blocks[t]);
  out += '\n';
}

}  // namespace

std::string pagetypeinfo(const Mm& mm) {
  std::string out;
  appendf(out, "Page block order: %d\n", int{mm.config.pageblock_order});
  appendf(out, "Pages per block:  %lu\n\n",
          static_cast<unsigned long>(mm.config.pageblock_nr_pages()));
  appendf(out, "%-43s ", "Free pages count per migrate type at order");
  for (int order = 0; order < mm.config.nr_orders; ++order) appendf(out, "%6d ", order);
  out += '\n';
  const uint32_t types = mm.config.nr_migratetypes();
  for (const Zone& zone : mm.zones) {
    if (!zone.populated()) continue;
    for (uint32_t t = 0; t < types; ++t) {
      append_free_counts(out, mm, zone, static_cast<Migratetype>(t));
    }
  }
  appendf(out, "\n%-23s", "Number of blocks type ");
  for (uint32_t t = 0; t < types; ++t) appendf(out, "%12s ", kMigratetypeNames[t]);
  out += '\n';
  for (const Zone& zone : mm.zones) {
    if (zone.populated()) append_block_counts(out, mm, zone);
  }
  return out;
}

}  // namespace kmem
