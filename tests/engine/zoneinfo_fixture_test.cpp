// Goal: from a machine's pages and CPUs follow the numbers that it printed: watermarks, reserves,
// per-CPU batch and high, counter thresholds; for kernels from 2.6.18 to 6.1.
// Method: /proc/zoneinfo of real machines (fixtures/zoneinfo) against our sizes, one line a zone.
// What a machine does not print and the numbers depend on is an input, named in its row: memory
// that came to the buddy lists after the watermarks were computed is not in `managed` of that
// moment, and the moment's value can be told only from the reserve (256 pages to a step) and, where
// there is none, from `min`; one number is spent on it, all others are compared.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "engine/support.h"
#include "mm/sizing.h"

namespace kmem::test {
namespace {

/// One zone, as printed.
struct Printed {
  std::string name;
  uint32_t present = 0;
  uint32_t managed = 0;
  std::string marks;
  std::string protection;
  /// " high batch" of every list of CPU 0: one, or a hot and a cold one.
  std::string lists;
  std::string threshold;
};

/// Zones with memory of the text of /proc/zoneinfo.
std::vector<Printed> read_zoneinfo(const std::string& name) {
  std::ifstream file(KMEM_TEST_DATA "/engine/fixtures/zoneinfo/" + name);
  EXPECT_TRUE(file.good()) << name;
  std::vector<Printed> zones;
  bool first_cpu = true;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string key;
    std::string value;
    words >> key >> value;
    if (key == "Node") {
      words >> key >> value;
      zones.push_back({});
      zones.back().name = value;
      first_cpu = true;
    } else if (key == "min" || key == "low" || key == "high") {
      zones.back().marks += " " + value;
    } else if (key == "present" || key == "managed") {
      Printed& zone = zones.back();
      (key == "present" ? zone.present : zone.managed) = static_cast<uint32_t>(std::stoul(value));
    } else if (key == "protection:") {
      zones.back().protection = line.substr(line.find('(') + 1);
      zones.back().protection.pop_back();
    } else if (key == "cpu:") {
      first_cpu = value == "0";
    } else if (first_cpu && (key == "high:" || key == "batch:")) {
      zones.back().lists += " " + value;
    } else if (key == "vm") {
      zones.back().threshold = line.substr(line.find(": ") + 2);
    }
  }
  std::erase_if(zones, [](const Printed& zone) { return zone.present == 0; });
  return zones;
}

/// What is not printed about one zone; 0: `managed` was the same at that moment.
struct ZoneInput {
  uint32_t at_watermarks = 0;
  uint32_t at_reserve = 0;
  uint32_t at_pagesets = 0;
};

struct RealMachine {
  const char* file;
  SizingRules rules;
  uint8_t cpus;
  /// Huge pages have raised min_free_kbytes.
  bool thp;
  /// Set by somebody, in kB; 0: as computed.
  int64_t min_free_kbytes;
  /// zone_idx() of the zones in `protection`, from the first column on.
  std::vector<ZoneType> columns;
  std::vector<ZoneInput> zones;
  /// kswapd was awake: thresholds are those under pressure.
  bool pressure = false;
};

ZoneType type_of(const std::string& name) {
  if (name == "DMA") return ZoneType::dma;
  if (name == "DMA32") return ZoneType::dma32;
  return name == "HighMem" ? ZoneType::highmem : ZoneType::normal;
}

/// A machine that has the zones' sizes and nothing else.
Mm bare_machine(const KernelProfile& profile, uint8_t cpus) {
  MmConfig config;
  config.profile = &profile;
  config.nr_cpus = cpus;
  const MemSection section{Pfn{0}, MemMap::kSectionAlignment, Page{}};
  return {config, MemMap({&section, 1}, config.pageblock_order, 0)};
}

using Moment = uint32_t ZoneInput::*;

Mm sized(const RealMachine& machine, const KernelProfile& profile,
         const std::vector<Printed>& printed, Moment moment) {
  Mm mm = bare_machine(profile, machine.cpus);
  for (size_t i = 0; i < printed.size(); ++i) {
    Zone zone;
    zone.name = printed[i].name;
    zone.type = type_of(zone.name);
    zone.present_pages = printed[i].present;
    const bool given = moment != nullptr && i < machine.zones.size();
    const uint32_t then = given ? machine.zones[i].*moment : 0;
    zone.managed_pages = then != 0 ? then : printed[i].managed;
    zone.pcp.assign(machine.cpus, {});
    mm.zones.push_back(zone);
  }
  VmSysctl sysctl;
  if (machine.min_free_kbytes != 0) sysctl.min_free_kbytes = machine.min_free_kbytes;
  size_zones(mm, sysctl, machine.thp);
  return mm;
}

std::string lists_text(const SizingRules& rules, const PerCpuPages& pcp) {
  std::string out = textf(" %d %d", pcp.high, pcp.batch);
  if (rules.hot_and_cold) appendf(out, " %d %d", pcp.cold.high, pcp.cold.batch);
  return out;
}

std::string line_text(const Printed& zone) {
  return zone.name + ":" + zone.marks + " (" + zone.protection + ")" + zone.lists + " threshold " +
         zone.threshold + "\n";
}

/// Our numbers in the fixture's words.
Printed derived(const RealMachine& machine, const KernelProfile& profile,
                const std::vector<Printed>& printed, size_t index) {
  const Mm marks = sized(machine, profile, printed, &ZoneInput::at_watermarks);
  const Mm reserve = sized(machine, profile, printed, &ZoneInput::at_reserve);
  const Mm pagesets = sized(machine, profile, printed, &ZoneInput::at_pagesets);
  // Thresholds are set again whenever a CPU comes up, so all memory is there.
  const Mm now = sized(machine, profile, printed, nullptr);
  Printed out;
  const Zone& zone = marks.zones[index];
  out.name = zone.name;
  for (size_t mark = 0; mark < 3; ++mark) {
    appendf(out.marks, " %lld", static_cast<long long>(zone.watermark[mark]));
  }
  for (const ZoneType column : machine.columns) {
    const auto type = static_cast<size_t>(column);
    appendf(out.protection, "%s%lld", out.protection.empty() ? "" : ", ",
            static_cast<long long>(reserve.zones[index].lowmem_reserve[type]));
  }
  out.lists = lists_text(machine.rules, pagesets.zones[index].pcp[0]);
  const int32_t threshold = machine.pressure ? calculate_pressure_threshold(zone, machine.cpus)
                                             : now.zones[index].stat_threshold;
  if (machine.rules.counter_deltas) out.threshold = textf("%d", threshold);
  return out;
}

const std::vector<ZoneType>& five_zones() {
  static const std::vector<ZoneType> kColumns = {ZoneType::dma, ZoneType::dma32, ZoneType::normal,
                                                 ZoneType::movable, ZoneType::device};
  return kColumns;
}

const std::vector<RealMachine>& machines() {
  static const std::vector<RealMachine> kMachines = {
      // 2.6 of the age of 2.6.18, ARM, no SMP: everything follows from `present`.
      {"P05-ft-d2000.zoneinfo.txt",
       kSizing_2_6_18,
       1,
       false,
       0,
       {ZoneType::dma, ZoneType::dma32, ZoneType::normal, ZoneType::highmem},
       {}},
      // 3.0 of Android with HighMem, one CPU online: everything follows from `present`.
      {"P02-android-i5.zoneinfo.txt",
       kSizing_3_0,
       1,
       false,
       0,
       {ZoneType::normal, ZoneType::highmem, ZoneType::device},
       {}},
      // 3.1x of Android. One zone, no reserve: the pages at that moment are told from min alone.
      {"P03-android-zte.zoneinfo.txt",
       kSizing_3_10,
       2,
       false,
       0,
       {ZoneType::normal, ZoneType::movable},
       {{23530, 0, 0}}},
      // 4.9 to 4.18, CoreOS, 8 GiB. Normal was initialised late: its page sets were sized when it
      // had one section.
      {"P01-coreos.zoneinfo.txt",
       kSizing_4_9,
       2,
       true,
       0,
       five_zones(),
       {{}, {980150, 980150, 0}, {1040800, 1040800, 32768}}},
      // 4.19 or newer, before 5.13, 4 GiB. kswapd is awake: the thresholds say so.
      {"P07-hotsos-k8s.zoneinfo.txt",
       kSizing_5_4,
       2,
       true,
       0,
       five_zones(),
       {{}, {749950, 749950, 0}, {}},
       true},
      // The same age, 16 GiB.
      {"P09-hotsos-rabbitmq.zoneinfo.txt",
       kSizing_5_4,
       2,
       true,
       0,
       five_zones(),
       {{}, {735900, 735900, 0}, {}}},
      // Its reserves were computed again when all memory was there, the watermarks were not
      // (reading lowmem_reserve_ratio does that).
      {"P10-hotsos-cephmon.zoneinfo.txt",
       kSizing_5_4,
       2,
       true,
       0,
       five_zones(),
       {{}, {735900, 0, 0}, {}}},
      // 6.1.192 of Debian, 512 MiB, one CPU: huge pages on, but too little memory for them.
      {"debian-6.1.192-512m.zoneinfo.txt",
       kSizing_6_1,
       1,
       true,
       0,
       five_zones(),
       {{}, {111000, 111000, 111000}}},
  };
  return kMachines;
}

TEST(ZoneinfoFixture, EveryNumberFollowsFromTheMachine) {
  for (const RealMachine& machine : machines()) {
    KernelProfile profile = kLinux6_1_192;
    profile.sizing = machine.rules;
    const std::vector<Printed> printed = read_zoneinfo(machine.file);
    ASSERT_FALSE(printed.empty()) << machine.file;
    std::string theirs;
    std::string ours;
    for (size_t i = 0; i < printed.size(); ++i) {
      theirs += line_text(printed[i]);
      ours += line_text(derived(machine, profile, printed, i));
    }
    EXPECT_EQ(ours, theirs) << machine.file;
  }
}

/// A zone line of a recording, or of a failure report (kB turned into pages).
struct RecordedZone {
  const char* name;
  ZoneType type;
  uint8_t node;
  uint32_t pages;
  /// "min low high (reserve) high batch threshold"; nullptr: not printed, only there for its pages.
  const char* numbers;
};

struct RecordedMachine {
  const char* where;
  SizingRules rules;
  bool thp;
  size_t columns;
  std::vector<RecordedZone> zones;
};

const std::vector<RecordedMachine>& recorded_machines() {
  static const std::vector<RecordedMachine> kMachines = {
      // DMA32 has 623530 pages in the dump and had 621056 to 621311 when it was sized (reserve).
      {"recordings/debian-1node",
       kSizing_6_1,
       true,
       5,
       {{"DMA", ZoneType::dma, 0, 3840, "83 103 123 (0 2426 3009 3009 3009) 103 1 2"},
        {"DMA32", ZoneType::dma32, 0, 621200, "13556 16945 20334 (0 0 582 582 582) 16945 63 12"},
        {"Normal", ZoneType::normal, 0, 149187, "3255 4068 4881 (0 0 0 0 0) 4068 31 8"}}},
      // A kernel without SMP: no deltas (threshold 0). DMA32 33548 in the dump, 32256 to 32511
      // then.
      {"recordings/slab-up",
       {.counter_deltas = false},
       false,
       4,
       {{"DMA", ZoneType::dma, 0, 3840, "40 50 60 (0 126 126 126) 50 1 0"},
        {"DMA32", ZoneType::dma32, 0, 32400, "339 423 507 (0 0 0 0) 423 7 0"}}},
      // Only node 1 is dumped; the pages of node 0 are told from its min. Node 1 has no CPU, so
      // the machine's one shares its pages.
      {"recordings/debian, node 1",
       kSizing_6_1,
       true,
       5,
       {{"DMA32", ZoneType::dma32, 0, 34400, nullptr},
        {"Normal", ZoneType::normal, 1, 32006, "248 310 372 (0 0 0 0 0) 310 7 2"}}},
      {"recordings/slub-numa, node 1",
       kSizing_6_1,
       false,
       4,
       {{"DMA32", ZoneType::dma32, 0, 44000, nullptr},
        {"Normal", ZoneType::normal, 1, 32052, "232 290 348 (0 0 0 0) 290 7 2"}}},
      // Two zones on node 1; node 0 is told from min of Normal, and the pages that DMA32 had then
      // (16352 in the dump) from its own min.
      {"recordings/debian, 2zone",
       kSizing_6_1,
       true,
       5,
       {{"DMA32", ZoneType::dma32, 0, 34700, nullptr},
        {"DMA32", ZoneType::dma32, 1, 16120, "125 156 187 (0 0 59 59 59) 156 3 2"},
        {"Normal", ZoneType::normal, 1, 15110, "117 146 175 (0 0 0 0 0) 146 3 2"}}},
      // Reports: nothing is an input but `present`.
      {"reports/001 (2.6.18.2, i386, 896 MiB)",
       kSizing_2_6_18,
       false,
       4,
       {{"DMA", ZoneType::dma, 0, 4096, "17 21 25 (0 0 880 880) 0 1 0 1 0"},
        {"Normal", ZoneType::normal, 0, 225280, "939 1173 1408 (0 0 0 0) 186 31 62 15 0"}}},
      // 2.6.19 has no DMA32 on i386, so its reserve has the columns 0, 2 and 3 of this one.
      {"reports/005 (2.6.19-rc6, i386, HighMem)",
       kSizing_2_6_18,
       false,
       4,
       {{"DMA", ZoneType::dma, 0, 4064, "17 21 25 (0 0 873 1254) 0 1 0 1 0"},
        {"Normal", ZoneType::normal, 0, 223520, "936 1170 1404 (0 0 0 3047) 186 31 62 15 0"},
        {"HighMem", ZoneType::highmem, 0, 97521, "95 197 299 (0 0 0 0) 186 31 62 15 0"}}},
  };
  return kMachines;
}

std::string numbers_of(const RecordedMachine& machine, const Zone& zone) {
  std::string out;
  for (size_t mark = 0; mark < 3; ++mark) {
    appendf(out, "%lld ", static_cast<long long>(zone.watermark[mark]));
  }
  for (size_t i = 0; i < machine.columns; ++i) {
    appendf(out, "%s%lld", i == 0 ? "(" : " ", static_cast<long long>(zone.lowmem_reserve[i]));
  }
  return out + ")" + lists_text(machine.rules, zone.pcp[0]) + textf(" %d", zone.stat_threshold);
}

TEST(ZoneinfoFixture, ZoneLinesOfRecordingsAndReports) {
  for (const RecordedMachine& machine : recorded_machines()) {
    KernelProfile profile = kLinux6_1_192;
    profile.sizing = machine.rules;
    Mm mm = bare_machine(profile, 1);
    mm.config.cpus_of_node[0] = 1;
    for (const RecordedZone& each : machine.zones) {
      Zone zone;
      zone.name = each.name;
      zone.type = each.type;
      zone.node = {each.node};
      zone.present_pages = zone.managed_pages = each.pages;
      zone.pcp.assign(1, {});
      mm.zones.push_back(zone);
    }
    size_zones(mm, VmSysctl{}, machine.thp);
    for (size_t i = 0; i < machine.zones.size(); ++i) {
      if (machine.zones[i].numbers == nullptr) continue;
      EXPECT_EQ(numbers_of(machine, mm.zones[i]), machine.zones[i].numbers)
          << machine.where << " " << machine.zones[i].name;
    }
  }
}

}  // namespace
}  // namespace kmem::test
