// Goal: what a person does with a debugged cache: make it, damage it, look at it, read the log, and
// go back in time; and the outcomes that no recording shows.
// Method: a session whose calls come as JSON; small caches by hand.
#include <gtest/gtest.h>

#include <cstring>
#include <utility>

#include "base/text.h"
#include "engine/slub_debug_support.h"
#include "ingest/user_command.h"
#include "report/json_view.h"
#include "slab/slub_freelist.h"
#include "slab/slub_verify.h"

namespace kmem::test {
namespace {

using namespace slab_flags;

class DebugCalls : public testing::Test {
 protected:
  /// @return the name of a refusal, or "".
  std::string run(const std::string& json) {
    CacheRequest request;
    Result<Command> command = read_user_command(json, kLinux6_1_192, &request);
    if (!command) return command.error().name;
    const Status done = session_.run(*command, request);
    return done ? "" : done.error().name;
  }
  void create(const char* flags) {
    run(textf(R"({"op":"kmem_cache_create","cache":"t","size":40,"flags":"%s"})", flags));
  }
  ObjectPlace alloc() {
    EXPECT_EQ(run(R"({"op":"kmem_cache_alloc","cache":"t","gfp":"GFP_KERNEL"})"), "");
    return session_.timeline().object(session_.step() - 1);
  }
  std::string free(ObjectPlace place) {
    return run(textf(R"({"op":"kmem_cache_free","cache":"t","pfn":%u,"offset":%u})",
                     place.pfn.value, place.offset));
  }
  std::string write(ObjectPlace place, uint32_t bytes, unsigned value) {
    return run(textf(R"({"op":"write_bytes","pfn":%u,"offset":%u,"bytes":%u,"value":%u})",
                     place.pfn.value, place.offset, bytes, value));
  }
  [[nodiscard]] const KernelLog& log() const { return session_.machine().log(); }
  /// Whether some line of the log has this in it.
  [[nodiscard]] bool said(const std::string& text) const {
    return log().text().find(text) != std::string::npos;
  }
  [[nodiscard]] std::string call() const {
    return session_.timeline().call_text(session_.step() - 1);
  }
  std::string wrong() { return verify(session_.machine().slub()); }
  /// The last event of this name, its fields joined; "" when there is none.
  std::string event(const std::string& name) {
    const std::string text = "\n" + events_text(session_.machine().records(), true);
    const size_t at = text.rfind("\n" + name + " ");
    return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  }

