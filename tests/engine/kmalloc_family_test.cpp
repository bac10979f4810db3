// Goal: kmalloc() under its other names: arrays, other sizes, real sizes, bytes that nobody shall
// see; as the kernel does it, bytes included.
// Method: a session with calls as JSON; whole texts of calls, results, events and bytes, on both
// object allocators where they may differ.
#include <gtest/gtest.h>

#include "engine/slab_session.h"
#include "slab/krealloc.h"

namespace kmem::test {
namespace {

class KmallocFamily : public testing::TestWithParam<SlabAllocator>, public SlabSession {
 protected:
  KmallocFamily() : SlabSession(GetParam()) {}
  [[nodiscard]] static bool is_slub() { return GetParam() == SlabAllocator::slub; }
  /// What the last call answered.
  uint64_t answer() { return session.timeline().bytes(session.step() - 1); }
};

INSTANTIATE_TEST_SUITE_P(Both, KmallocFamily,
                         testing::Values(SlabAllocator::slub, SlabAllocator::slab),
                         [](const auto& each) {
                           return each.param == SlabAllocator::slub ? "Slub" : "Slab";
                         });

TEST_P(KmallocFamily, ZeroedOnesAreZero) {
  const std::string dirty = run(R"({"op":"kmalloc","bytes":64,"gfp":"GFP_KERNEL"})");
  const ObjectPlace place = last();
  fill(place, 64, 0x5a);
  run(R"({"op":"kfree",)" + json_of(place) + "}");
  EXPECT_EQ(run(R"({"op":"kzalloc","bytes":64,"gfp":"GFP_KERNEL"})"), dirty);
  EXPECT_EQ(call(), "kzalloc(64, GFP_KERNEL)");
  EXPECT_EQ(bytes(place, 64), "64*0");
  run(R"({"op":"kcalloc","count":5,"bytes":20,"gfp":"GFP_KERNEL"})");
  EXPECT_EQ(call(), "kcalloc(5, 20, GFP_KERNEL)");
  EXPECT_EQ(events("kmalloc_size"),
            "kmalloc_size 0: 100 " + std::string(is_slub() ? "7 128\n" : "1 128\n"));
  EXPECT_EQ(bytes(last(), 100), "100*0");
}

TEST_P(KmallocFamily, AnArrayThatIsTooBigForAnyNumberIsNull) {
  EXPECT_EQ(run(R"({"op":"kmalloc_array","count":4611686018427387,"bytes":4294967295,)"
                R"("gfp":"GFP_KERNEL"})"),
            "NULL");
  EXPECT_EQ(call(), "kmalloc_array(4611686018427387, 4294967295, GFP_KERNEL)");
  EXPECT_EQ(events("kmalloc_overflow"), "kmalloc_overflow 0: -755914245 1073741 -1\n");
  EXPECT_EQ(events("alloc_failed"), "");
  // One that 64 bits can say is only too big for the page allocator, which warns.
  EXPECT_EQ(run(R"({"op":"kmalloc_array","count":1048576,"bytes":4294967295,)"
                R"("gfp":"GFP_KERNEL"})"),
            "NULL");
  EXPECT_EQ(events("kmalloc_overflow"), "");
  EXPECT_EQ(events("kmalloc_large"), "kmalloc_large 40: -1\n");
  EXPECT_EQ(events("alloc_failed"), "alloc_failed 40: 1 265408\n");
  EXPECT_EQ(run(R"({"op":"kmalloc_array","count":0,"bytes":8,"gfp":"GFP_KERNEL"})"),
            "ZERO_SIZE_PTR");
}

TEST_P(KmallocFamily, ReallocKeepsTheObjectAsLongAsItIsBigEnough) {
  const std::string before = run(R"({"op":"kmalloc","bytes":100,"gfp":"GFP_KERNEL"})");
  const ObjectPlace place = last();
  fill(place, 128, 0x5a);
  const std::string given = json_of(place);
  EXPECT_EQ(run(R"({"op":"krealloc",)" + given + R"(,"bytes":128,"gfp":"GFP_KERNEL"})"), before);
  EXPECT_EQ(call(), "krealloc(" + before + ", 128, GFP_KERNEL)");
  EXPECT_EQ(events("krealloc"), "krealloc 0: 128 128\n");
  EXPECT_EQ(bytes(place, 128), "128*5a");
  // It never moves to a smaller one; this kernel clears what is no longer asked for.
  EXPECT_EQ(run(R"({"op":"krealloc",)" + given + R"(,"bytes":10,"gfp":"GFP_KERNEL"})"), before);
  EXPECT_EQ(bytes(place, 128), "10*5a 118*0");
}

TEST_P(KmallocFamily, ReallocMovesTheBytes) {
  run(R"({"op":"kmalloc","bytes":100,"gfp":"GFP_KERNEL"})");
  const ObjectPlace old = last();
  fill(old, 128, 0x5a);
  run(R"({"op":"krealloc",)" + json_of(old) + R"(,"bytes":9000,"gfp":"GFP_KERNEL"})");
  EXPECT_EQ(events("krealloc"), "krealloc 1: 9000 128\n");
  EXPECT_EQ(bytes(last(), 12288), "128*5a 12160*0");
  EXPECT_NE(events(is_slub() ? "slub_free_fast" : "slab_array_put"), "") << "the old one stays";
  const ObjectPlace large = last();
  fill(large, 16384, 0x33);
  run(R"({"op":"krealloc_array",)" + json_of(large) +
      R"(,"count":5,"bytes":4000,"gfp":"GFP_KERNEL"})");
  EXPECT_EQ(bytes(last(), 32768), "16384*33 16384*0")
      << "9000 were asked for, but 16384 are the user's";
}

TEST_P(KmallocFamily, ReallocOfNothingAndToNothing) {
  run(R"({"op":"krealloc","bytes":64,"gfp":"GFP_KERNEL"})");
  EXPECT_EQ(call(), "krealloc(NULL, 64, GFP_KERNEL)");
  EXPECT_NE(last().pfn, kNoPfn);
  const std::string given = json_of(last());
  EXPECT_EQ(run(R"({"op":"krealloc",)" + given + R"(,"bytes":0,"gfp":"GFP_KERNEL"})"),
            "ZERO_SIZE_PTR");
  EXPECT_NE(events("kfree"), "");
  EXPECT_NE(run(R"({"op":"krealloc","offset":16,"bytes":8,"gfp":"GFP_KERNEL"})"), "NULL");
  EXPECT_EQ(run(R"({"op":"krealloc",)" + given + R"(,"bytes":8,"gfp":"GFP_KERNEL"})"), "NULL");
  EXPECT_NE(events("bad_object"), "") << "it is free";
}

TEST_P(KmallocFamily, ReallocThatFailsLeavesTheObject) {
  run(R"({"op":"kmalloc","bytes":64,"gfp":"GFP_KERNEL"})");
  const ObjectPlace place = last();
  fill(place, 64, 0x5a);
  const std::string given = json_of(place);
  EXPECT_EQ(run(R"({"op":"krealloc",)" + given + R"(,"bytes":4194305,"gfp":"GFP_KERNEL"})"),
            "NULL");
  EXPECT_EQ(events("krealloc"), "krealloc 2: 4194305 64\n");
  EXPECT_EQ(run(R"({"op":"krealloc_array",)" + given +
                R"(,"count":9007199254740991,"bytes":4096,"gfp":"GFP_KERNEL"})"),
            "NULL");
  EXPECT_EQ(bytes(place, 64), "64*5a");
  run(R"({"op":"kfree",)" + given + "}");
  EXPECT_EQ(events("bad_object"), "");
}

TEST_P(KmallocFamily, HowBigAnObjectReallyIs) {
  const auto size_of = [this](ObjectPlace place) {
    run(R"({"op":"ksize",)" + json_of(place) + "}");
    return answer();
  };
  EXPECT_EQ(size_of({}), 0u);
  EXPECT_EQ(call(), "ksize(NULL)");
  EXPECT_EQ(size_of({kNoPfn, 16}), 0u);
  run(R"({"op":"kmalloc","bytes":65,"gfp":"GFP_KERNEL"})");
  EXPECT_EQ(size_of(last()), 96u);
  run(R"({"op":"kmalloc","bytes":9000,"gfp":"GFP_KERNEL"})");
  EXPECT_EQ(size_of(last()), 16384u);
  run(R"({"op":"kmem_cache_create","cache":"t","size":20})");
  run(R"({"op":"kmem_cache_alloc","cache":"t","gfp":"GFP_KERNEL"})");
  EXPECT_EQ(size_of(last()), is_slub() ? 24u : 20u);
  run(R"({"op":"kmem_cache_create","cache":"r","size":20,"flags":"SLAB_TYPESAFE_BY_RCU"})");
  run(R"({"op":"kmem_cache_alloc","cache":"r","gfp":"GFP_KERNEL"})");
  EXPECT_EQ(size_of(last()), is_slub() ? 24u : 20u) << "not the free pointer behind it";
}

TEST_P(KmallocFamily, WhatSoManyBytesAreRoundedUpTo) {
  const auto rounded = [this](uint64_t bytes) {
    run(textf(R"({"op":"kmalloc_size_roundup","bytes":%llu})",
              static_cast<unsigned long long>(bytes)));
    return answer();
  };
  EXPECT_EQ(rounded(0), 0u);
  EXPECT_EQ(rounded(1), is_slub() ? 8u : 32u);
  EXPECT_EQ(rounded(65), 96u);
  EXPECT_EQ(rounded(8192), 8192u);
  EXPECT_EQ(rounded(8193), 16384u);
  EXPECT_EQ(rounded(5000000000), 8589934592u);
  EXPECT_EQ(call(), "kmalloc_size_roundup(5000000000)");
  EXPECT_EQ(kmalloc_size_roundup(session.machine().slub(), UINT64_MAX), UINT64_MAX);
}

TEST_P(KmallocFamily, SecretsAreWipedBeforeTheyAreFreed) {
  run(R"({"op":"kmalloc","bytes":100,"gfp":"GFP_KERNEL"})");
  const ObjectPlace place = last();
  fill(place, 128, 0x5a);
  run(R"({"op":"kfree_sensitive",)" + json_of(place) + "}");
  EXPECT_EQ(events("kfree_sensitive"), "kfree_sensitive 0: 128\n");
  EXPECT_EQ(bytes(place, 64), "64*0");
  run(R"({"op":"kfree_sensitive",)" + json_of(place) + "}");
  EXPECT_NE(events("bad_object"), "");
  run(R"({"op":"kfree_sensitive"})");
  EXPECT_EQ(call(), "kfree_sensitive(NULL)");
  EXPECT_EQ(events("bad_object"), "");
}

TEST_P(KmallocFamily, ManyInOneCall) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":256})");
  run(R"({"op":"kmem_cache_zalloc","cache":"t","gfp":"GFP_KERNEL"})");
  EXPECT_EQ(call(), "kmem_cache_zalloc(t, GFP_KERNEL)");
  run(R"({"op":"kmem_cache_alloc_bulk","cache":"t","count":5,"gfp":"GFP_KERNEL"})");
  EXPECT_EQ(call(), "kmem_cache_alloc_bulk(t, GFP_KERNEL, 5, objects)");
  EXPECT_EQ(events("slab_alloc_bulk").substr(0, 19), "slab_alloc_bulk 0: ");
  const std::vector<ObjectPlace> objects = session.timeline().objects(session.step() - 1);
  ASSERT_EQ(objects.size(), 5u);
  const std::string first = json_of(objects[0]);
  const std::string second = json_of(objects[1]);
  const auto free = [this](const std::string& list) {
    return run(R"({"op":"kmem_cache_free_bulk","cache":"t","objects":[)" + list + "]}");
  };
  const uint64_t before = session.machine().state_hash();
  free("{" + first + "},{" + second + "},{" + first + "}");
  EXPECT_EQ(events("bad_object").substr(0, 13), "bad_object 2:") << "one of them twice";
  free("{" + first + "},{}");
  EXPECT_EQ(events("bad_object").substr(0, 13), "bad_object 1:");
  EXPECT_EQ(session.machine().state_hash(), before);
  free("{" + first + "},{" + second + "}");
  EXPECT_EQ(call(), "kmem_cache_free_bulk(t, 2, {" + place_text(objects[0]) + ", " +
                        place_text(objects[1]) + "})");
  EXPECT_EQ(events("bad_object"), "");
  // Each goes to the cache that it is from, so kfree_bulk() is as good.
  run(R"({"op":"kfree_bulk","objects":[{)" + json_of(objects[2]) + "}]}");
  EXPECT_EQ(events("bad_object"), "");
  EXPECT_EQ(run(R"({"op":"kfree_bulk","objects":[]})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"kfree_bulk","objects":[7]})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"kfree_bulk","objects":[{"pfn":1}]})"), "PfnOutOfRange");
  EXPECT_EQ(run(R"({"op":"kmem_cache_alloc_bulk","cache":"t","count":65537,)"
                R"("gfp":"GFP_KERNEL"})"),
            "CommandFormat");
}

