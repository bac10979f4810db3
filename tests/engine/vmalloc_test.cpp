// Goal: vmalloc takes its pages, objects and page tables as the kernel does, and gives them back.
// Method: small machines; what a call took is shown as text, and after everything is freed the
// machine has what it had, but for page tables, which stay.
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/support.h"
#include "mm/page_ref.h"
#include "vmalloc/vmalloc.h"

namespace kmem::test {
namespace {

class VmallocTest : public testing::Test {
 protected:
  VmallocTest() : machine_(boot({zone_z().dump()}), NodeId{0}, Gfp{0}) {
    EXPECT_TRUE(machine_.ram().reserve());
    machine_.trace().set_level(TraceLevel::decision);
  }

  Kva alloc(uint64_t bytes, Gfp gfp = gfp::kKernel) {
    machine_.trace().begin_step(1);
    Vmap vmap = machine_.vmap();
    return vmalloc_node(vmap, {bytes, gfp, kAnyNode, 1});
  }
  void free(Kva address) {
    machine_.trace().begin_step(1);
    Vmap vmap = machine_.vmap();
    vfree(vmap, address);
  }
  uint64_t free_pages() {
    int64_t pages = 0;
    for (const Zone& zone : machine_.mm().zones) {
      pages += zone.vm_free + zone.pcp[0].count();
    }
    return static_cast<uint64_t>(pages);
  }
  std::string wrong() { return verify(machine_); }
  /// Events of one kind, as "aux field field ...".
  std::string events(Event event) {
    std::string out;
    for (const TraceRecord& record : machine_.records()) {
      if (record.event() != event) continue;
      appendf(out, "%s%u:", out.empty() ? "" : ", ", unsigned{record.aux()});
      for (uint32_t i = 0; i < nr_fields(event); ++i) appendf(out, " %u", record.field[i]);
    }
    return out;
  }

