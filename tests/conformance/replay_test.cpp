// Goal: the engine does what a real Linux 6.1.192 did, call for call and list for list.
// Method: every recording in tests/conformance/recordings is replayed; every result and every
// dumped zone is compared. The same run is then used for the laws of the timeline: the state at a
// step does not depend on how one got there, and the invariants hold on the way.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "conformance/gz_file.h"
#include "ingest/recording_reader.h"
#include "mm/verify.h"
#include "sim/session.h"

namespace kmem::test {
namespace {

const std::string kFolder = KMEM_TEST_DATA "/conformance/recordings/";

class Replay : public testing::TestWithParam<std::string> {
 protected:
  static Session open() {
    Result<std::string> text = read_gz_file(GetParam());
    if (!text) ADD_FAILURE() << text.error().message;
    Result<Recording> recording = read_recording(*text);
    if (!recording) ADD_FAILURE() << recording.error().message;
    Result<Session> session = Session::from_recording(std::move(*recording));
    if (!session) ADD_FAILURE() << session.error().message;
    return std::move(*session);
  }
};

TEST_P(Replay, EveryCallAndEveryDumpAreTheKernels) {
  Session session = open();
  const VerifyReport report = session.verify();
  EXPECT_GT(report.operations, 1000u);
  EXPECT_GE(report.dumps, 2u);
  EXPECT_TRUE(report.all_match()) << report.matched << " of " << report.operations << " calls and "
                                  << report.dumps_matched << " of " << report.dumps
                                  << " dumps are equal. First difference, line "
                                  << report.first.line << ", " << report.first.call << ": "
                                  << report.first.what << "\nours:\n"
                                  << report.first.ours << "the kernel's:\n"
                                  << report.first.kernel;
}

TEST_P(Replay, AStepIsTheSameHoweverItIsReached) {
  Session session = open();
  const uint32_t length = session.timeline().length();
  // A stride without a common factor with the distance of snapshots.
  const uint32_t stride = length / 11 + 1;
  std::map<uint32_t, uint64_t> hashes;
  for (uint32_t step = 0; step <= length; step += stride) {
    ASSERT_TRUE(session.seek(step));
    EXPECT_EQ(verify(session.machine().mm()), "") << "at step " << step;
    hashes[step] = session.machine().state_hash();
  }
  ASSERT_TRUE(session.seek(length));
  EXPECT_EQ(verify(session.machine().mm()), "") << "at the end";
  for (auto sample = hashes.rbegin(); sample != hashes.rend(); ++sample) {
    ASSERT_TRUE(session.seek(sample->first));
    EXPECT_EQ(session.machine().state_hash(), sample->second) << "back at step " << sample->first;
  }
}

std::string name_of(const testing::TestParamInfo<std::string>& file) {
  std::string name = file.param.substr(kFolder.size());
  name.resize(name.find('.'));
  for (char& letter : name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recordings, Replay, testing::ValuesIn(recordings_below(kFolder)), name_of);

}  // namespace
}  // namespace kmem::test
