#include "engine/support.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "base/text.h"
#include "ingest/recording_reader.h"

namespace kmem::test {

namespace {

Migratetype type_of(char letter) {
  const std::string_view letters = kMigratetypeLetters;
  const size_t at = letters.find(letter);
  KMEM_ASSERT(at != std::string_view::npos);
  return static_cast<Migratetype>(at);
}

ZoneDump::List& list_of(ZoneDump& dump, Order order, Migratetype type) {
  for (ZoneDump::List& list : dump.free) {
    if (list.order == order && list.type == type) return list;
  }
  dump.free.push_back({order, type, {}});
  return dump.free.back();
}

}  // namespace

ZoneBuilder::ZoneBuilder(std::string name, ZoneType type, uint32_t start, uint32_t end,
                         const MmConfig& config)
    : config_(config) {
  const uint32_t block = config.pageblock_nr_pages();
  const uint32_t first = start & ~(block - 1);
  dump_.name = std::move(name);
  dump_.zone_idx = static_cast<uint8_t>(type);
  dump_.start_pfn = start;
  dump_.spanned = dump_.present = dump_.managed = end - start;
  dump_.lowmem_reserve.assign(kMaxNrZones, 0);
  dump_.contiguous = 1;
  dump_.pageblocks.assign((end - first + block - 1) / block, 'M');
  dump_.pageblock_skip.assign(dump_.pageblocks.size(), '0');
  dump_.pcp.lists.resize(config.nr_pcp_lists());
}

ZoneBuilder& ZoneBuilder::free(Order order, char letter, std::vector<uint32_t> pfns) {
  dump_.nr_free[order] += static_cast<int64_t>(pfns.size());
  const int64_t pages = static_cast<int64_t>(pfns.size()) << order;
  if (letter != 'I') dump_.vm_free += pages;
  if (letter == 'C') dump_.vm_free_cma += pages;
  std::vector<uint32_t>& list = list_of(dump_, order, type_of(letter)).pfns;
  list.insert(list.end(), pfns.begin(), pfns.end());
  return *this;
}

ZoneBuilder& ZoneBuilder::free_run(Order order, char letter, uint32_t first, uint32_t last) {
  std::vector<uint32_t> pfns;
  for (uint32_t pfn = first; pfn <= last; pfn += pages_in(order)) pfns.push_back(pfn);
  return free(order, letter, std::move(pfns));
}

ZoneBuilder& ZoneBuilder::pcp_list(uint32_t list, std::vector<uint32_t> pfns) {
  const uint32_t order = list >= 12 ? config_.pageblock_order : list / kNrPcpTypes;
  dump_.pcp.count += static_cast<int32_t>(pfns.size() << order);
  std::vector<uint32_t>& place = dump_.pcp.lists[list];
  place.insert(place.end(), pfns.begin(), pfns.end());
  return *this;
}

ZoneBuilder& ZoneBuilder::pcp(int32_t batch, int32_t high, uint8_t free_factor) {
  dump_.pcp.batch = batch;
  dump_.pcp.high = high;
  dump_.pcp.free_factor = free_factor;
  return *this;
}

ZoneBuilder& ZoneBuilder::watermarks(int64_t min, int64_t low, int64_t high) {
  dump_.watermark = {min, low, high};
  return *this;
}

ZoneBuilder& ZoneBuilder::pageblock(uint32_t pfn, char letter) {
  const uint32_t block = config_.pageblock_nr_pages();
  dump_.pageblocks[(pfn - (dump_.start_pfn & ~(block - 1))) / block] = letter;
  return *this;
}

ZoneBuilder& ZoneBuilder::managed(uint32_t pages) {
  dump_.managed = pages;
  return *this;
}

ZoneBuilder& ZoneBuilder::reserve(std::vector<int64_t> lowmem_reserve) {
  dump_.lowmem_reserve = std::move(lowmem_reserve);
  return *this;
}

ZoneBuilder& ZoneBuilder::node(uint8_t node) {
  dump_.node = node;
  return *this;
}

ZoneBuilder& ZoneBuilder::threshold(int32_t pages) {
  dump_.stat_threshold = pages;
  return *this;
}

ZoneDump ZoneBuilder::dump() const { return dump_; }

ZoneBuilder zone_z() {
  ZoneBuilder zone("DMA32", ZoneType::dma32, 32768, 65536);
  zone.free_run(10, 'M', 32768, 64512).watermarks(256, 320, 384).pcp(7, 320);
  return zone;
}

Mm boot(const std::vector<ZoneDump>& dumps, const MmConfig& config) {
  Result<Mm> mm = boot_from_dumps(config, dumps);
  if (!mm) ADD_FAILURE() << mm.error().message;
  return std::move(*mm);
}

TestMachine::TestMachine(const std::vector<ZoneDump>& dumps, const MmConfig& config, uint8_t node)
    : machine_(boot(dumps, config), NodeId{node}, 0) {
  machine_.trace().set_level(TraceLevel::decision);
}

std::vector<uint32_t> TestMachine::run(const Command& command, bool* accepted) {
  const Status checked = machine_.check(command);
  if (!checked) ADD_FAILURE() << checked.error().message;
  std::vector<Pfn> results(results_of(command), kNoPfn);
  machine_.trace().begin_step(++step_);
  const bool done = machine_.run(command, command.pfn, results);
  if (accepted != nullptr) *accepted = done;
  std::vector<uint32_t> pfns;
  for (const Pfn pfn : results) pfns.push_back(pfn.value);
  return pfns;
}

uint32_t TestMachine::alloc(Gfp gfp, uint32_t order) {
  Command command;
  command.op = Op::alloc_pages;
  command.gfp = gfp;
  command.order = order;
  return run(command)[0];
}

std::vector<uint32_t> TestMachine::alloc_many(uint32_t count, Gfp gfp, uint32_t order) {
  std::vector<uint32_t> pfns;
  for (uint32_t i = 0; i < count; ++i) pfns.push_back(alloc(gfp, order));
  return pfns;
}

uint32_t TestMachine::alloc_exact(uint32_t bytes, Gfp gfp) {
  Command command;
  command.op = Op::alloc_pages_exact;
  command.gfp = gfp;
  command.amount = bytes;
  return run(command)[0];
}

std::vector<uint32_t> TestMachine::alloc_bulk(uint32_t pages, Gfp gfp) {
  Command command;
  command.op = Op::alloc_pages_bulk;
  command.gfp = gfp;
  command.amount = pages;
  return run(command);
}

bool TestMachine::free(uint32_t pfn, Order order) {
  Command command;
  command.op = Op::free_block;
  command.pfn = {pfn};
  command.order = order;
  bool accepted = false;
  run(command, &accepted);
  return accepted;
}

bool TestMachine::free_exact(uint32_t pfn, uint32_t bytes) {
  Command command;
  command.op = Op::free_pages_exact;
  command.pfn = {pfn};
  command.amount = bytes;
  bool accepted = false;
  run(command, &accepted);
  return accepted;
}

void TestMachine::drain() { run(Command{}); }

std::string TestMachine::events() const { return events_text(machine_.records()); }

std::string TestMachine::picture(size_t zone_index) {
  return test::picture(mm(), zone(zone_index));
}

Session open_recording(const std::string& text) {
  Result<Recording> recording = read_recording(text);
  if (!recording) ADD_FAILURE() << recording.error().message;
  Result<Session> session = Session::from_recording(std::move(*recording));
  if (!session) ADD_FAILURE() << session.error().message;
  return std::move(*session);
}

uint64_t Random::next() {
  // splitmix64: one multiplication more than needed, but every seed is as good as any other.
  state_ += 0x9e3779b97f4a7c15ull;
  uint64_t word = state_;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ull;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebull;
  return word ^ (word >> 31);
}

uint32_t Random::below(uint32_t below) {
  return static_cast<uint32_t>(((next() >> 32) * uint64_t{below}) >> 32);
}

std::string compare_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(KMEM_TEST_DATA "/engine/golden/") + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream file(path, std::ios::binary);
    file << text;
    return file.good() ? "" : path + " cannot be written";
  }
  std::ifstream file(path, std::ios::binary);
  const std::string wanted{std::istreambuf_iterator<char>(file), {}};
  if (text == wanted) return "";
  return "differs from golden/" + name + " (UPDATE_GOLDEN=1 rewrites it); now:\n" + text;
}

}  // namespace kmem::test
