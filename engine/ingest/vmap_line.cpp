#include "ingest/vmap_line.h"

#include "base/text.h"

namespace kmem {

namespace {

using Value = JsonLine::Value;

VmapDump::Ranges read_ranges(JsonLine& line, const char* key) {
  VmapDump::Ranges ranges;
  const Value& array = line.array(line.root(), key);
  if (!line.ok()) return ranges;
  for (const Value& range : array.GetArray()) {
    const bool pair =
        range.IsArray() && range.Size() == 2 && range[0].IsUint64() && range[1].IsUint64();
    if (!pair) {
      line.refuse("RecordingFormat", textf("\"%s\" must hold pairs of addresses", key));
      return ranges;
    }
    ranges.emplace_back(kVmallocStart + range[0].GetUint64(), kVmallocStart + range[1].GetUint64());
  }
  return ranges;
}

}  // namespace

VmapDump read_vmap_line(JsonLine& line) {
  VmapDump dump;
  dump.lazy_pages = line.u32(line.root(), "lazy_pages");
  dump.busy = read_ranges(line, "busy");
  dump.free = read_ranges(line, "free");
  dump.purge = read_ranges(line, "purge");
  dump.line = line.line();
  return dump;
}

uint32_t read_area_page(JsonLine& line) {
  const int64_t offset = line.i64(line.root(), "a");
  if (offset == -1) return UINT32_MAX;
  const int64_t page = offset >> kPageShift;
  if (offset < 0 || page >= UINT32_MAX || (offset & (kPageSizeBytes - 1)) != 0) {
    line.refuse("RecordingFormat", "\"a\" must be -1 or whole pages from VMALLOC_START");
    return UINT32_MAX;
  }
  return static_cast<uint32_t>(page);
}

}  // namespace kmem
