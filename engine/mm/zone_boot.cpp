#include "mm/zone_boot.h"

#include <algorithm>

namespace kmem {

void SectionPlan::add(uint32_t start_pfn, uint32_t end_pfn) {
  const uint32_t mask = alignment_ - 1;
  const uint32_t start = start_pfn & ~mask;
  const uint32_t end = (end_pfn + mask) & ~mask;
  if (sections_.empty() || sections_.back().start.value + sections_.back().frames < start) {
    sections_.push_back({Pfn{start}, end - start, Page{}});
    return;
  }
  MemSection& last = sections_.back();
  last.frames = std::max(last.frames, end - last.start.value);
}

void init_zone_lists(const Mm& mm, Zone& zone, uint8_t index) {
  zone.index = index;
  const uint32_t heads = list_heads_of_zone(mm.config.nr_cpus, mm.config.nr_orders);
  zone.first_free_head = mm.map.size() + index * heads;
  zone.vm_free_diff.assign(mm.config.nr_cpus, 0);
  zone.pcp.assign(mm.config.nr_cpus, {});
  uint32_t head = zone.first_free_head + mm.config.nr_orders * kNrMigratetypes;
  for (uint8_t cpu = 0; cpu < mm.config.nr_cpus; ++cpu) {
    zone.pcp[cpu].first_head = head;
    zone.pcp[cpu].trace_site = Trace::site_of(cpu, index);
    head += kMaxPcpLists;
  }
}

void assign_pages(Mm& mm, const Zone& zone, uint32_t start_pfn, uint32_t end_pfn) {
  for (uint32_t pfn = start_pfn; pfn < end_pfn; ++pfn) {
    const Page page = mm.map.pfn_to_page({pfn});
    if (page == kNoPage) continue;
    mm.map.set_zone(page, zone.index);
    mm.map.paint(page, FrameKind::before, Migratetype::unmovable);
  }
}

}  // namespace kmem
