#include "ingest/recording_reader.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>

#include "base/text.h"
#include "ingest/dma_line.h"
#include "ingest/json_line.h"
#include "ingest/slab_line.h"
#include "ingest/slub_line.h"
#include "ingest/vmap_line.h"
#include "ingest/zone_line.h"
#include "sim/machine.h"

namespace kmem {

namespace {

using Value = JsonLine::Value;

/// Which command and result a slot of the recorder holds.
struct SlotOwner {
  uint32_t allocation;
  uint32_t amount;
  uint32_t order;
  char made_by;
  uint32_t cache = 0;
};

/// SlotOwner::made_by of a block of a DMA pool, "da" in the file.
constexpr char kDmaBlock = 'p';

/// Reads lines one by one into a Recording.
class RecordingReader {
 public:
  /// @return the refusal, or nothing when the line was taken.
  std::optional<Error> line(std::string_view text, uint32_t number, uint32_t byte);
  Result<Recording> finish(uint32_t lines);

 private:
  void read_meta(JsonLine& line);
  void read_zone(JsonLine& line);
  void read_end(JsonLine& line);
  void read_call(JsonLine& line, const std::string& op);
  void read_single_allocation(JsonLine& line, char op);
  void read_bulk(JsonLine& line);
  void read_object(JsonLine& line, char op);
  void read_cache_create(JsonLine& line);
  void read_cache_call(JsonLine& line, Op op);
  uint32_t read_cache(JsonLine& line);
  void read_cache_dump(JsonLine& line, CacheDump read);
  void read_area(JsonLine& line);
  void read_vmap(JsonLine& line);
  void read_dma(JsonLine& line, const std::string& op);
  void read_free(JsonLine& line);
  void read_migrate(JsonLine& line);
  Gfp read_gfp(JsonLine& line);
  Gfp parse_symbols(JsonLine& line, const std::string& symbols);
  [[nodiscard]] bool is_slub() const { return recording_.slab == "SLUB"; }
  [[nodiscard]] bool is_slab() const { return recording_.slab == "SLAB"; }
  [[nodiscard]] bool has_objects() const { return is_slub() || is_slab(); }
  void push(const Command& command, Pfn freed);
  void own(JsonLine& line, uint32_t slot, const SlotOwner& owner);

