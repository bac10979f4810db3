// Goal: calls of the object allocator, as a person makes them: results, refusals, texts.
// Method: a session on a pristine-like machine; commands come as JSON, as from the page.
#include <gtest/gtest.h>

#include <sstream>
#include <utility>

#include "base/text.h"
#include "engine/slub_support.h"
#include "ingest/user_command.h"
#include "report/ftrace.h"
#include "report/procfs.h"

namespace kmem::test {
namespace {

/// A session whose calls are JSON.
class SlabCalls : public testing::Test {
 protected:
  /// @return the object, or the name of the refusal.
  std::string run(const char* json) {
    CacheRequest request;
    Result<Command> command = read_user_command(json, kLinux6_1_192, &request);
    if (!command) return command.error().name;
    const Status done = session_.run(*command, request);
    if (!done) return done.error().name;
    EXPECT_EQ(verify(session_.machine()), "");
    return place_text(session_.timeline().object(session_.step() - 1));
  }
  /// Events of the last call of this name, see events_text().
  std::string events(const std::string& name) {
    std::string out;
    std::istringstream lines(events_text(session_.machine().records(), true));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name + " ")) out += line + "\n";
    }
    return out;
  }
  std::string slabinfo_row(const std::string& name) {
    const std::string text = *procfs(session_.machine().mm(), "/proc/slabinfo",
                                     &std::as_const(session_).machine().slab());
    const size_t start = text.find("\n" + name + " ");
    if (start == std::string::npos) return "";
    return text.substr(start + 1, text.find('\n', start + 1) - start - 1);
  }
  std::string call() { return session_.timeline().call_text(session_.step() - 1); }

  Session session_ = Session::from_machine(boot({zone_z().dump()}), NodeId{0}, "test");
};

TEST_F(SlabCalls, AnObjectComesAndGoes) {
  const std::string object = run(R"({"op":"kmalloc","bytes":100,"gfp":"GFP_KERNEL"})");
  EXPECT_TRUE(object.starts_with("pfn 0x")) << object;
  EXPECT_EQ(call(), "kmalloc(100, GFP_KERNEL)");
  EXPECT_EQ(events("kmalloc_size"), "kmalloc_size 0: 100 7 128\n");
  const ObjectPlace place = session_.timeline().object(0);
  EXPECT_EQ(slabinfo_row("kmalloc-128"),
            "kmalloc-128           32     32    128   32    1 : tunables    0    0    0 : slabdata"
            "      1      1      0");
  const std::string free =
      textf(R"({"op":"kfree","pfn":%u,"offset":%u})", place.pfn.value, place.offset);
  run(free.c_str());
  EXPECT_EQ(call(), "kfree(" + object + ")");
  EXPECT_NE(events("slub_free_fast"), "");
  run(free.c_str());
  EXPECT_EQ(events("bad_object"), textf("bad_object 2: %u %u -1\n", place.pfn.value, place.offset));
}

TEST_F(SlabCalls, FlagsMayHaveSpacesAroundTheBarAsInC) {
  for (const char* flags : {"SLAB_PANIC|SLAB_ACCOUNT", " SLAB_PANIC | SLAB_ACCOUNT "}) {
    run(textf(R"({"op":"kmem_cache_create","cache":"t","size":24,"flags":"%s"})", flags).c_str());
    EXPECT_EQ(call(), "kmem_cache_create(\"t\", 24, 0, SLAB_ACCOUNT|SLAB_PANIC, NULL)") << flags;
  }
  for (const char* flags : {"SLAB_PANIC |", "SLAB_PANIC || SLAB_ACCOUNT", "SLAB_ PANIC"}) {
    EXPECT_EQ(run(textf(R"({"op":"kmem_cache_create","cache":"t","size":24,"flags":"%s"})", flags)
                      .c_str()),
              "CommandFormat")
        << flags;
  }
}

TEST_F(SlabCalls, NothingAndZeroSize) {
  EXPECT_EQ(run(R"({"op":"kmalloc","bytes":0,"gfp":"GFP_KERNEL"})"), "ZERO_SIZE_PTR");
  run(R"({"op":"kfree","offset":16})");
  EXPECT_EQ(call(), "kfree(ZERO_SIZE_PTR)");
  EXPECT_EQ(events("bad_object"), "");
  run(R"({"op":"kfree"})");
  EXPECT_EQ(call(), "kfree(NULL)");
  EXPECT_EQ(events("bad_object"), "");
}

