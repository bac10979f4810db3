// Goal: the sizes in the zone lines of real failure and OOM reports follow from the machine: marks,
// lowmem reserves, per-CPU batch and high; for 33 reports of kernels from 2.6.28 to 6.19.
// Method: the numbers of the reports (fixtures/report_zones.txt) against ours, a line a zone. As in
// zoneinfo_fixture_test.cpp, what was in the buddy lists when the sizes were computed is an input
// where it differs from `managed` of the moment of the report; each costs one printed number.
//
// Reports whose sizes are not compared: 008 and 020 have pages of 64 KiB; 022 is 2.6.11, older than
// any of our rules; 038 and 056 lack `managed`; 053 is from before the sizes are computed; 065
// prints numbers that have run below zero; 069 has a vendor's extra_free_kbytes.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "engine/support.h"
#include "mm/sizing.h"

namespace kmem::test {
namespace {

constexpr auto kDma = ZoneType::dma;
constexpr auto kDma32 = ZoneType::dma32;
constexpr auto kNormal = ZoneType::normal;
constexpr auto kMovable = ZoneType::movable;
constexpr auto kHighMem = ZoneType::highmem;
constexpr auto kDevice = ZoneType::device;

/// One zone of a report; sizes in pages.
struct Printed {
  std::string name;
  uint8_t node = 0;
  uint32_t present = 0;
  uint32_t managed = 0;
  int64_t boost = 0;
  std::array<int64_t, 3> marks{};
  std::string reserve;  ///< " 0 3217 3912"
  std::string lists;    ///< " high batch" of CPU 0, empty where the age does not print it
};

int64_t pages_of(const std::string& value) { return std::stoll(value) / 4; }

void read_zone(const std::string& line, std::vector<Printed>& zones) {
  std::istringstream words(line);
  std::string key;
  uint32_t node = 0;
  Printed zone;
  words >> key >> node >> zone.name;
  zone.node = static_cast<uint8_t>(node);
  while (words >> key) {
    const size_t colon = key.find(':');
    const int64_t pages = pages_of(key.substr(colon + 1));
    const std::string name = key.substr(0, colon);
    if (name == "boost") zone.boost = pages;
    if (name == "min") zone.marks[0] = pages;
    if (name == "low") zone.marks[1] = pages;
    if (name == "high") zone.marks[2] = pages;
    if (name == "present") zone.present = static_cast<uint32_t>(pages);
    if (name == "managed") zone.managed = static_cast<uint32_t>(pages);
  }
  zones.push_back(zone);
}

/// Zones of the report whose file name begins with `number`.
std::vector<Printed> read_report(const std::string& number) {
  std::ifstream file(KMEM_TEST_DATA "/engine/fixtures/report_zones.txt");
  std::vector<Printed> zones;
  bool wanted = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("report ")) {
      wanted = line.starts_with("report " + number + "-");
    } else if (wanted && line.starts_with("Node")) {
      read_zone(line, zones);
    } else if (wanted && line.starts_with("lowmem_reserve[]:")) {
      zones.back().reserve = line.substr(line.find(' '));
    } else if (wanted && line.starts_with("CPU 0: hi: ")) {
      int high = 0;
      int batch = 0;
      EXPECT_EQ(std::sscanf(line.c_str(), "CPU 0: hi: %d, btch: %d", &high, &batch), 2);
      zones.back().lists = textf(" %d %d", high, batch);
    }
  }
  return zones;
}

/// A zone that the report does not print, there for its pages.
struct Hidden {
  const char* name;
  ZoneType type;
  uint8_t node;
  uint32_t pages;
};

struct Report {
  const char* number;
  SizingRules rules;
  bool thp = false;
  /// zone_idx() of the first columns of lowmem_reserve[]. 5.7, 5.10-rc1 and 6.10 print other
  /// numbers than 6.1 for zones without pages; those columns are left out.
  std::vector<ZoneType> columns;
  /// Pages of each zone when the watermarks were computed; 0: as printed.
  std::vector<uint32_t> at_watermarks = {};
  /// The same for the reserves; none: as for the watermarks.
  std::vector<uint32_t> at_reserve = {};
  /// Written by somebody, in kB; 0: as computed.
  int64_t min_free_kbytes = 0;
  /// Boost of the last zone in min, low and high, where the age does not print it.
  std::array<int64_t, 3> boosted = {};
  std::vector<Hidden> hidden = {};
};

