// Goal: DMA memory lies where a real Linux 6.1.192 put it, and pools hand out the same blocks.
// Method: recordings are replayed. One agrees in everything. Of two others, in which the kernel did
// something that no recording can tell, it is said exactly how much agrees; and of pools, what does
// not depend on page frames: the blocks that calls take, and the lists of every dump.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "conformance/gz_file.h"
#include "ingest/recording_reader.h"
#include "mm/page_alloc.h"
#include "sim/session.h"

namespace kmem::test {
namespace {

const std::string kFolder = KMEM_TEST_DATA "/conformance/";

Session open(const std::string& file) {
  Result<std::string> text = read_gz_file(kFolder + file);
  EXPECT_TRUE(text) << text.error().message;
  Result<Recording> recording = read_recording(*text);
  EXPECT_TRUE(recording) << recording.error().message;
  Result<Session> session = Session::from_recording(std::move(*recording));
  EXPECT_TRUE(session) << session.error().message;
  return std::move(*session);
}

std::string rates(Session& session) {
  const VerifyReport report = session.verify();
  return textf("calls %u/%u, dumps %u/%u", report.matched, report.operations, report.dumps_matched,
               report.dumps);
}

TEST(DmaRecordings, EveryCallAndEveryDumpIsTheKernels) {
  Session session = open("recordings/debian-1node/dma-1.jsonl.gz");
  EXPECT_EQ(rates(session), "calls 7733/7733, dumps 108/108");
  EXPECT_EQ(verify(session.machine()), "");
}

std::string tally(const Session& session) {
  const Session::Tally tally = session.tally();
  return textf("calls %u/%u, dumps %u/%u", tally.matched, tally.compared, tally.dumps_matched,
               tally.dumps_compared);
}

/// Frees pages that were in use before the recording, as the kernel did between two calls.
void free_foreign_pages(Session& session, const std::vector<uint32_t>& pfns) {
  Mm& mm = session.machine().mm();
  for (const uint32_t pfn : pfns) {
    const Page page = mm.map.pfn_to_page({pfn});
    mm.map.set_refcount(page, 1);
    free_pages(mm, page, 0);
  }
}

TEST(DmaRecordings, WhatShrinkersGiveBackIsNotKnown) {
  Session session = open("dma/debian-1node/dma-2.jsonl.gz");
  EXPECT_EQ(rates(session), "calls 7385/7755, dumps 101/126");
  EXPECT_EQ(verify(session.machine()), "");
}

TEST(DmaRecordings, WithThePagesOfTheShrinkerEverythingAgrees) {
  Session session = open("dma/debian-1node/dma-2.jsonl.gz");
  ASSERT_TRUE(session.seek(2697));
  free_foreign_pages(session, {1052325, 1052324, 1052323, 1052322, 1052321});
  ASSERT_TRUE(session.seek(session.timeline().length()));
  EXPECT_EQ(tally(session), "calls 7755/7755, dumps 126/126");
}

TEST(DmaRecordings, WithWhatOthersGaveBackEveryPoolPageIsTheKernels) {
  Session session = open("dma/debian-1node/dmapool-1.jsonl.gz");
  ASSERT_TRUE(session.seek(1745));
  Slub slub = session.machine().slub();
  constexpr uint32_t kObject = 60 * 64;
  kfree(slub, page_address({1053341}) + kObject);
  ASSERT_TRUE(session.seek(1860));
  free_foreign_pages(session, {1053244, 1053243, 1053242, 1053426});
  ASSERT_TRUE(session.seek(session.timeline().length()));
  EXPECT_EQ(tally(session), "calls 5429/5429, dumps 211/221") << "but for random starts of slabs";
}

/// A dump of a pool without page frames.
std::string lists_of(DmaDump dump) {
  for (DmaDump::Piece& piece : dump.pages) piece.pfn = 0;
  for (DmaDump::Piece& piece : dump.pages) piece.handle = 0;
  return dma_dump_text(dump);
}

TEST(DmaRecordings, PoolsHandOutTheSameBlocks) {
  Session session = open("dma/debian-1node/dmapool-1.jsonl.gz");
  const Timeline& calls = session.timeline();
  Machine& machine = session.machine();
  uint32_t blocks = 0;
  uint32_t pools = 0;
  size_t next_dump = 0;
  for (uint32_t step = 0; step <= calls.length(); ++step) {
    ASSERT_TRUE(session.seek(step));
    if (step > 0 && calls.command(step - 1).op == Op::dma_pool_alloc) {
      const ObjectPlace ours = calls.object(step - 1);
      const ObjectPlace theirs = calls.recorded_object(step - 1);
      blocks += 1;
      EXPECT_EQ(ours.offset, theirs.offset) << calls.call_text(step - 1) << " at step " << step;
      EXPECT_EQ(ours.pfn == kNoPfn, theirs.pfn == kNoPfn) << "at step " << step;
    }
    for (; next_dump < session.dumps().size(); ++next_dump) {
      const Recording::Dump& dump = session.dumps()[next_dump];
      if (dump.step > step) break;
      if (!dump.dma) continue;
      pools += 1;
      EXPECT_EQ(lists_of(dump_dma(machine.mm(), machine.dma_state(), dump.dma->pool)),
                lists_of(*dump.dma))
          << dump.name() << " at step " << step;
      ASSERT_EQ(verify(machine), "") << "at step " << step;
    }
  }
  EXPECT_EQ(blocks, 2273u);
  EXPECT_EQ(pools, 161u);
}

TEST(DmaRecordings, PoolsOnTheRightPages) {
  Session session = open("dma/debian-1node/dmapool-1.jsonl.gz");
  EXPECT_EQ(rates(session), "calls 5055/5429, dumps 184/221");
}

TEST(DmaRecordings, AStepIsTheSameHoweverItIsReached) {
  Session session = open("dma/debian-1node/dmapool-1.jsonl.gz");
  ASSERT_TRUE(session.seek(1100));
  const uint64_t hash = session.machine().state_hash();
  ASSERT_TRUE(session.seek(2000));
  ASSERT_TRUE(session.seek(300));
  ASSERT_TRUE(session.seek(1100));
  EXPECT_EQ(session.machine().state_hash(), hash);
}

}  // namespace
}  // namespace kmem::test
