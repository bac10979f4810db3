// Goal: a mempool gives elements of the allocator while it can, of its reserve when it cannot, and
// fills the reserve first when elements come back; wrong calls change nothing.
// Method: pools of all three kinds in a session with calls as JSON, on a machine whose memory is
// then used up; whole events and the reserve's contents.
#include "slab/mempool.h"

#include <gtest/gtest.h>

#include "engine/slab_session.h"

namespace kmem::test {
namespace {

class Mempools : public testing::Test, public SlabSession {
 protected:
  const Mempool& pool(uint32_t number = 0) { return session.machine().slab().mempools[number]; }
  /// Takes all pages there are, so that no allocator has any.
  void use_up_memory() {
    // The biggest blocks first, as each call is followed by verify().
    for (int order = 10; order >= 0; --order) {
      const std::string call =
          textf(R"({"op":"alloc_pages","gfp":"GFP_ATOMIC|__GFP_MEMALLOC","order":%d})", order);
      do {
        run(call);
      } while (session.timeline().results(session.step() - 1)[0] != kNoPfn);
    }
  }
  std::string alloc(const char* gfp = "GFP_KERNEL") {
    return run(textf(R"({"op":"mempool_alloc","pool":0,"gfp":"%s"})", gfp));
  }
  std::string free(ObjectPlace place) {
    return run(R"({"op":"mempool_free","pool":0,)" + json_of(place) + "}");
  }
};

TEST_F(Mempools, TheReserveIsForWhenMemoryIsShort) {
  run(R"({"op":"mempool_create_page_pool","min_nr":3,"order":1})");
  EXPECT_EQ(call(), "pool_0 = mempool_create_page_pool(3, 1)");
  EXPECT_EQ(events("mempool_create"), "mempool_create 1: 0 3 3\n");
  const std::vector<Kva> reserve = pool().elements;
  alloc();
  EXPECT_EQ(call(), "mempool_alloc(pool_0, GFP_KERNEL)");
  EXPECT_EQ(events("mempool_alloc"), "mempool_alloc 0: 0 3 3\n") << "of the allocator";
  const ObjectPlace first = last();
  use_up_memory();
  alloc();
  EXPECT_EQ(events("mempool_alloc"), "mempool_alloc 1: 0 2 3\n");
  EXPECT_EQ(object_address(last()), reserve[2]) << "the last one added is the first to go";
  const ObjectPlace second = last();
  alloc("GFP_ATOMIC");
  alloc();
  EXPECT_EQ(object_address(last()), reserve[0]);
  EXPECT_EQ(alloc(), "NULL");
  EXPECT_EQ(events("mempool_alloc"), "mempool_alloc 4: 0 0 3\n") << "mempool would wait";
  EXPECT_EQ(alloc("GFP_NOWAIT"), "NULL");
  EXPECT_EQ(events("mempool_alloc"), "mempool_alloc 3: 0 0 3\n");
  // Whatever comes back fills the reserve first.
  free(first);
  EXPECT_EQ(events("mempool_free"), "mempool_free 1: 0 1 3\n");
  EXPECT_EQ(events("mm_page_free"), "");
  EXPECT_EQ(pool().elements, std::vector<Kva>{object_address(first)});
  const uint64_t before = session.machine().state_hash();
  free(first);
  EXPECT_EQ(events("bad_object").substr(0, 13), "bad_object 2:") << "it is in the reserve";
  EXPECT_EQ(session.machine().state_hash(), before);
  free(second);
  EXPECT_EQ(pool().elements.size(), 2u);
}

TEST_F(Mempools, AFullReserveKeepsNothing) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":100})");
  run(R"({"op":"mempool_create_slab_pool","min_nr":2,"cache":"t"})");
  EXPECT_EQ(call(), "pool_0 = mempool_create_slab_pool(2, t)");
  alloc();
  const ObjectPlace place = last();
  free(place);
  EXPECT_EQ(call(), "mempool_free(" + place_text(place) + ", pool_0)");
  EXPECT_EQ(events("mempool_free"), "mempool_free 0: 0 2 2\n");
  EXPECT_NE(events("slub_free_fast"), "");
  free(place);
  EXPECT_EQ(events("bad_object").substr(0, 13), "bad_object 2:");
  free({});
  EXPECT_EQ(call(), "mempool_free(NULL, pool_0)");
  EXPECT_EQ(events("bad_object") + events("mempool_free"), "");
  // Its cache cannot go while the reserve has objects of it.
  run(R"({"op":"kmem_cache_destroy","cache":"t"})");
  EXPECT_NE(events("kmem_cache_destroy").find(" 0 1\n"), std::string::npos);
  run(R"({"op":"mempool_destroy","pool":0})");
  EXPECT_EQ(events("mempool_destroy"), "mempool_destroy 0: 0 2\n");
  run(R"({"op":"kmem_cache_destroy","cache":"t"})");
  EXPECT_NE(events("kmem_cache_destroy").find(" 1\n"), std::string::npos);
}

