// Goal: the JSON that crosses the boundary has the members that web/src/engine/model.ts declares.
// Method: its shape (names and kinds, without values) compared with golden files, and the values
// that a person would look at first.
#include <gtest/gtest.h>

#include "engine/support.h"
#include "ingest/json_line.h"
#include "mm/memblock.h"
#include "report/json_view.h"
#include "slab/kmalloc.h"

namespace kmem::test {
namespace {

/// Members and kinds, one a line; of an array only the first element.
void append_shape(std::string& out, const rapidjson::Value& value, const std::string& path) {
  if (value.IsObject()) {
    for (const auto& member : value.GetObject()) {
      append_shape(out, member.value, path + "." + member.name.GetString());
    }
  } else if (value.IsArray() && !value.Empty()) {
    append_shape(out, value[0], path + "[]");
  } else {
    const char* const kinds[] = {"null",  "boolean", "boolean", "object",
                                 "array", "string",  "number"};
    out += path + ": " + kinds[value.GetType()] + "\n";
  }
}

std::string shape_of(const std::string& json) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  EXPECT_FALSE(document.HasParseError()) << json;
  std::string out;
  append_shape(out, document, "");
  return out;
}

Session session_at(uint32_t step) {
  Session session = open_recording(small_recording());
  EXPECT_TRUE(session.seek(step));
  return session;
}

TEST(JsonView, MachineViewHasItsShape) {
  EXPECT_EQ(compare_golden("machine_view.shape.txt", shape_of(machine_view_json(session_at(3)))),
            "");
}

TEST(JsonView, StepInfoHasItsShape) {
  Result<std::string> json = step_info_json(session_at(3), 3);
  ASSERT_TRUE(json);
  EXPECT_EQ(compare_golden("step_info.shape.txt", shape_of(*json)), "");
}

TEST(JsonView, BlockInfoHasItsShape) {
  Result<std::string> json = block_json(session_at(3), {32768});
  ASSERT_TRUE(json);
  EXPECT_EQ(compare_golden("block_info.shape.txt", shape_of(*json)), "");
}

TEST(JsonView, CachesHaveTheirShape) {
  for (const SlabAllocator allocator : {SlabAllocator::slub, SlabAllocator::slab}) {
    SlabConfig config;
    config.allocator = allocator;
    Session session =
        Session::from_machine(std::move(*boot_pristine_machine({})), NodeId{0}, "pristine", config);
    Slub slub = session.machine().slub();
    for (int i = 0; i < 3; ++i) kmalloc_node(slub, 100, gfp::kKernel, kAnyNode);
    Result<std::string> cache = cache_json(session, "kmalloc-128");
    ASSERT_TRUE(cache);
    const std::string shape =
        "caches\n" + shape_of(caches_json(session)) + "one cache\n" + shape_of(*cache);
    const bool slab = allocator == SlabAllocator::slab;
    EXPECT_EQ(compare_golden(slab ? "caches_slab.shape.txt" : "caches_slub.shape.txt", shape), "");
    EXPECT_FALSE(cache_json(session, "no-such"));
  }
}

TEST(JsonView, VerifyReportHasItsShape) {
  std::string text = small_recording();
  text.replace(text.find("32776"), 5, "32792");
  Session session = open_recording(text);
  EXPECT_EQ(
      compare_golden("verify_report.shape.txt", shape_of(verify_report_json(session.verify()))),
      "");
}

TEST(JsonView, VerifyReportOfAnEqualRecordingHasNoFirstDifference) {
  Session session = open_recording(small_recording());
  const std::string json = verify_report_json(session.verify());
  EXPECT_NE(json.find("\"first\":null"), std::string::npos) << json;
}

std::string field(const std::string& json, const char* name) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  const rapidjson::Value& value = document[name];
  if (value.IsString()) return value.GetString();
  if (value.IsNull()) return "null";
  if (value.IsBool()) return value.GetBool() ? "true" : "false";
  return std::to_string(value.GetInt64());
}

TEST(JsonView, ABlockIsFoundFromAnyOfItsFrames) {
  Session session = session_at(3);
  struct Case {
    uint32_t asked;
    const char* pfn;
    const char* state;
    const char* order;
    const char* list;
    const char* position;
  };
  const Case cases[] = {
      {32768, "32768", "allocated", "0", "-1", "-1"},  // call 0
      {33799, "33792", "allocated", "3", "-1", "-1"},  // call 1
      {32780, "32780", "allocated", "0", "-1", "-1"},  // a page of call 2
      {32770, "32770", "pcp", "0", "0", "1"},         {33000, "32896", "free", "7", "-1", "0"},
      {65535, "64512", "free", "10", "-1", "29"},
  };
  for (const Case& each : cases) {
    Result<std::string> json = block_json(session, {each.asked});
    ASSERT_TRUE(json);
    EXPECT_EQ(field(*json, "pfn"), each.pfn) << *json;
    EXPECT_EQ(field(*json, "state"), each.state) << *json;
    EXPECT_EQ(field(*json, "order"), each.order) << *json;
    EXPECT_EQ(field(*json, "pcpList"), each.list) << *json;
    EXPECT_EQ(field(*json, "position"), each.position) << *json;
  }
}

TEST(JsonView, StepsAndFramesThatAreNotThereAreRefused) {
  Session session = session_at(2);
  for (const uint32_t step : {0u, 7u, UINT32_MAX}) {
    const Result<std::string> json = step_info_json(session, step);
    ASSERT_FALSE(json) << step;
    EXPECT_EQ(json.error().name, "StepOutOfRange");
  }
  for (const uint32_t pfn : {0u, 32767u, 65536u, UINT32_MAX}) {
    const Result<std::string> json = block_json(session, {pfn});
    ASSERT_FALSE(json) << pfn;
    EXPECT_EQ(json.error().name, "PfnOutOfRange");
  }
}

TEST(JsonView, AStepAheadTellsWhatIsRecordedOnly) {
  Session session = session_at(2);
  Result<std::string> past = step_info_json(session, 1);
  EXPECT_EQ(field(*past, "matches"), "true");
  EXPECT_EQ(field(*past, "call"), "alloc_pages(GFP_KERNEL, 0)");
  Result<std::string> ahead = step_info_json(session, 5);
  EXPECT_EQ(field(*ahead, "matches"), "null");
}

}  // namespace
}  // namespace kmem::test