ZoneType type_of(const std::string& name) {
  if (name == "DMA") return kDma;
  if (name == "DMA32") return kDma32;
  if (name == "HighMem") return kHighMem;
  return name == "Movable" ? kMovable : kNormal;
}

const std::vector<Report>& reports() {
  static const std::vector<ZoneType> kFour = {kDma, kDma32, kNormal, kMovable};
  static const std::vector<ZoneType> kFive = {kDma, kDma32, kNormal, kMovable, kDevice};
  static const std::vector<ZoneType> kArm = {kNormal, kHighMem, kDevice};
  static const std::vector<ZoneType> kPpc = {kDma, kNormal, kHighMem};
  static const std::vector<Report> kReports = {
      // By present pages: nothing is an input.
      {"003", kSizing_3_0, false, {kNormal, kMovable}},
      {"007", kSizing_3_0, false, kFour},
      {"011", kSizing_3_0, false, {kDma, kNormal, kMovable}},
      {"013", kSizing_3_0, true, kFour},
      {"029", kSizing_3_0, false, kFour},
      // By managed pages.
      {"014", kSizing_3_10, true, kFour, {0, 823615, 177867}},
      // Zone Movable has its share of min_free_kbytes, but does not make it bigger.
      {"015", kSizing_4_9, true, kFour, {0, 126271, 374399}},
      {"017", kSizing_4_9, false, kFour, {0, 254150, 245600}},
      {"018", kSizing_3_10, false, {kDma, kNormal, kHighMem}, {55350, 0}},
      {"025", kSizing_3_10, false, kArm},
      {.number = "027", .rules = kSizing_3_10, .columns = kArm, .min_free_kbytes = 10086},
      // Only node 1 is printed. Four zones up to Normal make huge pages ask for 90112 kB.
      {.number = "028",
       .rules = kSizing_4_9,
       .thp = true,
       .columns = kFour,
       .hidden = {{"DMA", kDma, 0, 3977},
                  {"DMA32", kDma32, 0, 480000},
                  {"Normal", kNormal, 0, 3557700}}},
      {"031", kSizing_5_4, false, {kDma, kNormal, kHighMem}, {0, 211060, 0}},
      {"032", kSizing_5_4, true, kFive, {0, 692831, 3215104}},
      {.number = "033",
       .rules = kSizing_5_4,
       .columns = kFive,
       .at_watermarks = {242280, 718720},
       .min_free_kbytes = 65536},
      {"035", kSizing_6_1, true, kFive, {0, 109407, 0}},
      // A crash kernel; its empty zone DMA still keeps a reserve in this age, so that is not asked.
      {"037", kSizing_5_4, false, kFour},
      {"039", kSizing_6_1, true, kFive, {0, 724900, 2360200}, {0, 732854, 2336697}},
      {"041", kSizing_6_1, true, kFive},
      // 5.0 has boosts but does not print them; this one grew while the line was printed.
      {"043", kSizing_5_4, true, kFive, {0, 0, 993540}, {0, 0, 986700}, 0, {512, 1024, 1024}},
      {"044", kSizing_6_1, true, kFive, {0, 72062, 0}, {0, 78764, 0}},
      {"045", kSizing_6_1, true, kFive, {0, 72062, 0}, {0, 78764, 0}},
      {"047", kSizing_5_4, false, kArm, {90460}},
      {"048", kSizing_5_4, false, {kNormal, kHighMem}},
      {.number = "050", .rules = kSizing_5_4, .columns = kArm, .boosted = {1024, 1024, 1024}},
      {"052", kSizing_6_1, false, {kNormal, kMovable}, {14102}},
      {.number = "054",
       .rules = kSizing_6_1,
       .columns = kFour,
       .at_watermarks = {0, 431200, 0},
       .min_free_kbytes = 128540},
      {"057", kSizing_6_1, true, kFive, {0, 435903, 3318400}},
      {"059", kSizing_6_1, true, {kDma, kDma32, kNormal}, {0, 472320, 341631}},
      {.number = "061",
       .rules = kSizing_6_1,
       .columns = kPpc,
       .hidden = {{"HighMem", kHighMem, 0, 131072}}},
      {.number = "062",
       .rules = kSizing_6_1,
       .columns = kPpc,
       .at_watermarks = {186408},
       .hidden = {{"HighMem", kHighMem, 0, 327680}}},
      {"063", kSizing_5_4, false, kPpc, {96968, 0}},
      {"068", kSizing_5_4, true, kFive, {0, 484608}},
  };
  return kReports;
}

