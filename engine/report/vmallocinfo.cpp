#include <array>

#include "base/text.h"
#include "report/procfs.h"

namespace kmem {

namespace {

/// What all lines begin with.
void append_range(std::string& out, const VmapArea& area) {
  appendf(out, "0x%llx-0x%llx %7llu", static_cast<unsigned long long>(area.start),
          static_cast<unsigned long long>(area.end),
          static_cast<unsigned long long>(area.length()));
}

/// @kernel show_numa_info(), mm/vmalloc.c
void append_nodes(std::string& out, const Mm& mm, const VmStruct& mapping) {
  std::array<uint32_t, kMostNodes> pages{};
  for (const Page page : mapping.pages) pages[mm.zones[mm.map.zone(page)].node.value] += 1;
  for (size_t node = 0; node < pages.size(); ++node) {
    if (pages[node] > 0) appendf(out, " N%zu=%u", node, pages[node]);
  }
}

}  // namespace

std::string vmallocinfo(const Mm& mm, const VmapState& state) {
  std::string out;
  for (const VmapId id : state.busy.ids(state.areas)) {
    const VmapArea& area = state.areas[id];
    append_range(out, area);
    // What is older than the simulation maps nobody knows what.
    if (area.mapping != kNoVmStruct) {
      const VmStruct& mapping = state.mappings[area.mapping];
      if (mapping.kind == VmStruct::Kind::vmap) {
        out += " vmap";
      } else {
        appendf(out, " pages=%zu vmalloc%s", mapping.pages.size(),
                mapping.array_is_area ? " vpages" : "");
        append_nodes(out, mm, mapping);
      }
    }
    out += '\n';
  }
  for (const VmapId id : state.purge.ids(state.areas)) {
    append_range(out, state.areas[id]);
    out += " unpurged vm_area\n";
  }
  return out;
}

}  // namespace kmem
