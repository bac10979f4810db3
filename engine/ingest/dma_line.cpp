#include "ingest/dma_line.h"

#include <charconv>
#include <memory>
#include <utility>

#include "base/text.h"

namespace kmem {

namespace {

using Value = JsonLine::Value;

DmaAtomicPool read_atomic_pool(JsonLine& line, const char* key) {
  DmaAtomicPool pool;
  const Value& object = line.member(line.root(), key);
  if (!line.ok()) return pool;
  pool.size = line.u32(object, "size");
  pool.avail = line.u32(object, "avail");
  const Value& chunks = line.array(object, "chunks");
  if (!line.ok()) return pool;
  for (const Value& chunk : chunks.GetArray()) {
    const std::vector<uint32_t> ends =
        chunk.IsArray() ? line.pfns(chunk, key) : std::vector<uint32_t>{};
    if (ends.size() != 2) {
      line.refuse("RecordingFormat", textf("\"%s\" must hold pairs of page frames", key));
      return pool;
    }
    pool.chunks.emplace_back(ends[0], ends[1]);
  }
  return pool;
}

uint64_t read_address(JsonLine& line, const Value& object, const char* key) {
  const int64_t address = line.i64(object, key);
  if (line.ok() && address < 0) {
    line.refuse("RecordingFormat", textf("\"%s\" must not be negative", key));
  }
  return static_cast<uint64_t>(address);
}

uint64_t read_hex(JsonLine& line, const Value& object, const char* key) {
  const std::string text = line.text(object, key);
  if (!line.ok()) return 0;
  uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number, 16);
  if (read.ec != std::errc{} || read.ptr != end) {
    line.refuse("RecordingFormat",
                textf("\"%s\" must be up to 16 hexadecimal digits, not '%s'", key, text.c_str()));
  }
  return number;
}

DmaDump read_device_line(JsonLine& line) {
  const Value& root = line.root();
  DmaDump dump;
  dump.line = line.line();
  dump.device.coherent_mask = read_hex(line, root, "coherent_mask");
  dump.device.dma_mask = read_hex(line, root, "dma_mask");
  dump.device.bus_limit = read_hex(line, root, "bus_limit");
  dump.device.atomic_pools = {read_atomic_pool(line, "atomic_pool_dma"),
                              read_atomic_pool(line, "atomic_pool_dma32"),
                              read_atomic_pool(line, "atomic_pool_kernel")};
  return dump;
}

DmaDump read_pool_line(JsonLine& line) {
  const Value& root = line.root();
  DmaDump dump;
  dump.line = line.line();
  dump.size = line.u32(root, "size");
  dump.allocation = line.u32(root, "allocation");
  dump.boundary = line.u32(root, "boundary");
  dump.pool_bytes = line.u32(root, "sizeof_pool");
  dump.page_bytes = line.u32(root, "sizeof_page");
  const Value& pages = line.array(root, "pages");
  if (!line.ok()) return dump;
  for (const Value& page : pages.GetArray()) {
    if (!page.IsObject()) {
      line.refuse("RecordingFormat", "\"pages\" must hold objects");
      return dump;
    }
    DmaDump::Piece piece;
    piece.pfn = line.u32(page, "pfn");
    piece.handle = read_address(line, page, "h");
    piece.in_use = line.u32(page, "in_use");
    piece.free = line.pfns(line.array(page, "fl"), "fl");
    if (!line.ok()) return dump;
    dump.pages.push_back(std::move(piece));
  }
  return dump;
}

void check_place(JsonLine& line, const std::vector<ZoneDump>& zones, Pfn pfn, uint32_t offset) {
  const uint64_t handle = read_address(line, line.root(), "h");
  const std::string name = line.text(line.root(), "z");
  if (!line.ok()) return;
  const DmaAddr address = (DmaAddr{pfn.value} << kPageShift) + offset;
  if (handle != address) {
    line.refuse("RecordingFormat", "\"h\" is not the physical address: an IOMMU is not simulated");
  }
  for (const ZoneDump& zone : zones) {
    if (pfn.value - zone.start_pfn < zone.spanned && zone.name == name) return;
  }
  line.refuse("RecordingFormat",
              textf("pfn %u does not lie in zone '%s'", pfn.value, name.c_str()));
}

// A number may be given again after a destroy: the last one counts.
uint32_t read_pool(JsonLine& line, const Recording& recording) {
  const uint32_t number = line.u32(line.root(), "p");
  for (size_t i = recording.pools.size(); i-- > 0;) {
    if (recording.pools[i] == number) return static_cast<uint32_t>(i);
  }
  line.refuse("RecordingFormat", textf("DMA pool %u was never created", number));
  return 0;
}

void read_mask(JsonLine& line, Recording& recording, Command& command) {
  const Value& root = line.root();
  const uint64_t mask = read_hex(line, root, "m");
  command.op = Op::dma_set_mask;
  command.amount = static_cast<uint32_t>(mask);
  command.offset = static_cast<uint32_t>(mask >> 32);
  const uint64_t then = read_hex(line, root, "coherent_mask");
  recording.results.push_back(line.i64(root, "r") == 0 ? kDone : kRefused);
  recording.results.push_back({static_cast<uint32_t>(then)});
  recording.results.push_back({static_cast<uint32_t>(then >> 32)});
}

void read_create(JsonLine& line, Recording& recording, Command& command) {
  const Value& root = line.root();
  command.op = Op::dma_pool_create;
  command.amount = line.u32(root, "size");
  command.align = line.u32(root, "align");
  command.boundary = line.u32(root, "boundary");
  command.cache = static_cast<uint32_t>(recording.pools.size());
  recording.pools.push_back(line.u32(root, "p"));
  recording.results.push_back(line.i64(root, "r") == 0 ? kDone : kRefused);
}

void read_place(JsonLine& line, Recording& recording) {
  const Value& root = line.root();
  const Pfn result{line.pfn(line.member(root, "r"), "r", true)};
  recording.results.push_back(result);
  if (result == kNoPfn) return;
  recording.offsets.push_back(line.u32(root, "off", kPageSizeBytes - 1));
  check_place(line, recording.boot, result, recording.offsets.back());
}

}  // namespace

Command read_dma_call(JsonLine& line, Recording& recording, const std::string& op, Gfp gfp) {
  Command command;
  command.line = line.line();
  command.gfp = gfp;
  command.allocation = static_cast<uint32_t>(recording.results.size());
  if (op == "dm") {
    read_mask(line, recording, command);
  } else if (op == "dp") {
    read_create(line, recording, command);
  } else if (op == "dq") {
    command.op = Op::dma_pool_destroy;
    command.allocation = kNoAllocation;
    command.cache = read_pool(line, recording);
  } else if (op == "d") {
    command.op = Op::dma_alloc_coherent;
    command.amount = line.u32(line.root(), "n");
    read_place(line, recording);
  } else {
    command.op = Op::dma_pool_alloc;
    command.cache = read_pool(line, recording);
    read_place(line, recording);
  }
  recording.offsets.resize(recording.results.size());
  return command;
}

void read_dma_dump(JsonLine& line, Recording& recording, bool of_pool) {
  auto dump = std::make_unique<DmaDump>(of_pool ? read_pool_line(line) : read_device_line(line));
  if (of_pool) dump->pool = read_pool(line, recording);
  if (!line.ok()) return;
  const bool first = recording.commands.empty();
  if (!of_pool && first && recording.boot_device == Recording::kNoDump) {
    recording.boot_device = static_cast<uint32_t>(recording.dumps.size());
  }
  recording.add_dump().dma = std::move(dump);
}

}  // namespace kmem
