#include "vmalloc/vmap_dump.h"

#include <algorithm>

#include "base/text.h"

namespace kmem {

namespace {

VmapDump::Ranges ranges_of(const VmapState& state, const VmapTree& tree) {
  VmapDump::Ranges ranges;
  for (const VmapId id : tree.ids(state.areas)) {
    ranges.emplace_back(state.areas[id].start, state.areas[id].end);
  }
  return ranges;
}

void append_ranges(std::string& out, const char* name, const VmapDump::Ranges& ranges) {
  for (const auto& [start, end] : ranges) {
    appendf(out, "%s: %llx-%llx\n", name, static_cast<unsigned long long>(start - kVmallocStart),
            static_cast<unsigned long long>(end - kVmallocStart));
  }
}

Error bad_dump(const VmapDump& dump, const char* what) {
  return {"RecordingFormat", textf("line %u: %s", dump.line, what), dump.line, 0, 0};
}

}  // namespace

VmapDump dump_vmap(const VmapState& state) {
  VmapDump dump;
  dump.lazy_pages = state.lazy_nr;
  dump.busy = ranges_of(state, state.busy);
  dump.free = ranges_of(state, state.free);
  dump.purge = ranges_of(state, state.purge);
  return dump;
}

std::string vmap_dump_text(const VmapDump& dump) {
  std::string out = textf("lazy_pages: %llu\n", static_cast<unsigned long long>(dump.lazy_pages));
  append_ranges(out, "busy", dump.busy);
  append_ranges(out, "free", dump.free);
  append_ranges(out, "purge", dump.purge);
  return out;
}

Status load_vmap(Vmap& vmap, const VmapDump& dump) {
  VmapState& state = vmap.state;
  VmapState loaded;
  loaded.vmap_area_cache = state.vmap_area_cache;
  loaded.preload.resize(state.preload.size());
  // Whoever allocated last left one behind, unless an aligned area of his cut a free one in two.
  for (VmapState::Preload& ready : loaded.preload) ready.full = true;
  loaded.lazy_nr = dump.lazy_pages;

  VmapDump::Ranges all = dump.busy;
  all.insert(all.end(), dump.free.begin(), dump.free.end());
  all.insert(all.end(), dump.purge.begin(), dump.purge.end());
  std::sort(all.begin(), all.end());
  Kva last = 0;
  for (const auto& [start, end] : all) {
    if (start >= end || start < last) return bad_dump(dump, "ranges of addresses overlap");
    last = end;
  }
  const auto load = [&loaded](VmapTree& tree, const VmapDump::Ranges& ranges) {
    for (const auto& [start, end] : ranges) {
      tree.insert(loaded.areas, make_area(loaded, start, end, 0));
    }
  };
  load(loaded.free, dump.free);
  load(loaded.busy, dump.busy);
  load(loaded.purge, dump.purge);
  state = std::move(loaded);
  // Behind its pages every area has a guard, which is never mapped.
  for (const auto& [start, end] : dump.busy) note_tables(vmap, start, end - kPageSizeBytes);
  for (const auto& [start, end] : dump.purge) note_tables(vmap, start, end - kPageSizeBytes);
  const std::string wrong = verify(vmap);
  return wrong.empty() ? Status(Done{}) : bad_dump(dump, wrong.c_str());
}

}  // namespace kmem
