#include <algorithm>

#include "report/json_view.h"
#include "report/json_writer.h"

namespace kmem {

namespace {

/// More than a person looks at; the numbers say how many there are.
constexpr size_t kMostAreas = 1000;
constexpr size_t kMostPages = 512;

const char* kind_of(const VmapState& state, const VmapArea& area) {
  if (area.mapping == kNoVmStruct) return "";
  return state.mappings[area.mapping].kind == VmStruct::Kind::vmap ? "vmap" : "vmalloc";
}

/// Areas of one tree, ascending by address.
class AreaWriter {
 public:
  AreaWriter(JsonWriter& json, const Mm& mm, const VmapState& state)
      : json_(json), mm_(mm), state_(state) {}

  void write(const VmapTree& tree, bool waits) {
    for (const VmapId id : tree.ids(state_.areas)) {
      written_ += 1;
      if (written_ <= kMostAreas) write_area(state_.areas[id], waits);
    }
  }
  [[nodiscard]] int64_t left_out() const {
    return static_cast<int64_t>(written_ - std::min(written_, kMostAreas));
  }

 private:
  void write_area(const VmapArea& area, bool waits) {
    json_.begin();
    // Not vmalloc_page(): modules have addresses far behind what 32 bits reach.
    json_.field("page", static_cast<int64_t>((area.start - kVmallocStart) >> kPageShift));
    json_.field("pages", static_cast<int64_t>(area.length() >> kPageShift));
    json_.field("kind", kind_of(state_, area));
    json_.flag("waits", waits);
    std::vector<uint32_t> pfns;
    size_t mapped = 0;
    if (area.mapping != kNoVmStruct) {
      const std::vector<Page>& pages = state_.mappings[area.mapping].pages;
      mapped = pages.size();
      for (size_t i = 0; i < std::min(mapped, kMostPages); ++i) pfns.push_back(mm_.pfn(pages[i]));
    }
    json_.field("mapped", static_cast<int64_t>(mapped));
    json_.numbers("pfns", pfns);
    json_.end();
  }

  JsonWriter& json_;
  const Mm& mm_;
  const VmapState& state_;
  size_t written_ = 0;
};

}  // namespace

std::string areas_json(const Session& session) {
  const Mm& mm = session.machine().mm();
  const VmapState& state = session.machine().areas();
  JsonWriter json;
  json.begin();
  json.field("waiting", static_cast<int64_t>(state.lazy_nr));
  json.field("mostWaiting", static_cast<int64_t>(lazy_max_pages(mm.config)));
  json.key("areas");
  json.begin_array();
  AreaWriter writer(json, mm, state);
  writer.write(state.busy, false);
  writer.write(state.purge, true);
  json.end_array();
  json.field("more", writer.left_out());
  json.end();
  return json.take();
}

}  // namespace kmem
