#include "mm/memblock.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "base/sort.h"
#include "base/text.h"
#include "mm/bootmem.h"
#include "mm/free_lists.h"
#include "mm/zone_boot.h"

namespace kmem {

namespace {

/// A zone to be: its frames from first to last, and the RAM in between.
struct ZonePlan {
  ZoneType type;
  const char* name;
  uint32_t node;
  uint32_t start;
  uint32_t end;
  std::vector<MemoryRange> memory;
};

MemoryRange cut(const MemoryRange& range, uint32_t start, uint32_t end) {
  return {range.node, std::max(range.start_pfn, start), std::min(range.end_pfn, end)};
}

/// One node's share of one zone; `memory` stays empty when it has none.
ZonePlan plan_zone(const std::vector<MemoryRange>& memory, uint32_t node, uint32_t start,
                   uint32_t end) {
  ZonePlan plan{ZoneType::dma, "", node, UINT32_MAX, 0, {}};
  for (const MemoryRange& range : memory) {
    if (range.node != node) continue;
    plan.start = std::min(plan.start, range.start_pfn);
    plan.end = std::max(plan.end, range.end_pfn);
    const MemoryRange inside = cut(range, start, end);
    if (inside.start_pfn < inside.end_pfn) plan.memory.push_back(inside);
  }
  // A zone reaches from border to border of its node, also where only a hole is left of it.
  plan.start = std::max(plan.start, start);
  plan.end = std::min(plan.end, end);
  return plan;
}

std::vector<ZonePlan> plan_zones(const PristineConfig& config) {
  const KernelProfile& profile = *config.profile;
  const std::vector<MemoryRange> memory = memory_of(config);
  uint32_t nodes = 0;
  for (const MemoryRange& range : memory) nodes = std::max(nodes, range.node + 1);
  std::vector<ZonePlan> plans;
  for (uint32_t node = 0; node < nodes; ++node) {
    uint32_t start = profile.frame_zero_in_zone ? 0 : 1;
    for (size_t type = 0; type < profile.zones.size(); ++type) {
      const uint32_t end = profile.zones[type].end_pfn;
      ZonePlan plan = plan_zone(memory, node, start, end);
      start = std::max(start, end);
      if (plan.memory.empty()) continue;
      plan.type = static_cast<ZoneType>(type);
      plan.name = profile.zones[type].name;
      plans.push_back(std::move(plan));
    }
  }
  sort_compactly(plans, [](const ZonePlan& a, const ZonePlan& b) { return a.start < b.start; });
  return plans;
}

/// Frames that boot may hand out.
uint32_t free_frames(const PristineConfig& config, const ZonePlan& plan) {
  uint32_t frames = 0;
  for (const MemoryRange& range : plan.memory) {
    const uint32_t start = std::max(range.start_pfn, config.profile->first_free_pfn);
    if (start < range.end_pfn) frames += range.end_pfn - start;
  }
  return frames;
}

Zone zone_of_plan(const PristineConfig& config, const ZonePlan& plan) {
  Zone zone;
  zone.node = {static_cast<uint8_t>(plan.node)};
  zone.type = plan.type;
  zone.name = plan.name;
  zone.start_pfn = {plan.start};
  zone.spanned_pages = plan.end - plan.start;
  for (const MemoryRange& range : plan.memory) {
    zone.present_pages += range.end_pfn - range.start_pfn;
  }
  if (config.profile->holes_are_present) zone.present_pages = zone.spanned_pages;
  return zone;
}

void paint_holes(Mm& mm, const ZonePlan& plan) {
  uint32_t pfn = plan.start;
  const auto paint_to = [&mm, &pfn](uint32_t end) {
    for (; pfn < end; ++pfn) {
      const Page page = mm.map.pfn_to_page({pfn});
      if (page != kNoPage) mm.map.paint(page, FrameKind::hole, Migratetype::unmovable);
    }
  };
  for (const MemoryRange& range : plan.memory) {
    paint_to(range.start_pfn);
    pfn = range.end_pfn;
  }
  paint_to(plan.end);
}

void init_zone(Mm& mm, const PristineConfig& config, const ZonePlan& plan) {
  mm.zones.push_back(zone_of_plan(config, plan));
  Zone& zone = mm.zones.back();
  init_zone_lists(mm, zone, static_cast<uint8_t>(mm.zones.size() - 1));
  assign_pages(mm, zone, plan.start, plan.end);
  const uint32_t block = mm.config.pageblock_nr_pages();
  for (uint32_t pfn = plan.start & ~(block - 1); pfn < plan.end; pfn += block) {
    const Page page = mm.map.pfn_to_page({pfn});
    if (page == kNoPage || !mm.config.profile->migratetypes) continue;
    mm.map.set_pageblock_type(page, Migratetype::movable);
  }
  paint_holes(mm, plan);
}

void free_zone(Mm& mm, Zone& zone, const ZonePlan& plan) {
  for (const MemoryRange& range : plan.memory) {
    const uint32_t start = std::max(range.start_pfn, mm.config.profile->first_free_pfn);
    if (start >= range.end_pfn) continue;
    if (mm.config.profile->bootmem_word_order == 0) {
      free_pages_memory(mm, zone, start, range.end_pfn);
    } else {
      free_bootmem(mm, zone, start, range.end_pfn);
    }
  }
}

// Below a pageblock for every type, grouping would only waste memory.
// @kernel build_all_zonelists(), mm/page_alloc.c
bool mobility_disabled(const Mm& mm, const PristineConfig& config) {
  if (!mm.config.profile->migratetypes) return false;
  if (config.page_group_by_mobility) return !*config.page_group_by_mobility;
  uint64_t pages = 0;
  for (const Zone& zone : mm.zones) pages += zone.managed_pages;
  return pages < uint64_t{mm.config.pageblock_nr_pages()} * mm.config.nr_migratetypes();
}

NodeId first_node_with_cpu(const MmConfig& config) {
  for (uint8_t node = 0; node < kMostNodes; ++node) {
    if (config.cpus_of_node[node] != 0) return {node};
  }
  return {};
}

}  // namespace

void free_pages_memory(Mm& mm, Zone& zone, uint32_t start, uint32_t end) {
  while (start < end) {
    auto order = static_cast<Order>(
        std::min<uint32_t>(mm.config.max_order(), static_cast<uint32_t>(std::countr_zero(start))));
    while (start + pages_in(order) > end) order -= 1;
    const Page page = mm.map.pfn_to_page({start});
    zone.managed_pages += pages_in(order);
    free_one_page(mm, zone, page, order, mm.map.pageblock_type(page), FpiFlags::to_tail);
    start += pages_in(order);
  }
}

Result<Mm> boot_pristine_machine(const PristineConfig& config) {
  const Status checked = check_machine_config(config);
  if (!checked) return checked.error();
  const std::vector<ZonePlan> plans = plan_zones(config);
  for (const ZonePlan& plan : plans) {
    if (free_frames(config, plan) != 0) continue;
    return bad_machine(
        textf("memory gives zone %s of node %u 0 pages: accepted are zones with "
              "free frames from %u on",
              plan.name, plan.node, config.profile->first_free_pfn));
  }
  const MmConfig build = build_options(config);
  SectionPlan sections(build.max_order());
  for (const ZonePlan& plan : plans) {
    for (const MemoryRange& range : plan.memory) sections.add(range.start_pfn, range.end_pfn);
  }
  const auto nr_zones = static_cast<uint32_t>(plans.size());
  Mm mm(build, {sections.sections(), build.pageblock_order,
                nr_zones * list_heads_of_zone(build.nr_cpus, build.nr_orders)});
  Trace silent;
  silent.set_level(TraceLevel::off);
  mm.trace = &silent;
  for (const ZonePlan& plan : plans) init_zone(mm, config, plan);
  for (size_t i = 0; i < plans.size(); ++i) free_zone(mm, mm.zones[i], plans[i]);
  mm.config.page_group_by_mobility_disabled = mobility_disabled(mm, config);
  size_zones(mm, config.sysctl, config.thp && build.thp);
  build_zonelists(mm);
  mm.cpu_node = first_node_with_cpu(build);
  mm.trace = nullptr;
  return mm;
}

}  // namespace kmem