/// A machine that has the zones' sizes and nothing else; zones as printed, then the hidden ones.
Mm sized(const Report& report, const KernelProfile& profile, const std::vector<Printed>& printed,
         const std::vector<uint32_t>& then) {
  MmConfig config;
  config.profile = &profile;
  const MemSection section{Pfn{0}, MemMap::kSectionAlignment, Page{}};
  Mm mm(config, MemMap({&section, 1}, config.pageblock_order, 0));
  const auto add = [&mm](const std::string& name, ZoneType type, uint8_t node, uint32_t pages) {
    Zone zone;
    zone.name = name;
    zone.type = type;
    zone.node = {node};
    zone.present_pages = zone.managed_pages = pages;
    zone.pcp.assign(1, {});
    mm.zones.push_back(zone);
  };
  for (size_t i = 0; i < printed.size(); ++i) {
    const uint32_t now = report.rules.by_present_pages ? printed[i].present : printed[i].managed;
    const uint32_t pages = i < then.size() && then[i] != 0 ? then[i] : now;
    add(printed[i].name, type_of(printed[i].name), printed[i].node, pages);
  }
  for (const Hidden& zone : report.hidden) add(zone.name, zone.type, zone.node, zone.pages);
  VmSysctl sysctl;
  if (report.min_free_kbytes != 0) sysctl.min_free_kbytes = report.min_free_kbytes;
  size_zones(mm, sysctl, report.thp);
  return mm;
}

/// "DMA: 66 82 99 ( 0 3217 3912) 0 1"
std::string line_of(const std::string& name, const std::array<int64_t, 3>& marks,
                    const std::string& reserve, const std::string& lists) {
  std::string out = name + ":";
  for (const int64_t mark : marks) appendf(out, " %lld", static_cast<long long>(mark));
  return out + " (" + reserve + ")" + lists + "\n";
}

/// The first `columns` numbers.
std::string first_of(const std::string& numbers, size_t columns) {
  std::istringstream words(numbers);
  std::string out;
  std::string word;
  while (columns-- > 0 && words >> word) out += " " + word;
  return out;
}

TEST(ReportSizes, FollowFromTheMachine) {
  for (const Report& report : reports()) {
    KernelProfile profile = kLinux6_1_192;
    profile.sizing = report.rules;
    const std::vector<Printed> printed = read_report(report.number);
    ASSERT_FALSE(printed.empty()) << report.number;
    const Mm marks = sized(report, profile, printed, report.at_watermarks);
    const Mm reserves =
        report.at_reserve.empty() ? marks : sized(report, profile, printed, report.at_reserve);
    std::string theirs;
    std::string ours;
    for (size_t i = 0; i < printed.size(); ++i) {
      const Printed& zone = printed[i];
      if (!report.rules.by_present_pages && zone.managed == 0 && zone.name != "HighMem") continue;
      theirs +=
          line_of(zone.name, zone.marks, first_of(zone.reserve, report.columns.size()), zone.lists);
      std::array<int64_t, 3> expected{};
      for (size_t mark = 0; mark < expected.size(); ++mark) {
        const bool last = i + 1 == printed.size();
        expected[mark] =
            marks.zones[i].watermark[mark] + zone.boost + (last ? report.boosted[mark] : 0);
      }
      std::string reserve;
      for (const ZoneType column : report.columns) {
        const auto type = static_cast<size_t>(column);
        appendf(reserve, " %lld", static_cast<long long>(reserves.zones[i].lowmem_reserve[type]));
      }
      const PerCpuPages& pcp = marks.zones[i].pcp[0];
      const std::string lists = zone.lists.empty() ? "" : textf(" %d %d", pcp.high, pcp.batch);
      ours += line_of(zone.name, expected, reserve, lists);
    }
    EXPECT_EQ(ours, theirs) << report.number;
  }
}

}  // namespace
}  // namespace kmem::test