  Machine machine_;
};

TEST_F(VmallocTest, OnePageHasAGuardBehindIt) {
  const Kva a = alloc(1);
  EXPECT_EQ(a, kVmallocStart);
  EXPECT_EQ(alloc(4096), kVmallocStart + 0x2000);
  EXPECT_EQ(alloc(4097), kVmallocStart + 0x4000);
  const Vmap vmap = machine_.vmap();
  EXPECT_NE(vmalloc_to_page(vmap, a + 4095), kNoPage);
  EXPECT_EQ(vmalloc_to_page(vmap, a + 4096), kNoPage) << "the guard";
  EXPECT_EQ(vmalloc_to_page(vmap, a + 0x7000), kNoPage) << "nothing there";
  EXPECT_EQ(vmalloc_pages(vmap, a + 0x4000).size(), 2u);
  EXPECT_TRUE(is_vmalloc_addr(a));
  EXPECT_FALSE(is_vmalloc_addr(kVmallocEnd));
  EXPECT_FALSE(is_vmalloc_addr(kDirectMap));
  EXPECT_EQ(wrong(), "");
}

TEST_F(VmallocTest, PagesAreTakenAHundredAtATime) {
  alloc(Kva{101} << kPageShift);
  EXPECT_EQ(events(Event::vmalloc_bulk), "0: 0 100 100 101, 0: 100 1 1 101");
  alloc(Kva{250} << kPageShift);
  EXPECT_EQ(events(Event::vmalloc_bulk), "0: 0 100 100 250, 0: 100 100 100 250, 0: 200 50 50 250");
}

TEST_F(VmallocTest, TheFirstAreaNeedsAPageTableForEachLevel) {
  alloc(4096);
  EXPECT_EQ(machine_.areas().tables.size(), 2u);
  alloc(4096);
  EXPECT_EQ(events(Event::vmap_table), "");
  alloc(Kva{512} << kPageShift);
  EXPECT_EQ(machine_.areas().tables.size(), 3u) << "the area reaches into the next 2 MiB";
}

TEST_F(VmallocTest, AnArrayOfMoreThanAPageIsAnAreaItself) {
  const Kva a = alloc(Kva{513} << kPageShift);
  const VmapState& state = machine_.areas();
  const VmapArea& area = state.areas[state.busy.find(state.areas, a)];
  EXPECT_TRUE(state.mappings[area.mapping].array_is_area);
  EXPECT_EQ(state.mappings[area.mapping].array, a + (Kva{514} << kPageShift));
  free(a);
  EXPECT_EQ(state.busy.root(), kNoVmap) << "both are gone";
  EXPECT_EQ(wrong(), "");
}

TEST_F(VmallocTest, WhatWasFreedIsThereAgainButForTables) {
  alloc(4096);
  const uint64_t before = free_pages();
  const Kva a = alloc(Kva{64} << kPageShift);
  const uint64_t during = free_pages();
  EXPECT_LE(during + 64, before);
  free(a);
  EXPECT_EQ(free_pages(), during + 64) << "slabs keep their pages";
  EXPECT_EQ(machine_.areas().lazy_nr, 65u);
  EXPECT_EQ(wrong(), "");
}

TEST_F(VmallocTest, TheLastPageFreedIsTheFirstToBeUsedAgain) {
  alloc(4096);  // the slab for its array of one page must not take it
  const Kva a = alloc(3 * 4096);
  const std::span<const Page> pages = vmalloc_pages(machine_.vmap(), a);
  const Page last = pages.back();
  free(a);
  const Kva b = alloc(4096);
  EXPECT_NE(a, b);
  EXPECT_EQ(vmalloc_pages(machine_.vmap(), b)[0], last);
}

TEST_F(VmallocTest, VmapTakesNoPages) {
  const Kva a = alloc(2 * 4096);
  const std::vector<Page> pages(2, vmalloc_pages(machine_.vmap(), a)[1]);
  Vmap vmap = machine_.vmap();
  const uint64_t before = free_pages();
  const Kva b = kmem::vmap(vmap, pages);
  EXPECT_EQ(b, kVmallocStart + 0x3000);
  EXPECT_EQ(free_pages(), before);
  EXPECT_EQ(vmalloc_to_page(vmap, b + 4096), pages[1]);
  vunmap(vmap, b);
  EXPECT_EQ(vmalloc_to_page(vmap, b), kNoPage);
  EXPECT_NE(machine_.mm().map.refcount(pages[0]), 0) << "its owner has it still";
  const std::vector<Page> many(40000, pages[0]);
  EXPECT_EQ(kmem::vmap(vmap, many), 0u) << "more pages than the machine has";
  EXPECT_EQ(wrong(), "");
}

TEST_F(VmallocTest, RefusalsLeaveTheMachineAsItWas) {
  alloc(4096);
  const uint64_t hash = machine_.state_hash();
  EXPECT_EQ(alloc(0), 0u);
  EXPECT_EQ(events(Event::vmalloc_failed), textf("1: 0 0 0 0 %u", gfp::kKernel));
  EXPECT_EQ(alloc(uint64_t{1} << 40), 0u);
  EXPECT_EQ(events(Event::vmalloc_failed), textf("2: 0 256 268435456 0 %u", gfp::kKernel));
  free(0);
  free(kVmallocStart + 1);
  EXPECT_EQ(events(Event::bad_vfree), "1: 1 4294953216");
  free(kVmallocStart + 0x2000);
  EXPECT_EQ(events(Event::bad_vfree), "2: 8192 4294953216");
  EXPECT_EQ(machine_.state_hash(), hash);
}

TEST_F(VmallocTest, AnyPageOfAnAreaFreesIt) {
  const Kva a = alloc(3 * 4096);
  free(a + 0x2000);
  EXPECT_EQ(vmalloc_to_page(machine_.vmap(), a), kNoPage);
  free(a);
  EXPECT_EQ(events(Event::bad_vfree), "2: 0 4294953216") << "freed already";
}

TEST_F(VmallocTest, MoreThanIsFreeFailsAndGivesAllBack) {
  alloc(4096);
  const uint64_t before = free_pages();
  EXPECT_EQ(alloc(before << kPageShift, gfp::kKernel | gfp::kNoRetry), 0u);
  EXPECT_EQ(events(Event::vmalloc_failed).substr(0, 2), "5:");
  EXPECT_LE(before - free_pages(), 70u) << "only slabs and the array's page table keep theirs";
  EXPECT_EQ(wrong(), "");
}

TEST_F(VmallocTest, MessagesOfTheKernel) {
  EXPECT_EQ(vmalloc_warning(VmallocFailure::total_pages, uint64_t{1} << 40),
            "vmalloc error: size 1099511627776, exceeds total pages");
  EXPECT_EQ(vmalloc_warning(VmallocFailure::no_addresses, 8192),
            "vmap allocation for size 8192 failed: use vmalloc=<size> to increase size");
  EXPECT_EQ(vmalloc_warning(VmallocFailure::no_vm_struct, 4096),
            "vmalloc error: size 4096, vm_struct allocation failed");
  EXPECT_EQ(vmalloc_warning(VmallocFailure::no_pages, 4096), "");
}

}  // namespace
}  // namespace kmem::test
