// Goal: what a replay learns from a recording is counted, and learning hides no difference.
// Method: recordings of vmalloc, whose slabs are older than they are. One recorded frame is
// altered in each of many calls: by a frame that nobody could give, and by the frame that comes
// next, as if a slab had taken the altered one. Every alteration must be found.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "conformance/gz_file.h"
#include "ingest/recording_reader.h"
#include "sim/session.h"

namespace kmem::test {
namespace {

const std::string kFolder = KMEM_TEST_DATA "/conformance/recordings/";

Recording read(const std::string& file) {
  Result<std::string> text = read_gz_file(kFolder + file);
  if (!text) ADD_FAILURE() << text.error().message;
  Result<Recording> recording = read_recording(*text);
  if (!recording) ADD_FAILURE() << recording.error().message;
  return std::move(*recording);
}

VerifyReport verify(Recording recording) {
  Result<Session> session = Session::from_recording(std::move(recording));
  if (!session) {
    ADD_FAILURE() << session.error().message;
    return {};
  }
  return session->verify();
}

struct Expected {
  const char* file;
  Learnt learnt;
};

TEST(Learnt, IsCounted) {
  constexpr Expected kFiles[] = {
      {"debian/vmalloc-1.jsonl.gz", {6, 0}},   {"slub-numa/vmalloc-1.jsonl.gz", {7, 0}},
      {"slab-up/vmalloc-1.jsonl.gz", {10, 0}}, {"slub-numa/slab-1.jsonl.gz", {0, 0}},
      {"slab-up/slab-3.jsonl.gz", {0, 0}},     {"debian/slab-1.jsonl.gz", {0, 179}},
      {"debian/kmalloc-1.jsonl.gz", {0, 68}},  {"debian/mixed-1.jsonl.gz", {0, 0}}};
  for (const Expected& expected : kFiles) {
    const VerifyReport report = verify(read(expected.file));
    EXPECT_EQ(report.learnt.slabs, expected.learnt.slabs) << expected.file;
    EXPECT_EQ(report.learnt.starts, expected.learnt.starts) << expected.file;
  }
}

class LearntFrames : public testing::TestWithParam<const char*> {};

/// Calls of vmalloc to alter, from first to last: the early ones are those that learn.
std::vector<size_t> calls_to_alter(const Recording& recording) {
  std::vector<size_t> calls;
  for (size_t i = 0; i < recording.commands.size(); ++i) {
    const bool early = calls.size() < 8;
    if (recording.commands[i].op == Op::vmalloc && (early || i % 29 == 0)) calls.push_back(i);
  }
  return calls;
}

TEST_P(LearntFrames, AFrameThatNobodyCouldGiveIsFoundAtOnce) {
  const std::vector<size_t> calls = calls_to_alter(read(GetParam()));
  ASSERT_GT(calls.size(), 10u);
  for (const size_t call : calls) {
    Recording recording = read(GetParam());
    const Command& command = recording.commands[call];
    const uint32_t last = command.allocation + results_of(command) - 1;
    recording.results[last] = Pfn{recording.results[last].value ^ 0x4000};
    const uint32_t line = command.line;
    const VerifyReport report = verify(std::move(recording));
    EXPECT_FALSE(report.all_match()) << "line " << line;
    EXPECT_EQ(report.first.line, line);
  }
}

// The engine may take the missing frame for one that a slab got: that call looks right then, but
// the frame is not where the real kernel had it afterwards.
TEST_P(LearntFrames, AFrameThatASlabCouldHaveIsFoundInTheEnd) {
  const std::vector<size_t> calls = calls_to_alter(read(GetParam()));
  uint32_t looked_right = 0;
  for (const size_t call : calls) {
    Recording recording = read(GetParam());
    const Command& command = recording.commands[call];
    const auto first = recording.results.begin() + command.allocation;
    const auto end = first + results_of(command);
    // Whatever is handed out next for the first time comes after the last frame of this call.
    const auto next = std::find_if(end, recording.results.end(), [&](Pfn pfn) {
      return std::find(recording.results.begin(), end, pfn) == end;
    });
    ASSERT_NE(next, recording.results.end());
    const Pfn after = *next;
    std::move(first + 1, end, first);
    *(end - 1) = after;
    const uint32_t line = command.line;
    const VerifyReport report = verify(std::move(recording));
    EXPECT_FALSE(report.all_match()) << "line " << line;
    looked_right += report.first.line > line ? 1 : 0;
  }
  EXPECT_GT(looked_right, 0u) << "or the test tests nothing";
}

INSTANTIATE_TEST_SUITE_P(Recordings, LearntFrames,
                         testing::Values("debian/vmalloc-1.jsonl.gz",
                                         "slub-numa/vmalloc-1.jsonl.gz",
                                         "slab-up/vmalloc-1.jsonl.gz"));

}  // namespace
}  // namespace kmem::test