TEST_F(SlabCalls, LargeOnesArePages) {
  run(R"({"op":"kmalloc","bytes":8193,"gfp":"GFP_KERNEL"})");
  const ObjectPlace place = session_.timeline().object(0);
  EXPECT_EQ(place.offset, 0u);
  EXPECT_EQ(session_.machine().slab().large_pages, 4u);
  run(textf(R"({"op":"kfree","pfn":%u})", place.pfn.value).c_str());
  EXPECT_EQ(session_.machine().slab().large_pages, 0u);
  EXPECT_EQ(run(R"({"op":"kmalloc","bytes":4194305,"gfp":"GFP_KERNEL"})"), "NULL");
}

TEST_F(SlabCalls, SizeClassesAndTypes) {
  const auto cache_of = [this](uint32_t bytes, Gfp gfp) {
    return session_.machine()
        .slab()
        .caches[kmalloc_slab(session_.machine().slab(), bytes, gfp)]
        .name;
  };
  constexpr struct {
    uint32_t bytes;
    const char* cache;
  } kClasses[] = {{1, "8"},     {8, "8"},     {9, "16"},    {17, "32"},   {33, "64"},
                  {65, "96"},   {96, "96"},   {97, "128"},  {129, "192"}, {192, "192"},
                  {193, "256"}, {257, "512"}, {1000, "1k"}, {1025, "2k"}, {4096, "4k"},
                  {4097, "8k"}, {8192, "8k"}};
  for (const auto& each : kClasses) {
    EXPECT_EQ(cache_of(each.bytes, gfp::kKernel), std::string("kmalloc-") + each.cache);
  }
  EXPECT_EQ(cache_of(64, gfp::kKernelAccount), "kmalloc-cg-64");
  EXPECT_EQ(cache_of(64, gfp::kKernel | gfp::kReclaimable), "kmalloc-rcl-64");
  EXPECT_EQ(cache_of(64, gfp::kKernelAccount | gfp::kDma), "dma-kmalloc-64");
}

TEST_F(SlabCalls, CachesAreMadeMergedAndDestroyed) {
  run(R"({"op":"kmem_cache_create","cache":"A","size":200})");
  run(R"({"op":"kmem_cache_create","cache":"B","size":196})");
  EXPECT_EQ(call(), "kmem_cache_create(\"B\", 196, 0, 0, NULL)");
  run(R"({"op":"kmem_cache_create","cache":"C","size":192})");
  run(R"({"op":"kmem_cache_create","cache":"D","size":200,"flags":"SLAB_RECLAIM_ACCOUNT"})");
  EXPECT_EQ(slabinfo_row("B"), "");
  EXPECT_NE(slabinfo_row("C"), "");
  EXPECT_NE(slabinfo_row("D"), "");
  run(R"({"op":"kmem_cache_alloc","cache":"B","gfp":"GFP_KERNEL"})");
  EXPECT_EQ(call(), "kmem_cache_alloc(B, GFP_KERNEL)");
  EXPECT_EQ(slabinfo_row("A"),
            "A                     20     20    200   20    1 : tunables    0    0    0 : slabdata"
            "      1      1      0");
  run(R"({"op":"kmem_cache_destroy","cache":"A"})");
  EXPECT_EQ(run(R"({"op":"kmem_cache_alloc","cache":"A","gfp":"GFP_KERNEL"})"), "UnknownCache");
  run(R"({"op":"kmem_cache_destroy","cache":"B"})");
  EXPECT_EQ(events("kmem_cache_destroy").substr(0, 19), "kmem_cache_destroy ");
  EXPECT_NE(slabinfo_row("A"), "") << "an object is in use";
}

TEST_F(SlabCalls, Refusals) {
  EXPECT_EQ(run(R"({"op":"kmem_cache_create","cache":"x","size":0})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"kmem_cache_create","cache":"","size":8})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"kmem_cache_create","cache":"x","size":8,"align":24})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"kmem_cache_create","cache":"x","size":8,"flags":"SLAB_Q"})"),
            "CommandFormat");
  EXPECT_EQ(run(R"({"op":"kmem_cache_shrink","cache":"none"})"), "UnknownCache");
  EXPECT_EQ(run(R"({"op":"kmem_cache_shrink","cache":""})"), "UnknownCache");
  EXPECT_EQ(run(R"({"op":"kmem_cache_destroy","cache":"kmalloc-64"})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"kfree","pfn":1})"), "PfnOutOfRange");
  EXPECT_EQ(session_.step(), 0u);
  // What the kernel itself turns down is an outcome, not a refusal.
  run(R"({"op":"kmem_cache_create","cache":"big","size":4194305})");
  EXPECT_NE(events("kmem_cache_create").find(" -22"), std::string::npos);
  EXPECT_EQ(run(R"({"op":"kmem_cache_alloc","cache":"big","gfp":"GFP_KERNEL"})"), "UnknownCache");
}

