// Goal: compaction makes big blocks out of scattered free pages, and nobody who owns a page notices
// anything but its new frame number.
// Method: one small zone, filled with movable pages of which every second is freed, so that there
// is half a zone of free memory and not one free pair. Whole recordings of the real kernel are in
// tests/conformance; here are the rules one by one.
#include "mm/compaction.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/support.h"
#include "ingest/recording_reader.h"
#include "mm/fragmentation.h"
#include "mm/kswapd.h"
#include "mm/verify.h"
#include "mm/watermark.h"

namespace kmem::test {
namespace {

constexpr uint32_t kStart = 4096;
constexpr uint32_t kEnd = 8192;
constexpr Gfp kMovableFlags = gfp::kHighUserMovable;

/// Eight pageblocks, all free.
ZoneDump small_zone() {
  return ZoneBuilder("DMA32", ZoneType::dma32, kStart, kEnd)
      .free_run(10, 'M', kStart, kEnd - 1024)
      .watermarks(16, 20, 24)
      .dump();
}

uint32_t alloc_movable(TestMachine& machine) {
  return machine.run({.op = Op::alloc_movable_page, .gfp = kMovableFlags})[0];
}

void put(TestMachine& machine, uint32_t pfn) { machine.run({.op = Op::put_page, .pfn = {pfn}}); }

/// Every second page free, the others movable and filled with the low byte of their number.
void scatter(TestMachine& machine) {
  std::vector<uint32_t> pfns;
  for (uint32_t i = 0; i < kEnd - kStart - 64; ++i) pfns.push_back(alloc_movable(machine));
  for (const uint32_t pfn : pfns) {
    if (pfn % 2 == 0) {
      put(machine, pfn);
    } else {
      machine.run({.op = Op::memset, .amount = 4096, .pfn = {pfn}, .value = uint8_t(pfn / 2)});
    }
  }
}

uint32_t count_events(const TestMachine& machine, Event event) {
  const auto records = const_cast<TestMachine&>(machine).machine().records();
  return static_cast<uint32_t>(std::count_if(
      records.begin(), records.end(), [event](const auto& r) { return r.event() == event; }));
}

TEST(Compaction, FragmentationIndexOfAHundredSinglePagesIs928) {
  Zone zone;
  zone.nr_free[0] = 100;
  EXPECT_EQ(fragmentation_index(zone, 4), 928);
  zone.nr_free[4] = 1;
  EXPECT_EQ(fragmentation_index(zone, 4), -1000) << "it would not fail";
  zone.nr_free.fill(0);
  EXPECT_EQ(fragmentation_index(zone, 4), 0) << "no memory at all";
}

TEST(Compaction, AHugeBlockComesOutOfScatteredPagesAndTheBytesMoveAlong) {
  TestMachine machine({small_zone()});
  scatter(machine);
  for (Order order = 9; order < kNrOrders; ++order) ASSERT_EQ(machine.zone().nr_free[order], 0);

  const uint32_t block = machine.alloc(kMovableFlags, 9);
  ASSERT_NE(block, kNull);
  EXPECT_EQ(block % 512, 0u);
  EXPECT_EQ(verify(machine.mm()), "");
  const auto moves = machine.machine().moves();
  EXPECT_EQ(moves.size(), 256u) << "every second page of one pageblock";
  for (const PageMove& move : moves) {
    const uint32_t from = machine.mm().pfn(move.from);
    EXPECT_EQ(from / 512, block / 512);
    const auto bytes = machine.machine().ram().read(move.to);
    ASSERT_EQ(bytes.size(), 4096u);
    EXPECT_EQ(bytes[0], uint8_t(from / 2));
    EXPECT_EQ(bytes[4095], uint8_t(from / 2));
    EXPECT_EQ(machine.mm().map.flags(move.to), MemMap::kMovableOps);
    EXPECT_EQ(machine.mm().map.refcount(move.to), 1);
  }
  EXPECT_TRUE(machine.machine().ram().read(machine.mm().map.pfn_to_page({block})).empty())
      << "the new owner gets zeroed pages";
  EXPECT_EQ(machine.mm().events.compact_success, 1u);
  EXPECT_EQ(machine.mm().events.pgmigrate_success, 256u);
}

TEST(Compaction, TheBlockIsCaughtBeforeItReachesAList) {
  TestMachine machine({small_zone()});
  scatter(machine);
  ASSERT_NE(machine.alloc(kMovableFlags, 9), kNull);
  EXPECT_EQ(count_events(machine, Event::compact_capture), 1u);
  EXPECT_EQ(count_events(machine, Event::buddy_take), 0u) << "nothing was taken from a list";
}

TEST(Compaction, LessThanAPageblockIsNotCaughtOutOfAMovablePageblock) {
  TestMachine machine({small_zone()});
  scatter(machine);
  ASSERT_NE(machine.alloc(kMovableFlags, 7), kNull);
  EXPECT_FALSE(machine.machine().moves().empty());
  EXPECT_EQ(count_events(machine, Event::compact_capture), 0u);
  EXPECT_EQ(verify(machine.mm()), "");
}

TEST(Compaction, PagesThatSomebodyElseHoldsOrThatCannotMoveStay) {
  TestMachine machine({small_zone()});
  // One unmovable page in every pageblock: no block of order 9 can come out of any of them.
  std::vector<uint32_t> pfns;
  for (uint32_t i = 0; i < kEnd - kStart - 64; ++i) pfns.push_back(machine.alloc(kMovableFlags, 0));
  for (const uint32_t pfn : pfns) {
    if (pfn % 512 != 0) machine.free(pfn, 0);
  }
  const uint64_t free_before = static_cast<uint64_t>(machine.zone().vm_free);
  EXPECT_EQ(machine.alloc(kMovableFlags, 9), kNull);
  EXPECT_TRUE(machine.machine().moves().empty());
  EXPECT_EQ(static_cast<uint64_t>(machine.zone().vm_free), free_before);
  EXPECT_EQ(verify(machine.mm()), "");
}

TEST(Compaction, CallersThatCannotSleepOrMayNotDoIoDoNotCompact) {
  TestMachine machine({small_zone()});
  scatter(machine);
  EXPECT_EQ(machine.alloc(gfp::kNoWait | gfp::kMovable, 9), kNull);
  EXPECT_EQ(machine.alloc(gfp::kNoIo | gfp::kMovable, 9), kNull);
  EXPECT_EQ(machine.mm().events.compact_stall, 0u);
}

TEST(Compaction, SuitabilityTellsMemoryFromOrder) {
  TestMachine machine({small_zone()});
  const auto suitable = [&machine](Order order) {
    return compaction_suitable(machine.mm(), machine.zone(), order, alloc_flags::kWatermarkLow,
                               ZoneType::normal);
  };
  EXPECT_EQ(suitable(9), CompactResult::success) << "a block is there already";
  scatter(machine);
  EXPECT_EQ(suitable(9), CompactResult::go_on);
  machine.zone().vm_free = 20 + 2 * 512;
  EXPECT_EQ(suitable(9), CompactResult::skipped) << "it needs more than low + 2 * 512 pages";
  machine.zone().vm_free += 1;
  EXPECT_EQ(suitable(9), CompactResult::go_on);
  machine.zone().watermark = {100, 200, 300, 300};
  machine.zone().vm_free = 100 + 2 * 8;
  EXPECT_EQ(suitable(3), CompactResult::skipped) << "cheap orders count from the min watermark";
  machine.zone().vm_free += 1;
  EXPECT_EQ(suitable(3), CompactResult::go_on) << "whatever their fragmentation index";
}

TEST(Compaction, AFailedZoneIsPassedByTwiceAsOftenEachTime) {
  TestMachine machine({small_zone()});
  Mm& mm = machine.mm();
  Zone& zone = machine.zone();
  zone.compact.order_failed = 11;
  EXPECT_FALSE(compaction_deferred(mm, zone, 9)) << "never failed";
  for (uint32_t shift = 1; shift <= 8; ++shift) {
    defer_compaction(mm, zone, 9);
    EXPECT_FALSE(compaction_deferred(mm, zone, 8)) << "a smaller order has a chance";
    uint32_t passed_by = 0;
    while (compaction_deferred(mm, zone, 9)) passed_by += 1;
    EXPECT_EQ(passed_by, (1u << std::min(shift, kCompactMaxDeferShift)) - 1);
  }
  EXPECT_EQ(zone.compact.order_failed, 9);
  compaction_defer_reset(mm, zone, 9, true);
  EXPECT_EQ(zone.compact.order_failed, 10);
  EXPECT_EQ(zone.compact.defer_shift, 0u);
  EXPECT_FALSE(compaction_deferred(mm, zone, 9));
}

TEST(Compaction, HintsAreClearedOnlyAfterAPassAndOnlyWhereFreePagesAre) {
  TestMachine machine({small_zone()});
  scatter(machine);
  Mm& mm = machine.mm();
  const auto hints = [&mm] {
    std::string text;
    for (uint32_t pfn = kStart; pfn < kEnd; pfn += 512) {
      text += mm.map.pageblock_skip(mm.map.pfn_to_page({pfn})) ? '1' : '0';
    }
    return text;
  };
  for (uint32_t pfn = kStart; pfn < kEnd; pfn += 512) {
    mm.map.set_pageblock_skip(mm.map.pfn_to_page({pfn}), true);
  }
  reset_isolation_suitable(mm, {0});
  EXPECT_EQ(hints(), "11111111") << "no pass is over";
  machine.zone().compact.blockskip_flush = true;
  reset_isolation_suitable(mm, {0});
  // The upper half is looked at for free pages, the lower one for LRU pages, of which there are
  // none: so the positions meet in the middle.
  EXPECT_EQ(hints(), "11110000");
  EXPECT_FALSE(machine.zone().compact.blockskip_flush);
  EXPECT_EQ(machine.zone().compact.init_free_pfn, kEnd - 1);
  EXPECT_EQ(machine.zone().compact.cached_migrate_pfn[0], kStart + 2048);
  EXPECT_EQ(machine.zone().compact.cached_free_pfn, kStart + 2047);
}

TEST(Compaction, AHintKeepsARunOutOfAPageblock) {
  TestMachine machine({small_zone()});
  scatter(machine);
  Mm& mm = machine.mm();
  for (uint32_t pfn = kStart; pfn < kStart + 1024; pfn += 512) {
    mm.map.set_pageblock_skip(mm.map.pfn_to_page({pfn}), true);
  }
  const uint32_t block = machine.alloc(kMovableFlags, 9);
  ASSERT_NE(block, kNull);
  EXPECT_GE(block, kStart + 1024);
}

TEST(Compaction, KswapdRunsWhereTheCallerMayLoseTheCpu) {
  ZoneDump dump = small_zone();
  dump.boost = 512;
  TestMachine machine({dump});
  wakeup_kswapd(machine.mm(), machine.zone(), gfp::kKernel, 0, ZoneType::normal);
  Command quiet{.op = Op::alloc_pages, .gfp = gfp::kKernel, .may_schedule = false};
  machine.run(quiet);
  EXPECT_EQ(machine.zone().watermark_boost, 512) << "preemption is off";
  machine.alloc(gfp::kAtomic, 0);
  EXPECT_EQ(machine.zone().watermark_boost, 512) << "the caller may not sleep";
  machine.alloc(gfp::kKernel, 0);
  EXPECT_EQ(machine.zone().watermark_boost, 0);
}

TEST(Compaction, AnAllocationKeepsItsPageAcrossMovesAndTime) {
  Session session = Session::from_machine(boot({small_zone()}), {0}, "test");
  std::vector<uint32_t> commands;
  for (uint32_t i = 0; i < kEnd - kStart - 64; ++i) {
    ASSERT_TRUE(session.run({.op = Op::alloc_movable_page, .gfp = kMovableFlags}));
  }
  const uint32_t pages = session.step();
  for (uint32_t i = 0; i < pages; i += 2) {
    ASSERT_TRUE(session.run({.op = Op::put_page, .allocation = i}));
  }
  ASSERT_TRUE(session.run({.op = Op::alloc_pages, .order = 9, .gfp = kMovableFlags}));
  const uint32_t compacted = session.step() - 1;
  const auto moves = session.timeline().moves(compacted);
  ASSERT_FALSE(moves.empty());
  const Recording::Migration moved = moves.front();
  EXPECT_EQ(session.timeline().results(moved.allocation)[0], moved.from);

  // Freed by its allocation, the page goes from where it is now.
  ASSERT_TRUE(session.run({.op = Op::put_page, .allocation = moved.allocation}));
  EXPECT_EQ(session.timeline().freed(compacted + 1), moved.to);
  EXPECT_EQ(verify(session.machine().mm()), "");
  const uint64_t hash = session.machine().state_hash();
  ASSERT_TRUE(session.seek(compacted));
  EXPECT_EQ(session.timeline().allocated_at(compacted, moved.from), moved.allocation + 1);
  ASSERT_TRUE(session.seek(compacted + 2));
  EXPECT_EQ(session.machine().state_hash(), hash);

  // History forks before the move: the page is where it was.
  ASSERT_TRUE(session.seek(compacted));
  ASSERT_TRUE(session.run({.op = Op::put_page, .allocation = moved.allocation}));
  EXPECT_EQ(session.timeline().freed(compacted), moved.from);
  EXPECT_EQ(verify(session.machine().mm()), "");
}

// A recording says which pages moved; a move that we do not make is a difference like any other.
TEST(Compaction, ARecordedMoveThatIsNotMadeIsADifference) {
  const std::string calls = R"({"op":"P","s":0,"o":0,"g":"MOVABLE","r":4096})"
                            "\n"
                            R"({"t":"migrate","s":0,"from":4096,"to":8191})"
                            "\n"
                            R"({"op":"A","s":1,"o":0,"g":"KERNEL","r":5120})"
                            "\n";
  Session session = open_recording(recording_text({small_zone()}, calls, 2));
  const VerifyReport report = session.verify();
  EXPECT_EQ(report.operations, 2u);
  EXPECT_EQ(report.matched, 1u);
  EXPECT_EQ(report.first.what, "the pages moved");
  EXPECT_NE(report.first.kernel.find("1 pages moved: 4096>8191"), std::string::npos)
      << report.first.kernel;
}

TEST(Compaction, OnlyAPageThatCanBeMigratedMayMigrateInARecording) {
  const std::string calls = R"({"op":"A","s":0,"o":0,"g":"KERNEL","r":4096})"
                            "\n"
                            R"({"t":"migrate","s":0,"from":4096,"to":8191})"
                            "\n";
  const Result<Recording> recording = read_recording(recording_text({small_zone()}, calls, 1));
  ASSERT_FALSE(recording);
  EXPECT_EQ(recording.error().name, "RecordingFormat");
}

}  // namespace
}  // namespace kmem::test
