// Goal: a machine booted from a dump dumps itself as that dump, and a dump that contradicts itself
// is refused with the contradiction.
// Method: there and back, then one field spoilt at a time.
#include <gtest/gtest.h>

#include <functional>

#include "engine/support.h"
#include "mm/verify.h"

namespace kmem::test {
namespace {

ZoneDump rich_dump() {
  ZoneDump dump = ZoneBuilder("DMA32", ZoneType::dma32, 4096, 8192)
                      .free(0, 'U', {4099, 4097})
                      .free(3, 'M', {5136, 5120})
                      .free(10, 'M', {7168})
                      .free(2, 'H', {6144})
                      .pcp_list(0, {4100, 4102})
                      .pcp_list(1, {6148, 5200})
                      .pcp_list(9, {4104})
                      .pcp_list(13, {6656})
                      .pageblock(4096, 'U')
                      .pageblock(6144, 'H')
                      .watermarks(10, 20, 30)
                      .reserve({0, 0, 7, 7, 7})
                      .threshold(12)
                      .pcp(7, 100, 3)
                      .managed(4000)
                      .dump();
  dump.boost = 5;
  dump.nr_reserved_highatomic = 512;
  dump.flags = Zone::kBoostedWatermark;
  dump.vm_free_diff = -4;
  dump.vm_free += 4;
  dump.pageblock_skip[2] = '1';
  dump.pcp.expire = 3;
  dump.compact.cached_free_pfn = 8000;
  dump.drift_mark = 99;
  return dump;
}

TEST(ZoneDump, MachineBootedFromADumpDumpsTheSame) {
  const ZoneDump dump = rich_dump();
  const Mm mm = boot({dump});
  EXPECT_EQ(verify(mm), "");
  const ZoneDump again = dump_zone(mm, mm.zones[0], {0}, dump);
  const DumpDifference difference = compare_dumps(again, dump);
  EXPECT_FALSE(difference.differs)
      << difference.what << ": " << difference.ours << " / " << difference.theirs;
  EXPECT_EQ(picture(mm, mm.zones[0]),
            "U: 0[4099 4097]\n"
            "M: 3[5136 5120] 10[7168]\n"
            "H: 2[6144]\n"
            "pcp: 0[4100 4102] 1[6148 5200] 9[4104] 13[6656] count 524 factor 3\n"
            "free 1050-4, boost 5, highatomic 512, flags 1, blocks U M3 H M3\n");
}

TEST(ZoneDump, PagesOfHighAtomicPageblocksKeepTheirTypeOnTheMovableList) {
  Mm mm = boot({rich_dump()});
  EXPECT_EQ(mm.map.cached_type(mm.map.pfn_to_page({6148})), Migratetype::highatomic);
  EXPECT_EQ(mm.map.cached_type(mm.map.pfn_to_page({5200})), Migratetype::movable);
}

TEST(ZoneDump, ComparisonNamesTheFirstFieldThatDiffers) {
  const std::pair<std::function<void(ZoneDump&)>, const char*> changes[] = {
      {[](ZoneDump& d) {
         d.free[0].pfns = {4097, 4099};
       },
       "free[0][U]"},
      {[](ZoneDump& d) { d.pcp.lists[13].clear(); }, "pcp.lists[13]"},
      {[](ZoneDump& d) { d.pcp.count += 1; }, "pcp.count"},
      {[](ZoneDump& d) { d.pcp.free_factor = 0; }, "pcp.free_factor"},
      {[](ZoneDump& d) { d.nr_free[7] = 1; }, "nr_free"},
      {[](ZoneDump& d) { d.pageblocks[3] = 'R'; }, "pb"},
      {[](ZoneDump& d) { d.pageblock_skip[3] = '1'; }, "pb_skip"},
      {[](ZoneDump& d) { d.watermark[1] = 0; }, "wmark"},
      {[](ZoneDump& d) { d.boost = 0; }, "boost"},
      {[](ZoneDump& d) { d.nr_reserved_highatomic = 0; }, "nr_reserved_highatomic"},
      {[](ZoneDump& d) { d.lowmem_reserve[4] = 8; }, "lowmem_reserve"},
      {[](ZoneDump& d) { d.flags = 0; }, "flags"},
      {[](ZoneDump& d) { d.vm_free -= 1; }, "vm_free"},
      {[](ZoneDump& d) { d.vm_free_diff = 0; }, "vm_free_diff"},
      {[](ZoneDump& d) { d.managed = 1; }, "managed"},
  };
  for (const auto& [change, field] : changes) {
    ZoneDump other = rich_dump();
    change(other);
    const DumpDifference difference = compare_dumps(rich_dump(), other);
    EXPECT_TRUE(difference.differs) << field;
    EXPECT_EQ(difference.what, field);
    EXPECT_NE(difference.ours, difference.theirs) << field;
  }
}

const std::pair<std::function<void(ZoneDump&)>, const char*> kContradictions[] = {
    {[](ZoneDump& d) { d.free[1].pfns[0] = 8192; },
     "free list [3][M] has pfn 8192, which is outside the zone's [4096, 8192)"},
    {[](ZoneDump& d) { d.free[1].pfns[0] = 1048576; }, "outside the zone's [4096, 8192)"},
    {[](ZoneDump& d) { d.free[1].pfns[0] = 4088; }, "outside the zone's [4096, 8192)"},
    {[](ZoneDump& d) { d.free[1].pfns[0] = UINT32_MAX - 7; }, "outside the zone's [4096, 8192)"},
    {[](ZoneDump& d) { d.free[1].pfns[0] = 5124; }, "pfn 5124, which is not a multiple of 8"},
    {[](ZoneDump& d) { d.free[1].pfns[0] = 5120; },
     "free list [3][M] has pfn 5120, but pfn 5120 is in another list already"},
    {[](ZoneDump& d) { d.pcp.lists[0][0] = 4099; },
     "pcp list 0 has pfn 4099, but pfn 4099 is in another list already"},
    {[](ZoneDump& d) { d.pcp.lists[13][0] = 6657; }, "pfn 6657, which is not a multiple of 512"},
    {[](ZoneDump& d) {
       d.free[1].pfns[0] = 5136;
       d.free[1].pfns[1] = 5144;
     },
     "free list [3][M] has pfn 5136, but its buddy 5144 is free too"},
    {[](ZoneDump& d) { d.nr_free[0] = 3; }, "nr_free does not equal the lengths of the free lists"},
    {[](ZoneDump& d) { d.pcp.count = 5; }, "pcp count is 5, but its lists hold 524 pages"},
    {[](ZoneDump& d) { d.pcp.lists.pop_back(); }, "pcp has 13 lists, this kernel has 14"},
    {[](ZoneDump& d) { d.pcp.batch = 0; }, "pcp batch 0, high 100, free_factor 3"},
    {[](ZoneDump& d) { d.pcp.high = -1; }, "pcp batch 7, high -1, free_factor 3"},
    {[](ZoneDump& d) { d.pcp.free_factor = 9; }, "free_factor 9 are out of range"},
    {[](ZoneDump& d) { d.pageblocks.pop_back(); }, "pb has 7 and pb_skip 8 letters"},
    {[](ZoneDump& d) { d.spanned = 0; }, "spans 0 pages from pfn 4096"},
    {[](ZoneDump& d) { d.spanned = UINT32_MAX; }, "spans 4294967295 pages from pfn 4096"},
    {[](ZoneDump& d) { d.vm_free = INT64_MAX; }, "vm_free"},
    {[](ZoneDump& d) { d.watermark[2] = INT64_MAX; }, "wmark"},
    {[](ZoneDump& d) { d.boost = INT64_MIN; }, "boost"},
    {[](ZoneDump& d) { d.lowmem_reserve[1] = INT64_MIN; }, "lowmem_reserve"},
    {[](ZoneDump& d) { d.vm_free_diff = INT32_MIN; }, "vm_free_diff"},
    {[](ZoneDump& d) { d.nr_reserved_highatomic = -1; }, "nr_reserved_highatomic"},
    {[](ZoneDump& d) { d.vm_free_cma = INT64_MAX; }, "vm_free_cma"},
};

TEST(ZoneDump, ContradictionsAreRefusedByName) {
  for (const auto& [spoil, message] : kContradictions) {
    ZoneDump dump = rich_dump();
    dump.line = 17;
    spoil(dump);
    const Result<Mm> mm = boot_from_dumps({}, {dump});
    ASSERT_FALSE(mm) << message;
    EXPECT_EQ(mm.error().name, "RecordingFormat");
    EXPECT_EQ(mm.error().line, 17u);
    EXPECT_NE(mm.error().message.find(message), std::string::npos) << mm.error().message;
    EXPECT_EQ(mm.error().message.rfind("line 17: zone DMA32 of node 0: ", 0), 0u);
  }
}

TEST(ZoneDump, ABlockMayNotReachOverAHole) {
  MmConfig config;
  config.pageblock_order = 4;
  for (const char* const pageblocks : {"M-", "-M"}) {
    ZoneDump dump =
        ZoneBuilder("Normal", ZoneType::normal, 4096, 4128, config).free(5, 'M', {4096}).dump();
    dump.pageblocks = pageblocks;
    EXPECT_FALSE(boot_from_dumps(config, {dump})) << pageblocks;
  }
  // The hole in the middle.
  ZoneDump dump =
      ZoneBuilder("Normal", ZoneType::normal, 4096, 4160, config).free(6, 'M', {4096}).dump();
  dump.pageblocks = "M--M";
  const Result<Mm> refused = boot_from_dumps(config, {dump});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("pfn 4096 of order 6, which reaches over a hole"),
            std::string::npos)
      << refused.error().message;
}

// Found by libFuzzer: such a machine booted, and verify() did not hold.
TEST(ZoneDump, FencedPageblocksAreFreeOnTheirOwnListsOnly) {
  for (const auto& [list, pageblock] : {std::pair{'C', "M"}, {'M', "C"}, {'I', "M"}, {'M', "I"}}) {
    ZoneDump dump =
        ZoneBuilder("Normal", ZoneType::normal, 4096, 4608).free(5, list, {4096}).dump();
    dump.pageblocks = pageblock;
    const Result<Mm> refused = boot_from_dumps({}, {dump});
    ASSERT_FALSE(refused) << list << pageblock;
    EXPECT_NE(refused.error().message.find("pfn 4096, whose pageblock is of type "),
              std::string::npos)
        << refused.error().message;
  }
}

TEST(ZoneDump, ZonesMayNotOverlapOrBeTooMany) {
  const ZoneDump zone = ZoneBuilder("DMA32", ZoneType::dma32, 4096, 8192).dump();
  const Result<Mm> twice = boot_from_dumps({}, {zone, zone});
  ASSERT_FALSE(twice);
  EXPECT_NE(twice.error().message.find("inside the zone before it"), std::string::npos);
  std::vector<ZoneDump> many;
  for (uint32_t i = 0; i < 256; ++i) {
    many.push_back(ZoneBuilder("Normal", ZoneType::normal, i * 8, i * 8 + 8).dump());
  }
  const Result<Mm> refused = boot_from_dumps({}, many);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("256 zones"), std::string::npos)
      << refused.error().message;
  EXPECT_FALSE(boot_from_dumps({}, {}));
}

}  // namespace
}  // namespace kmem::test
