#include <array>

#include "base/text.h"
#include "report/counter_names.h"
#include "report/procfs.h"

namespace kmem {

namespace {

constexpr std::array kZoneSuffixes = {"dma", "dma32", "normal", "movable", "device"};

void append_line(std::string& out, const char* name, uint64_t value) {
  appendf(out, "%s %lu\n", name, static_cast<unsigned long>(value));
}

void append_numa(std::string& out, const Mm& mm) {
  NumaStats sum;
  for (const Zone& zone : mm.zones) {
    const NumaStats stats = zone.numa_stats();
    sum.hit += stats.hit;
    sum.miss += stats.miss;
    sum.foreign += stats.foreign;
    sum.local += stats.local;
    sum.other += stats.other;
  }
  append_line(out, "numa_hit", sum.hit);
  append_line(out, "numa_miss", sum.miss);
  append_line(out, "numa_foreign", sum.foreign);
  append_line(out, "numa_interleave", 0);
  append_line(out, "numa_local", sum.local);
  append_line(out, "numa_other", sum.other);
}

// kswapd, migration and compaction, in the kernel's order.
void append_background(std::string& out, const VmEvents& events) {
  append_line(out, "kswapd_high_wmark_hit_quickly", events.kswapd_high_wmark_hit_quickly);
  append_line(out, "pageoutrun", events.pageoutrun);
  append_line(out, "pgmigrate_success", events.pgmigrate_success);
  append_line(out, "pgmigrate_fail", events.pgmigrate_fail);
  append_line(out, "compact_migrate_scanned", events.compact_migrate_scanned);
  append_line(out, "compact_free_scanned", events.compact_free_scanned);
  append_line(out, "compact_isolated", events.compact_isolated);
  append_line(out, "compact_stall", events.compact_stall);
  append_line(out, "compact_fail", events.compact_fail);
  append_line(out, "compact_success", events.compact_success);
  append_line(out, "compact_daemon_wake", events.compact_daemon_wake);
  append_line(out, "compact_daemon_migrate_scanned", events.compact_daemon_migrate_scanned);
  append_line(out, "compact_daemon_free_scanned", events.compact_daemon_free_scanned);
}

}  // namespace

std::string vmstat(const Mm& mm) {
  std::string out;
  uint64_t free = 0;
  for (const Zone& zone : mm.zones) free += static_cast<uint64_t>(zone.vm_free);
  for (const char* name : kZoneCounterNames) {
    append_line(out, name, name == kZoneCounterNames[0] ? free : 0);
  }
  append_numa(out, mm);
  for (uint32_t i = 0; i < kZoneSuffixes.size(); ++i) {
    append_line(out, textf("pgalloc_%s", kZoneSuffixes[i]).c_str(), pages_allocated(mm, i));
  }
  for (uint32_t i = 0; i < kZoneSuffixes.size(); ++i) {
    append_line(out, textf("allocstall_%s", kZoneSuffixes[i]).c_str(), mm.events.allocstall[i]);
  }
  append_line(out, "pgfree", pages_freed(mm));
  append_background(out, mm.events);
  return out;
}

}  // namespace kmem
