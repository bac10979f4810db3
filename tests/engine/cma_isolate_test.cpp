// Goal: pageblocks that are fenced off (CMA, Isolate) give and take as facts 2.3 and 3 say. No
// recording has them, so these examples are computed by hand.
// Method: a zone of a few pageblocks; each call with the whole picture after it.
#include <gtest/gtest.h>

#include "engine/support.h"
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
  dump.vm_free_cma = 32;
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
  dump.vm_free_cma = 16;
  TestMachine machine({dump}, config);
  const uint32_t page = machine.alloc(gfp::kHighUserMovable, 0);
  EXPECT_EQ(page, kStart) << machine.picture();
  EXPECT_EQ(machine.zone().vm_free_cma, 12) << "a batch of 4 left the buddy lists";
  EXPECT_TRUE(machine.free(page, 0));
  machine.drain();
  EXPECT_EQ(machine.zone().vm_free_cma, 16) << machine.picture();
  EXPECT_EQ(verify(machine.mm()), "");
}

TEST(Isolate, PagesFreedIntoItAreOutOfReachAndNotCounted) {
  MmConfig config;
  config.pageblock_order = 4;
  config.thp = false;
  TestMachine machine({ZoneBuilder("Normal", ZoneType::normal, kStart, kStart + 64, config)
                           .free_run(4, 'M', kStart, kStart + 48)
                           .pcp(4, 16)
                           .dump()},
                      config);
  const uint32_t block = machine.alloc(gfp::kHighUserMovable, 4);
  const uint32_t page = machine.alloc(gfp::kHighUserMovable, 0);
  ASSERT_EQ(block, kStart);
  const int64_t free_before = machine.zone().vm_free;
  // As start_isolate_page_range() marks what memory hot-remove or CMA is about to empty.
  machine.mm().map.set_pageblock_type(machine.mm().map.pfn_to_page({block}), Migratetype::isolate);
  EXPECT_TRUE(machine.free(block, 4));
  EXPECT_EQ(machine.zone().vm_free, free_before) << machine.picture();
  EXPECT_NE(machine.picture().find("I: 4[1048576]"), std::string::npos) << machine.picture();

  // A page of an isolated block does not go through the per-CPU list either.
  machine.mm().map.set_pageblock_type(machine.mm().map.pfn_to_page({page}), Migratetype::isolate);
  const auto waiting = machine.zone().pcp[0].count();
  EXPECT_TRUE(machine.free(page, 0));
  EXPECT_EQ(machine.zone().pcp[0].count(), waiting) << machine.picture();
  for (int i = 0; i < 3; ++i) {
    const uint32_t got = machine.alloc(gfp::kHighUserMovable | gfp::kNoRetry, 4);
    EXPECT_NE(got, block) << machine.picture();
  }
}

}  // namespace
}  // namespace kmem::test
