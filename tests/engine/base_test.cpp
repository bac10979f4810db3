// Goal: the smallest parts do what their one-line comments say.
// Method: examples, and every order where there are only eleven.
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/text.h"
#include "base/units.h"
#include "engine/support.h"
#include "mm/page_alloc.h"

namespace kmem::test {
namespace {

TEST(Units, ABuddyIsTheOtherHalfOfTheNextBiggerBlock) {
  for (Order order = 0; order < kMaxOrder; ++order) {
    const Page low{5 * pages_in(order + 1)};
    const Page high{low.index + pages_in(order)};
    EXPECT_EQ(buddy_of(low, order), high);
    EXPECT_EQ(buddy_of(high, order), low);
  }
}

TEST(Units, OrderForHoldsTheBytesAndNoBiggerThanNeeded) {
  EXPECT_EQ(order_for(1), 0);
  EXPECT_EQ(order_for(4096), 0);
  EXPECT_EQ(order_for(4097), 1);
  EXPECT_EQ(order_for(4u << 20), 10);
  EXPECT_EQ(order_for((4u << 20) + 1), 11);
  EXPECT_EQ(order_for(UINT32_MAX), 19) << "bigger than any order, but it must end";
  EXPECT_EQ(pages_for(4096), 1u);
  EXPECT_EQ(pages_for(4097), 2u);
  EXPECT_EQ(pages_for(UINT32_MAX), 1u << 20);
}

TEST(Text, AppendsAnyLength) {
  std::string out = "a";
  appendf(out, "%s %d", std::string(5000, 'x').c_str(), 7);
  EXPECT_EQ(out.size(), 1u + 5000 + 2);
  EXPECT_EQ(textf("%6lu ", 12ul), "    12 ");
  EXPECT_EQ(textf("%s", ""), "");
}

TEST(StateHash, DependsOnOrderAndOnEveryBit) {
  StateHash ab;
  ab.add(1);
  ab.add(2);
  StateHash ba;
  ba.add(2);
  ba.add(1);
  EXPECT_NE(ab.value(), ba.value());
  for (int bit = 0; bit < 64; ++bit) {
    StateHash zero;
    zero.add(0);
    StateHash one;
    one.add(uint64_t{1} << bit);
    EXPECT_NE(zero.value(), one.value()) << "bit " << bit;
  }
  StateHash minus;
  minus.add_signed(-1);
  StateHash all;
  all.add(UINT64_MAX);
  EXPECT_EQ(minus.value(), all.value());
}

TEST(MemMap, SectionsMapFramesBothWaysAndHolesToNothing) {
  const std::vector<MemSection> sections = {{Pfn{1024}, 1024, {}}, {Pfn{8192}, 2048, {}}};
  const MemMap map(sections, 9, 4);
  EXPECT_EQ(map.size(), 3072u);
  EXPECT_EQ(map.pfn_to_page({1023}), kNoPage);
  EXPECT_EQ(map.pfn_to_page({1024}), Page{0});
  EXPECT_EQ(map.pfn_to_page({2047}), Page{1023});
  EXPECT_EQ(map.pfn_to_page({2048}), kNoPage);
  EXPECT_EQ(map.pfn_to_page({8192}), Page{1024});
  EXPECT_EQ(map.pfn_to_page({10239}), Page{3071});
  EXPECT_EQ(map.pfn_to_page({10240}), kNoPage);
  EXPECT_EQ(map.pfn_to_page(kNoPfn), kNoPage);
  EXPECT_EQ(map.page_to_pfn({1023}), Pfn{2047});
  EXPECT_EQ(map.page_to_pfn({1024}), Pfn{8192});
  EXPECT_LE(MemMap::bytes_per_frame(), 17u);
}

TEST(MemMap, PageblockTypeAndSkipHintAreSeparate) {
  const std::vector<MemSection> sections = {{Pfn{0}, 1024, {}}};
  MemMap map(sections, 9, 0);
  map.set_pageblock_skip({0}, true);
  map.set_pageblock_type({511}, Migratetype::cma);
  EXPECT_EQ(map.pageblock_type({0}), Migratetype::cma);
  EXPECT_TRUE(map.pageblock_skip({300}));
  EXPECT_EQ(map.pageblock_type({512}), Migratetype::unmovable);
  EXPECT_FALSE(map.pageblock_skip({512}));
  map.set_pageblock_skip({300}, false);
  EXPECT_EQ(map.pageblock_type({0}), Migratetype::cma);
}

TEST(Support, PictureShowsRunsOfNeighbours) {
  TestMachine machine({ZoneBuilder("DMA", ZoneType::dma, 1024, 2048)
                           .free(0, 'M', {1030, 1028, 1026})
                           .free(1, 'U', {1040, 1044, 1054})
                           .free(3, 'M', {1080, 1064, 1104})
                           .pcp_list(1, {1203, 1202, 1201})
                           .threshold(10)
                           .dump()});
  machine.zone().flags = Zone::kReclaimActive;
  EXPECT_EQ(machine.picture(),
            "U: 1[1040 1044 1054]\n"
            "M: 0[1030 1028 1026] 3[1080 1064 1104]\n"
            "pcp: 1[1203..1201] count 3\n"
            "free 33, flags 2, blocks MM\n");
}

TEST(Support, RandomNumbersStayBelowTheirBound) {
  Random random(1);
  uint32_t seen = 0;
  for (int i = 0; i < 1000; ++i) {
    const uint32_t number = random.below(5);
    ASSERT_LT(number, 5u);
    seen |= 1u << number;
  }
  EXPECT_EQ(seen, 0x1fu);
}

}  // namespace
}  // namespace kmem::test