TEST_P(KmallocFamily, ABulkCallThatRunsOutOfMemoryTakesNothing) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":4096})");
  run(R"({"op":"kmem_cache_alloc_bulk","cache":"t","count":65536,"gfp":"GFP_KERNEL"})");
  EXPECT_EQ(session.timeline().objects(session.step() - 1).size(), 0u);
  run(R"({"op":"kmem_cache_destroy","cache":"t"})");
  EXPECT_EQ(events("kmem_cache_destroy"),
            std::string("kmem_cache_destroy 0: ") +
                textf("%zu 1\n", session.machine().slab().caches.size() - 1));
}

// History: results of all these calls come back when the same steps run again.
TEST_P(KmallocFamily, TimeTravel) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":512,"ctor":7})");
  run(R"({"op":"kmem_cache_alloc_bulk","cache":"t","count":40,"gfp":"GFP_KERNEL"})");
  const std::vector<ObjectPlace> objects = session.timeline().objects(1);
  run(R"({"op":"kmalloc","bytes":3000,"gfp":"GFP_KERNEL"})");
  run(R"({"op":"krealloc",)" + json_of(last()) + R"(,"bytes":6000,"gfp":"GFP_KERNEL"})");
  const ObjectPlace bigger = last();
  run(R"({"op":"ksize",)" + json_of(bigger) + "}");
  const uint64_t end = session.machine().state_hash();
  ASSERT_TRUE(session.seek(0));
  ASSERT_TRUE(session.seek(5));
  EXPECT_EQ(session.machine().state_hash(), end);
  EXPECT_EQ(session.timeline().objects(1), objects);
  EXPECT_EQ(session.timeline().object(3), bigger);
  EXPECT_EQ(answer(), 8192u);
}

