// Goal: memory for devices: which zone a mask leads to, what is refused, how pools cut their pages,
// and that wrong calls change nothing.
// Method: a small machine with zones DMA, DMA32 and Normal; results, events and whole states.
#include <gtest/gtest.h>

#include <sstream>

#include "base/text.h"
#include "engine/support.h"
#include "report/ftrace.h"

namespace kmem::test {
namespace {

constexpr uint64_t kMask64 = UINT64_MAX;

/// Frames 1024.., 32768.. and 1048576..; all in free blocks of order 10.
std::vector<ZoneDump> three_zones() {
  ZoneBuilder dma("DMA", ZoneType::dma, 1024, 4096);
  dma.free_run(10, 'M', 1024, 3072);
  ZoneBuilder normal("Normal", ZoneType::normal, 1048576, 1056768);
  normal.free_run(10, 'M', 1048576, 1055744);
  return {dma.dump(), zone_z().dump(), normal.dump()};
}

class DmaTest : public testing::Test {
 protected:
  void SetUp() override { machine_.trace().set_level(TraceLevel::decision); }

  /// @return the place given, "0" or "-1" for calls that answer so, or the name of the refusal.
  std::string run(Command command, ObjectPlace place = {}) {
    const Status checked = machine_.check(command);
    if (!checked) return checked.error().name;
    machine_.trace().begin_step(++step_);
    std::vector<Pfn> results(results_of(command), kNoPfn);
    const ObjectPlace given = machine_.run_dma(command, place, results);
    const std::string wrong = verify(machine_);
    EXPECT_TRUE(wrong.empty() || !clean_) << wrong;
    const bool answers = command.op == Op::dma_set_mask || command.op == Op::dma_pool_create;
    if (answers) return results[0] == kDone ? "0" : "-1";
    return place_text(given);
  }
  std::string mask(uint64_t mask) {
    Command command;
    command.op = Op::dma_set_mask;
    command.amount = static_cast<uint32_t>(mask);
    command.offset = static_cast<uint32_t>(mask >> 32);
    return run(command);
  }
  std::string alloc(uint32_t bytes, Gfp gfp = gfp::kAtomic) {
    Command command;
    command.op = Op::dma_alloc_coherent;
    command.amount = bytes;
    command.gfp = gfp;
    return run(command);
  }
  std::string free(uint32_t pfn, uint32_t bytes) {
    Command command;
    command.op = Op::dma_free_coherent;
    command.amount = bytes;
    command.pfn = {pfn};
    return run(command, {{pfn}, 0});
  }
  std::string pool(uint32_t number, uint32_t size, uint32_t align, uint32_t boundary) {
    Command command;
    command.op = Op::dma_pool_create;
    command.cache = number;
    command.amount = size;
    command.align = align;
    command.boundary = boundary;
    return run(command);
  }
  std::string block(uint32_t number, Op op = Op::dma_pool_alloc, ObjectPlace place = {}) {
    Command command;
    command.op = op;
    command.cache = number;
    command.gfp = op == Op::dma_pool_alloc ? gfp::kAtomic : 0;
    command.pfn = place.pfn;
    command.offset = place.offset;
    return run(command, place);
  }
  /// Events of the last call of this name.
  std::string events(const std::string& name) {
    std::string out;
    std::istringstream lines(events_text(machine_.records(), true));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name + " ")) out += line + "\n";
    }
    return out;
  }
  std::string blocks(uint32_t number) {
    std::string out;
    for (const uint16_t offset : dma_pool_blocks(machine_.dma_state().pools[number])) {
      appendf(out, "%s%u", out.empty() ? "" : " ", unsigned{offset});
    }
    return out;
  }
  uint64_t hash() { return machine_.state_hash(); }

  Machine machine_{boot(three_zones()), NodeId{0}, 0};
  uint32_t step_ = 0;
  bool clean_ = true;
};

TEST_F(DmaTest, MasksBelowZoneDmaAreRefused) {
  const uint64_t before = hash();
  EXPECT_EQ(mask(0xfffff), "-1");
  EXPECT_EQ(mask(0xfffffe), "-1");
  EXPECT_EQ(mask(0), "-1");
  EXPECT_EQ(hash(), before);
  for (const uint64_t good : {uint64_t{0xffffff}, uint64_t{0x7fffffff}, kDmaMask32, kMask64}) {
    EXPECT_EQ(mask(good), "0");
    EXPECT_EQ(machine_.dma_state().device.coherent_mask, good);
  }
}

