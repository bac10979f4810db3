// Goal: watermarks, reserves, batches and thresholds are the numbers that real machines print.
// Method: the three machines of facts section 5 (guest of 256 MiB, guest of 1 GiB, a host), as
// one line a zone, and the batch table.
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/support.h"
#include "mm/sizing.h"

namespace kmem::test {
namespace {

struct ZoneSize {
  const char* name;
  ZoneType type;
  uint32_t managed;
};

std::string sizes_of(const Zone& zone) {
  std::string out = zone.name + " wmark";
  for (const int64_t mark : zone.watermark) appendf(out, " %lld", static_cast<long long>(mark));
  out += " reserve";
  for (const int64_t reserve : zone.lowmem_reserve) {
    appendf(out, " %lld", static_cast<long long>(reserve));
  }
  return out + textf(" high %d batch %d threshold %d\n", zone.pcp[0].high, zone.pcp[0].batch,
                     zone.stat_threshold);
}

/// Only `managed` matters for the sizes, so every zone is as small as a zone can be.
std::string sizes(const std::vector<ZoneSize>& zones, uint8_t nr_cpus, bool thp,
                  const VmSysctl& sysctl = {}) {
  MmConfig config;
  config.nr_cpus = nr_cpus;
  std::vector<ZoneDump> dumps;
  for (uint32_t i = 0; i < zones.size(); ++i) {
    dumps.push_back(
        ZoneBuilder(zones[i].name, zones[i].type, 1024 * (i + 1), 1024 * (i + 2), config)
            .managed(zones[i].managed)
            .dump());
  }
  Mm mm = boot(dumps, config);
  size_zones(mm, sysctl, thp);
  std::string out;
  for (const Zone& zone : mm.zones) out += sizes_of(zone);
  return out;
}

TEST(Sizing, GuestOf256MibWithoutHugePages) {
  EXPECT_EQ(sizes({{"DMA", ZoneType::dma, 3840}, {"DMA32", ZoneType::dma32, 46483}}, 1, false),
            "DMA wmark 34 42 50 58 reserve 0 181 181 181 181 high 42 batch 1 threshold 2\n"
            "DMA32 wmark 413 516 619 722 reserve 0 0 0 0 0 high 516 batch 15 threshold 4\n");
}

TEST(Sizing, GuestOf1GibWithHugePagesAndTwoCpus) {
  EXPECT_EQ(
      sizes({{"DMA", ZoneType::dma, 3840}, {"DMA32", ZoneType::dma32, 236544}}, 2, true),
      "DMA wmark 179 223 267 311 reserve 0 924 924 924 924 high 111 batch 1 threshold 4\n"
      "DMA32 wmark 11084 13855 16626 19397 reserve 0 0 0 0 0 high 6927 batch 63 threshold 16\n");
}

TEST(Sizing, HostOf14GibWithThreeZones) {
  EXPECT_EQ(sizes({{"DMA", ZoneType::dma, 3840},
                   {"DMA32", ZoneType::dma32, 772918},
                   {"Normal", ZoneType::normal, 2949120}},
                  2, true),
            "DMA wmark 17 21 25 29 reserve 0 3019 14539 14539 14539 high 10 batch 1 threshold 4\n"
            "DMA32 wmark 3505 4381 5257 6133 reserve 0 0 11520 11520 11520 high 2190 batch 63 "
            "threshold 24\n"
            "Normal wmark 13373 16716 20059 23402 reserve 0 0 0 0 0 high 8358 batch 63 "
            "threshold 32\n");
}

TEST(Sizing, SettingsUnderProcSysVm) {
  VmSysctl sysctl;
  sysctl.watermark_scale_factor = 1000;
  sysctl.lowmem_reserve_ratio[0] = 0;
  EXPECT_EQ(
      sizes({{"DMA", ZoneType::dma, 3840}, {"DMA32", ZoneType::dma32, 46483}}, 1, false, sysctl),
      "DMA wmark 34 418 802 1186 reserve 0 0 0 0 0 high 418 batch 1 threshold 2\n"
      "DMA32 wmark 413 5061 9709 14357 reserve 0 0 0 0 0 high 5061 batch 15 threshold 4\n");
}

TEST(Sizing, BatchStepsAtTheRecordedSizes) {
  const std::pair<uint32_t, int32_t> steps[] = {
      {12288, 3}, {24576, 7}, {45056, 15}, {90112, 31}, {176128, 63}};
  int32_t before = 1;
  for (const auto& [managed, batch] : steps) {
    EXPECT_EQ(zone_batchsize(managed - 1), before) << managed;
    EXPECT_EQ(zone_batchsize(managed), batch) << managed;
    before = batch;
  }
  EXPECT_EQ(zone_batchsize(0), 1);
  EXPECT_EQ(zone_batchsize(UINT32_MAX), 63);
}

TEST(Sizing, ThresholdGrowsWithCpusAndMemoryUpTo125) {
  EXPECT_EQ(calculate_normal_threshold(3840, 1), 2);
  EXPECT_EQ(calculate_normal_threshold(236544, 2), 16);
  EXPECT_EQ(calculate_normal_threshold(0, 64), 14);
  EXPECT_EQ(calculate_normal_threshold(UINT32_MAX, 64), 125);
}

}  // namespace
}  // namespace kmem::test
