// Goal: addresses are chosen, split, given back and merged as in the kernel.
// Method: the worked examples of the facts (section 1.10, checked there against the kernel) on an
// empty address space, with the picture of all ranges; then one example for each rule.
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/support.h"
#include "vmalloc/vmalloc.h"
#include "vmalloc/vmap_dump.h"

namespace kmem::test {
namespace {

/// Addresses only, on a machine with plenty of memory.
class VmapExamples : public testing::Test {
 protected:
  VmapExamples() : machine_(boot({zone_z().dump()}), NodeId{0}, Gfp{0}) {
    EXPECT_TRUE(machine_.ram().reserve());
  }

  /// "start..end" as offsets from VMALLOC_START.
  std::string alloc(uint64_t size, uint64_t align = 1) {
    Vmap vmap = machine_.vmap();
    last_ =
        alloc_vmap_area(vmap, {size, align, kVmallocStart, kVmallocEnd}, gfp::kKernel, kAnyNode);
    if (last_ == kNoVmap) return "NULL";
    return range(vmap.area(last_).start, vmap.area(last_).end);
  }
  static std::string range(Kva start, Kva end) {
    return textf("%llx..%llx", static_cast<unsigned long long>(start - kVmallocStart),
                 static_cast<unsigned long long>(end - kVmallocStart));
  }
  void free(Kva offset) {
    Vmap vmap = machine_.vmap();
    const VmapId id = vmap.state.busy.find(vmap.state.areas, kVmallocStart + offset);
    ASSERT_NE(id, kNoVmap);
    free_vmap_area(vmap, id);
  }
  void purge() {
    Vmap vmap = machine_.vmap();
    purge_vmap_area_lazy(vmap);
  }
  std::string picture() {
    EXPECT_EQ(verify(machine_.vmap()), "");
    const VmapDump dump = dump_vmap(machine_.areas());
    std::string out = "busy";
    for (const auto& [start, end] : dump.busy) out += " " + range(start, end);
    out += " free";
    for (const auto& [start, end] : dump.free) {
      if (start >= kVmallocStart && end < kVmallocEnd) out += " " + range(start, end);
    }
    out += " waiting";
    for (const auto& [start, end] : dump.purge) out += " " + range(start, end);
    return out;
  }

  Machine machine_;
  VmapId last_ = kNoVmap;
};

TEST_F(VmapExamples, Facts) {
  EXPECT_EQ(alloc(0x2000), "0..2000");
  EXPECT_EQ(alloc(0x2000), "2000..4000");
  EXPECT_EQ(alloc(0x3000), "4000..7000");
  EXPECT_EQ(alloc(0x5000, 0x4000), "8000..d000");
  EXPECT_EQ(alloc(0x11000), "d000..1e000") << "the hole of one page is too small";
  EXPECT_EQ(alloc(0x201000, 0x200000), "200000..401000");
  free(0x2000);
  EXPECT_EQ(alloc(0x2000), "1e000..20000") << "what was given back waits";
  EXPECT_EQ(alloc(0x4000, 0x4000), "20000..24000");
  EXPECT_EQ(alloc(0x2000, 0x1000), "24000..26000");
  EXPECT_EQ(alloc(0x100000, 0x100000), "500000..600000")
      << "the hole 26000..200000 could hold it, but is shorter than size + align - 1";
  EXPECT_EQ(alloc(0x601000, 0x200000), "600000..c01000");
  EXPECT_EQ(picture(),
            "busy 0..2000 4000..7000 8000..d000 d000..1e000 1e000..20000 20000..24000 24000..26000 "
            "200000..401000 500000..600000 600000..c01000 free 7000..8000 26000..200000 "
            "401000..500000 waiting 2000..4000");
  purge();
  EXPECT_EQ(alloc(0x2000), "2000..4000");
}

TEST_F(VmapExamples, BootOfARealMachine) {
  // Offsets that a Debian 6.1.192 printed after boot.
  EXPECT_EQ(alloc(0x5000), "0..5000");
  EXPECT_EQ(alloc(0x2000, 0x1000), "5000..7000");
  EXPECT_EQ(alloc(0x3000, 0x2000), "8000..b000");
  EXPECT_EQ(alloc(0x2000, 0x1000), "b000..d000");
  EXPECT_EQ(alloc(0x2000), "d000..f000");
  EXPECT_EQ(alloc(0x5000, 0x4000), "10000..15000");
  EXPECT_EQ(alloc(0x2000), "15000..17000");
  EXPECT_EQ(alloc(0x5000, 0x4000), "18000..1d000");
}

TEST_F(VmapExamples, NeighboursThatWaitBecomeOneRange) {
  for (int i = 0; i < 4; ++i) alloc(0x2000);
  free(0x2000);
  free(0x6000);
  EXPECT_EQ(picture(), "busy 0..2000 4000..6000 free waiting 2000..4000 6000..8000");
  free(0x4000);
  EXPECT_EQ(picture(), "busy 0..2000 free waiting 2000..8000");
  EXPECT_EQ(machine_.areas().lazy_nr, 6u);
  purge();
  EXPECT_EQ(picture(), "busy 0..2000 free waiting");
  EXPECT_EQ(machine_.areas().lazy_nr, 0u);
}

TEST_F(VmapExamples, NoAddressesLeftPurgesOnceAndThenFails) {
  const uint64_t half = uint64_t{16} << 40;
  EXPECT_EQ(alloc(half), "0..100000000000");
  EXPECT_EQ(alloc(half), "NULL") << "the end of the range is one byte short of two halves";
  free(0);
  EXPECT_EQ(alloc(half), "0..100000000000") << "what waited is used before giving up";
  EXPECT_EQ(picture(), "busy 0..100000000000 free waiting");
}

TEST_F(VmapExamples, LazyLimitGrowsWithTheLogarithmOfTheCpus) {
  MmConfig config;
  const std::pair<uint8_t, uint64_t> known[] = {{1, 8192},  {2, 16384}, {3, 16384},
                                                {4, 24576}, {7, 24576}, {8, 32768}};
  for (const auto& [cpus, pages] : known) {
    config.nr_cpus = cpus;
    EXPECT_EQ(lazy_max_pages(config), pages) << unsigned{cpus} << " CPUs";
  }
}

TEST_F(VmapExamples, MoreThanTheLimitWakesTheWorkerWhichWaitsForItsTurn) {
  alloc(Kva{8192} << kPageShift);
  free(0);
  EXPECT_FALSE(machine_.areas().purge_wanted) << "8192 pages may wait";
  alloc(0x1000);
  free(Kva{8192} << kPageShift);
  EXPECT_TRUE(machine_.areas().purge_wanted);
  Vmap vmap = machine_.vmap();
  machine_.mm().may_schedule = false;
  drain_vmap_area_work(vmap);
  EXPECT_EQ(machine_.areas().lazy_nr, 8193u);
  machine_.mm().may_schedule = true;
  drain_vmap_area_work(vmap);
  EXPECT_EQ(machine_.areas().lazy_nr, 0u);
}

}  // namespace
}  // namespace kmem::test
