#include "base/text.h"
#include "report/procfs.h"

namespace kmem {

namespace {

void append_list(std::string& out, size_t cpu, int list, const PerCpuPages::Cold& limits) {
  appendf(out,
          "\n    cpu: %i pcp: %i\n              count: %i\n              high:  %i"
          "\n              batch: %i",
          static_cast<int>(cpu), list, static_cast<int>(limits.count), limits.high, limits.batch);
}

void append_zone(std::string& out, const Mm& mm, const Zone& zone) {
  const auto number = [&out](const char* label, int64_t value) {
    appendf(out, "%s%lu", label, static_cast<unsigned long>(value));
  };
  appendf(out, "Node %d, zone %8s", int{zone.node.value}, zone.name.c_str());
  number("\n  pages free     ", zone.vm_free);
  number("\n        min      ", zone.watermark[0]);
  number("\n        low      ", zone.watermark[1]);
  number("\n        high     ", zone.watermark[2]);
  out += "\n        active   0\n        inactive 0\n        scanned  0 (a: 0 i: 0)";
  number("\n        spanned  ", zone.spanned_pages);
  number("\n        present  ", zone.present_pages);
  out += "\n        protection: (";
  for (size_t i = 0; i < mm.config.profile->zones.size(); ++i) {
    number(i == 0 ? "" : ", ", zone.lowmem_reserve[i]);
  }
  out += ")\n  pagesets";
  for (size_t cpu = 0; cpu < zone.pcp.size(); ++cpu) {
    const PerCpuPages& pcp = zone.pcp[cpu];
    append_list(out, cpu, 0, {pcp.count(), pcp.high, pcp.batch});
    append_list(out, cpu, 1, pcp.cold);
  }
  // The priorities of reclaim at rest.
  out += "\n  all_unreclaimable: 0\n  prev_priority:     12\n  temp_priority:     12";
  number("\n  start_pfn:         ", zone.start_pfn.value);
  out += '\n';
}

}  // namespace

std::string zoneinfo_2_6_18(const Mm& mm) {
  std::string out;
  for (const Zone& zone : mm.zones) append_zone(out, mm, zone);
  return out;
}

}  // namespace kmem
