#include "base/text.h"
#include "report/procfs.h"

namespace kmem {

std::string buddyinfo(const Mm& mm) {
  std::string out;
  for (const Zone& zone : mm.zones) {
    if (!zone.populated()) continue;
    appendf(out, "Node %d, zone %8s ", int{zone.node.value}, zone.name.c_str());
    for (const int64_t blocks : zone.nr_free) {
      appendf(out, "%6lu ", static_cast<unsigned long>(blocks));
    }
    out += '\n';
  }
  return out;
}

}  // namespace kmem
