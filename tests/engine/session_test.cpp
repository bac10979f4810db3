// Goal: a session is a timeline: it can be walked both ways, forked, and compared with a kernel.
// Method: a small recording, whose calls are X1 and X2 of the fact sheet, walked and spoilt.
#include <gtest/gtest.h>

#include <functional>

#include "engine/support.h"
#include "ingest/recording_reader.h"

namespace kmem::test {
namespace {

Command free_by_frame(uint32_t pfn, uint32_t order) {
  Command command;
  command.op = Op::free_block;
  command.pfn = {pfn};
  command.order = order;
  return command;
}

Command alloc(Gfp gfp, uint32_t order) {
  Command command;
  command.op = Op::alloc_pages;
  command.gfp = gfp;
  command.order = order;
  return command;
}

std::string picture_of(const Session& session) {
  return picture(session.machine().mm(), session.machine().mm().zones[0]);
}

TEST(Session, SmallRecordingIsEqual) {
  Session session = open_recording(small_recording());
  const VerifyReport report = session.verify();
  EXPECT_TRUE(report.all_match()) << report.first.what << "\n" << report.first.ours;
  EXPECT_EQ(report.operations, 6u);
  EXPECT_EQ(report.dumps, 1u);
  EXPECT_EQ(session.step(), 6u);
}

TEST(Session, ADifferentResultIsShownWithBothStates) {
  std::string text = small_recording();
  text.replace(text.find("32776"), 5, "32792");
  Session session = open_recording(text);
  const VerifyReport report = session.verify();
  EXPECT_FALSE(report.all_match());
  EXPECT_EQ(report.matched, 5u);
  EXPECT_EQ(report.first.kind, VerifyReport::Difference::Kind::call);
  EXPECT_EQ(report.first.line, 5u);
  EXPECT_EQ(report.first.call, "alloc_pages_exact(20480, GFP_KERNEL)");
  EXPECT_EQ(report.first.what, "the result");
  EXPECT_EQ(report.first.ours.substr(0, 6), "32776\n");
  EXPECT_EQ(report.first.kernel.substr(0, 6), "32792\n");
  EXPECT_NE(report.first.ours.find("free[10][M]: 34816"), std::string::npos) << report.first.ours;
}

TEST(Session, ADifferentDumpIsShownByItsFirstField) {
  std::string text = small_recording();
  ZoneDump wrong = zone_z().dump();
  const size_t end = text.find("{\"t\":\"end\"");
  text.insert(end, zone_line(wrong));
  Session session = open_recording(text);
  const VerifyReport report = session.verify();
  EXPECT_EQ(report.matched, 6u);
  EXPECT_EQ(report.dumps, 2u);
  EXPECT_EQ(report.dumps_matched, 1u);
  EXPECT_EQ(report.first.kind, VerifyReport::Difference::Kind::dump);
  EXPECT_EQ(report.first.line, 9u);
  EXPECT_EQ(report.first.what, "zone DMA32: free[0][U]");
  EXPECT_EQ(report.first.kernel.substr(0, 3), "[]\n");
}

// Found by the fuzzer: only the first dump of a zone is checked when the machine boots.
TEST(Session, ALaterDumpOfAnotherMachineDiffersAndNothingElse) {
  const std::pair<std::function<void(ZoneDump&)>, const char*> changes[] = {
      {[](ZoneDump& dump) { dump.pcp.cpu = 63; }, "zone DMA32: "},
      {[](ZoneDump& dump) { dump.pageblock_skip = "0"; }, "zone DMA32: "},
      {[](ZoneDump& dump) { dump.pageblocks += dump.pageblocks; }, "zone DMA32: "},
      {[](ZoneDump& dump) { dump.pcp.lists.clear(); }, "zone DMA32: "},
      {[](ZoneDump& dump) { dump.start_pfn = 0; }, "zone DMA32: start_pfn"},
      {[](ZoneDump& dump) { dump.node = 9; }, ""},
  };
  for (const auto& [change, what] : changes) {
    ZoneDump other = zone_z().dump();
    change(other);
    std::string text = small_recording();
    text.insert(text.find("{\"t\":\"end\""), zone_line(other));
    const Result<Recording> recording = read_recording(text);
    if (!recording) continue;  // a zone that the first dumps do not have
    Session session = open_recording(text);
    const VerifyReport report = session.verify();
    EXPECT_EQ(report.dumps - report.dumps_matched, 1u);
    EXPECT_EQ(report.first.what.substr(0, std::string_view(what).size()), what);
  }
}

TEST(Session, EveryStepIsTheSameForwardsAndBackwards) {
  Session session = open_recording(small_recording());
  std::vector<std::string> pictures;
  std::vector<uint64_t> hashes;
  std::vector<std::string> events;
  for (uint32_t step = 0; step <= 6; ++step) {
    ASSERT_TRUE(session.seek(step));
    EXPECT_EQ(session.step(), step);
    pictures.push_back(picture_of(session));
    hashes.push_back(session.machine().state_hash());
    events.push_back(events_text(session.machine().records(), true));
  }
  for (uint32_t step = 7; step-- > 0;) {
    ASSERT_TRUE(session.seek(step));
    EXPECT_EQ(picture_of(session), pictures[step]);
    EXPECT_EQ(session.machine().state_hash(), hashes[step]);
    EXPECT_EQ(events_text(session.machine().records(), true), events[step]);
  }
  EXPECT_EQ(events[0], "");
  EXPECT_EQ(session.tally().compared, 0u);
  ASSERT_TRUE(session.seek(6));
  EXPECT_EQ(session.tally().matched, 6u);
}

TEST(Session, StepsBehindTheEndAreRefused) {
  Session session = open_recording(small_recording());
  ASSERT_TRUE(session.seek(3));
  for (const uint32_t step : {7u, UINT32_MAX}) {
    const Status status = session.seek(step);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().name, "StepOutOfRange");
    EXPECT_EQ(session.step(), 3u);
  }
}

TEST(Session, ACallOfTheUserDropsTheRecordedFuture) {
  Session session = open_recording(small_recording());
  ASSERT_TRUE(session.seek(2));
  ASSERT_TRUE(session.run(alloc(gfp::kKernel, 0)));
  EXPECT_EQ(session.step(), 3u);
  EXPECT_EQ(session.timeline().length(), 3u);
  EXPECT_TRUE(session.timeline().recorded(1));
  EXPECT_FALSE(session.timeline().recorded(2));
  EXPECT_EQ(session.timeline().results(2)[0], Pfn{32769});
  EXPECT_EQ(session.timeline().command(2).allocation, 2u) << "ids follow those that are left";
  EXPECT_EQ(session.tally().compared, 2u);

  ASSERT_TRUE(session.run(free_by_frame(32769, 0)));
  ASSERT_TRUE(session.run(alloc(gfp::kKernel, 0)));
  EXPECT_EQ(session.timeline().results(4)[0], Pfn{32769});
  const uint64_t hash = session.machine().state_hash();
  ASSERT_TRUE(session.seek(0));
  ASSERT_TRUE(session.seek(5));
  EXPECT_EQ(session.machine().state_hash(), hash);
  EXPECT_EQ(session.timeline().allocated_at(5, {32769}), 5u);
  EXPECT_EQ(session.timeline().allocated_at(4, {32769}), 3u);
  EXPECT_EQ(session.timeline().allocated_at(5, {40000}), 0u);
}

TEST(Session, PagesOfASplitBlockKnowTheCallThatGaveThem) {
  Session session = open_recording(small_recording());
  ASSERT_TRUE(session.seek(2));
  ASSERT_TRUE(session.run(alloc(gfp::kKernel, 2)));
  const Pfn head = session.timeline().results(2)[0];
  Command split = free_by_frame(head.value, 2);
  split.op = Op::split_page;
  ASSERT_TRUE(session.run(split));
  for (uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(session.timeline().allocated_at(4, {head.value + i}), 3u) << "page " << i;
  }
  EXPECT_EQ(session.timeline().allocated_at(4, {head.value + 4}), 0u);

  ASSERT_TRUE(session.run(alloc(gfp::kKernel, 10)));
  EXPECT_EQ(session.timeline().allocated_at(5, {head.value + 4}), 0u) << "it failed";
}

TEST(Session, DumpsBehindAForkAreDropped) {
  std::string text = small_recording();
  text.insert(text.find("{\"t\":\"end\""), zone_line(zone_z().dump()));
  Session session = open_recording(text);
  ASSERT_TRUE(session.seek(6));
  EXPECT_EQ(session.tally().dumps_compared, 2u);
  EXPECT_EQ(session.tally().dumps_matched, 1u);
  ASSERT_TRUE(session.seek(1));
  ASSERT_TRUE(session.run(Command{}));
  EXPECT_EQ(session.dumps().size(), 1u);
  EXPECT_EQ(session.tally().dumps_matched, 1u);
  EXPECT_TRUE(session.verify().all_match());
}

// The kernel had the page and we do not: the difference shows, and the free has nothing to do.
TEST(Session, FreeOfAnAllocationThatFailedHereDoesNothing) {
  const ZoneDump empty = ZoneBuilder("Normal", ZoneType::normal, 1048576, 1049600).dump();
  const std::string text = recording_text({empty},
                                          R"({"i":0,"op":"A","s":0,"o":0,"g":"KERNEL","r":1048576})"
                                          "\n"
                                          R"({"i":1,"op":"F","s":0,"k":"A","r":1048576})"
                                          "\n",
                                          2);
  Session session = open_recording(text);
  const VerifyReport report = session.verify();
  EXPECT_EQ(report.matched, 0u);
  EXPECT_EQ(report.first.ours.substr(0, 5), "NULL\n");
  EXPECT_EQ(picture_of(session), "free 0, blocks MM\n");
}

// Snapshots are thinned when they get many; every step must stay reachable and the same.
TEST(Session, LongTimelinesKeepEveryStepReachable) {
  Session session = Session::from_machine(boot({zone_z().dump()}), {0}, "pristine");
  std::vector<uint64_t> hashes = {session.machine().state_hash()};
  Random random(5);
  constexpr uint32_t kSteps = 80000;
  for (uint32_t i = 0; i < kSteps; ++i) {
    const Pfn last = i == 0 ? kNoPfn
                     : session.timeline().results(i - 1).empty()
                         ? kNoPfn
                         : session.timeline().results(i - 1)[0];
    const bool give_back = last != kNoPfn && !random.one_in(500);
    ASSERT_TRUE(session.run(give_back
                                ? free_by_frame(last.value, session.timeline().command(i - 1).order)
                                : alloc(gfp::kHighUserMovable, random.below(4))));
    if (i % 8000 == 7999) hashes.push_back(session.machine().state_hash());
  }
  for (uint32_t i = 0; i < hashes.size(); ++i) {
    const uint32_t sample = i * 7 % static_cast<uint32_t>(hashes.size());
    ASSERT_TRUE(session.seek(sample * 8000));
    EXPECT_EQ(session.machine().state_hash(), hashes[sample]) << "step " << sample * 8000;
  }
}

}  // namespace
}  // namespace kmem::test
