// Goal: a real workload (busybox find, tar, gzip, sha256sum, rm on a 512 MiB machine) replays
// exactly: every event that ftrace printed is the event we print, in the same order, and the
// zones end as the real kernel dumped them.
// Method: the trace's allocations and frees drive the machine; refills, drains and page numbers
// must come out by themselves. Rules of replay: tests/conformance/workload/README.md.
#include <gtest/gtest.h>
#include <zlib.h>

#include <charconv>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ingest/recording_reader.h"
#include "mm/page_alloc.h"
#include "report/ftrace.h"

namespace kmem {
namespace {

std::string read_gz(const std::string& name) {
  const std::string path = std::string(KMEM_TEST_DATA) + "/conformance/workload/" + name;
  gzFile file = gzopen(path.c_str(), "rb");
  EXPECT_NE(file, nullptr) << path;
  std::string text;
  char buffer[1 << 16];
  for (int n = 0; (n = gzread(file, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(n));
  }
  gzclose(file);
  return text;
}

/// Text of "key=..." up to the next blank.
std::string field(const std::string& text, const std::string& key) {
  const size_t start = text.find(" " + key + "=");
  if (start == std::string::npos) return "";
  const size_t value = start + key.size() + 2;
  return text.substr(value, text.find(' ', value) - value);
}

uint32_t number(const std::string& text) {
  const bool hex = text.starts_with("0x");
  uint32_t value = 0;
  std::from_chars(text.data() + (hex ? 2 : 0), text.data() + text.size(), value, hex ? 16 : 10);
  return value;
}

/// Events between the two marks, without task, CPU, flags and time.
std::vector<std::string> events_of(const std::string& trace) {
  std::vector<std::string> events;
  bool between = false;
  for (size_t start = 0; start < trace.size();) {
    const size_t end = std::min(trace.find('\n', start), trace.size());
    const std::string line = trace.substr(start, end - start);
    start = end + 1;
    if (line.starts_with("#")) continue;
    if (line.find("allocrec mark") != std::string::npos) {
      between = line.find("mark 1") != std::string::npos;
      continue;
    }
    // The time stamp ends with the first colon behind a digit and a blank; the event follows it.
    const size_t stamp = line.find(": ", line.find("] "));
    if (!between || stamp == std::string::npos) continue;
    const std::string event = line.substr(stamp + 2);
    if (event.starts_with("mm_page_") || event.starts_with("bulk:")) events.push_back(event);
  }
  return events;
}

std::vector<ZoneDump> zones_of(const std::string& name, Recording& recording) {
  Result<Recording> parsed = read_recording(read_gz(name));
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  recording = std::move(*parsed);
  return recording.boot;
}

class Workload {
 public:
  explicit Workload(Mm mm) : mm_(std::move(mm)) { mm_.trace = &trace_; }

  /// Runs the call that the event stands for, if it stands for one, and appends what we print.
  void run(const std::string& event, bool batched_later, std::vector<std::string>& ours) {
    trace_.begin_step(1);
    const Page page = mm_.map.pfn_to_page({number(field(event, "pfn"))});
    const auto order = static_cast<Order>(number(field(event, "order")));
    if (event.starts_with("mm_page_alloc: ")) {
      Result<Gfp> gfp = parse_gfp(field(event, "gfp_flags"));
      ASSERT_TRUE(gfp) << event;
      alloc_pages(mm_, *gfp, order, NodeId{0});
    } else if (event.starts_with("bulk:") && number(field(event, "nr")) > 1) {
      std::vector<Page> pages(number(field(event, "nr")), kNoPage);
      alloc_pages_bulk(mm_, number(field(event, "gfp")), NodeId{0}, pages);
    } else if (event.starts_with("mm_page_free: ")) {
      // What was in use before the first dump, or split since, has no owner here: give it one.
      mm_.map.set_refcount(page, 1);
      mm_.map.set_flags(page, 0);
      batched_later ? free_unref_page_prepare(mm_, page) : free_pages(mm_, page, order);
    } else if (event.starts_with("mm_page_free_batched: ")) {
      free_unref_page_batched(mm_, page);
    }
    const auto pfn = [this](uint32_t each) { return mm_.pfn({each}); };
    for (const TraceRecord& record : trace_.records(pfn)) {
      if (auto text = ftrace_event_text(record, mm_.config.pageblock_order)) ours.push_back(*text);
    }
  }

  [[nodiscard]] const Mm& mm() const { return mm_; }

 private:
  Trace trace_;
  Mm mm_;
};

/// For each event, whether the next event of the same frame is its batched commit.
std::vector<bool> batched_later(const std::vector<std::string>& events) {
  std::vector<bool> later(events.size());
  std::unordered_map<std::string, bool> next_is_batched;
  for (size_t i = events.size(); i-- > 0;) {
    const std::string pfn = field(events[i], "pfn");
    later[i] = next_is_batched[pfn];
    next_is_batched[pfn] = events[i].starts_with("mm_page_free_batched: ");
  }
  return later;
}

TEST(WorkloadConformance, EveryEventAndTheEndStateAreTheKernels) {
  Recording before;
  Recording after;
  const std::vector<ZoneDump> start = zones_of("dump1.jsonl.gz", before);
  const std::vector<ZoneDump> end = zones_of("dump2.jsonl.gz", after);
  Result<Mm> mm = boot_from_dumps(before.config, start);
  ASSERT_TRUE(mm);
  Workload workload(std::move(*mm));

  const std::vector<std::string> events = events_of(read_gz("trace.txt.gz"));
  const std::vector<bool> batched = batched_later(events);
  std::vector<std::string> theirs;
  std::vector<std::string> ours;
  size_t allocations = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    workload.run(events[i], batched[i], ours);
    if (!events[i].starts_with("bulk:")) theirs.push_back(events[i]);
    allocations += events[i].starts_with("mm_page_alloc: ") ? 1 : 0;
  }

  EXPECT_GT(allocations, 11000u) << "the trace was not read";
  ASSERT_EQ(ours.size(), theirs.size());
  for (size_t i = 0; i < ours.size(); ++i) ASSERT_EQ(ours[i], theirs[i]) << "event " << i;
  for (const ZoneDump& dump : end) {
    for (const Zone& zone : workload.mm().zones) {
      if (zone.name != dump.name) continue;
      const DumpDifference difference =
          compare_dumps(dump_zone(workload.mm(), zone, {dump.pcp.cpu}, dump), dump);
      EXPECT_FALSE(difference.differs) << dump.name << " " << difference.what << "\nours "
                                       << difference.ours << "\nkernel " << difference.theirs;
    }
  }
}

}  // namespace
}  // namespace kmem