  Recording recording_;
  std::map<std::string, Gfp> gfp_symbols_;
  std::map<uint32_t, SlotOwner> slots_;
  std::vector<uint32_t> caches_;  // numbers in the file, in the order of Recording::requests
  bool may_schedule_ = false;
  bool has_meta_ = false;
  bool ended_ = false;
};

bool flag(JsonLine& line, const Value& config, const char* key) {
  return line.u32_or(config, key, 0) != 0;
}

void RecordingReader::read_meta(JsonLine& line) {
  const Value& root = line.root();
  const uint32_t version = line.u32(root, "fmt");
  if (line.ok() && version != 1) {
    line.refuse("RecordingVersion",
                textf("format version %u: this version reads format 1", version));
  }
  if (has_meta_) line.refuse("RecordingFormat", "a second meta line");
  has_meta_ = true;
  recording_.release = line.text(root, "release");
  recording_.version = line.text(root, "version");
  recording_.slab = line.text(root, "slab");
  recording_.node = static_cast<uint8_t>(line.u32(root, "node", 254));
  const uint32_t orders = line.u32(root, "max_order");
  if (line.ok() && orders != kNrOrders) {
    line.refuse("RecordingFormat", textf("max_order is %u: this version replays kernels with %u",
                                         orders, unsigned{kNrOrders}));
  }
  MmConfig& config = recording_.config;
  SlabConfig& slab = recording_.slab_config;
  const Value& options = line.member(root, "config");
  config.pageblock_order = static_cast<Order>(line.u32(root, "pageblock_order", kMaxOrder));
  config.thp = flag(line, options, "THP");
  config.memory_isolation = flag(line, options, "MEMORY_ISOLATION");
  config.cma = flag(line, options, "CMA");
  // Debian's PREEMPT_DYNAMIC counts preemption and starts as "voluntary"; the other kernels
  // recorded do neither.
  config.preempt_voluntary = flag(line, options, "PREEMPT_COUNT");
  config.page_group_by_mobility_disabled =
      line.u32_or(root, "page_group_by_mobility_disabled", 0) != 0;
  recording_.cpu_node = static_cast<uint8_t>(line.u32_or(root, "cpu_node", recording_.node, 254));
  // The number of nodes is not recorded, but a CPU elsewhere proves that there are two.
  config.nr_online_nodes = recording_.cpu_node != recording_.node ? 2 : 1;
  slab.allocator = is_slab() ? SlabAllocator::slab : SlabAllocator::slub;
  slab.freelist_random = flag(line, options, "SLAB_FREELIST_RANDOM");
  slab.freelist_hardened = flag(line, options, "SLAB_FREELIST_HARDENED");
  slab.cpu_partial = flag(line, options, "SLUB_CPU_PARTIAL");
  slab.memcg = flag(line, options, "MEMCG");
  // The recorder boots with slab_nomerge.
  slab.merge = false;
  const Value& symbols = line.member(root, "gfp");
  if (symbols.IsObject()) {
    for (const auto& symbol : symbols.GetObject()) {
      if (symbol.value.IsUint()) gfp_symbols_[symbol.name.GetString()] = symbol.value.GetUint();
    }
  }
  recording_.forced_gfp = parse_symbols(line, line.text(root, "forced_gfp"));
}

Gfp RecordingReader::parse_symbols(JsonLine& line, const std::string& symbols) {
  Gfp flags = 0;
  size_t start = 0;
  while (start <= symbols.size()) {
    const size_t end = std::min(symbols.find('|', start), symbols.size());
    const std::string name = symbols.substr(start, end - start);
    const auto found = gfp_symbols_.find(name);
    if (found == gfp_symbols_.end()) {
      line.refuse("UnknownGfpFlag",
                  textf("GFP symbol '%s' is not in the meta line's table", name.c_str()));
      return 0;
    }
    flags |= found->second;
    start = end + 1;
  }
  return flags;
}

Gfp RecordingReader::read_gfp(JsonLine& line) {
  const std::string symbols = line.text(line.root(), "g");
  const Gfp flags = line.ok() ? parse_symbols(line, symbols) : 0;
  if (!gfp_types_agree(flags | recording_.forced_gfp)) {
    line.refuse("GfpConflict", textf("'%s' is movable and reclaimable at once", symbols.c_str()));
  }
  return flags;
}

void RecordingReader::read_zone(JsonLine& line) {
  ZoneDump dump = read_zone_line(line);
  const bool known = std::any_of(
      recording_.boot.begin(), recording_.boot.end(),
      [&dump](const ZoneDump& boot) { return boot.node == dump.node && boot.name == dump.name; });
  if (!known) {
    // Making a cache takes no page of the zones that are recorded.
    const bool only_caches = recording_.requests.size() == recording_.commands.size();
    if (!only_caches) {
      line.refuse("RecordingFormat",
                  textf("zone %s first appears after the first call", dump.name.c_str()));
    }
    recording_.boot.push_back(dump);
  }
  recording_.add_dump().zone = std::move(dump);
}

// The state of a cache that nobody made is where the replay starts. Of a cache that was made only
// its random order is taken over: everything else must follow.
void RecordingReader::read_cache_dump(JsonLine& line, CacheDump read) {
  auto dump = std::make_unique<CacheDump>(std::move(read));
  dump->cpu = recording_.boot.empty() ? uint8_t{0} : recording_.boot.front().pcp.cpu;
  if (!line.ok()) return;
  const auto same_name = [&dump](const auto& other) { return other.name == dump->cache.name; };
  const auto made = std::find_if(recording_.requests.begin(), recording_.requests.end(), same_name);
  if (made != recording_.requests.end()) {
    if (made->random_seq.empty()) made->random_seq = dump->cache.random_seq;
  } else if (recording_.commands.empty()) {
    const bool known = std::any_of(
        recording_.boot_caches.begin(), recording_.boot_caches.end(),
        [&](uint32_t index) { return same_name(recording_.dumps[index].cache->cache); });
    if (!known) recording_.boot_caches.push_back(static_cast<uint32_t>(recording_.dumps.size()));
  }
  recording_.add_dump().cache = std::move(dump);
}

void RecordingReader::read_vmap(JsonLine& line) {
  auto dump = std::make_unique<VmapDump>(read_vmap_line(line));
  if (!line.ok()) return;
  const bool first = recording_.commands.empty() && recording_.boot_areas == Recording::kNoDump;
  if (first) recording_.boot_areas = static_cast<uint32_t>(recording_.dumps.size());
  recording_.add_dump().areas = std::move(dump);
}

// Where the area starts stands beside the first of its pages.
void RecordingReader::read_area(JsonLine& line) {
  const Value& root = line.root();
  Command command;
  command.op = Op::vmalloc;
  command.line = line.line();
  command.gfp = gfp::kKernel;
  command.amount = line.u32(root, "n", kMostAreaBytes);
  command.allocation = static_cast<uint32_t>(recording_.results.size());
  const uint32_t area = read_area_page(line);
  std::vector<uint32_t> pfns;
  if (area != UINT32_MAX) pfns = line.pfns(line.array(root, "pfns"), "pfns");
  if (!line.ok()) return;
  const uint32_t pages = results_of(command);
  if (area != UINT32_MAX && pfns.size() != pages) {
    line.refuse("RecordingFormat", textf("%zu pages for %u bytes", pfns.size(), command.amount));
    return;
  }
  pfns.resize(pages, kNoPfn.value);
  for (const uint32_t pfn : pfns) recording_.results.push_back({pfn});
  recording_.offsets.resize(recording_.results.size());
  recording_.offsets[command.allocation] = area;
  if (area != UINT32_MAX) own(line, line.u32(root, "s"), {command.allocation, 0, 0, 'v'});
  push(command, kNoPfn);
}

void RecordingReader::read_dma(JsonLine& line, const std::string& op) {
  const bool takes = op == "d" || op == "da";
  const Command command = read_dma_call(line, recording_, op, takes ? read_gfp(line) : 0);
  if (takes && recording_.results.back() != kNoPfn) {
    own(line, line.u32(line.root(), "s"),
        {command.allocation, command.amount, 0, op == "d" ? 'd' : kDmaBlock, command.cache});
  }
  push(command, kNoPfn);
}

void RecordingReader::read_end(JsonLine& line) {
  ended_ = true;
  const uint32_t operations = line.u32(line.root(), "ops");
  if (line.ok() && operations != recording_.commands.size()) {
    line.refuse("RecordingTruncated", textf("the end line counts %u calls, but the file has %zu",
                                            operations, recording_.commands.size()));
  }
  if (line.u32_or(line.root(), "overflow", 0) != 0) {
    line.refuse("RecordingTruncated", "the recorder ran out of space: calls are missing");
  }
}

void RecordingReader::push(const Command& command, Pfn freed) {
  recording_.commands.push_back(command);
  recording_.commands.back().may_schedule = may_schedule_;
  recording_.freed.push_back(freed);
}

void RecordingReader::own(JsonLine& line, uint32_t slot, const SlotOwner& owner) {
  if (!slots_.emplace(slot, owner).second) {
    line.refuse("RecordingFormat", textf("slot %u is in use already", slot));
  }
}

void RecordingReader::read_single_allocation(JsonLine& line, char op) {
  const Value& root = line.root();
  Command command;
  command.line = line.line();
  command.gfp = read_gfp(line);
  command.allocation = static_cast<uint32_t>(recording_.results.size());
  if (op == 'A' || op == 'G') {
    command.op = op == 'A' ? Op::alloc_pages : Op::get_free_pages;
    command.order = line.u32(root, "o", 63);
  } else if (op == 'P') {
    command.op = Op::alloc_movable_page;
  } else {
    command.op = Op::alloc_pages_exact;
    command.amount = line.u32(root, "n", INT32_MAX);
    if (line.ok() && command.amount == 0) {
      line.refuse("RecordingFormat", "\"n\" must be at least 1 byte");
    }
  }
  const Pfn result{line.pfn(line.member(root, "r"), "r", true)};
  recording_.results.push_back(result);
  recording_.offsets.push_back(0);
  if (result != kNoPfn) {
    own(line, line.u32(root, "s"), {command.allocation, command.amount, command.order, op});
  }
  push(command, kNoPfn);
}

void RecordingReader::read_bulk(JsonLine& line) {
  const Value& root = line.root();
  Command command;
  command.op = Op::alloc_pages_bulk;
  command.line = line.line();
  command.gfp = read_gfp(line);
  command.amount = line.u32(root, "n", 1u << 20);
  command.allocation = static_cast<uint32_t>(recording_.results.size());
  const uint32_t first_slot = line.u32(root, "s");
  const std::vector<uint32_t> pfns = line.pfns(line.array(root, "r"), "r");
  if (pfns.size() > command.amount) {
    line.refuse("RecordingFormat", textf("%zu results for %u pages", pfns.size(), command.amount));
  }
  if (!line.ok()) return;
  for (uint32_t i = 0; i < command.amount; ++i) {
    const bool got = i < pfns.size();
    recording_.results.push_back(got ? Pfn{pfns[i]} : kNoPfn);
    recording_.offsets.push_back(0);
    if (got) own(line, first_slot + i, {command.allocation + i, 0, 0, 'A'});
  }
  push(command, kNoPfn);
}

void RecordingReader::read_object(JsonLine& line, char op) {
  const Value& root = line.root();
  Command command;
  command.op = op == 'k' ? Op::kmalloc : Op::kmem_cache_alloc;
  command.line = line.line();
  command.gfp = read_gfp(line);
  if (op == 'k') {
    command.amount = line.u32(root, "n");
  } else {
    command.cache = read_cache(line);
  }
  command.allocation = static_cast<uint32_t>(recording_.results.size());
  const Pfn result{line.pfn(line.member(root, "r"), "r", true)};
  recording_.results.push_back(result);
  recording_.offsets.push_back(result == kNoPfn ? 0 : line.u32(root, "off", INT32_MAX));
  if (result != kNoPfn) {
    own(line, line.u32(root, "s"), {command.allocation, 0, 0, op, command.cache});
  }
  push(command, kNoPfn);
}

uint32_t RecordingReader::read_cache(JsonLine& line) {
  const uint32_t number = line.u32(line.root(), "c");
  // The last one: a number may be given again after a destroy.
  for (size_t i = caches_.size(); i-- > 0;) {
    if (caches_[i] == number) return static_cast<uint32_t>(i);
  }
  line.refuse("RecordingFormat", textf("cache %u was never created", number));
  return 0;
}

void RecordingReader::read_cache_create(JsonLine& line) {
  const Value& root = line.root();
  const uint32_t number = line.u32(root, "c");
  CacheRequest request;
  request.object_size = line.u32(root, "size");
  request.align = line.u32_or(root, "align", 0);
  request.name = textf("rec-%u-%u", number, request.object_size);
  const std::string flags = line.text(root, "flags");
  constexpr struct {
    const char* name;
    SlabFlags flag;
  } kFlags[] = {{"hwalign", slab_flags::kHwcacheAlign},
                {"reclaim", slab_flags::kReclaimAccount},
                {"rcu", slab_flags::kTypesafeByRcu}};
  for (const auto& each : kFlags) {
    if (flags.find(each.name) != std::string::npos) request.flags |= each.flag;
  }
  const Status checked = Machine::check_request(request);
  if (!checked) line.refuse("RecordingFormat", checked.error().message);
  Command command;
  command.op = Op::kmem_cache_create;
  command.line = line.line();
  command.cache = static_cast<uint32_t>(recording_.requests.size());
  caches_.push_back(number);
  recording_.requests.push_back(std::move(request));
  push(command, kNoPfn);
}

void RecordingReader::read_cache_call(JsonLine& line, Op op) {
  Command command;
  command.op = op;
  command.line = line.line();
  command.cache = read_cache(line);
  push(command, kNoPfn);
}

void RecordingReader::read_free(JsonLine& line) {
  const Value& root = line.root();
  const std::string made_by = line.text(root, "k");
  const uint32_t slot = line.u32(root, "s");
  const auto owner = slots_.find(slot);
  if (line.ok() && owner == slots_.end()) {
    line.refuse("RecordingFormat", textf("slot %u is freed, but holds nothing", slot));
  }
  if (!line.ok()) return;
  const std::string maker =
      owner->second.made_by == kDmaBlock ? "da" : std::string(1, owner->second.made_by);
  if (made_by != maker) {
    line.refuse("RecordingFormat", textf("slot %u was filled by '%s', but is freed as '%s'", slot,
                                         maker.c_str(), made_by.c_str()));
    return;
  }
  Command command;
  command.line = line.line();
  command.allocation = owner->second.allocation;
  command.amount = owner->second.amount;
  command.order = owner->second.order;
  switch (owner->second.made_by) {
    case 'G':
      command.op = Op::free_pages;
      break;
    case 'E':
      command.op = Op::free_pages_exact;
      break;
    case 'P':
      command.op = Op::put_page;
      break;
    case 'a':
      command.op = Op::kmem_cache_free;
      command.cache = owner->second.cache;
      break;
    case 'k':
      command.op = Op::kfree;
      break;
    case 'v':
      command.op = Op::vfree;
      break;
    case 'd':
      command.op = Op::dma_free_coherent;
      break;
    case kDmaBlock:
      command.op = Op::dma_pool_free;
      command.cache = owner->second.cache;
      break;
    default:
      command.op = Op::free_block;
  }
  slots_.erase(owner);
  const bool area = command.op == Op::vfree;
  push(command, {area ? read_area_page(line) : line.pfn(line.member(root, "r"), "r", false)});
}

// The recorder saw its own page move, and wrote this line before that of the call in progress.
void RecordingReader::read_migrate(JsonLine& line) {
  const Value& root = line.root();
  const uint32_t slot = line.u32(root, "s");
  const auto owner = slots_.find(slot);
  if (line.ok() && (owner == slots_.end() || owner->second.made_by != 'P')) {
    line.refuse("RecordingFormat",
                textf("slot %u migrates, but holds no page that can be migrated", slot));
  }
  if (!line.ok()) return;
  const Pfn from{line.pfn(line.member(root, "from"), "from", false)};
  const Pfn to{line.pfn(line.member(root, "to"), "to", false)};
  recording_.migrations.push_back(
      {static_cast<uint32_t>(recording_.commands.size()), owner->second.allocation, from, to});
}

void RecordingReader::read_call(JsonLine& line, const std::string& op) {
  if (!has_meta_) {
    line.refuse("RecordingFormat", "a call before the meta line");
  } else if (op == "A" || op == "G" || op == "E" || op == "P") {
    read_single_allocation(line, op[0]);
  } else if (op == "B") {
    read_bulk(line);
  } else if (has_objects() && (op == "a" || op == "k")) {
    read_object(line, op[0]);
  } else if (has_objects() && op == "C") {
    read_cache_create(line);
  } else if (has_objects() && (op == "D" || op == "H")) {
    read_cache_call(line, op == "D" ? Op::kmem_cache_destroy : Op::kmem_cache_shrink);
  } else if (op == "v") {
    read_area(line);
  } else if (op == "dm" || op == "d" ||
             (has_objects() && (op == "dp" || op == "da" || op == "dq"))) {
    read_dma(line, op);
  } else if (op == "F") {
    read_free(line);
  } else if (op == "drain") {
    Command command;
    command.line = line.line();
    push(command, kNoPfn);
  } else {
    line.refuse("UnsupportedOperation",
                textf("op \"%s\" of a %s kernel cannot be replayed by this version: it replays A, "
                      "G, E, B, P, v, dm, d, F, drain and with SLUB and SLAB C, D, H, a, k, dp, da "
                      "and dq",
                      op.c_str(), recording_.slab.c_str()));
  }
}

std::optional<Error> RecordingReader::line(std::string_view text, uint32_t number, uint32_t byte) {
  JsonLine line(text, number, byte);
  const Value* type = JsonLine::find(line.root(), "t");
  const bool typed = type != nullptr && type->IsString();
  const std::string kind = typed ? type->GetString() : "";
  if (!line.ok()) return line.error();
  if (ended_) {
    line.refuse("RecordingFormat", "something follows the end line");
  } else if (!typed) {
    read_call(line, line.text(line.root(), "op"));
  } else if (kind == "meta") {
    read_meta(line);
  } else if (!has_meta_) {
    line.refuse("RecordingFormat", "the first line must be the meta line ({\"t\":\"meta\",...})");
  } else if (kind == "zone") {
    read_zone(line);
  } else if (kind == "slub" && is_slub()) {
    read_cache_dump(line, read_slub_line(line));
  } else if (kind == "slab" && is_slab()) {
    read_cache_dump(line, read_slab_line(line));
  } else if (kind == "vmap") {
    read_vmap(line);
  } else if (kind == "dma" || kind == "dmapool") {
    read_dma_dump(line, recording_, kind == "dmapool");
  } else if (kind == "end") {
    read_end(line);
  } else if (kind == "migrate") {
    read_migrate(line);
  } else if (kind == "mode") {
    may_schedule_ = line.text(line.root(), "mode") == "sleep";
  } else if (kind == "error") {
    line.refuse("RecordingFormat", "the recorder reports a rejected script line");
  }
  // Other kinds (dumps of other allocators) say nothing about the page allocator.
  if (!line.ok()) return line.error();
  return std::nullopt;
}

Result<Recording> RecordingReader::finish(uint32_t lines) {
  if (!has_meta_) {
    return Error{"RecordingFormat", "the recording is empty: no meta line", lines, 0, 0};
  }
  if (!ended_) {
    return Error{"RecordingTruncated",
                 textf("the recording stops after line %u without an end line", lines), lines, 0,
                 0};
  }
  const bool has_node =
      std::any_of(recording_.boot.begin(), recording_.boot.end(),
                  [this](const ZoneDump& zone) { return zone.node == recording_.node; });
  if (!has_node && !recording_.boot.empty()) {
    return Error{"RecordingFormat",
                 textf("the calls ask for node %u, which has no zone", unsigned{recording_.node}),
                 recording_.boot.front().line, 0, 0};
  }
  // After the last call nothing is compared any more.
  while (!recording_.migrations.empty() &&
         recording_.migrations.back().index >= recording_.commands.size()) {
    recording_.migrations.pop_back();
  }
  return std::move(recording_);
}

Error cut_off(uint32_t line, size_t start, size_t end) {
  return {"RecordingTruncated", textf("line %u is cut off after %zu bytes", line, end - start),
          line, static_cast<uint32_t>(end - start + 1), static_cast<uint32_t>(end + 1)};
}

}  // namespace

Result<Recording> read_recording(std::string_view text) {
  RecordingReader reader;
  uint32_t number = 0;
  size_t start = 0;
  while (start < text.size()) {
    const size_t newline = text.find('\n', start);
    const bool complete = newline != std::string_view::npos;
    const size_t end = complete ? newline : text.size();
    number += 1;
    const std::string_view line = text.substr(start, end - start);
    if (!line.empty()) {
      if (auto error = reader.line(line, number, static_cast<uint32_t>(start))) {
        // A last line without its end that is no JSON is a cut-off file, not a wrong one.
        const bool ran_out = error->byte > end || line.back() != '}';
        return !complete && ran_out ? cut_off(number, start, end) : *error;
      }
    }
    start = end + 1;
  }
  return reader.finish(number);
}

}  // namespace kmem
