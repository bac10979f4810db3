#include "ingest/zone_line.h"

#include <cstring>

#include "base/text.h"
#include "mm/compaction.h"

namespace kmem {

namespace {

using Value = JsonLine::Value;

template <size_t N>
void read_counts(JsonLine& line, const Value& root, const char* key, std::array<int64_t, N>& out) {
  const Value& values = line.array(root, key);
  if (values.Size() != N) {
    line.refuse("RecordingFormat", textf("\"%s\" must have %zu numbers", key, N));
    return;
  }
  for (rapidjson::SizeType i = 0; i < N; ++i) {
    if (!values[i].IsInt64()) {
      line.refuse("RecordingFormat", textf("\"%s\" must hold whole numbers", key));
      return;
    }
    out[i] = values[i].GetInt64();
  }
}

void read_reserve(JsonLine& line, const Value& root, ZoneDump& dump) {
  for (const Value& value : line.array(root, "lowmem_reserve").GetArray()) {
    if (!value.IsInt64()) {
      line.refuse("RecordingFormat", "\"lowmem_reserve\" must hold whole numbers");
      return;
    }
    dump.lowmem_reserve.push_back(value.GetInt64());
  }
}

void check_letters(JsonLine& line, const std::string& letters) {
  Migratetype type{};
  for (const char letter : letters) {
    if (letter == '-' || migratetype_of_letter(letter, type)) continue;
    line.refuse("RecordingFormat", textf("\"pb\" has the letter '%c': accepted are %s and '-'",
                                         letter, kMigratetypeLetters));
  }
}

void read_free_lists(JsonLine& line, const Value& root, ZoneDump& dump) {
  for (const Value& entry : line.array(root, "free").GetArray()) {
    Migratetype type{};
    const bool shaped = entry.IsArray() && entry.Size() == 3 && entry[0].IsUint() &&
                        entry[0].GetUint() < kNrOrders && entry[1].IsString() &&
                        entry[1].GetStringLength() == 1 &&
                        migratetype_of_letter(entry[1].GetString()[0], type);
    if (!shaped) {
      line.refuse("RecordingFormat",
                  textf("\"free\" must hold [order 0..%u, one of %s, [pfn, ...]]",
                        unsigned{kMaxOrder}, kMigratetypeLetters));
      return;
    }
    dump.free.push_back(
        {static_cast<Order>(entry[0].GetUint()), type, line.pfns(entry[2], "free")});
  }
}

void read_pcp(JsonLine& line, const Value& root, ZoneDump& dump) {
  const Value& pcp = line.member(root, "pcp");
  dump.pcp.cpu = static_cast<uint8_t>(line.u32(pcp, "cpu", 63));
  dump.pcp.count = static_cast<int32_t>(line.u32(pcp, "count", INT32_MAX));
  dump.pcp.high = static_cast<int32_t>(line.u32(pcp, "high", INT32_MAX));
  dump.pcp.batch = static_cast<int32_t>(line.u32(pcp, "batch", INT32_MAX));
  dump.pcp.free_factor = static_cast<uint8_t>(line.u32(pcp, "free_factor", 255));
  // Kernels without NUMA have no such counter.
  dump.pcp.expire = static_cast<int32_t>(line.u32_or(pcp, "expire", 0));
  for (const Value& list : line.array(pcp, "lists").GetArray()) {
    dump.pcp.lists.push_back(line.pfns(list, "pcp.lists"));
  }
}

void read_compact(JsonLine& line, const Value& root, ZoneDump& dump) {
  const Value& compact = line.member(root, "compact");
  CompactState& state = dump.compact;
  state.cached_free_pfn = line.u32(compact, "free_pfn");
  const std::vector<uint32_t> migrate =
      line.pfns(line.array(compact, "migrate_pfn"), "migrate_pfn");
  for (size_t i = 0; i < migrate.size() && i < 2; ++i) state.cached_migrate_pfn[i] = migrate[i];
  state.init_free_pfn = line.u32(compact, "init_free");
  state.init_migrate_pfn = line.u32(compact, "init_migrate");
  state.considered = line.u32(compact, "considered");
  state.defer_shift = line.u32(compact, "defer_shift", kCompactMaxDeferShift);
  state.order_failed = static_cast<int32_t>(line.i64(compact, "order_failed"));
  state.blockskip_flush = line.u32(compact, "blockskip_flush") != 0;
}

}  // namespace

bool migratetype_of_letter(char letter, Migratetype& type) {
  const char* const found = letter == '\0' ? nullptr : std::strchr(kMigratetypeLetters, letter);
  if (found == nullptr) return false;
  type = static_cast<Migratetype>(found - kMigratetypeLetters);
  return true;
}

ZoneDump read_zone_line(JsonLine& line) {
  const Value& root = line.root();
  ZoneDump dump;
  dump.line = line.line();
  dump.node = static_cast<uint8_t>(line.u32(root, "node", 254));
  dump.name = line.text(root, "zone");
  dump.zone_idx = static_cast<uint8_t>(line.u32(root, "zidx", kMaxNrZones - 1));
  dump.start_pfn = line.u32(root, "start_pfn", INT32_MAX);
  dump.spanned = line.u32(root, "spanned", INT32_MAX);
  dump.present = line.u32(root, "present", INT32_MAX);
  dump.managed = line.u32(root, "managed", INT32_MAX);
  read_counts(line, root, "wmark", dump.watermark);
  dump.boost = line.i64(root, "boost");
  dump.nr_reserved_highatomic = line.i64(root, "nr_reserved_highatomic");
  read_reserve(line, root, dump);
  dump.flags = line.u32(root, "flags");
  dump.vm_free = line.i64(root, "vm_free");
  dump.vm_free_diff = static_cast<int32_t>(line.i64(root, "vm_free_diff"));
  dump.stat_threshold = static_cast<int32_t>(line.u32(root, "stat_threshold", 125));
  dump.drift_mark = line.i64(root, "drift_mark");
  dump.vm_free_cma = line.i64(root, "vm_free_cma");
  read_compact(line, root, dump);
  dump.contiguous = line.u32(root, "contiguous");
  dump.pageblocks = line.text(root, "pb");
  check_letters(line, dump.pageblocks);
  dump.pageblock_skip = line.text(root, "pb_skip");
  read_counts(line, root, "nr_free", dump.nr_free);
  read_free_lists(line, root, dump);
  read_pcp(line, root, dump);
  return dump;
}

}  // namespace kmem
