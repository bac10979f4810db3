// Goal: a dump of a SLAB cache that contradicts itself is refused, and never a crash.
// Method: the dumps that a real recording starts with; one number spoilt at a time, at random. What
// is taken all the same must satisfy every invariant, and give objects out and take them back.
#include <gtest/gtest.h>

#include <cctype>
#include <sstream>
#include <string>

#include "base/text.h"
#include "conformance/gz_file.h"
#include "engine/support.h"
#include "ingest/recording_reader.h"
#include "mm/verify.h"
#include "slab/slub_verify.h"

namespace kmem::test {
namespace {

/// The state before the first call, and no call.
std::string boot_state() {
  Result<std::string> text =
      read_gz_file(KMEM_TEST_DATA "/conformance/recordings/slab-up/kmalloc-1.jsonl.gz");
  EXPECT_TRUE(text);
  std::istringstream lines(*text);
  std::string out;
  for (std::string line; std::getline(lines, line) && line.find("\"op\"") == std::string::npos;) {
    out += line + "\n";
  }
  return out + "{\"t\":\"end\",\"ops\":0,\"overflow\":0}\n";
}

/// Another number in place of one of those behind `start`.
std::string spoilt(std::string text, size_t start, Random& random) {
  const auto digit = [&text](size_t at) {
    return std::isdigit(static_cast<unsigned char>(text[at])) != 0;
  };
  size_t at = start + random.below(static_cast<uint32_t>(text.size() - start - 40));
  while (!digit(at) || digit(at - 1)) at -= 1;
  size_t end = at;
  while (digit(end)) end += 1;
  const uint32_t old = static_cast<uint32_t>(std::stoul(text.substr(at, end - at)));
  const uint32_t numbers[] = {0, 1, old + 1, old - 1, random.below(300), random.below(50000)};
  return text.replace(at, end - at, textf("%u", numbers[random.below(6)]));
}

TEST(DamagedSlab, IsRefusedOrWhole) {
  const std::string good = boot_state();
  const size_t start = good.find("{\"t\":\"slab\"");
  ASSERT_NE(start, std::string::npos);
  Random random(7);
  uint32_t refused = 0;
  uint32_t taken = 0;
  for (uint32_t i = 0; i < 200; ++i) {
    Result<Recording> recording = read_recording(spoilt(good, start, random));
    if (!recording) {
      refused += 1;
      continue;
    }
    Result<Session> session = Session::from_recording(std::move(*recording));
    if (!session) {
      refused += 1;
      EXPECT_EQ(session.error().name, "RecordingFormat");
      continue;
    }
    taken += 1;
    Slub slub = session->machine().slub();
    ASSERT_EQ(verify(slub), "") << i;
    std::vector<Kva> objects;
    for (uint32_t bytes = 1; bytes <= 8192; bytes = bytes * 3 / 2 + 1) {
      for (uint32_t k = 0; k < 40; ++k) {
        objects.push_back(kmalloc_node(slub, bytes, gfp::kKernel, kAnyNode));
      }
    }
    for (const Kva object : objects) kfree(slub, object);
    ASSERT_EQ(verify(slub), "") << i;
    ASSERT_EQ(verify(session->machine().mm()), "") << i;
  }
  EXPECT_GT(refused, 30u);
  EXPECT_GT(taken, 3u);
}

}  // namespace
}  // namespace kmem::test
