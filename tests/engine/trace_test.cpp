// Goal: the ring keeps the newest records, counts what it lost, and never changes a run.
// Method: more records than fit; the same calls at every level.
#include <gtest/gtest.h>

#include "engine/support.h"

namespace kmem::test {
namespace {

TEST(Trace, SaysWhichCpuRan) {
  ZoneDump dump = zone_z().dump();
  dump.pcp.cpu = 1;
  TestMachine machine({dump});
  // An ordinary call, and one that goes the long way.
  for (const uint32_t order : {0u, 0u, 4u}) {
    machine.alloc(gfp::kKernel, order);
    const auto records = machine.machine().records();
    ASSERT_FALSE(records.empty());
    for (const TraceRecord& record : records) EXPECT_EQ(record.cpu(), 1) << machine.events();
  }
}

uint32_t itself(uint32_t page) { return page; }

TEST(Trace, PacksTheHeadFromTheLowestByteUp) {
  Trace trace;
  trace.begin_step(9);
  trace.set_cpu(3);
  trace.tracepoint(Event::mm_page_alloc, 2, 7, 100u, 200u, 1u);
  const std::vector<TraceRecord> records = trace.records(itself);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].head, 0x07020301u);
  EXPECT_EQ(records[0].event(), Event::mm_page_alloc);
  EXPECT_EQ(records[0].cpu(), 3);
  EXPECT_EQ(records[0].zone(), 2);
  EXPECT_EQ(records[0].aux(), 7);
  EXPECT_EQ(records[0].step, 9u);
  EXPECT_EQ(records[0].field, (std::array<uint32_t, 6>{100, 200, 1, 0, 0, 0}));
}

TEST(Trace, MakesFrameNumbersOfPagesWhenRead) {
  Trace trace;
  trace.ordinary(Event::mm_page_alloc, Trace::site_of(3, 2), 100, 200u, 1u);
  trace.tracepoint(Event::mm_page_free, 2, 255, 100u);
  const auto records = trace.records([](uint32_t page) { return page + 5000; });
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].head, 0x00020301u);
  EXPECT_EQ(records[0].field, (std::array<uint32_t, 6>{5100, 200, 1, 0, 0, 0}));
  EXPECT_EQ(records[1].head, 0xff020002u);
  EXPECT_EQ(records[1].field[0], 100u) << "a frame number already";
}

TEST(Trace, HasNothingToReadWhenOff) {
  Trace trace;
  trace.set_level(TraceLevel::off);
  trace.ordinary(Event::mm_page_free, Trace::site_of(0, 0), 100);
  trace.tracepoint(Event::mm_page_free, 0, 0, 100u);
  EXPECT_TRUE(trace.records(itself).empty());
  for (uint32_t i = 0; i < Trace::kCapacity; ++i) {
    trace.ordinary(Event::mm_page_free, Trace::site_of(0, 0), i);
  }
  EXPECT_EQ(trace.lost(), 0u);
}

TEST(Trace, OverwritesTheOldestAndCountsThem) {
  Trace trace;
  for (uint32_t i = 0; i < Trace::kCapacity + 5; ++i) {
    trace.tracepoint(Event::mm_page_free, 0, 0, i);
  }
  EXPECT_EQ(trace.lost(), 5u);
  const std::vector<TraceRecord> records = trace.records(itself);
  ASSERT_EQ(records.size(), Trace::kCapacity);
  EXPECT_EQ(records.front().field[0], 5u);
  EXPECT_EQ(records.back().field[0], Trace::kCapacity + 4);
  trace.begin_step(2);
  EXPECT_EQ(trace.lost(), 0u);
  EXPECT_TRUE(trace.records(itself).empty());
}

std::string run_at(TraceLevel level, uint64_t& hash, size_t& records) {
  TestMachine machine({zone_z().dump()});
  machine.machine().trace().set_level(level);
  const uint32_t pfn = machine.alloc(gfp::kKernel, 2);
  machine.alloc(gfp::kHighUserMovable, 5);
  machine.free(pfn, 2);
  machine.drain();
  hash = machine.machine().state_hash();
  records = machine.machine().records().size();
  return machine.events();
}

TEST(Trace, LevelsRecordMoreOrLessButChangeNothing) {
  uint64_t hash[3];
  size_t records[3];
  run_at(TraceLevel::off, hash[0], records[0]);
  const std::string tracepoints = run_at(TraceLevel::tracepoint, hash[1], records[1]);
  EXPECT_EQ(run_at(TraceLevel::decision, hash[2], records[2]), tracepoints);
  EXPECT_EQ(records[0], 0u);
  EXPECT_EQ(records[1], 2u) << tracepoints;
  EXPECT_GT(records[2], records[1]);
  EXPECT_EQ(hash[0], hash[1]);
  EXPECT_EQ(hash[0], hash[2]);
}

}  // namespace
}  // namespace kmem::test
