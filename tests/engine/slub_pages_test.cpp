// Goal: what SLUB asks of the page allocator and gives back to it, and what no recording shows.
// Method: worked by hand; the flags are those that a real 6.1.192 shows in its trace of a workload.
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/slub_support.h"
#include "mm/page_alloc.h"

namespace kmem::test {
namespace {

/// Flags of the page requests that the first object of such a cache causes.
std::string page_requests(uint32_t size, Gfp gfp, SlabFlags flags = 0) {
  TestSlub slub;
  const CacheId cache = slub.create({"t", size, 0, flags, false, {}});
  slub.machine().trace().begin_step(1);
  Slub work = slub.slub();
  kmem_cache_alloc_node(work, cache, gfp, kAnyNode);
  std::string out;
  for (const TraceRecord& record : slub.machine().records()) {
    if (record.event() != Event::mm_page_alloc) continue;
    appendf(out, "order %u %s\n", unsigned{record.aux()}, gfp_names(record.field[1]).c_str());
  }
  return out;
}

TEST(SlubPages, AreAskedForWithoutWaiting) {
  EXPECT_EQ(page_requests(1024, gfp::kKernel),
            "order 2 __GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC\n");
  // One page is the least, so there is nothing smaller to fall back to.
  EXPECT_EQ(page_requests(64, gfp::kKernel), "order 0 GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY\n");
  EXPECT_EQ(page_requests(64, gfp::kNoWait), "order 0 GFP_NOWAIT|__GFP_NOWARN|__GFP_NORETRY\n");
  EXPECT_EQ(page_requests(1024, gfp::kNoWait, slab_flags::kReclaimAccount),
            "order 2 GFP_NOWAIT|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_RECLAIMABLE\n");
  // What the caller wants of its object is not what the pages must be.
  EXPECT_EQ(page_requests(64, gfp::kKernelAccount | gfp::kZero),
            "order 0 GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY\n");
}

TEST(SlubPages, ASmallerSlabIsBetterThanNone) {
  TestSlub slub;
  slub.create(1024);
  // Every block that is left is a single page.
  std::vector<Page> pages;
  for (;;) {
    const Page page = alloc_pages(slub.machine().mm(), gfp::kNoWait | gfp::kMemAlloc, 0, NodeId{0});
    if (page == kNoPage) break;
    pages.push_back(page);
  }
  for (size_t i = 0; i < pages.size(); i += 2) free_pages(slub.machine().mm(), pages[i], 0);
  const std::vector<Kva> objects = slub.alloc_many(5);
  EXPECT_EQ(slub.names(objects), "A+0 A+1024 A+2048 A+3072 B+0");
  EXPECT_EQ(slub.node(), "partial slabs 2 objects 8");
  EXPECT_EQ(slub.wrong(), "");
}

// 16 objects a slab: B is on the node's list, A is the CPU's, equally full. A is given up to the
// head of the list, and shrinking turns equally full slabs around.
TEST(SlubPages, ASlabGivenUpGoesToTheHead) {
  TestSlub slub;
  slub.create(1024);
  const std::vector<Kva> first = slub.alloc_many(17);
  slub.free(first[0]);
  EXPECT_TRUE(slub.shrink());
  EXPECT_EQ(slub.node(), "partial A(15/16) B(1/16) slabs 2 objects 32");
  slub.on_cpu(1);
  slub.free_all(first, 1, 14);
  EXPECT_EQ(slub.node(), "partial A(1/16) B(1/16) slabs 2 objects 32");
  // CPU 1 takes A, and B into its chain; then gives A to the head, B to the tail.
  slub.free(slub.alloc());
  EXPECT_TRUE(slub.shrink());
  EXPECT_EQ(slub.node(), "partial B(1/16) A(1/16) slabs 2 objects 32");
  EXPECT_EQ(slub.wrong(), "");
}

TEST(SlubPages, EmptySlabsAreFreedFromTheEndOfTheList) {
  TestSlub slub;
  slub.create(64);
  const std::vector<Kva> objects = slub.alloc_many(64 * 3);
  slub.free_all(objects, 0, 127);
  EXPECT_EQ(slub.cpu(), "C(64/64) own - others - chain B(0/64) A(0/64)");
  EXPECT_TRUE(slub.shrink());
  // B was first on the list, so A's page was freed first and B's is the head of the per-CPU list.
  const Page page = alloc_pages(slub.machine().mm(), gfp::kKernel, 0, NodeId{0});
  EXPECT_EQ(page_address(slub.machine().mm().map.page_to_pfn(page)), objects[64]);
}

TEST(SlubPages, SlabsOfRcuCachesWaitForAGracePeriod) {
  TestSlub slub;
  const CacheId cache = slub.create({"t", 64, 0, slab_flags::kTypesafeByRcu, false, {}});
  Slub work = slub.slub();
  const Kva object = kmem_cache_alloc_node(work, cache, gfp::kKernel, kAnyNode);
  kmem_cache_free(work, cache, object);
  kmem_cache_shrink(work, cache);
  EXPECT_EQ(work.cache(cache).node[0].nr_slabs, 0u);
  const Page page = work.mm.map.pfn_to_page(pfn_of(object));
  EXPECT_EQ(work.mm.map.refcount(page), 1u);
  EXPECT_EQ(slub.wrong(), "");
  rcu_barrier(work);
  EXPECT_EQ(work.mm.map.refcount(page), 0u);
  EXPECT_EQ(slub.wrong(), "");
}

}  // namespace
}  // namespace kmem::test