// A cache that is never merged has its own directory in sysfs, so its name must be new.
TEST_F(SlabCalls, ANameMayBeTakenAlready) {
  const char* const create =
      R"({"op":"kmem_cache_create","cache":"r","size":64,"flags":"SLAB_TYPESAFE_BY_RCU"})";
  run(create);
  EXPECT_EQ(events("kmem_cache_create").find(" -17"), std::string::npos);
  run(create);
  EXPECT_NE(events("kmem_cache_create").find(" -17\n"), std::string::npos);
  run(R"({"op":"kmem_cache_destroy","cache":"r"})");
  run(create);
  EXPECT_EQ(events("kmem_cache_create").find(" -17"), std::string::npos);
}

TEST_F(SlabCalls, PagesOfSlabsAreNotFreedAsPages) {
  run(R"({"op":"kmalloc","bytes":64,"gfp":"GFP_KERNEL"})");
  const uint32_t pfn = session_.timeline().object(0).pfn.value;
  const uint64_t before = session_.machine().state_hash();
  run(textf(R"({"op":"__free_pages","pfn":%u,"order":0})", pfn).c_str());
  EXPECT_NE(events("bad_page"), "");
  run(textf(R"({"op":"kfree","pfn":%u,"offset":1})", pfn).c_str());
  EXPECT_NE(events("bad_object"), "");
  EXPECT_EQ(session_.machine().state_hash(), before);
}

TEST_F(SlabCalls, TraceTextIsTheKernels) {
  run(R"({"op":"kmalloc","bytes":16,"gfp":"GFP_KERNEL_ACCOUNT|__GFP_ZERO"})");
  const ObjectPlace place = session_.timeline().object(0);
  const auto address = static_cast<unsigned long long>(page_address(place.pfn) + place.offset);
  const SlabState& slab = std::as_const(session_).machine().slab();
  const auto last_text = [&] {
    return *ftrace_event_text(session_.machine().records().back(), 9, &slab);
  };
  EXPECT_EQ(last_text(), textf("kmalloc: call_site=0x0 ptr=%016llx bytes_req=16 bytes_alloc=16 "
                               "gfp_flags=GFP_KERNEL_ACCOUNT|__GFP_ZERO node=-1 accounted=true",
                               address));
  run(R"({"op":"kmem_cache_alloc","cache":"kmalloc-192","gfp":"GFP_KERNEL"})");
  EXPECT_NE(last_text().find("bytes_req=192 bytes_alloc=192 gfp_flags=GFP_KERNEL node=-1 "
                             "accounted=false"),
            std::string::npos);
}

// Bytes of objects are real bytes: what a person writes over a free pointer is what SLUB reads.
TEST_F(SlabCalls, AFreeListThatWasWrittenOverEndsThere) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":256,"flags":"SLAB_ACCOUNT"})");
  run(R"({"op":"kmem_cache_alloc","cache":"t","gfp":"GFP_KERNEL"})");
  const uint32_t pfn = session_.timeline().object(1).pfn.value;
  Command command;
  command.op = Op::memset;
  command.pfn = {pfn};
  command.amount = kPageSizeBytes;
  command.value = 0x5a;
  ASSERT_TRUE(session_.run(command));
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(session_.machine().check(command));
    CacheRequest request{"t", 0, 0, 0, false, {}};
    Command alloc;
    alloc.op = Op::kmem_cache_alloc;
    alloc.gfp = gfp::kKernel;
    ASSERT_TRUE(session_.run(alloc, request));
  }
  EXPECT_EQ(verify(session_.machine()), "");
}

// History: back before a cache was made, and forward again.
TEST_F(SlabCalls, TimeTravel) {
  run(R"({"op":"kmem_cache_create","cache":"t","size":96})");
  for (int i = 0; i < 100; ++i) {
    run(R"({"op":"kmem_cache_alloc","cache":"t","gfp":"GFP_KERNEL"})");
  }
  const uint64_t end = session_.machine().state_hash();
  ASSERT_TRUE(session_.seek(0));
  EXPECT_EQ(slabinfo_row("t"), "");
  ASSERT_TRUE(session_.seek(101));
  EXPECT_EQ(session_.machine().state_hash(), end);
  ASSERT_TRUE(session_.seek(50));
  run(R"({"op":"kmem_cache_shrink","cache":"t"})");
  EXPECT_EQ(session_.timeline().length(), 51u);
}

}  // namespace
}  // namespace kmem::test