TEST_F(DmaTest, TheMaskChoosesTheZone) {
  EXPECT_EQ(alloc(1), "pfn 0x8000 + 0") << "32 bits at first";
  mask(kMask64);
  EXPECT_EQ(alloc(1, gfp::kAtomic | gfp::kDma), "pfn 0x100000 + 0")
      << "the caller's bit is dropped";
  mask(0xffffff);
  EXPECT_EQ(alloc(4096), "pfn 0x400 + 0");
  EXPECT_EQ(events("dma_zone"), "dma_zone 2: 16777215 0 4096 0 512\n");
}

TEST_F(DmaTest, PagesAboveTheMaskGoBackAndALowerZoneIsAsked) {
  // All of zone DMA32 here lies at 128 MiB and above.
  mask(0x7ffffff);
  EXPECT_EQ(alloc(8192), "pfn 0x400 + 0");
  EXPECT_EQ(events("dma_too_high"), "dma_too_high 2: 32768 134225919 0 134217727 0 1\n");
  // Just above 4 GiB everything fits but the end of Normal.
  mask(0x10000ffff);
  EXPECT_EQ(alloc(16 * 4096), "pfn 0x100000 + 0");
  EXPECT_EQ(alloc(4096), "pfn 0x8006 + 0");
  EXPECT_EQ(events("dma_too_high"), "dma_too_high 1: 1048592 69631 1 65535 1\n");
}

TEST_F(DmaTest, SizesAreRoundedUpAndNothingIsGivenBack) {
  EXPECT_EQ(alloc(20000), "pfn 0x8000 + 0");
  EXPECT_EQ(alloc(1), "pfn 0x8010 + 0");
  EXPECT_EQ(events("dma_coherent"), "dma_coherent 0: 32784 134283264 0 1\n");
  EXPECT_EQ(free(0x8000, 32768), "NULL");
  EXPECT_EQ(events("bad_page"), "") << "as many bytes after rounding";
}

TEST_F(DmaTest, TooMuchOrNothingGivesNull) {
  const uint64_t before = hash();
  EXPECT_EQ(alloc(4194305), "NULL");
  EXPECT_EQ(events("dma_failed"), "dma_failed 1: 4194305 11 1 512\n");
  EXPECT_EQ(alloc(0), "NULL");
  EXPECT_EQ(alloc(UINT32_MAX), "NULL");
  EXPECT_EQ(hash(), before);
  EXPECT_EQ(alloc(4194304), "pfn 0x8000 + 0");
}

TEST_F(DmaTest, FreesThatAreWrongChangeNothing) {
  EXPECT_EQ(alloc(8192), "pfn 0x8000 + 0");
  const uint64_t before = hash();
  free(0x8000, 4096);
  EXPECT_NE(events("bad_page"), "") << "another size";
  free(0x8000, 0);
  EXPECT_NE(events("bad_page"), "");
  free(0x8001, 4096);
  EXPECT_NE(events("bad_page"), "") << "the middle of the block";
  free(0x9000, 4096);
  EXPECT_NE(events("bad_page"), "") << "free already";
  EXPECT_EQ(free(5, 4096), "PfnOutOfRange");
  EXPECT_EQ(free(kNoPfn.value, 4096), "NULL") << "NULL is allowed";
  EXPECT_EQ(hash(), before);
}

TEST_F(DmaTest, PoolsThatCannotBe) {
  EXPECT_EQ(pool(0, 64, 3, 0), "-1");
  EXPECT_EQ(events("dma_pool_create"), "dma_pool_create 1: 0\n");
  EXPECT_EQ(pool(1, 0, 8, 0), "-1");
  EXPECT_EQ(pool(2, 128, 8, 96), "-1");
  EXPECT_EQ(pool(3, 256, 8, 128), "-1") << "larger than its boundary";
  EXPECT_EQ(pool(4, UINT32_MAX, 8, 0), "-1");
  EXPECT_EQ(pool(5, 8, 0x80000000, 0), "-1") << "too big after rounding";
  for (uint32_t number = 0; number < 6; ++number) EXPECT_EQ(block(number), "UnknownPool");
  EXPECT_EQ(block(77, Op::dma_pool_destroy), "UnknownPool");
}

