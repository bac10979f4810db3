// Goal: SLUB's debugging finds what the kernel finds, does what it does, and says it in its words.
// Method: the worked example E9 of the fact sheet, which a real 6.1.192 ran: every report is
// compared as a whole, with the addresses of that run (its stacks are left out, and its calls have
// our names); then the lists, the bytes, and what KUnit's tests of SLUB expect.
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/slub_debug_support.h"

namespace kmem::test {
namespace {

using namespace slab_flags;

constexpr SlabFlags kAll = kConsistencyChecks | kRedZone | kPoison | kStoreUser;

/// The kernel of the recording had warned and reported before.
DebugCache recorded_cache() {
  DebugCache cache(40, kAll);
  cache.test().machine().mm().log.add_taint(Taint::bad_page);
  cache.test().machine().mm().log.add_taint(Taint::warn);
  cache.log();
  return cache;
}

const std::string kRuler(77, '=');
const std::string kLine(77, '-');
const std::string kCpu = "CPU: 0 PID: 1 Comm: init Tainted: G    B   W          6.1.192 #1 \n";

std::string header(const std::string& reason) {
  return kRuler + "\nBUG t (Tainted: G    B   W         ): " + reason + "\n" + kLine + "\n\n";
}

TEST(SlubDebugExample, NewObjectsArePoisoned) {
  DebugCache cache(40, kAll);
  EXPECT_EQ(cache.cache().size, 136u);
  EXPECT_EQ(cache.cache().inuse, 48u);
  EXPECT_EQ(cache.cache().offset, 48u);
  EXPECT_EQ(cache.cache().red_left_pad, 8u);
  EXPECT_EQ(cache.test().names(cache.alloc_many(4)), "A+8 A+144 A+280 A+416");
  EXPECT_EQ(cache.lists(), "partial A(4/30) full nr_partial 1 slabs 1 objects 30");
  Slub slub = cache.test().slub();
  const Kva base = slub.slab(cache.cache().node[0].first).base;
  std::string poison;
  for (int i = 0; i < 39; ++i) poison += "6b ";
  EXPECT_EQ(cache.bytes(base + 8, 40), poison + "a5");
  EXPECT_EQ(cache.bytes(base, 8), "cc cc cc cc cc cc cc cc");
  EXPECT_EQ(cache.bytes(base + 48, 8), "cc cc cc cc cc cc cc cc");
  EXPECT_EQ(cache.bytes(base + 4 * 136, 8), "bb bb bb bb bb bb bb bb") << "a free object";
  EXPECT_EQ(cache.bytes(base + 4080, 16), "5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a 5a");
  EXPECT_EQ(cache.log(), "");
  EXPECT_EQ(cache.wrong(), "");
}

TEST(SlubDebugExample, AnOverflowIsReportedAndRepairedAtTheFree) {
  DebugCache cache = recorded_cache();
  const std::vector<Kva> objects = cache.alloc_many(4);
  cache.write(objects[0] + 40, 0x12);
  cache.free(objects[0]);
  EXPECT_EQ(
      cache.log(),
      header("Right Redzone overwritten") +
          "0xffff888002a08030-0xffff888002a08030 @offset=48. First byte 0x12 instead of 0xcc\n"
          "Allocated in kmem_cache_alloc+0x0/0x10 age=4 cpu=0 pid=1\n"
          "Slab 0xffffea00000a8200 objects=30 used=4 fp=0xffff888002a08228 "
          "flags=0x4000000000000200(slab|zone=1)\n"
          "Object 0xffff888002a08008 @offset=8 fp=0x0000000000000000\n"
          "\n"
          "Redzone  ffff888002a08000: cc cc cc cc cc cc cc cc                          ........\n"
          "Object   ffff888002a08008: 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b  "
          "kkkkkkkkkkkkkkkk\n"
          "Object   ffff888002a08018: 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b  "
          "kkkkkkkkkkkkkkkk\n"
          "Object   ffff888002a08028: 6b 6b 6b 6b 6b 6b 6b a5                          kkkkkkk.\n"
          "Redzone  ffff888002a08030: 12 cc cc cc cc cc cc cc                          ........\n"
          "Padding  ffff888002a08080: 5a 5a 5a 5a 5a 5a 5a 5a                          ZZZZZZZZ\n" +
          kCpu +
          "FIX t: Restoring Right Redzone 0xffff888002a08030-0xffff888002a08030=0xcc\n"
          "FIX t: Object at 0xffff888002a08008 not freed\n");
  EXPECT_EQ(cache.lists(), "partial A(4/30) full nr_partial 1 slabs 1 objects 30");
  EXPECT_EQ(cache.read(objects[0] + 40), 0xcc);
}

TEST(SlubDebugExample, FreeingTwiceIsReportedAndCutsTheFreeList) {
  DebugCache cache = recorded_cache();
  const std::vector<Kva> objects = cache.alloc_many(4);
  cache.free(objects[1]);
  EXPECT_EQ(cache.log(), "");
  cache.free(objects[1]);
  EXPECT_EQ(
      cache.log(),
      header("Object already free") +
          "Allocated in kmem_cache_alloc+0x0/0x10 age=4 cpu=0 pid=1\n"
          "Freed in kmem_cache_free+0x0/0x10 age=1 cpu=0 pid=1\n"
          "Slab 0xffffea00000a8200 objects=30 used=3 fp=0xffff888002a08090 "
          "flags=0x4000000000000200(slab|zone=1)\n"
          "Object 0xffff888002a08090 @offset=144 fp=0x0000000000000000\n"
          "\n"
          "Redzone  ffff888002a08088: bb bb bb bb bb bb bb bb                          ........\n"
          "Object   ffff888002a08090: 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b  "
          "kkkkkkkkkkkkkkkk\n"
          "Object   ffff888002a080a0: 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b  "
          "kkkkkkkkkkkkkkkk\n"
          "Object   ffff888002a080b0: 6b 6b 6b 6b 6b 6b 6b a5                          kkkkkkk.\n"
          "Redzone  ffff888002a080b8: bb bb bb bb bb bb bb bb                          ........\n"
          "Padding  ffff888002a08108: 5a 5a 5a 5a 5a 5a 5a 5a                          ZZZZZZZZ\n" +
          kCpu + "FIX t: Object at 0xffff888002a08090 not freed\n");
  cache.free(objects[2] + 8);
  EXPECT_EQ(cache.log(), header("Invalid object pointer 0xffff888002a08120") +
                             "Slab 0xffffea00000a8200 objects=30 used=3 fp=0xffff888002a08090 "
                             "flags=0x4000000000000200(slab|zone=1)\n" +
                             kCpu + "FIX t: Object at 0xffff888002a08120 not freed\n");
  cache.free(objects[3]);
  EXPECT_EQ(cache.log(), header("Wrong object count. Counter is 3 but counted were 29") +
                             "Slab 0xffffea00000a8200 objects=30 used=3 fp=0xffff888002a08090 "
                             "flags=0x4000000000000200(slab|zone=1)\n" +
                             kCpu + "FIX t: Object count adjusted\n");
  EXPECT_EQ(cache.lists(), "partial A(28/30) full nr_partial 1 slabs 1 objects 30");
  EXPECT_EQ(cache.wrong(), "");
}

TEST(SlubDebugExample, UseAfterFreeTakesTheSlabOutOfUse) {
  DebugCache cache = recorded_cache();
  const std::vector<Kva> objects = cache.alloc_many(4);
  cache.free(objects[1]);
  cache.free(objects[1]);
  cache.free(objects[3]);
  cache.log();
  cache.write(objects[3] + 5, 0x99);
  const Kva got = cache.alloc();
  EXPECT_EQ(
      cache.log(),
      header("Poison overwritten") +
          "0xffff888002a081a5-0xffff888002a081a5 @offset=421. First byte 0x99 instead of 0x6b\n"
          "Allocated in kmem_cache_alloc+0x0/0x10 age=4 cpu=0 pid=1\n"
          "Freed in kmem_cache_free+0x0/0x10 age=1 cpu=0 pid=1\n"
          "Slab 0xffffea00000a8200 objects=30 used=29 fp=0xffff888002a08090 "
          "flags=0x4000000000000200(slab|zone=1)\n"
          "Object 0xffff888002a081a0 @offset=416 fp=0xffff888002a08090\n"
          "\n"
          "Redzone  ffff888002a08198: bb bb bb bb bb bb bb bb                          ........\n"
          "Object   ffff888002a081a0: 6b 6b 6b 6b 6b 99 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b  "
          "kkkkk.kkkkkkkkkk\n"
          "Object   ffff888002a081b0: 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b  "
          "kkkkkkkkkkkkkkkk\n"
          "Object   ffff888002a081c0: 6b 6b 6b 6b 6b 6b 6b a5                          kkkkkkk.\n"
          "Redzone  ffff888002a081c8: bb bb bb bb bb bb bb bb                          ........\n"
          "Padding  ffff888002a08218: 5a 5a 5a 5a 5a 5a 5a 5a                          ZZZZZZZZ\n" +
          kCpu +
          "FIX t: Restoring Poison 0xffff888002a081a5-0xffff888002a081a5=0x6b\n"
          "FIX t: Marking all objects used\n");
  EXPECT_EQ(cache.name(got), "B+8");
  EXPECT_EQ(cache.lists(), "partial B(1/30) full nr_partial 1 slabs 2 objects 60");
  EXPECT_EQ(cache.validate().slabs, 1u);
  EXPECT_EQ(cache.log(), "SLUB: t 1 slabs counted but counter=2\n");
  cache.free(objects[2]);
  EXPECT_EQ(cache.log(), header("Slab disabled since SLUB metadata consistency check failed") +
                             "Slab 0xffffea00000a8200 objects=30 used=30 fp=0x0000000000000000 "
                             "flags=0x4000000000000200(slab|zone=1)\n" +
                             kCpu + "FIX t: Object at 0xffff888002a08118 not freed\n");
  EXPECT_EQ(cache.wrong(), "");
  cache.free(got);
  Slub slub = cache.test().slub();
  slub.caller = "kmem_cache_destroy";
  EXPECT_FALSE(kmem_cache_destroy(slub, cache.id())) << "nobody can free the slab any more";
  EXPECT_EQ(cache.log(),
            "------------[ cut here ]------------\n"
            "kmem_cache_destroy t: Slab cache still has objects when called from "
            "kmem_cache_destroy+0x0/0x10\n"
            "WARNING: CPU: 0 PID: 1 at mm/slab_common.c:493 kmem_cache_destroy\n" +
                kCpu + "---[ end trace 0000000000000000 ]---\n");
  EXPECT_EQ(cache.wrong(), "");
}

TEST(SlubDebugExample, SlabsGoFromTheNodeAndBackToIt) {
  DebugCache cache(512, kRedZone);
  EXPECT_EQ(cache.cache().size, 536u);
  const std::vector<Kva> objects = cache.alloc_many(31);
  EXPECT_EQ(cache.name(objects[0]), "A+8");
  EXPECT_EQ(cache.lists(), "partial C(1/15) full nr_partial 1 slabs 3 objects 45");
  cache.free(objects[0]);
  cache.free(objects[15]);
  EXPECT_EQ(cache.lists(),
            "partial C(1/15) A(14/15) B(14/15) full nr_partial 3 slabs 3 objects 45");
  const Kva next = cache.alloc();
  EXPECT_EQ(cache.name(next), "C+544");
  cache.free(next);
  for (size_t i = 1; i < objects.size(); ++i) {
    if (i != 15) cache.free(objects[i]);
  }
  EXPECT_EQ(cache.lists(), "partial C(0/15) A(0/15) B(0/15) full nr_partial 3 slabs 3 objects 45");
  EXPECT_EQ(cache.log(), "");
  EXPECT_EQ(cache.wrong(), "");
}

TEST(SlubDebugExample, ObjectsLeftInACacheAreListed) {
  TestSlub slub;
  slub.create(128);
  const std::vector<Kva> objects = slub.alloc_many(3);
  slub.free(objects[1]);
  Slub work = slub.slub();
  work.caller = "kmem_cache_destroy";
  EXPECT_FALSE(kmem_cache_destroy(work, find_cache(work.state, "t")));
  const auto address = [&](size_t i) { return static_cast<unsigned long long>(objects[i]); };
  const unsigned long long page = 0xffffea0000000000 + uint64_t{pfn_of(objects[0]).value} * 64;
  EXPECT_EQ(slub.machine().log().text(),
            kRuler + "\nBUG t (Not tainted): Objects remaining in t on __kmem_cache_shutdown()\n" +
                kLine + "\n\n" +
                textf("Slab 0x%016llx objects=32 used=2 fp=0x%016llx "
                      "flags=0x4000000000000200(slab|zone=1)\n",
                      page, address(1)) +
                "CPU: 0 PID: 1 Comm: init Not tainted 6.1.192 #1 \n"
                "Disabling lock debugging due to kernel taint\n" +
                textf("Object 0x%016llx @offset=0\nObject 0x%016llx @offset=256\n", address(0),
                      address(2)) +
                "------------[ cut here ]------------\n"
                "kmem_cache_destroy t: Slab cache still has objects when called from "
                "kmem_cache_destroy+0x0/0x10\n"
                "WARNING: CPU: 0 PID: 1 at mm/slab_common.c:493 kmem_cache_destroy\n"
                "CPU: 0 PID: 1 Comm: init Tainted: G    B              6.1.192 #1 \n"
                "---[ end trace 0000000000000000 ]---\n");
  EXPECT_EQ(slub.wrong(), "");
}

// ---- what KUnit's tests of SLUB expect -------------------------------------------------------

TEST(SlubKunit, ARedZoneThatWasWrittenTo) {
  DebugCache cache(64, kRedZone);
  const Kva object = cache.alloc();
  cache.write(object + 64, 0x12);
  EXPECT_EQ(cache.validate().errors, 2u) << cache.log();
  EXPECT_EQ(cache.validate().errors, 0u) << "it was restored";
  cache.free(object);
  cache.write(object + 64, 0x12);
  EXPECT_EQ(cache.validate().errors, 2u) << cache.log();
  EXPECT_EQ(cache.validate().errors, 0u);
}

TEST(SlubKunit, AFreePointerThatWasWrittenTo) {
  DebugCache cache(64, kPoison);
  const Kva object = cache.alloc();
  cache.free(object);
  const Kva place = object + cache.cache().offset;
  const uint8_t before = cache.read(place + 1);
  cache.write(place + 1, static_cast<uint8_t>(~before));
  std::vector<uint8_t> word;
  for (uint32_t i = 0; i < 8; ++i) word.push_back(cache.read(place + i));
  word[1] = before;
  EXPECT_EQ(cache.validate().errors, 3u) << cache.log();
  // Somebody puts the pointer back: the list is whole again, but the counter was adjusted.
  for (uint32_t i = 0; i < 8; ++i) cache.write(place + i, word[i]);
  EXPECT_EQ(cache.validate().errors, 2u) << cache.log();
  EXPECT_EQ(cache.validate().errors, 0u) << cache.log();
}

TEST(SlubKunit, PoisonThatWasWrittenTo) {
  for (const uint32_t place : {0u, 50u}) {
    DebugCache cache(64, kPoison);
    const Kva object = cache.alloc();
    cache.free(object);
    cache.write(object + place, 0x78);
    EXPECT_EQ(cache.validate().errors, 2u) << cache.log();
    EXPECT_EQ(cache.validate().errors, 0u) << cache.log();
  }
}

}  // namespace
}  // namespace kmem::test