TEST_P(KmallocFamily, WhatAConstructorLeft) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":100,"ctor":199})");
  EXPECT_EQ(call(), "kmem_cache_create(\"t\", 100, 0, 0, fill_0xc7)");
  run(R"({"op":"kmem_cache_alloc","cache":"t","gfp":"GFP_KERNEL"})");
  const ObjectPlace place = last();
  const auto id = find_cache(session.machine().slab(), "t");
  EXPECT_EQ(events("slab_construct"),
            textf("slab_construct 199: %u %u %u\n", id, place.pfn.value, is_slub() ? 36 : 39));
  EXPECT_EQ(bytes(place, 100), "100*c7") << "and not zeroed, as other objects are";
  fill(place, 10, 0x11);
  const std::string free = R"({"op":"kmem_cache_free","cache":"t",)" + json_of(place) + "}";
  run(free);
  run(R"({"op":"kmem_cache_zalloc","cache":"t","gfp":"GFP_KERNEL"})");
  EXPECT_EQ(last(), place);
  EXPECT_EQ(events("slab_construct"), "") << "it runs once for each slab";
  EXPECT_EQ(bytes(place, 100), "10*11 90*c7") << "the free pointer lies behind the object";
}

TEST_P(KmallocFamily, ZeroingWhatAConstructorMakesIsWarnedAbout) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":64,"ctor":1})");
  run(R"({"op":"kmem_cache_zalloc","cache":"t","gfp":"GFP_KERNEL"})");
  const std::string built = events("slab_construct");
  EXPECT_EQ(built.substr(built.size() - 3), " 1\n");
  EXPECT_EQ(bytes(last(), 64), "64*1");
}

}  // namespace
}  // namespace kmem::test