TEST_F(Mempools, AReserveIsMadeBiggerAndSmaller) {
  run(R"({"op":"mempool_create_kmalloc_pool","min_nr":4,"bytes":300})");
  const std::vector<Kva> reserve = pool().elements;
  run(R"({"op":"mempool_resize","pool":0,"min_nr":1})");
  EXPECT_EQ(call(), "mempool_resize(pool_0, 1)");
  EXPECT_EQ(events("mempool_resize"), "mempool_resize 0: 0 4 1 1\n");
  EXPECT_EQ(pool().elements, std::vector<Kva>{reserve[0]});
  run(R"({"op":"mempool_resize","pool":0,"min_nr":3})");
  EXPECT_EQ(events("mempool_resize"), "mempool_resize 0: 0 1 3 3\n");
  EXPECT_EQ(pool().elements, (std::vector<Kva>{reserve[0], reserve[1], reserve[2]}))
      << "what was freed last comes first";
  use_up_memory();
  run(R"({"op":"mempool_resize","pool":0,"min_nr":60})");
  EXPECT_LT(pool().elements.size(), 60u) << "later frees bring the others";
  EXPECT_EQ(pool().min_nr, 60u);
}

TEST_F(Mempools, APoolThatCannotBeFilledIsNotMade) {
  const uint64_t slabs = session.machine().slab().slabs.size();
  run(R"({"op":"mempool_create_page_pool","min_nr":3000,"order":4})");
  EXPECT_EQ(events("mempool_create").substr(0, 18), "mempool_create 0: ");
  EXPECT_EQ(run(R"({"op":"mempool_alloc","pool":0,"gfp":"GFP_KERNEL"})"), "UnknownPool");
  EXPECT_EQ(session.machine().slab().slabs.size(), slabs);
  run(R"({"op":"mempool_create_kmalloc_pool","min_nr":1,"bytes":4194305})");
  EXPECT_EQ(events("mempool_create"), "mempool_create 0: 1 0 1\n");
}

TEST_F(Mempools, TheReserveIsNobodyElsesToFree) {
  run(R"({"op":"mempool_create_page_pool","min_nr":2,"order":0})");
  run(R"({"op":"mempool_create_kmalloc_pool","min_nr":2,"bytes":64})");
  const uint64_t before = session.machine().state_hash();
  const uint32_t page = pfn_of(pool(0).elements[1]).value;
  run(textf(R"({"op":"__free_pages","pfn":%u,"order":0})", page));
  EXPECT_NE(events("bad_page"), "");
  run(textf(R"({"op":"put_page","pfn":%u})", page));
  EXPECT_NE(events("bad_page"), "");
  const Kva object = pool(1).elements[0];
  const std::string place = textf("\"pfn\":%u,\"offset\":%u", pfn_of(object).value,
                                  static_cast<uint32_t>(object & (kPageSizeBytes - 1)));
  for (const char* op : {"kfree", "ksize", "kfree_sensitive"}) {
    run(textf(R"({"op":"%s",%s})", op, place.c_str()));
    EXPECT_EQ(events("bad_object").substr(0, 13), "bad_object 5:") << op;
  }
  EXPECT_EQ(session.machine().state_hash(), before);
}

TEST_F(Mempools, Refusals) {
  EXPECT_EQ(run(R"({"op":"mempool_create_page_pool","min_nr":0,"order":0})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"mempool_create_page_pool","min_nr":1,"order":11})"), "OrderOutOfRange");
  EXPECT_EQ(run(R"({"op":"mempool_create_kmalloc_pool","min_nr":65537,"bytes":8})"),
            "CommandFormat");
  EXPECT_EQ(run(R"({"op":"mempool_create_kmalloc_pool","min_nr":1,"bytes":0})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"mempool_create_slab_pool","min_nr":1,"cache":"no"})"), "UnknownCache");
  EXPECT_EQ(run(R"({"op":"mempool_destroy","pool":0})"), "UnknownPool");
  run(R"({"op":"mempool_create_page_pool","min_nr":1,"order":0})");
  EXPECT_EQ(alloc("GFP_KERNEL|__GFP_ZERO"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"mempool_resize","pool":0,"min_nr":0})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"mempool_free","pool":0,"pfn":1})"), "PfnOutOfRange");
  run(R"({"op":"mempool_destroy","pool":0})");
  EXPECT_EQ(alloc(), "UnknownPool");
}

// History: pools are made again with the same elements.
TEST_F(Mempools, TimeTravel) {
  run(R"({"op":"mempool_create_kmalloc_pool","min_nr":3,"bytes":500})");
  alloc();
  const ObjectPlace place = last();
  free(place);
  const uint64_t end = session.machine().state_hash();
  ASSERT_TRUE(session.seek(0));
  EXPECT_TRUE(session.machine().slab().mempools.empty());
  ASSERT_TRUE(session.seek(3));
  EXPECT_EQ(session.machine().state_hash(), end);
  ASSERT_TRUE(session.seek(0));
  run(R"({"op":"mempool_create_page_pool","min_nr":1,"order":0})");
  EXPECT_EQ(call(), "pool_0 = mempool_create_page_pool(1, 0)") << "numbers start anew";
}

}  // namespace
}  // namespace kmem::test
