#include "base/text.h"
#include "report/procfs.h"

namespace kmem {

std::string buddyinfo(const Mm& mm) {
  std::string out;
  for (const Zone& zone : mm.zones) {
    if (!zone.populated()) continue;
    appendf(out, "Node %d, zone %8s ", int{zone.node.value}, zone.name.c_str());
    for (Order order = 0; order < mm.config.nr_orders; ++order) {
      appendf(out, "%6lu ", static_cast<unsigned long>(zone.nr_free[order]));
    }
    out += '\n';
  }
  return out;
}

}  // namespace kmem