  Session session_ = Session::from_machine(boot({zone_z().dump()}), NodeId{0}, "test");
};

TEST_F(DebugCalls, AWriteBehindAnObjectIsFoundByALook) {
  create("SLAB_RED_ZONE|SLAB_POISON");
  EXPECT_EQ(call(), "kmem_cache_create(\"t\", 40, 0, SLAB_RED_ZONE|SLAB_POISON, NULL)");
  ObjectPlace object = alloc();
  EXPECT_EQ(wrong(), "");
  object.offset += 40;
  EXPECT_EQ(write(object, 2, 0x41), "");
  EXPECT_EQ(call(), textf("write_bytes(pfn 0x%x + %u, 0x41, 2)", object.pfn.value, object.offset));
  EXPECT_NE(wrong(), "");
  EXPECT_EQ(log().total(), 0u) << "nobody has looked yet";
  EXPECT_EQ(run(R"({"op":"validate_slab_cache","cache":"t"})"), "");
  EXPECT_TRUE(said("BUG t (Not tainted): Right Redzone overwritten"));
  EXPECT_TRUE(said("First byte 0x41 instead of 0xcc"));
  EXPECT_EQ(event("slub_validate"),
            textf("slub_validate 0: %u 1 2",
                  session_.machine().cache_of(session_.timeline().command(session_.step() - 1))));
  EXPECT_NE(event("slub_report"), "");
  EXPECT_NE(event("slub_fix"), "");
  EXPECT_NE(kernel_log_json(session_).find("Right Redzone overwritten"), std::string::npos);
  EXPECT_NE(kernel_log_json(session_).find(R"("tainted":"Tainted: G    B)"), std::string::npos);
  EXPECT_EQ(wrong(), "");
}

TEST_F(DebugCalls, GoingBackTakesTheLogBack) {
  create("SLAB_RED_ZONE");
  ObjectPlace object = alloc();
  object.offset -= 1;
  write(object, 1, 0);
  run(R"({"op":"validate_slab_cache","cache":"t"})");
  const std::string text = log().text();
  const uint64_t hash = session_.machine().state_hash();
  EXPECT_TRUE(said("Left Redzone overwritten"));
  ASSERT_TRUE(session_.seek(2));
  EXPECT_EQ(log().total(), 0u);
  EXPECT_EQ(log().taint_text(), "Not tainted");
  ASSERT_TRUE(session_.seek(4));
  EXPECT_EQ(log().text(), text);
  EXPECT_EQ(session_.machine().state_hash(), hash);
}

TEST_F(DebugCalls, WithChecksTheKernelJudgesAPointerItself) {
  create("SLAB_CONSISTENCY_CHECKS");
  const ObjectPlace object = alloc();
  const ObjectPlace kept = alloc();
  free(object);
  EXPECT_EQ(log().total(), 0u);
  free(object);
  EXPECT_TRUE(said("Object already free"));
  EXPECT_EQ(event("bad_object"), "");
  free({kept.pfn, kept.offset + 3});
  EXPECT_TRUE(said("Invalid object pointer 0x"));
  EXPECT_EQ(wrong(), "");
}

// The free list would be a ring: nobody but the allocator's own code may see such a kernel.
TEST_F(DebugCalls, WithoutChecksABadPointerChangesNothing) {
  create("SLAB_RED_ZONE|SLAB_POISON|SLAB_STORE_USER");
  const ObjectPlace object = alloc();
  free(object);
  const uint64_t hash = session_.machine().state_hash();
  free(object);
  EXPECT_NE(event("bad_object"), "");
  EXPECT_EQ(session_.machine().state_hash(), hash);
  EXPECT_EQ(log().total(), 0u);
}

TEST_F(DebugCalls, EmptySlabsHaveNothingToFree) {
  create("SLAB_CONSISTENCY_CHECKS|SLAB_STORE_USER");
  const ObjectPlace object = alloc();
  free(object);
  free(object);
  EXPECT_TRUE(said("Slab has 0 allocated objects but 1 are to be freed"));
  EXPECT_EQ(wrong(), "");
}

TEST_F(DebugCalls, AnObjectOfAnotherCacheGoesHome) {
  create("SLAB_CONSISTENCY_CHECKS|SLAB_STORE_USER");
  const ObjectPlace object = alloc();
  run(R"({"op":"kmem_cache_create","cache":"u","size":500,"flags":"SLAB_CONSISTENCY_CHECKS"})");
  run(textf(R"({"op":"kmem_cache_free","cache":"u","pfn":%u,"offset":%u})", object.pfn.value,
            object.offset));
  EXPECT_TRUE(said("cache_from_obj: Wrong slab cache. u but object is from t\n"));
  EXPECT_TRUE(said("Allocated in kmem_cache_alloc+0x0/0x10 age=2 cpu=0 pid=1\n"));
  EXPECT_EQ(log().taint_text(), "Tainted: G        W         ");
  EXPECT_NE(event("slub_free_slow"), "");
  EXPECT_EQ(wrong(), "");
}

TEST_F(DebugCalls, TracedCachesTellOfEveryCall) {
  create("SLAB_TRACE");
  const ObjectPlace object = alloc();
  const auto address = static_cast<unsigned long long>(page_address(object.pfn) + object.offset);
  EXPECT_TRUE(said(textf("TRACE t alloc 0x%016llx inuse=1 fp=0x", address)));
  free(object);
  EXPECT_TRUE(said(textf("TRACE t free 0x%016llx inuse=1 fp=0x", address)));
  EXPECT_EQ(log().taint_text(), "Not tainted");
  EXPECT_EQ(wrong(), "");
}

TEST_F(DebugCalls, BytesAreWrittenAcrossFramesAndNotOutsideOfMemory) {
  const uint32_t start = zone_z().dump().start_pfn;
  const uint32_t pages = zone_z().dump().spanned;
  EXPECT_EQ(write({{start}, 4090}, 4106, 7), "");
  const auto byte = [&](uint32_t pfn, uint32_t offset) {
    const auto bytes =
        session_.machine().ram().read(session_.machine().mm().map.pfn_to_page({pfn}));
    return bytes.empty() ? 0 : int{bytes[offset]};
  };
  EXPECT_EQ(byte(start, 4089), 0);
  EXPECT_EQ(byte(start, 4090), 7);
  EXPECT_EQ(byte(start + 1, 0), 7);
  EXPECT_EQ(byte(start + 1, 4095), 7);
  EXPECT_EQ(byte(start + 2, 3), 7);
  EXPECT_EQ(byte(start + 2, 4), 0);
  const uint64_t hash = session_.machine().state_hash();
  EXPECT_EQ(write({{start + pages - 1}, 4095}, 2, 1), "PfnOutOfRange");
  EXPECT_EQ(write({{start}, 4294967295}, 1, 1), "PfnOutOfRange");
  EXPECT_EQ(write({{4294967294}, 4294967295}, 1, 1), "PfnOutOfRange");
  EXPECT_EQ(write({{start}, 0}, 0, 1), "CommandFormat");
  EXPECT_EQ(write({{start}, 0}, (1u << 20) + 1, 1), "CommandFormat");
  EXPECT_EQ(session_.machine().state_hash(), hash);
  EXPECT_EQ(run(R"({"op":"validate_slab_cache","cache":"none"})"), "UnknownCache");
}

TEST(SlubDebug, FullSlabsAreOnAListWhereUsersAreStored) {
  DebugCache cache(1000, kStoreUser);
  const std::vector<Kva> objects = cache.alloc_many(2u * cache.cache().oo.objects);
  const unsigned many = cache.cache().oo.objects;
  EXPECT_EQ(cache.lists(), textf("partial full B(%u/%u) A(%u/%u) nr_partial 0 slabs 2 objects %u",
                                 many, many, many, many, 2 * many));
  EXPECT_EQ(cache.validate().slabs, 2u);
  EXPECT_EQ(cache.wrong(), "");
  cache.free(objects[0]);
  EXPECT_EQ(cache.lists(), textf("partial A(%u/%u) full B(%u/%u) nr_partial 1 slabs 2 objects %u",
                                 many - 1, many, many, many, 2 * many));
  EXPECT_EQ(cache.validate().errors, 0u);
  EXPECT_EQ(cache.wrong(), "");
}

// 4096 = 56 * 73 + 8: eight bytes behind the last object of a slab.
TEST(SlubDebug, BytesBehindTheLastObjectAreLookedAt) {
  DebugCache cache(48, kPoison | kConsistencyChecks);
  ASSERT_EQ(cache.cache().size, 56u);
  const Kva object = cache.alloc();
  const Kva base = object & ~Kva{kPageSizeBytes - 1};
  cache.write(base + 4090, 0);
  cache.free(object);
  EXPECT_EQ(cache.reasons(),
            "BUG t: Padding overwritten. 0xffff888002a08ffa-0xffff888002a08ffa @offset=4090\n"
            "FIX t: Restoring slab padding 0xffff888002a08ffa-0xffff888002a08ffa=0x5a\n");
  EXPECT_EQ(cache.lists(), "partial A(0/73) full nr_partial 1 slabs 1 objects 73");
}

TEST(SlubDebug, AFreePointerThatLeadsNowhereTakesTheSlabOutOfUse) {
  DebugCache cache(64, kConsistencyChecks);
  const Kva object = cache.alloc();
  cache.free(object);
  for (uint32_t i = 0; i < 8; ++i) cache.write(object + cache.cache().offset + i, 0x33);
  const Kva next = cache.alloc();
  EXPECT_EQ(cache.name(next), "B+0");
  EXPECT_EQ(cache.reasons(), "BUG t: Freepointer corrupt\nFIX t: Marking all objects used\n");
  EXPECT_EQ(cache.wrong(), "");
}

// Objects with a constructor must keep what it wrote: they have red zones and no poison.
TEST(SlubDebug, ObjectsThatSomethingReadsAreNotPoisoned) {
  DebugCache cache(64, kPoison | kRedZone, TestSlub::plain(), true);
  const Kva object = cache.alloc();
  for (uint32_t i = 0; i < 64; ++i) cache.write(object + i, 1);
  cache.free(object);
  EXPECT_EQ(cache.bytes(object, 8), "01 01 01 01 01 01 01 01");
  EXPECT_EQ(cache.bytes(object + 64, 8), "bb bb bb bb bb bb bb bb");
  EXPECT_EQ(cache.validate().errors, 0u) << cache.log();
  EXPECT_EQ(cache.wrong(), "");
}

TEST(SlubDebug, KmallocRemembersWhatItWasAskedFor) {
  SlabConfig config = TestSlub::plain();
  config.slub_debug = *parse_slub_debug("U,kmalloc-64");
  TestSlub slub(config);
  Slub work = slub.slub();
  const Kva object = kmalloc_node(work, 50, gfp::kKernel, kAnyNode);
  const SlabId id = virt_to_slab(work, object);
  const KmemCache& cache = work.cache(work.slab(id).cache);
  uint32_t asked = 0;
  std::memcpy(&asked, bytes_at(work, work.slab(id), object + cache.inuse + 64), sizeof asked);
  EXPECT_EQ(asked, 50u);
  EXPECT_EQ(slub.wrong(), "");
}

}  // namespace
}  // namespace kmem::test
