// Goal: vmalloc gives the addresses of a real Linux 6.1.192, call for call, and leaves the same
// ranges in use, free and waiting.
// Method: every recording of vmalloc is replayed; each address and each dump of all ranges is
// compared, and every invariant checked. Frames are replay_test's affair.
#include <gtest/gtest.h>

#include <string>

#include "conformance/gz_file.h"
#include "ingest/recording_reader.h"
#include "mm/verify.h"
#include "sim/session.h"
#include "slab/slub_verify.h"

namespace kmem::test {
namespace {

const std::string kFolder = KMEM_TEST_DATA "/conformance/recordings/";

std::vector<std::string> vmalloc_recordings() {
  std::vector<std::string> files;
  for (const std::string& file : recordings_below(kFolder)) {
    if (file.find("vmalloc-") != std::string::npos) files.push_back(file);
  }
  return files;
}

class Vmalloc : public testing::TestWithParam<std::string> {};

TEST_P(Vmalloc, EveryAddressAndEveryRangeAreTheKernels) {
  Result<std::string> text = read_gz_file(GetParam());
  ASSERT_TRUE(text) << text.error().message;
  Result<Recording> recording = read_recording(*text);
  ASSERT_TRUE(recording) << recording.error().message;
  Result<Session> opened = Session::from_recording(std::move(*recording));
  ASSERT_TRUE(opened) << opened.error().message;
  Session& session = *opened;
  uint32_t areas = 0;
  uint32_t dumps = 0;
  size_t next_dump = 0;
  for (uint32_t step = 0; step <= session.timeline().length(); ++step) {
    ASSERT_TRUE(session.seek(step));
    if (step > 0 && is_area_call(session.timeline().command(step - 1).op)) {
      const Timeline& calls = session.timeline();
      areas += 1;
      EXPECT_EQ(area_text(calls.object(step - 1)), area_text(calls.recorded_object(step - 1)))
          << calls.call_text(step - 1) << " at step " << step;
      EXPECT_EQ(calls.freed_object(step - 1), calls.recorded_freed_object(step - 1));
      for (const Pfn pfn : calls.results(step - 1)) ASSERT_NE(pfn, kNoPfn);
    }
    for (; next_dump < session.dumps().size(); ++next_dump) {
      const Recording::Dump& dump = session.dumps()[next_dump];
      if (dump.step > step) break;
      if (!dump.areas) continue;
      dumps += 1;
      EXPECT_EQ(vmap_dump_text(dump_vmap(session.machine().areas())), vmap_dump_text(*dump.areas))
          << "at step " << step;
      EXPECT_EQ(verify(session.machine().vmap()), "") << "at step " << step;
      EXPECT_EQ(verify(session.machine().slub()), "") << "at step " << step;
      EXPECT_EQ(verify(session.machine().mm()), "") << "at step " << step;
    }
  }
  EXPECT_EQ(areas, 1660u);
  EXPECT_EQ(dumps, 7u);
}

TEST_P(Vmalloc, AStepIsTheSameHoweverItIsReached) {
  Result<std::string> text = read_gz_file(GetParam());
  Result<Recording> recording = read_recording(*text);
  Result<Session> session = Session::from_recording(std::move(*recording));
  ASSERT_TRUE(session->seek(1100));
  const uint64_t hash = session->machine().state_hash();
  ASSERT_TRUE(session->seek(1600));
  ASSERT_TRUE(session->seek(300));
  ASSERT_TRUE(session->seek(1100));
  EXPECT_EQ(session->machine().state_hash(), hash);
}

std::string name_of(const testing::TestParamInfo<std::string>& file) {
  std::string name = file.param.substr(kFolder.size());
  name.resize(name.rfind('/'));
  for (char& letter : name) {
    if (std::isalnum(static_cast<unsigned char>(letter)) == 0) letter = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Recordings, Vmalloc, testing::ValuesIn(vmalloc_recordings()), name_of);

}  // namespace
}  // namespace kmem::test
