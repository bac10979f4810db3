// Goal: a damaged recording is refused with its name and place, never half read, never a crash.
// Method: one small good recording; one thing spoilt at a time, the file cut at every byte, and
// bytes overwritten at random.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "engine/support.h"
#include "ingest/recording_reader.h"
#include "mm/verify.h"

namespace kmem::test {
namespace {

/// Replaces the first `from` after `after`.
std::string with(const char* from, const char* to, const char* after = "") {
  std::string text = small_recording();
  const size_t start = text.find(from, text.find(after));
  EXPECT_NE(start, std::string::npos) << from;
  return text.replace(start, std::string_view(from).size(), to);
}

struct BadRecording {
  std::string text;
  const char* name;
  uint32_t line;
  uint32_t column;
  const char* words;
};

std::vector<BadRecording> bad_files() {
  return {
      {"", "RecordingFormat", 0, 0, "empty"},
      {"\n\n", "RecordingFormat", 2, 0, "empty"},
      {"this is not JSON\n", "RecordingFormat", 1, 2, "not JSON"},
      {"[1,2]\n", "RecordingFormat", 1, 1, "expected one JSON object"},
      {std::string("\x1f\x8b\x08\0\0\0", 6) + "\n", "RecordingFormat", 1, 1, "not JSON"},
      {with("\"fmt\":1", "\"fmt\":2"), "RecordingVersion", 1, 1, "format version 2"},
      {with("\"fmt\":1,", ""), "RecordingFormat", 1, 1, "\"fmt\" is missing"},
      {with("\"fmt\":1", "\"fmt\":\"1\""), "RecordingFormat", 1, 1, "\"fmt\" must be"},
      {with("{\"t\":\"meta\"", "{\"t\":\"zone\""), "RecordingFormat", 1, 1, "first line must be"},
      {meta_line() + small_recording(), "RecordingFormat", 2, 1, "a second meta line"},
      {small_recording() + meta_line(), "RecordingFormat", 10, 1, "follows the end line"},
      {with("\"max_order\":11", "\"max_order\":14"), "RecordingFormat", 1, 1, "max_order is 14"},
      {with("\"pageblock_order\":9", "\"pageblock_order\":11"), "RecordingFormat", 1, 1,
       "\"pageblock_order\" must be"},
      {with("\"node\":0,\"max", "\"node\":7,\"max"), "RecordingFormat", 2, 0,
       "node 7, which has no zone"},
      {with("\"forced_gfp\":\"0\"", "\"forced_gfp\":\"__OOPS\""), "UnknownGfpFlag", 1, 1,
       "'__OOPS'"},
      {with("\"g\":\"KERNEL\"", "\"g\":\"KERNAL\""), "UnknownGfpFlag", 3, 1, "'KERNAL'"},
      {with("\"MOVABLE\":1051850", "\"MOVABLE\":24"), "GfpConflict", 4, 1, "movable and reclaim"},
      {with("\"r\":32768", "\"r\":\"x\""), "RecordingFormat", 3, 1, "\"r\" must hold"},
      {with("\"r\":32768", "\"r\":-2"), "RecordingFormat", 3, 1, "\"r\" must hold"},
      {with("\"r\":32768", "\"r\":4294967295"), "RecordingFormat", 3, 1, "\"r\" must hold"},
      {with("\"r\":32768", "\"r\":1e400"), "RecordingFormat", 3, 0, "not JSON"},
      {with("\"op\":\"A\"", "\"op\":\"Z\""), "UnsupportedOperation", 3, 1, "op \"Z\""},
      {with("\"op\":\"A\"", "\"op\":1"), "RecordingFormat", 3, 1, "\"op\" must be a string"},
      {with("\"op\":\"A\",", ""), "RecordingFormat", 3, 1, "\"op\" is missing"},
      {with("\"o\":0", "\"o\":-1"), "RecordingFormat", 3, 1, "\"o\" must be"},
      {with("\"o\":0", "\"o\":64"), "RecordingFormat", 3, 1, "\"o\" must be"},
      {with("\"n\":20480", "\"n\":0"), "RecordingFormat", 5, 1, "at least 1 byte"},
      {with("\"n\":20480", "\"n\":-4"), "RecordingFormat", 5, 1, "\"n\" must be"},
      {with("\"n\":2,", "\"n\":1,"), "RecordingFormat", 6, 1, "2 results for 1 pages"},
      {with("\"s\":0", "\"s\":9", "\"op\":\"F\""), "RecordingFormat", 7, 1,
       "slot 9 is freed, but holds nothing"},
      {with("\"k\":\"A\"", "\"k\":\"E\""), "RecordingFormat", 7, 1, "filled by 'A'"},
      {with("\"k\":\"A\"", "\"k\":\"\""), "RecordingFormat", 7, 1, "filled by 'A'"},
      {with("\"s\":1", "\"s\":0"), "RecordingFormat", 4, 1, "slot 0 is in use already"},
      {with("\"ops\":6", "\"ops\":7"), "RecordingTruncated", 9, 1, "counts 7 calls"},
      {with("\"overflow\":0", "\"overflow\":1"), "RecordingTruncated", 9, 1, "ran out of space"},
      {with("{\"i\":5,\"op\":\"drain\"}", "{\"t\":\"migrate\",\"s\":0,\"from\":1,\"to\":2}"),
       "RecordingFormat", 8, 1, "slot 0 migrates, but holds no page that can be migrated"},
      {with("{\"i\":5,\"op\":\"drain\"}", "{\"t\":\"error\",\"line\":\"x\"}"), "RecordingFormat", 8,
       1, "rejected script line"},
  };
}

TEST(BadRecording, EachIsRefusedByNameAndPlace) {
  for (const BadRecording& bad : bad_files()) {
    const Result<Recording> recording = read_recording(bad.text);
    ASSERT_FALSE(recording) << bad.words;
    const Error& error = recording.error();
    EXPECT_EQ(error.name, bad.name) << error.message;
    EXPECT_EQ(error.line, bad.line) << error.message;
    if (bad.column != 0) {
      EXPECT_EQ(error.column, bad.column) << error.message;
    }
    EXPECT_NE(error.message.find(bad.words), std::string::npos)
        << error.message << " lacks \"" << bad.words << '"';
  }
}

struct BadZone {
  const char* from;
  const char* to;
  const char* words;
};

// Found while reading the line.
const BadZone kBadZoneLines[] = {
    {"\"start_pfn\":32768,", "", "\"start_pfn\" is missing"},
    {"\"start_pfn\":32768", "\"start_pfn\":-1", "\"start_pfn\" must be"},
    {"\"spanned\":32768", "\"spanned\":99999999999", "\"spanned\" must be"},
    {"\"zidx\":1", "\"zidx\":5", "\"zidx\" must be"},
    {"\"node\":0", "\"node\":255", "\"node\" must be"},
    {"\"wmark\":[256,320,384]", "\"wmark\":[256,320]", "\"wmark\" must have 3 numbers"},
    {"\"wmark\":[256,320,384]", "\"wmark\":[256,320,\"x\"]", "\"wmark\" must hold"},
    {"\"wmark\":[256,320,384]", "\"wmark\":{}", "\"wmark\" must be an array"},
    {"\"lowmem_reserve\":[0", "\"lowmem_reserve\":[null", "\"lowmem_reserve\" must hold"},
    {"\"pb\":\"MM", "\"pb\":\"MX", "the letter 'X': accepted are UMRHIC and '-'"},
    {"\"pb\":\"", "\"pb\":1,\"q\":\"", "\"pb\" must be a string"},
    {"\"free\":[[10,\"M\"", "\"free\":[[11,\"M\"", "\"free\" must hold [order 0..10"},
    {"\"free\":[[10,\"M\"", "\"free\":[[10,\"Q\"", "\"free\" must hold [order 0..10"},
    {"\"free\":[[10,\"M\"", "\"free\":[[10,\"\"", "\"free\" must hold [order 0..10"},
    {"\"free\":[[10,\"M\"", "\"free\":[[-1,\"M\"", "\"free\" must hold [order 0..10"},
    {"\"free\":[[10,\"M\",[", "\"free\":[[10,\"M\",[-1,", "\"free\" must hold page frame numbers"},
    {"\"free\":[[10,\"M\",[", "\"free\":[7,[10,\"M\",[", "\"free\" must hold [order 0..10"},
    {"\"pcp\":{", "\"pcp\":[],\"q\":{", "\"cpu\" is missing"},
    {"\"pcp\":{\"cpu\":0", "\"pcp\":{\"cpu\":64", "\"cpu\" must be"},
    {"\"lists\":[[]", "\"lists\":[0", "\"pcp.lists\" must hold arrays"},
    {"\"compact\":{", "\"compact\":7,\"q\":{", "\"free_pfn\" is missing"},
    {"\"stat_threshold\":0", "\"stat_threshold\":126", "\"stat_threshold\" must be"},
};

TEST(BadRecording, ZoneLinesAreCheckedKeyByKey) {
  for (const BadZone& bad : kBadZoneLines) {
    const Result<Recording> recording = read_recording(with(bad.from, bad.to, "\"t\":\"zone\""));
    ASSERT_FALSE(recording) << bad.words;
    EXPECT_EQ(recording.error().name, "RecordingFormat");
    EXPECT_EQ(recording.error().line, 2u) << recording.error().message;
    EXPECT_NE(recording.error().message.find(bad.words), std::string::npos)
        << recording.error().message;
  }
}

// Found when the machine is booted from it.
const BadZone kBadZoneStates[] = {
    {"[[10,\"M\",[32768,", "[[10,\"M\",[65536,", "pfn 65536, which is outside the zone's"},
    {"[[10,\"M\",[32768,", "[[10,\"M\",[4294967294,", "which is outside the zone's"},
    {"[[10,\"M\",[32768,", "[[10,\"M\",[32769,", "not a multiple of 1024"},
    {"[[10,\"M\",[32768,", "[[10,\"M\",[33792,", "pfn 33792 is in another list already"},
    {"\"nr_free\":[0,", "\"nr_free\":[1,", "nr_free does not equal"},
    {"\"count\":0", "\"count\":1", "pcp count is 1"},
    {"\"pb\":\"M", "\"pb\":\"", "pb has 63"},
    {"\"spanned\":32768", "\"spanned\":0", "spans 0 pages"},
    {"\"spanned\":32768", "\"spanned\":2147483647", "pb has 64"},
    {"\"batch\":7", "\"batch\":0", "batch 0"},
    {"\"vm_free\":32768", "\"vm_free\":9223372036854775807", "vm_free"},
};

TEST(BadRecording, ContradictionsAreFoundAtBoot) {
  for (const BadZone& bad : kBadZoneStates) {
    Result<Recording> recording = read_recording(with(bad.from, bad.to, "\"t\":\"zone\""));
    ASSERT_TRUE(recording) << recording.error().message;
    const Result<Session> session = Session::from_recording(std::move(*recording));
    ASSERT_FALSE(session) << bad.words;
    EXPECT_EQ(session.error().name, "RecordingFormat");
    EXPECT_EQ(session.error().line, 2u);
    EXPECT_NE(session.error().message.find(bad.words), std::string::npos)
        << session.error().message;
  }
}

TEST(BadRecording, AFileCutAnywhereIsTruncated) {
  const std::string text = small_recording();
  EXPECT_TRUE(read_recording(text));
  EXPECT_TRUE(read_recording(text.substr(0, text.size() - 1))) << "the last newline may be missing";
  for (size_t length = 1; length < text.size() - 1; ++length) {
    const Result<Recording> recording = read_recording(std::string_view(text).substr(0, length));
    ASSERT_FALSE(recording) << length;
    EXPECT_EQ(recording.error().name, "RecordingTruncated")
        << length << " bytes: " << recording.error().message;
    EXPECT_EQ(recording.error().line,
              1u + static_cast<uint32_t>(std::count(
                       text.begin(), text.begin() + static_cast<ptrdiff_t>(length) - 1, '\n')))
        << length << " bytes: " << recording.error().message;
  }
}

TEST(BadRecording, DeepNestingIsRefused) {
  for (const char* opening : {"[", "{\"a\":"}) {
    std::string deep = "{\"t\":";
    for (int i = 0; i < 300000; ++i) deep += opening;
    const Result<Recording> recording = read_recording(deep + "\n");
    ASSERT_FALSE(recording);
    EXPECT_EQ(recording.error().name, "RecordingFormat");
    EXPECT_EQ(recording.error().line, 1u);
  }
}

TEST(BadRecording, OverwrittenBytesNeverCrash) {
  static constexpr std::string_view kReplacements = "09-,:\"{}[]MUHIC \n\xff";
  const ZoneDump zone = ZoneBuilder("Normal", ZoneType::normal, 1048576, 1049600)
                            .free(9, 'M', {1048576})
                            .free(8, 'M', {1049088})
                            .free(2, 'U', {1049348})
                            .pcp_list(1, {1049353, 1049355})
                            .watermarks(10, 12, 14)
                            .pcp(3, 20)
                            .dump();
  const std::string good =
      recording_text({zone},
                     R"({"i":0,"op":"A","s":0,"o":0,"g":"KERNEL","r":1049348})"
                     "\n"
                     R"({"i":1,"op":"B","s":1,"n":4,"g":"MOVABLE","r":[1049353,1049355]})"
                     "\n"
                     R"({"i":2,"op":"F","s":0,"k":"A","r":1049348})"
                     "\n",
                     3);
  Random random(3);
  uint32_t replayed = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = good;
    for (uint32_t i = 0; i <= random.below(2); ++i) {
      // Half of the bytes hit the calls, which are shorter than the zone.
      const size_t from = random.one_in(2) ? good.find("{\"i\":0") : meta_line().size();
      const size_t at = from + random.below(static_cast<uint32_t>(text.size() - from));
      text[at] = kReplacements[random.below(static_cast<uint32_t>(kReplacements.size()))];
    }
    Result<Recording> recording = read_recording(text);
    if (!recording) continue;
    Result<Session> session = Session::from_recording(std::move(*recording));
    if (!session) continue;
    session->verify();
    EXPECT_EQ(verify(session->machine().mm()), "") << text;
    replayed += 1;
  }
  EXPECT_GT(replayed, 100u);
}

}  // namespace
}  // namespace kmem::test
