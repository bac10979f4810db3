#include <algorithm>

#include "base/text.h"
#include "report/procfs.h"

namespace kmem {

namespace {

constexpr int64_t kKibPerPage = kPageSizeBytes / 1024;

void append_line(std::string& out, const char* label, int64_t pages) {
  appendf(out, "%-16s%8lu kB\n", label, static_cast<unsigned long>(pages * kKibPerPage));
}

/// Pages that are never handed to user space: reserves for lower zones, and the high watermark.
/// @kernel calculate_totalreserve_pages(), mm/page_alloc.c
int64_t totalreserve_pages(const Mm& mm) {
  int64_t sum = 0;
  for (const Zone& zone : mm.zones) {
    int64_t most = 0;
    for (size_t i = static_cast<size_t>(zone.type); i < zone.lowmem_reserve.size(); ++i) {
      most = std::max(most, zone.lowmem_reserve[i]);
    }
    most += zone.wmark_pages(Watermark::high);
    sum += std::min<int64_t>(most, zone.managed_pages);
  }
  return sum;
}

}  // namespace

std::string meminfo(const Mm& mm) {
  int64_t total = 0;
  int64_t free = 0;
  for (const Zone& zone : mm.zones) {
    total += zone.managed_pages;
    free += zone.vm_free;
  }
  std::string out;
  append_line(out, "MemTotal:", total);
  append_line(out, "MemFree:", std::max<int64_t>(free, 0));
  append_line(out, "MemAvailable:", std::max<int64_t>(free - totalreserve_pages(mm), 0));
  return out;
}

}  // namespace kmem
