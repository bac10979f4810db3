#include "mm/memblock.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "base/text.h"
#include "mm/free_lists.h"
#include "mm/sizing.h"
#include "mm/zone_boot.h"

namespace kmem {

namespace {

// Addresses of a PC, as page frames.
constexpr uint32_t kBiosHoleStart = 0x9f;  // 636 KiB: the BIOS keeps the rest up to
constexpr uint32_t kFirstMib = 0x100;      // 1 MiB, and x86 reserves all of it
constexpr uint32_t kDmaEnd = 0x1000;       // 16 MiB
constexpr uint32_t kDma32End = 0x100000;   // 4 GiB
constexpr uint32_t kLowRamMost = 0xc0000;  // 3 GiB: devices live between here and 4 GiB
constexpr uint32_t kFramesPerMib = 1u << (20 - kPageShift);

struct ZonePlan {
  ZoneType type;
  const char* name;
  uint32_t start;
  uint32_t end;
};

std::vector<ZonePlan> plan_zones(uint32_t frames) {
  const uint32_t low_end = std::min(frames, kLowRamMost);
  std::vector<ZonePlan> plan = {{ZoneType::dma, "DMA", 1, std::min(low_end, kDmaEnd)}};
  if (low_end > kDmaEnd) plan.push_back({ZoneType::dma32, "DMA32", kDmaEnd, low_end});
  if (frames > kLowRamMost) {
    plan.push_back({ZoneType::normal, "Normal", kDma32End, kDma32End + frames - kLowRamMost});
  }
  return plan;
}

Zone zone_of_plan(const ZonePlan& plan) {
  Zone zone;
  zone.type = plan.type;
  zone.name = plan.name;
  zone.start_pfn = {plan.start};
  zone.spanned_pages = plan.end - plan.start;
  zone.present_pages = zone.spanned_pages;
  if (plan.type == ZoneType::dma) zone.present_pages -= kFirstMib - kBiosHoleStart;
  return zone;
}

Error bad_field(const char* field, uint32_t value, uint32_t least, uint32_t most) {
  return {"MachineConfig", textf("%s is %u: accepted are %u to %u", field, value, least, most), 0,
          0, 0};
}

}  // namespace

void free_pages_memory(Mm& mm, Zone& zone, uint32_t start, uint32_t end) {
  while (start < end) {
    auto order = static_cast<Order>(
        std::min<uint32_t>(kMaxOrder, static_cast<uint32_t>(std::countr_zero(start))));
    while (start + pages_in(order) > end) order -= 1;
    const Page page = mm.map.pfn_to_page({start});
    zone.managed_pages += pages_in(order);
    free_one_page(mm, zone, page, order, mm.map.pageblock_type(page), FpiFlags::to_tail);
    start += pages_in(order);
  }
}

Result<Mm> boot_pristine_machine(const PristineConfig& config) {
  if (config.memory_mib < PristineConfig::kLeastMemoryMib ||
      config.memory_mib > PristineConfig::kMostMemoryMib) {
    return bad_field("memory_mib", config.memory_mib, PristineConfig::kLeastMemoryMib,
                     PristineConfig::kMostMemoryMib);
  }
  if (config.nr_cpus < 1 || config.nr_cpus > PristineConfig::kMostCpus) {
    return bad_field("cpus", config.nr_cpus, 1, PristineConfig::kMostCpus);
  }
  const std::vector<ZonePlan> plan = plan_zones(config.memory_mib * kFramesPerMib);
  SectionPlan sections;
  for (const ZonePlan& zone : plan) sections.add(zone.start, zone.end);

  MmConfig build;
  build.nr_cpus = config.nr_cpus;
  const auto nr_zones = static_cast<uint32_t>(plan.size());
  Mm mm(build,
        {sections.sections(), build.pageblock_order, nr_zones * list_heads_of_zone(build.nr_cpus)});
  Trace silent;
  silent.set_level(TraceLevel::off);
  mm.trace = &silent;
  for (const ZonePlan& each : plan) {
    mm.zones.push_back(zone_of_plan(each));
    Zone& zone = mm.zones.back();
    init_zone_lists(mm, zone, static_cast<uint8_t>(mm.zones.size() - 1));
    assign_pages(mm, zone, each.start, each.end);
    const uint32_t block = build.pageblock_nr_pages();
    for (uint32_t pfn = each.start & ~(block - 1); pfn < each.end; pfn += block) {
      mm.map.set_pageblock_type(mm.map.pfn_to_page({pfn}), Migratetype::movable);
    }
    for (uint32_t pfn = kBiosHoleStart; each.type == ZoneType::dma && pfn < kFirstMib; ++pfn) {
      mm.map.paint(mm.map.pfn_to_page({pfn}), 0, FrameKind::hole, Migratetype::unmovable);
    }
    free_pages_memory(mm, zone, std::max(each.start, kFirstMib), each.end);
  }
  size_zones(mm, VmSysctl{}, config.thp);
  build_zonelists(mm);
  mm.trace = nullptr;
  return mm;
}

}  // namespace kmem
