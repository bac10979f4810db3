#include <array>

#include "base/text.h"
#include "report/counter_names.h"
#include "report/procfs.h"

namespace kmem {

namespace {

struct ZoneName {
  ZoneType type;
  const char* name;
};

/// Every zone that the kernel is built with is printed, populated or not.
constexpr std::array kAllZones = {
    ZoneName{ZoneType::dma, "DMA"},       ZoneName{ZoneType::dma32, "DMA32"},
    ZoneName{ZoneType::normal, "Normal"}, ZoneName{ZoneType::movable, "Movable"},
    ZoneName{ZoneType::device, "Device"},
};

void append_counter(std::string& out, const char* name, uint64_t value) {
  appendf(out, "\n      %-12s %lu", name, static_cast<unsigned long>(value));
}

void append_head(std::string& out, const Zone& zone) {
  const auto number = [&out](const char* label, int64_t value) {
    appendf(out, "%s%lu", label, static_cast<unsigned long>(value));
  };
  int64_t free = zone.vm_free < 0 ? 0 : zone.vm_free;
  number("\n  pages free     ", free);
  number("\n        boost    ", zone.watermark_boost);
  number("\n        min      ", zone.wmark_pages(Watermark::min));
  number("\n        low      ", zone.wmark_pages(Watermark::low));
  number("\n        high     ", zone.wmark_pages(Watermark::high));
  number("\n        spanned  ", zone.spanned_pages);
  number("\n        present  ", zone.present_pages);
  number("\n        managed  ", zone.managed_pages);
  number("\n        cma      ", 0);
  out += "\n        protection: (";
  for (uint32_t i = 0; i < kMaxNrZones; ++i) {
    const int64_t reserve = i < zone.lowmem_reserve.size() ? zone.lowmem_reserve[i] : 0;
    appendf(out, "%s%ld", i == 0 ? "" : ", ", static_cast<long>(reserve));
  }
  out += ')';
}

void append_counters(std::string& out, const Zone& zone) {
  for (const char* name : kZoneCounterNames) {
    const bool free = name == kZoneCounterNames[0];
    append_counter(out, name, free ? static_cast<uint64_t>(zone.vm_free) : 0);
  }
  const NumaStats numa = zone.numa_stats();
  append_counter(out, "numa_hit", numa.hit);
  append_counter(out, "numa_miss", numa.miss);
  append_counter(out, "numa_foreign", numa.foreign);
  append_counter(out, "numa_interleave", 0);
  append_counter(out, "numa_local", numa.local);
  append_counter(out, "numa_other", numa.other);
}

void append_pagesets(std::string& out, const Zone& zone) {
  out += "\n  pagesets";
  for (size_t cpu = 0; cpu < zone.pcp.size(); ++cpu) {
    const PerCpuPages& pcp = zone.pcp[cpu];
    appendf(out,
            "\n    cpu: %i\n              count: %i\n              high:  %i"
            "\n              batch: %i\n  vm stats threshold: %d",
            static_cast<int>(cpu), pcp.count(), pcp.high, pcp.batch, zone.stat_threshold);
  }
  appendf(out, "\n  node_unreclaimable:  %u\n  start_pfn:           %lu", 0u,
          static_cast<unsigned long>(zone.start_pfn.value));
}

const Zone* find_zone(const Mm& mm, uint8_t node, ZoneType type) {
  for (const Zone& zone : mm.zones) {
    if (zone.node.value == node && zone.type == type) return &zone;
  }
  return nullptr;
}

void append_node(std::string& out, const Mm& mm, uint8_t node) {
  bool first = true;
  for (const ZoneName& each : kAllZones) {
    const Zone* const zone = find_zone(mm, node, each.type);
    appendf(out, "Node %d, zone %8s", int{node}, each.name);
    if (zone == nullptr || !zone->populated()) {
      append_head(out, Zone{});
      out += '\n';
      continue;
    }
    if (first) {
      out += "\n  per-node stats";
      for (const char* name : kNodeCounterNames) append_counter(out, name, 0);
      first = false;
    }
    append_head(out, *zone);
    append_counters(out, *zone);
    append_pagesets(out, *zone);
    out += '\n';
  }
}

}  // namespace

std::string zoneinfo(const Mm& mm) {
  std::string out;
  const auto nodes = static_cast<uint8_t>(mm.zonelists.size());
  for (uint8_t node = 0; node < nodes; ++node) {
    if (!mm.thisnode_zonelists[node].empty()) append_node(out, mm, node);
  }
  return out;
}

}  // namespace kmem
