// Goal: pageblocks that are fenced off (CMA, Isolate) give and take as facts 2.3 and 3 say. No
// recording has them, so these examples are computed by hand.
// Method: a zone of a few pageblocks; each call with the whole picture after it.
#include <gtest/gtest.h>

#include "engine/support.h"
#include "mm/page_isolation.h"
#include "mm/verify.h"

namespace kmem::test {
namespace {

constexpr uint32_t kStart = 1048576;

MmConfig with_cma() {
  MmConfig config;
  config.pageblock_order = 4;
  config.thp = false;
  config.cma = true;
  return config;
}

/// One free Movable block of 16 pages and two of CMA, which hold more than half of what is free.
TestMachine one_movable_two_cma() {
  const MmConfig config = with_cma();
  ZoneDump dump = ZoneBuilder("Normal", ZoneType::normal, kStart, kStart + 64, config)
                      .free(4, 'M', {kStart})
                      .free(4, 'C', {kStart + 16, kStart + 32})
                      .pageblock(kStart + 16, 'C')
                      .pageblock(kStart + 32, 'C')
                      .dump();
  return TestMachine({dump}, config);
}

TEST(Cma, MovableRequestsUseItWhileItHoldsMoreThanHalfOfTheFreePages) {
  TestMachine machine = one_movable_two_cma();
  EXPECT_EQ(machine.alloc(gfp::kHighUserMovable, 4), kStart + 16) << machine.picture();
  EXPECT_EQ(machine.zone().vm_free_cma, 16);
  // 16 of 32 are no more than half, so now the usual list comes first; then CMA is better than
  // stealing.
  EXPECT_EQ(machine.alloc(gfp::kHighUserMovable, 4), kStart) << machine.picture();
  EXPECT_EQ(machine.alloc(gfp::kHighUserMovable, 4), kStart + 32) << machine.picture();
  EXPECT_EQ(machine.zone().vm_free_cma, 0);
  EXPECT_EQ(machine.alloc(gfp::kHighUserMovable | gfp::kNoRetry, 4), kNull);
}

TEST(Cma, OthersNeverGetItNorCountIt) {
  TestMachine machine = one_movable_two_cma();
  EXPECT_EQ(machine.alloc(gfp::kKernel, 4), kStart) << "stolen from Movable";
  EXPECT_EQ(machine.alloc(gfp::kNoWait, 4), kNull) << machine.picture();
  EXPECT_EQ(machine.alloc(gfp::kNoWait, 0), kNull) << "32 pages are free, all of them CMA";
  EXPECT_EQ(machine.zone().vm_free_cma, 32);
}

// Facts 2.3: 40 pages are free, but without CMA's 32 there are 8, and the min mark is 8.
TEST(Cma, OnlyMovableRequestsMeetTheWatermarkWithIt) {
  const MmConfig config = with_cma();
  TestMachine machine({ZoneBuilder("Normal", ZoneType::normal, kStart, kStart + 48, config)
                           .free(3, 'M', {kStart})
                           .free(4, 'C', {kStart + 16, kStart + 32})
                           .pageblock(kStart + 16, 'C')
                           .pageblock(kStart + 32, 'C')
                           .watermarks(8, 10, 12)
                           .dump()},
                      config);
  const std::string before = machine.picture();
  EXPECT_EQ(machine.alloc(gfp::kNoWait, 0), kNull) << machine.picture();
  EXPECT_EQ(machine.picture(), before);
  EXPECT_EQ(machine.alloc(gfp::kNoWait | gfp::kMovable, 0), kStart + 16) << machine.picture();
}

TEST(Cma, FreedPagesGoBackToTheirOwnListAndDoNotMergeAcrossTheFence) {
  TestMachine machine = one_movable_two_cma();
  const std::string before = machine.picture();
  EXPECT_EQ(machine.alloc(gfp::kHighUserMovable, 4), kStart + 16);
  EXPECT_TRUE(machine.free(kStart + 16, 4));
  // The buddy of order 4 at kStart is free, but Movable: no order-5 block may span both.
  EXPECT_EQ(machine.picture(), before);
  EXPECT_EQ(verify(machine.mm()), "");
}

TEST(Cma, SinglePagesWaitAmongTheMovableOnes) {
  const MmConfig config = with_cma();
  ZoneDump dump = ZoneBuilder("Normal", ZoneType::normal, kStart, kStart + 16, config)
                      .free(4, 'C', {kStart})
                      .pageblock(kStart, 'C')
                      .pcp(4, 16)
                      .dump();
  TestMachine machine({dump}, config);
  const uint32_t page = machine.alloc(gfp::kHighUserMovable, 0);
  EXPECT_EQ(page, kStart) << machine.picture();
  EXPECT_EQ(machine.zone().vm_free_cma, 12) << "a batch of 4 left the buddy lists";
  EXPECT_TRUE(machine.free(page, 0));
  machine.drain();
  EXPECT_EQ(machine.zone().vm_free_cma, 16) << machine.picture();
  EXPECT_EQ(verify(machine.mm()), "");
}

/// Four free pageblocks of 16 pages and per-CPU lists.
TestMachine four_pageblocks() {
  MmConfig config;
  config.pageblock_order = 4;
  config.thp = false;
  return TestMachine({ZoneBuilder("Normal", ZoneType::normal, kStart, kStart + 64, config)
                          .free_run(4, 'M', kStart, kStart + 48)
                          .pcp(4, 16)
                          .dump()},
                     config);
}

Page at(const Mm& mm, uint32_t pfn) { return mm.map.pfn_to_page({pfn}); }

TEST(Isolate, PagesFreedIntoItAreOutOfReachAndNotCounted) {
  TestMachine machine = four_pageblocks();
  const uint32_t block = machine.alloc(gfp::kHighUserMovable, 4);
  const uint32_t page = machine.alloc(gfp::kHighUserMovable, 0);
  ASSERT_EQ(block, kStart);
  ASSERT_EQ(page, kStart + 16);
  const int64_t free_before = machine.zone().vm_free;
  set_migratetype_isolate(machine.mm(), machine.zone(), at(machine.mm(), block));
  EXPECT_EQ(machine.zone().vm_free, free_before) << "it had no free page";
  EXPECT_TRUE(machine.free(block, 4));
  EXPECT_EQ(machine.zone().vm_free, free_before) << machine.picture();
  EXPECT_NE(machine.picture().find("I: 4[1048576]"), std::string::npos) << machine.picture();
  EXPECT_EQ(verify(machine.mm()), "");

  // A page of an isolated block does not go through the per-CPU list either.
  set_migratetype_isolate(machine.mm(), machine.zone(), at(machine.mm(), page));
  const auto waiting = machine.zone().pcp[0].count();
  EXPECT_TRUE(machine.free(page, 0));
  EXPECT_EQ(machine.zone().pcp[0].count(), waiting) << machine.picture();
  for (int i = 0; i < 3; ++i) {
    const uint32_t got = machine.alloc(gfp::kHighUserMovable | gfp::kNoRetry, 4);
    EXPECT_NE(got, block) << machine.picture();
  }
  EXPECT_EQ(verify(machine.mm()), "");
}

// Facts 2.5: a page remembers the type it had when it came to the per-CPU list; while pageblocks of
// the zone are isolated, what counts is the type of the pageblock.
TEST(Isolate, PagesThatWaitedOnAPerCpuListAreCaughtAtTheDrain) {
  TestMachine machine = four_pageblocks();
  EXPECT_EQ(machine.alloc(gfp::kHighUserMovable, 0), kStart);
  const std::string before = machine.picture();
  EXPECT_NE(before.find("pcp: 1[1048577..1048579]"), std::string::npos) << before;
  set_migratetype_isolate(machine.mm(), machine.zone(), at(machine.mm(), kStart));
  machine.drain();
  EXPECT_EQ(machine.picture(),
            "M: 4[1048592..1048624]\n"
            "I: 0[1048577] 1[1048578] 2[1048580] 3[1048584]\n"
            "free 48, blocks I M3\n");
  EXPECT_EQ(verify(machine.mm()), "");

  unset_migratetype_isolate(machine.mm(), machine.zone(), at(machine.mm(), kStart),
                            Migratetype::movable);
  EXPECT_EQ(machine.picture(),
            "M: 0[1048577] 1[1048578] 2[1048580] 3[1048584] 4[1048592..1048624]\n"
            "free 63, blocks M4\n");
  EXPECT_EQ(verify(machine.mm()), "");
}

TEST(Isolate, AWholePageblockMergesAgainWhenItIsGivenBack) {
  TestMachine machine = four_pageblocks();
  const std::vector<uint32_t> all = machine.alloc_many(4, gfp::kHighUserMovable, 4);
  for (const uint32_t block : all) EXPECT_TRUE(machine.free(block, 4));
  const std::string before = machine.picture();
  EXPECT_EQ(before, "M: 6[1048576]\nfree 64, blocks M4\n");
  const std::vector<uint32_t> again = machine.alloc_many(2, gfp::kHighUserMovable, 4);
  set_migratetype_isolate(machine.mm(), machine.zone(), at(machine.mm(), again[0]));
  EXPECT_TRUE(machine.free(again[1], 4));
  EXPECT_TRUE(machine.free(again[0], 4));
  EXPECT_EQ(machine.picture(), "M: 4[1048592] 5[1048608]\nI: 4[1048576]\nfree 48, blocks I M3\n");
  unset_migratetype_isolate(machine.mm(), machine.zone(), at(machine.mm(), again[0]),
                            Migratetype::movable);
  EXPECT_EQ(machine.picture(), before);
  EXPECT_EQ(verify(machine.mm()), "");
}

TEST(Isolate, FreePagesOfCmaAreCountedBackAndForth) {
  TestMachine machine = one_movable_two_cma();
  const std::string before = machine.picture();
  Mm& mm = machine.mm();
  set_migratetype_isolate(mm, machine.zone(), at(mm, kStart + 16));
  EXPECT_EQ(machine.zone().vm_free_cma, 16);
  EXPECT_EQ(machine.zone().vm_free, 32);
  EXPECT_EQ(verify(mm), "");
  unset_migratetype_isolate(mm, machine.zone(), at(mm, kStart + 16), Migratetype::cma);
  EXPECT_EQ(machine.zone().vm_free_cma, 32);
  EXPECT_EQ(machine.zone().vm_free, 48);
  EXPECT_EQ(verify(mm), "");
}

}  // namespace
}  // namespace kmem::test
