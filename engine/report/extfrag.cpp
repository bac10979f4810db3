#include "base/text.h"
#include "report/procfs.h"

namespace kmem {

namespace {

template <typename Index>
std::string extfrag_file(const Mm& mm, Index append_index) {
  std::string out;
  for (const Zone& zone : mm.zones) {
    if (!zone.populated()) continue;
    appendf(out, "Node %d, zone %8s ", int{zone.node.value}, zone.name.c_str());
    for (Order order = 0; order < mm.config.nr_orders; ++order) append_index(out, zone, order);
    out += '\n';
  }
  return out;
}

}  // namespace

std::string extfrag_index(const Mm& mm) {
  return extfrag_file(mm, [](std::string& out, const Zone& zone, Order order) {
    const int index = fragmentation_index(zone, order);
    appendf(out, "%2d.%03d ", index / 1000, index % 1000);
  });
}

std::string unusable_index(const Mm& mm) {
  return extfrag_file(mm, [](std::string& out, const Zone& zone, Order order) {
    const int index = unusable_free_index(zone, order);
    appendf(out, "%d.%03d ", index / 1000, index % 1000);
  });
}

}  // namespace kmem
