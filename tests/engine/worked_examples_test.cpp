// Goal: the worked examples of the fact sheet on the page allocator (section 10, X1 to X11 and
// X14), each of which was run through a model that agreed with a real kernel.
// Method: the example's machine, its calls, and a picture of the whole zone after each step that
// the fact sheet describes.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/support.h"
#include "mm/free_lists.h"
#include "mm/verify.h"

namespace kmem::test {
namespace {

constexpr Gfp kK = gfp::kKernel;
constexpr Gfp kMv = gfp::kHighUserMovable;
constexpr Gfp kNoWaitMovable = gfp::kNoWait | gfp::kMovable;

/// The zones of X8 to X10: zone Z without its free blocks and watermarks.
ZoneBuilder bare_z(int32_t batch) {
  ZoneBuilder zone("DMA32", ZoneType::dma32, 32768, 65536);
  zone.pcp(batch, 320);
  return zone;
}

void set_lru(Mm& mm, uint32_t first_pfn, uint32_t pages) {
  for (uint32_t pfn = first_pfn; pfn < first_pfn + pages; ++pfn) {
    mm.map.set_flags(mm.map.pfn_to_page({pfn}), MemMap::kLru);
  }
}

TEST(WorkedExamples, X1FirstUnmovablePageClaimsTwoPageblocks) {
  TestMachine machine({zone_z().dump()});
  EXPECT_EQ(machine.alloc(kK, 0), 32768u);
  EXPECT_EQ(machine.events(),
            "mm_page_alloc_extfrag 0: 32768 10 0 1 0 1\n"
            "mm_page_alloc_zone_locked 0: 32768 0 1\n"
            "mm_page_alloc_zone_locked 0: 32769 0 1\n"
            "mm_page_alloc_zone_locked 0: 32770 0 1\n"
            "mm_page_alloc_zone_locked 0: 32771 0 1\n"
            "mm_page_alloc_zone_locked 0: 32772 0 1\n"
            "mm_page_alloc_zone_locked 0: 32773 0 1\n"
            "mm_page_alloc_zone_locked 0: 32774 0 1\n"
            "mm_page_alloc 0: 32768 3264\n");
  EXPECT_EQ(machine.picture(),
            "U: 0[32775] 3[32776] 4[32784] 5[32800] 6[32832] 7[32896] 8[33024] 9[33280]\n"
            "M: 10[33792..64512]\n"
            "pcp: 0[32769..32774] count 6\n"
            "free 32761, blocks UU M62\n");
}

TEST(WorkedExamples, X2MovablePagesComeFromTheNextBlock) {
  TestMachine machine({zone_z().dump()});
  EXPECT_EQ(machine.alloc(kK, 0), 32768u);
  EXPECT_EQ(machine.alloc(kMv, 0), 33792u);
  EXPECT_EQ(machine.alloc(kMv, 0), 33793u);
  EXPECT_EQ(machine.alloc(kMv, 3), 33800u);
  EXPECT_EQ(machine.alloc(kK, 0), 32769u);
  EXPECT_EQ(machine.picture(),
            "U: 0[32775] 3[32776] 4[32784] 5[32800] 6[32832] 7[32896] 8[33024] 9[33280]\n"
            "M: 0[33799] 3[33816] 5[33824] 6[33856] 7[33920] 8[34048] 9[34304] 10[34816..64512]\n"
            "pcp: 0[32770..32774] 1[33794..33798] 10[33808] count 18\n"
            "free 32738, blocks UU M62\n");
}

TEST(WorkedExamples, X3FreesGoToTheHeadOrToTheTailWhenTheyWillMerge) {
  TestMachine machine({zone_z().dump()});
  const std::vector<uint32_t> a = machine.alloc_many(6, kMv, 4);
  EXPECT_EQ(a, (std::vector<uint32_t>{32768, 32784, 32800, 32816, 32832, 32848}));
  const std::string blocks = ", blocks M64\n";
  EXPECT_EQ(machine.picture(),
            "M: 5[32864] 7[32896] 8[33024] 9[33280] 10[33792..64512]\nfree 32672" + blocks);
  machine.free(a[2], 4);
  machine.free(a[0], 4);
  EXPECT_EQ(machine.picture(),
            "M: 4[32768 32800] 5[32864] 7[32896] 8[33024] 9[33280] 10[33792..64512]\n"
            "free 32704" +
                blocks);
  machine.free(a[4], 4);
  EXPECT_EQ(machine.picture(),
            "M: 4[32768 32800 32832] 5[32864] 7[32896] 8[33024] 9[33280] 10[33792..64512]\n"
            "free 32720" +
                blocks);
  machine.free(a[3], 4);
  EXPECT_EQ(machine.picture(),
            "M: 4[32768 32832] 5[32800 32864] 7[32896] 8[33024] 9[33280] 10[33792..64512]\n"
            "free 32736" +
                blocks);
  machine.free(a[1], 4);
  EXPECT_EQ(machine.picture(),
            "M: 4[32832] 5[32864] 6[32768] 7[32896] 8[33024] 9[33280] 10[33792..64512]\n"
            "free 32752" +
                blocks);
  machine.free(a[5], 4);
  EXPECT_EQ(machine.picture(), "M: 10[32768..64512]\nfree 32768" + blocks);
}

TEST(WorkedExamples, X4PerCpuListIsLastInFirstOut) {
  TestMachine machine({zone_z().dump()});
  for (const uint32_t pfn : machine.alloc_many(3, kMv, 0)) machine.free(pfn, 0);
  EXPECT_EQ(machine.alloc_many(4, kMv, 0), (std::vector<uint32_t>{32770, 32769, 32768, 32771}));
}

TEST(WorkedExamples, X5FullPerCpuListsGiveBackMoreEachTime) {
  TestMachine machine({zone_z().pcp(7, 28).dump()});
  const std::vector<uint32_t> pages = machine.alloc_many(60, kMv, 0);
  EXPECT_EQ(pages.back(), 32827u);
  EXPECT_EQ(machine.picture().substr(0, 24), "M: 0[32831] 6[32832] 7[3");
  for (uint32_t i = 0; i < 25; ++i) machine.free(pages[i], 0);
  const std::string drains = machine.events();
  EXPECT_EQ(std::count(drains.begin(), drains.end(), '\n'), 1 + 7);
  EXPECT_EQ(machine.zone().pcp[0].free_factor, 1);
  for (uint32_t i = 25; i < 32; ++i) machine.free(pages[i], 0);
  EXPECT_EQ(machine.zone().pcp[0].count(), 14);
  EXPECT_EQ(machine.zone().pcp[0].free_factor, 2);
  for (uint32_t i = 32; i < 60; ++i) machine.free(pages[i], 0);
  EXPECT_EQ(machine.picture(),
            "M: 0[32806] 1[32804] 2[32800 32828] 5[32768] 6[32832] 7[32896] 8[33024] 9[33280] "
            "10[33792..64512]\n"
            "pcp: 1[32827..32807] count 21 factor 2\n"
            "free 32747, blocks M64\n");
}

TEST(WorkedExamples, X6AHighOrderFreeAfterFreesEmptiesTheLists) {
  TestMachine machine({zone_z().pcp(7, 28).dump()});
  EXPECT_EQ(machine.alloc_many(3, kK, 2), (std::vector<uint32_t>{32768, 32772, 32776}));
  const std::vector<uint32_t> singles = machine.alloc_many(2, kK, 0);
  EXPECT_EQ(singles, (std::vector<uint32_t>{32784, 32785}));
  for (const uint32_t pfn : singles) machine.free(pfn, 0);
  EXPECT_EQ(machine.picture(),
            "U: 0[32791] 3[32792] 5[32800] 6[32832] 7[32896] 8[33024] 9[33280]\n"
            "M: 10[33792..64512]\n"
            "pcp: 0[32785 32784 32786..32790] 6[32780] count 11\n"
            "free 32745, blocks UU M62\n");
  machine.zone().pcp[0].free_factor = 1;
  machine.free(32768, 2);
  EXPECT_EQ(machine.picture(),
            "U: 2[32768 32780] 4[32784] 5[32800] 6[32832] 7[32896] 8[33024] 9[33280]\n"
            "M: 10[33792..64512]\n"
            "pcp: factor 1\n"
            "free 32760, blocks UU M62\n");
}

TEST(WorkedExamples, X7ExactAllocationReturnsItsSurplusToTheTail) {
  TestMachine machine({zone_z().dump()});
  EXPECT_EQ(machine.alloc_exact(5 * kPageSizeBytes, kK), 32768u);
  EXPECT_EQ(machine.picture(),
            "U: 0[32773] 1[32774] 4[32784] 5[32800] 6[32832] 7[32896] 8[33024] 9[33280]\n"
            "M: 10[33792..64512]\n"
            "pcp: 9[32776] count 8\n"
            "free 32755, blocks UU M62\n");
  EXPECT_TRUE(machine.free_exact(32768, 5 * kPageSizeBytes));
  EXPECT_EQ(machine.zone().pcp[0].count(), 13);
}

ZoneBuilder zone_of_x8() {
  return bare_z(1)
      .free(6, 'M', {32832})
      .free(5, 'M', {32800})
      .free(3, 'M', {33280})
      .free(0, 'M', {33400, 32775});
}

// The lists are the same in both cases; only the pageblock's type tells them apart.
std::string lists_after_x8(const char* tail) {
  return std::string("U: 5[32800] 6[32832]\nM: 0[33400] 3[33280]\nfree 105") + tail;
}

TEST(WorkedExamples, X8aPageblockIsClaimedWhenHalfOfItIsAlike) {
  TestMachine machine({zone_of_x8().dump()});
  set_lru(machine.mm(), 32900, 100);
  EXPECT_EQ(machine.alloc(gfp::kNoWait, 0), 32775u);
  EXPECT_EQ(machine.picture(), lists_after_x8(", blocks U M63\n"));
  EXPECT_EQ(machine.events().substr(0, 40), "mm_page_alloc_extfrag 0: 32832 6 0 1 1 1");
}

TEST(WorkedExamples, X8bFreePagesMoveEvenWhenThePageblockIsNotClaimed) {
  TestMachine machine({zone_of_x8().dump()});
  set_lru(machine.mm(), 32896, 380);
  EXPECT_EQ(machine.alloc(gfp::kNoWait, 0), 32775u);
  EXPECT_EQ(machine.picture(), lists_after_x8(", blocks M64\n"));
  EXPECT_EQ(machine.events().substr(0, 39), "mm_page_alloc_extfrag 0: 32832 6 0 1 1\n");
}

TEST(WorkedExamples, X8StealingBoostsTheWatermarksOnce) {
  TestMachine machine({zone_of_x8().watermarks(0, 0, 384).dump()});
  set_lru(machine.mm(), 32900, 100);
  EXPECT_EQ(machine.alloc(gfp::kNoWait, 0), 32775u);
  EXPECT_EQ(machine.picture(), lists_after_x8(", boost 512, blocks U M63\n"));
  const std::string all = events_text(machine.machine().records(), true);
  EXPECT_NE(all.find("watermark_boost 0: 0 512\n"), std::string::npos) << all;
  EXPECT_NE(all.find("kswapd_wake 0: 1\n"), std::string::npos) << all;
}

TEST(WorkedExamples, X9MovableTakesTheSmallestBlockOfOthers) {
  TestMachine machine({bare_z(2)
                           .free(3, 'U', {32776})
                           .free(2, 'U', {33284})
                           .free(1, 'R', {33796})
                           .free(0, 'U', {33281})
                           .pageblock(32768, 'U')
                           .pageblock(33280, 'U')
                           .pageblock(33792, 'R')
                           .dump()});
  EXPECT_EQ(machine.alloc(kNoWaitMovable, 0), 33281u);
  EXPECT_EQ(machine.events(),
            "mm_page_alloc_extfrag 0: 33281 0 1 0 1\n"
            "mm_page_alloc_zone_locked 0: 33281 1 1\n"
            "mm_page_alloc_extfrag 0: 33796 1 1 2 1\n"
            "mm_page_alloc_zone_locked 0: 33796 1 1\n"
            "mm_page_alloc 0: 33281 2056 1\n");
  EXPECT_EQ(machine.picture(),
            "U: 2[33284] 3[32776]\n"
            "M: 0[33797]\n"
            "pcp: 1[33796] count 1\n"
            "free 13, blocks UU R M61\n");
}

TEST(WorkedExamples, X9MovableStealsBlocksOfHalfAPageblock) {
  TestMachine machine({bare_z(2)
                           .free(4, 'U', {32784})
                           .free(2, 'U', {33284})
                           .free(0, 'U', {33281})
                           .pageblock(32768, 'U')
                           .pageblock(33280, 'U')
                           .dump()});
  EXPECT_EQ(machine.alloc(kNoWaitMovable, 0), 32784u);
  EXPECT_EQ(machine.picture(),
            "U: 0[33281] 2[33284]\n"
            "M: 1[32786] 2[32788] 3[32792]\n"
            "pcp: 1[32785] count 1\n"
            "free 19, blocks UU M62\n");
}

TEST(WorkedExamples, X10MergingPageblocksKeepsTheirTypes) {
  TestMachine machine({bare_z(1).free(9, 'M', {33280}).pageblock(32768, 'U').dump()});
  Mm& mm = machine.mm();
  free_one_page(mm, machine.zone(), mm.map.pfn_to_page({32768}), 9, Migratetype::unmovable,
                FpiFlags::none);
  EXPECT_EQ(machine.picture(), "U: 10[32768]\nfree 1024, blocks U M63\n");
  EXPECT_EQ(machine.alloc(kK, 9), 32768u);
  EXPECT_EQ(machine.picture(), "U: 9[33280]\nfree 512, blocks U M63\n");
}

TEST(WorkedExamples, X10HighAtomicPageblocksDoNotMerge) {
  TestMachine machine({bare_z(1).free(9, 'H', {33280}).pageblock(33280, 'H').dump()});
  Mm& mm = machine.mm();
  free_one_page(mm, machine.zone(), mm.map.pfn_to_page({32768}), 9, Migratetype::movable,
                FpiFlags::none);
  EXPECT_EQ(machine.picture(), "M: 9[32768]\nH: 9[33280]\nfree 1024, blocks M H M62\n");
}

TEST(WorkedExamples, X11NormalIsSparedWhileDma32CanServe) {
  const ZoneDump dma32 = ZoneBuilder("DMA32", ZoneType::dma32, 4096, 8192)
                             .free(10, 'M', {5120})
                             .free(3, 'U', {4096})
                             .pageblock(4096, 'U')
                             .watermarks(16, 20, 24)
                             .pcp(1, 320)
                             .dump();
  const ZoneDump normal = ZoneBuilder("Normal", ZoneType::normal, 1048576, 1049600)
                              .free(8, 'M', {1048576})
                              .free(2, 'M', {1048896})
                              .watermarks(16, 20, 24)
                              .pcp(1, 320)
                              .dump();
  TestMachine machine({dma32, normal});
  EXPECT_EQ(machine.alloc(kK, 0), 4096u);
  EXPECT_EQ(machine.alloc(kK, 3), 5120u);
  EXPECT_EQ(machine.alloc(kK, 4), 5136u);
  EXPECT_EQ(machine.alloc(kK, 0), 4097u);
  EXPECT_EQ(machine.picture(0),
            "U: 1[4098] 2[4100] 3[5128] 5[5152] 6[5184] 7[5248] 8[5376] 9[5632]\n"
            "free 1006, blocks U M UU M4\n");
  EXPECT_EQ(machine.picture(1), "M: 2[1048896] 8[1048576]\nfree 260, blocks MM\n");
}

// The fact sheet's lists alone (7 pages) would not pass the check at min 10, so the zone has some
// movable pages elsewhere, as the model that it was run in had.
TEST(WorkedExamples, X14AnAtomicHighOrderRequestReservesItsPageblock) {
  TestMachine machine({bare_z(1)
                           .free(2, 'U', {32780})
                           .free(1, 'U', {32776})
                           .free(0, 'U', {32769})
                           .free(3, 'M', {40960})
                           .pageblock(32768, 'U')
                           .managed(100000)
                           .watermarks(10, 1000000, 1000000)
                           .dump()});
  EXPECT_EQ(machine.alloc(gfp::kAtomicContext, 2), 32780u);
  EXPECT_EQ(machine.picture(),
            "M: 3[40960]\n"
            "H: 0[32769] 1[32776]\n"
            "free 11, highatomic 512, blocks H M63\n");
  EXPECT_EQ(verify(machine.mm()), "");
}

// A block of order 9 has per-CPU lists with huge pages: batch 63 takes two of them, never none.
TEST(WorkedExamples, RecordedHugePageRefillTakesTwoBlocks) {
  TestMachine machine({bare_z(63).free_run(9, 'M', 48128, 49664).dump()});
  EXPECT_EQ(machine.alloc(gfp::kTransHuge, 9), 0xbc00u);
  EXPECT_EQ(machine.picture(),
            "M: 9[49152 49664]\n"
            "pcp: 13[48640] count 512\n"
            "free 1024, blocks M64\n");
}

}  // namespace
}  // namespace kmem::test
