// Goal: SLUB frees many objects in the groups and the order that the kernel does.
// Method: example E7 of the recorded sequences, then arrays with objects of several slabs, whose
// groups follow from the rule by hand: companions of the last object, up to the third stranger.
#include <gtest/gtest.h>

#include "engine/slub_support.h"
#include "slab/slab_bulk.h"

namespace kmem::test {
namespace {

class SlubBulk : public testing::Test {
 protected:
  std::vector<Kva> alloc(size_t count) {
    std::vector<Kva> objects(count);
    Slub slub = slub_.slub();
    EXPECT_TRUE(kmem_cache_alloc_bulk(slub, id_, gfp::kKernel, objects));
    return objects;
  }
  /// @return the array as the call leaves it.
  std::vector<Kva> free(std::vector<Kva> objects) {
    Slub slub = slub_.slub();
    kmem_cache_free_bulk(slub, objects);
    EXPECT_EQ(slub_.wrong(), "");
    return objects;
  }
  void create(uint32_t size) {
    slub_.create(size);
    id_ = static_cast<CacheId>(slub_.slub().state.caches.size() - 1);
  }

  TestSlub slub_;
  CacheId id_ = kNoCache;
};

TEST_F(SlubBulk, ExampleE7) {
  create(256);
  const std::vector<Kva> all = alloc(20);
  EXPECT_EQ(slub_.names(all),
            "A+0 A+256 A+512 A+768 A+1024 A+1280 A+1536 A+1792 A+2048 A+2304 A+2560 A+2816 A+3072 "
            "A+3328 A+3584 A+3840 B+0 B+256 B+512 B+768");
  free({all.begin(), all.begin() + 6});
  EXPECT_EQ(slub_.cpu(), "B(16/16) own 1024,1280,1536,1792,2048,.. others - chain A(10/16)");
  free({all.begin() + 17, all.end()});
  EXPECT_EQ(slub_.cpu(), "B(16/16) own 768,512,256,1024,1280,.. others - chain A(10/16)");
  EXPECT_EQ(slub_.names(alloc(4)), "B+768 B+512 B+256 B+1024");
}

TEST_F(SlubBulk, TheThirdStrangerEndsTheSearch) {
  create(2048);  // 16 objects a slab
  const std::vector<Kva> all = alloc(64);
  ASSERT_EQ(slub_.names({all[0], all[16], all[32], all[48]}), "A+0 B+0 C+0 D+0");
  const Kva a1 = all[1];
  const Kva a2 = all[2];
  const Kva b1 = all[17];
  const Kva c1 = all[33];
  const Kva c2 = all[34];
  // From the end: c2, then b1 and a2 are strangers, c1 joins, a1 is the third stranger; all[32],
  // though of the same slab, is not looked at any more.
  const std::vector<Kva> left = free({all[32], a1, c1, a2, b1, c2});
  // c1 changes places with b1, which leaves all[32], a1, b1, a2; then a1 does, as a2's companion.
  EXPECT_EQ(slub_.names(left), "C+0 B+2048 A+2048 A+4096 C+2048 C+4096");
  // Then a2 with a1, then b1, then all[32]: the chain has the slabs in the order of first frees.
  EXPECT_EQ(slub_.cpu(), "D(16/16) own - others - chain B(15/16) A(14/16) C(13/16)");
  EXPECT_EQ(slub_.names(alloc(6)), "B+2048 A+4096 A+2048 C+0 C+4096 C+2048");
}

TEST_F(SlubBulk, LargeOnesGoOneByOne) {
  create(64);
  const std::vector<Kva> small = alloc(2);
  Slub slub = slub_.slub();
  const Kva large = kmalloc_node(slub, 20000, gfp::kKernel, kAnyNode);
  EXPECT_EQ(slub.state.large_pages, 8u);
  free({small[0], large, small[1]});
  EXPECT_EQ(slub.state.large_pages, 0u);
}

}  // namespace
}  // namespace kmem::test
