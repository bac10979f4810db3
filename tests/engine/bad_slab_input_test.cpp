// Goal: every bad call about caches and objects has one answer: a named refusal that changes
// nothing where the kernel would break, or else the kernel's own result, with the text of its log.
// Method: each of them in a session with calls as JSON, with its error or its event, its text, and
// the state before and after.
#include <gtest/gtest.h>

#include "engine/slab_session.h"

namespace kmem::test {
namespace {

class BadSlabInput : public testing::TestWithParam<SlabAllocator>, public SlabSession {
 protected:
  BadSlabInput() : SlabSession(config()) {}
  /// As Debian's kernel is built: it looks where an object comes from.
  static SlabConfig config() {
    SlabConfig config = SlabSession::config(GetParam());
    config.freelist_hardened = true;
    return config;
  }
  [[nodiscard]] static bool is_slub() { return GetParam() == SlabAllocator::slub; }
  /// The kernel's log of the last call.
  std::string log() {
    const KernelLog& log = session.machine().log();
    return log.text(log.call_first());
  }
  /// Whether the last call printed this line.
  bool said(const std::string& line) {
    return ("\n" + log()).find("\n" + line + "\n") != std::string::npos;
  }
  /// A refusal's name; the machine must be as before.
  std::string refused(const std::string& json) {
    const uint64_t before = session.machine().state_hash();
    const uint32_t step = session.step();
    const std::string name = run(json);
    EXPECT_EQ(session.machine().state_hash(), before) << json;
    EXPECT_EQ(session.step(), step) << json;
    return name;
  }
};

INSTANTIATE_TEST_SUITE_P(Both, BadSlabInput,
                         testing::Values(SlabAllocator::slub, SlabAllocator::slab),
                         [](const auto& each) {
                           return each.param == SlabAllocator::slub ? "Slub" : "Slab";
                         });

TEST_P(BadSlabInput, ObjectSizes) {
  EXPECT_EQ(refused(R"({"op":"kmem_cache_create","cache":"zero","size":0})"), "CommandFormat");
  EXPECT_EQ(refused(R"({"op":"kmem_cache_create","cache":"huge","size":1073741825})"),
            "CommandFormat");
  run(R"({"op":"kmem_cache_create","cache":"big","size":4194305})");
  EXPECT_EQ(log(), std::string("kmem_cache_create_usercopy(big) failed with error ") +
                       (is_slub() ? "-22\n" : "-7\n"));
  EXPECT_EQ(refused(R"({"op":"kmem_cache_alloc","cache":"big","gfp":"GFP_KERNEL"})"),
            "UnknownCache");
  run(R"({"op":"kmem_cache_create","cache":"big","size":4194305,"flags":"SLAB_PANIC"})");
  EXPECT_EQ(log(), std::string("Kernel panic - not syncing: kmem_cache_create_usercopy: Failed to "
                               "create slab 'big'. Error ") +
                       (is_slub() ? "-22\n" : "-7\n"));
}

TEST_P(BadSlabInput, Alignments) {
  for (const char* align : {"3", "24", "4294967295", "2097152"}) {
    EXPECT_EQ(
        refused(textf(R"({"op":"kmem_cache_create","cache":"t","size":8,"align":%s})", align)),
        "CommandFormat")
        << align;
  }
}

TEST_P(BadSlabInput, ANameThatIsTaken) {
  const char* const create = R"({"op":"kmem_cache_create","cache":"twice","size":64})";
  run(create);
  EXPECT_EQ(log(), "");
  run(create);
  // SLAB has no directory in sysfs that could be there already.
  EXPECT_EQ(log(), is_slub() ? "kmem_cache_create_usercopy(twice) failed with error -17\n" : "");
}

TEST_P(BadSlabInput, NoCache) {
  for (const char* json :
       {R"({"op":"kmem_cache_alloc","cache":"","gfp":"GFP_KERNEL"})",
        R"({"op":"kmem_cache_zalloc","cache":"","gfp":"GFP_KERNEL"})",
        R"({"op":"kmem_cache_alloc_bulk","cache":"","count":2,"gfp":"GFP_KERNEL"})",
        R"({"op":"kmem_cache_free","cache":""})",
        R"({"op":"kmem_cache_free_bulk","cache":"","objects":[{}]})",
        R"({"op":"kmem_cache_shrink","cache":""})", R"({"op":"kmem_cache_destroy","cache":""})",
        R"({"op":"mempool_create_slab_pool","min_nr":1,"cache":""})"}) {
    EXPECT_EQ(refused(json), "UnknownCache") << json;
  }
}

TEST_P(BadSlabInput, TheWrongCache) {
  run(R"({"op":"kmem_cache_create","cache":"a","size":64})");
  run(R"({"op":"kmem_cache_create","cache":"b","size":64})");
  run(R"({"op":"kmem_cache_alloc","cache":"b","gfp":"GFP_KERNEL"})");
  const ObjectPlace place = last();
  run(R"({"op":"kmem_cache_free","cache":"a",)" + json_of(place) + "}");
  EXPECT_EQ(events("bad_object").substr(0, 13), "bad_object 3:");
  EXPECT_TRUE(said("cache_from_obj: Wrong slab cache. a but object is from b")) << log();
  run(R"({"op":"kmem_cache_alloc","cache":"b","gfp":"GFP_KERNEL"})");
  EXPECT_EQ(last(), place) << "it went home";
  run(R"({"op":"kmem_cache_free_bulk","cache":"a","objects":[{)" + json_of(place) + "}]}");
  EXPECT_TRUE(said("cache_from_obj: Wrong slab cache. a but object is from b")) << log();
}

TEST_P(BadSlabInput, FreeingTwice) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":64})");
  run(R"({"op":"kmem_cache_alloc","cache":"t","gfp":"GFP_KERNEL"})");
  const std::string place = json_of(last());
  run(R"({"op":"kmem_cache_free","cache":"t",)" + place + "}");
  const uint64_t before = session.machine().state_hash();
  for (const std::string& json :
       {R"({"op":"kmem_cache_free","cache":"t",)" + place + "}", R"({"op":"kfree",)" + place + "}",
        R"({"op":"kfree_sensitive",)" + place + "}",
        R"({"op":"krealloc",)" + place + R"(,"bytes":9,"gfp":"GFP_KERNEL"})",
        R"({"op":"kfree_bulk","objects":[{)" + place + "}]}"}) {
    run(json);
    EXPECT_EQ(events("bad_object").substr(0, 13), "bad_object 2:") << json;
    EXPECT_EQ(session.machine().state_hash(), before) << json;
  }
}

TEST_P(BadSlabInput, DestroyingWhatIsInUse) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":64})");
  run(R"({"op":"kmem_cache_alloc","cache":"t","gfp":"GFP_KERNEL"})");
  const std::string place = json_of(last());
  run(R"({"op":"kmem_cache_destroy","cache":"t"})");
  EXPECT_TRUE(
      said("kmem_cache_destroy t: Slab cache still has objects when called from "
           "kmem_cache_destroy+0x0/0x10"))
      << log();
  run(R"({"op":"kmem_cache_free","cache":"t",)" + place + "}");
  run(R"({"op":"kmem_cache_destroy","cache":"t"})");
  EXPECT_EQ(log(), "");
  EXPECT_EQ(refused(R"({"op":"kmem_cache_shrink","cache":"t"})"), "UnknownCache");
}

}  // namespace
}  // namespace kmem::test
