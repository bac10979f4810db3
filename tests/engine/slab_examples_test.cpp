// Goal: the worked examples of SLAB, and what it does that SLUB does not.
// Method: a machine with one CPU as in the recorded sequences; pictures of a cache, whole rows of
// /proc/slabinfo. The sequences themselves are in tests/conformance.
#include <gtest/gtest.h>

#include <cstring>

#include "base/text.h"
#include "engine/slab_support.h"
#include "mm/page_alloc.h"
#include "report/procfs.h"
#include "slab/slab_index.h"
#include "slab/slub_freelist.h"

namespace kmem::test {
namespace {

std::string slabinfo_row(const SlabState& state, const std::string& name) {
  const std::string text = slabinfo(state);
  const size_t start = text.find("\n" + name + " ");
  if (start == std::string::npos) return "";
  return text.substr(start + 1, text.find('\n', start + 1) - start - 1);
}

TEST(SlabExamples, OrderAndColour) {
  TestSlab slab(2);
  slab.create({"l1", 256, 0, 0, false, {}});
  EXPECT_EQ(slab.names(slab.alloc_many(4)), "A+3840 A+3584 A+3328 A+3072");
  slab.alloc_many(36);
  EXPECT_EQ(
      slabinfo_row(slab.slub().state, "l1"),
      "l1                    48     48    256   16    1 : tunables  120   60    8 : slabdata  "
      "    3      3      0");
  slab.create(1200);
  EXPECT_EQ(slab.names(slab.alloc_many(7)), "A+2464 A+1264 A+64 B+2528 B+1328 B+128 C+2592");
  EXPECT_EQ(slab.wrong(), "");
}

TEST(SlabExamples, FlushIntoSlabsAndIntoTheSharedArray) {
  for (const uint8_t cpus : {uint8_t{1}, uint8_t{2}}) {
    TestSlab slab(cpus);
    slab.create({"l2", 1000, 0, 0, false, {}});
    slab.free_all(slab.alloc_many(60));
    EXPECT_EQ(slabinfo_row(slab.slub().state, "l2"),
              cpus == 1
                  ? "l2                    33     60   1000    4    1 : tunables   54   27    "
                    "0 : slabdata      9     15      0"
                  : "l2                    60     60   1000    4    1 : tunables   54   27    "
                    "8 : slabdata     15     15     27");
    EXPECT_EQ(slab.wrong(), "");
  }
}

// Each size from the table that was read off the same kernel.
TEST(SlabExamples, KmallocSizes) {
  TestSlab slab;
  const Slub work = slab.slub();
  const std::vector<std::pair<uint32_t, const char*>> sizes = {
      {1, "kmalloc-32"},    {8, "kmalloc-32"},    {16, "kmalloc-32"},   {32, "kmalloc-32"},
      {33, "kmalloc-64"},   {65, "kmalloc-96"},   {96, "kmalloc-96"},   {97, "kmalloc-128"},
      {129, "kmalloc-192"}, {193, "kmalloc-256"}, {512, "kmalloc-512"}, {1000, "kmalloc-1k"},
      {1025, "kmalloc-2k"}, {4096, "kmalloc-4k"}, {4097, "kmalloc-8k"}, {8192, "kmalloc-8k"},
  };
  for (const auto& [bytes, name] : sizes) {
    EXPECT_EQ(work.cache(kmalloc_slab(work.state, bytes, 0)).name, name) << bytes;
  }
  EXPECT_EQ(work.cache(kmalloc_slab(work.state, 64, gfp::kDma)).name, "dma-kmalloc-64");
  EXPECT_EQ(work.cache(kmalloc_slab(work.state, 8, gfp::kReclaimable)).name, "kmalloc-rcl-32");
}

// The order of creation and the sizes are those of /proc/slabinfo on that kernel.
TEST(SlabExamples, KmallocCachesOfTheMachine) {
  SlabConfig config = TestSlab::plain();
  config.memcg = false;
  TestSlab slab(1, config);
  std::string rows;
  for (const KmemCache& cache : slab.slub().state.caches) {
    if (cache.name.starts_with("dma-") || cache.name.starts_with("kmalloc-rcl-")) break;
    appendf(rows, "%s %u*%u order %u\n", cache.name.c_str(), unsigned{cache.oo.objects}, cache.size,
            unsigned{cache.oo.order});
  }
  EXPECT_EQ(rows,
            "kmem_cache 32*128 order 0\nkmalloc-128 32*128 order 0\nkmalloc-32 124*32 order 0\n"
            "kmalloc-64 64*64 order 0\nkmalloc-96 32*128 order 0\nkmalloc-192 21*192 order 0\n"
            "kmalloc-256 16*256 order 0\nkmalloc-512 8*512 order 0\nkmalloc-1k 4*1024 order 0\n"
            "kmalloc-2k 2*2048 order 0\nkmalloc-4k 1*4096 order 0\nkmalloc-8k 1*8192 order 1\n");
}

TEST(SlabExamples, MergingAsksForTheAlignmentToo) {
  SlabConfig config = TestSlab::plain();
  config.merge = true;
  TestSlab slab(1, config);
  const CacheId first = slab.create({"a", 200, 0, 0, false, {}});
  EXPECT_EQ(slab.create({"b", 196, 0, 0, false, {}}), first);
  // 208 is a multiple of 16, but objects of a cache aligned to 8 may get a slab of any colour.
  const CacheId aligned = slab.create({"c", 208, 8, 0, false, {}});
  EXPECT_NE(slab.create({"d", 208, 16, 0, false, {}}), aligned);
  EXPECT_NE(slab.create({"e", 200, 0, slab_flags::kReclaimAccount, false, {}}), first);
}

TEST(SlabExamples, RefusalsOfCreate) {
  TestSlab slab;
  Slub work = slab.slub();
  EXPECT_EQ(kmem_cache_create(work, {"big", (4u << 20) + 1, 0, 0, false, {}}).error, -7);
  EXPECT_EQ(kmem_cache_create(work, {"flag", 64, 0, slab_flags::kKmalloc, false, {}}).error, -22);
  // SLAB has no directory in sysfs, so two caches may have one name.
  slab.create({"same", 64, 0, 0, true, {}});
  EXPECT_EQ(kmem_cache_create(work, {"same", 64, 0, 0, true, {}}).error, 0);
}

TEST(SlabExamples, IndicesLiveInAFreeObject) {
  TestSlab slab;
  slab.create(512);
  const std::vector<Kva> objects = slab.alloc_many(8);
  Slub work = slab.slub();
  const Slab& full = work.slab(virt_to_slab(work, objects[0]));
  EXPECT_EQ(full.freelist, 0u);
  slab.free_all(objects);
  EXPECT_FALSE(slab.shrink());
  EXPECT_EQ(slab.wrong(), "");
  // Nine objects need two slabs; shrinking puts the free ones back, and the first put back of the
  // full slab holds the indices.
  const std::vector<Kva> nine = slab.alloc_many(9);
  slab.free(nine[2]);
  slab.free(nine[5]);
  EXPECT_TRUE(slab.shrink());
  const Slab& partial = work.slab(virt_to_slab(work, nine[2]));
  EXPECT_EQ(partial.freelist, nine[2]);
  EXPECT_EQ(free_indices(work, partial), (std::vector<uint16_t>{2, 5}));
  uint8_t index = 0;
  std::memcpy(&index, bytes_at(work, partial, partial.freelist + 7), 1);
  EXPECT_EQ(index, 5u);
}

TEST(SlabExamples, IndicesOffSlabComeFromKmalloc) {
  TestSlab slab;
  slab.create({"ctor", 256, 0, 0, true, {}});
  const Kva object = slab.alloc();
  Slub work = slab.slub();
  const Slab& home = work.slab(virt_to_slab(work, object));
  const SlabId indices = virt_to_slab(work, home.freelist);
  EXPECT_EQ(work.cache(work.slab(indices).cache).name, "kmalloc-32");
  EXPECT_EQ(slab.wrong(), "");
  const Kva freed = home.freelist;
  // Nobody was given them, so nobody can give them back.
  const uint64_t before = slab.machine().state_hash();
  Command command;
  command.op = Op::kfree;
  const Kva base = work.slab(indices).base;
  slab.machine().run_slab(command, {}, {pfn_of(base), static_cast<uint32_t>(freed - base)});
  EXPECT_EQ(slab.machine().state_hash(), before);
  slab.free(object);
  EXPECT_TRUE(slab.destroy());
  EXPECT_EQ(work.cache(work.slab(indices).cache).cpu_array[0].entries.back(), freed);
  EXPECT_EQ(slab.wrong(), "");
}

TEST(SlabExamples, SlabsOfRcuCachesWaitForAGracePeriod) {
  TestSlab slab;
  slab.create({"rcu", 64, 0, slab_flags::kTypesafeByRcu, false, {}});
  const Kva object = slab.alloc();
  slab.free(object);
  EXPECT_FALSE(slab.shrink());
  Slub work = slab.slub();
  const Page page = work.mm.map.pfn_to_page(pfn_of(object));
  EXPECT_EQ(work.mm.map.refcount(page), 1u);
  EXPECT_EQ(slab.wrong(), "");
  rcu_barrier(work);
  EXPECT_EQ(work.mm.map.refcount(page), 0u);
  EXPECT_EQ(slab.wrong(), "");
}

TEST(SlabExamples, NothingAndLargeObjects) {
  TestSlab slab;
  Slub work = slab.slub();
  EXPECT_EQ(kmalloc_node(work, 0, gfp::kKernel, kAnyNode), kZeroSizePtr);
  kfree(work, 0);
  kfree(work, kZeroSizePtr);
  const Kva large = kmalloc_node(work, 10000, gfp::kKernel, kAnyNode);
  EXPECT_EQ(virt_to_slab(work, large), kNoSlab);
  EXPECT_EQ(work.state.large_pages, 4u);
  kfree(work, large);
  EXPECT_EQ(work.state.large_pages, 0u);
  EXPECT_EQ(slab.wrong(), "");
}

// Every page is taken: NULL, and the cache is as it was.
TEST(SlabExamples, NoMemory) {
  TestSlab slab;
  slab.create(4096);
  while (alloc_pages(slab.machine().mm(), gfp::kNoWait | gfp::kMemAlloc, 0, NodeId{0}) != kNoPage) {
  }
  EXPECT_EQ(slab.alloc(), 0u);
  EXPECT_EQ(slab.cpu(), "cpu0 avail=0 limit=24 batch=12 touched=0 []");
  EXPECT_EQ(slab.node(),
            "node total=0 freeslabs=0 freeobjs=0 limit=25 shared=-1/-1 partial | full | free");
  EXPECT_EQ(slab.wrong(), "");
}

}  // namespace
}  // namespace kmem::test