TEST_F(DmaTest, BlocksThatWouldEndAtABoundaryAreLost) {
  pool(0, 1024, 1024, 0);
  EXPECT_EQ(blocks(0), "0 1024 2048");
  pool(1, 2048, 16, 2048);
  EXPECT_EQ(blocks(1), "0 2048");
  pool(2, 100, 4, 1024);
  EXPECT_EQ(blocks(2).substr(0, 50), "0 100 200 300 400 500 600 700 800 900 1024 1124 12");
  pool(3, 5000, 8, 0);
  EXPECT_EQ(blocks(3), "0");
  pool(4, 1, 0, 0);
  EXPECT_EQ(machine_.dma_state().pools[4].size, 4u);
}

TEST_F(DmaTest, BlocksAreTakenLastInFirstOutFromTheNewestPage) {
  pool(0, 2048, 16, 2048);
  const std::string first = block(0);
  EXPECT_EQ(events("dma_pool_page").substr(0, 18), "dma_pool_page 0: 0");
  EXPECT_NE(block(0), first);
  const std::string third = block(0);
  const Pfn page{machine_.mm().map.page_to_pfn(machine_.dma_state().pools[0].pages[0].page)};
  block(0, Op::dma_pool_free, {page, 2048});
  block(0, Op::dma_pool_free, {page, 0});
  EXPECT_NE(block(0), first) << "the newest page is asked first";
  EXPECT_EQ(block(0), first);
  EXPECT_NE(third, first);
}

TEST_F(DmaTest, BlocksThatAreNoneChangeNothing) {
  pool(0, 512, 0, 0);
  block(0);
  const Pfn page{machine_.mm().map.page_to_pfn(machine_.dma_state().pools[0].pages[0].page)};
  const uint64_t before = hash();
  block(0, Op::dma_pool_free, {page, 8});
  EXPECT_EQ(events("bad_dma_free").substr(0, 15), "bad_dma_free 2:");
  block(0, Op::dma_pool_free, {page, 512});
  EXPECT_EQ(events("bad_dma_free").substr(0, 15), "bad_dma_free 3:");
  block(0, Op::dma_pool_free, {{page.value + 1}, 0});
  EXPECT_EQ(events("bad_dma_free").substr(0, 15), "bad_dma_free 1:");
  EXPECT_EQ(block(0, Op::dma_pool_free, {Pfn{3}, 0}), "PfnOutOfRange");
  EXPECT_EQ(hash(), before);
}

TEST_F(DmaTest, ADestroyedPoolGivesBackWhatNobodyUses) {
  pool(0, 4096, 0, 0);
  block(0);
  block(0);
  const Pfn page{machine_.mm().map.page_to_pfn(machine_.dma_state().pools[0].pages[0].page)};
  block(0, Op::dma_pool_free, {page, 0});
  block(0, Op::dma_pool_destroy);
  EXPECT_EQ(events("dma_pool_destroy"), "dma_pool_destroy 0: 0 2 1\n");
  EXPECT_EQ(block(0), "UnknownPool");
}

TEST_F(DmaTest, PagesFreedUnderAPoolAreNotFreedAgain) {
  pool(0, 4096, 0, 0);
  block(0);
  const Pfn page{machine_.mm().map.page_to_pfn(machine_.dma_state().pools[0].pages[0].page)};
  clean_ = false;
  free(page.value, 4096);
  EXPECT_NE(verify(machine_.dma()), "");
  clean_ = true;
  block(0, Op::dma_pool_destroy);
  EXPECT_EQ(events("bad_dma_free").substr(0, 15), "bad_dma_free 4:");
}

TEST_F(DmaTest, ASnapshotHasIt) {
  pool(0, 64, 0, 0);
  block(0);
  const Machine::Snapshot saved = machine_.snapshot();
  const uint64_t before = hash();
  mask(0xffffff);
  EXPECT_NE(hash(), before);
  block(0);
  machine_.restore(saved);
  EXPECT_EQ(hash(), before);
}

}  // namespace
}  // namespace kmem::test
