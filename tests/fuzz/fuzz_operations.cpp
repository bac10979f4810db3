// Fuzz target: bytes become calls on a small machine; the invariants are checked after each.
// The first byte chooses the machine, then every call takes four bytes; one bit of them says
// whether it is a call of the page allocator or of the object allocator.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "mm/verify.h"
#include "mm/zone_dump.h"
#include "sim/machine.h"
#include "slab/slub_verify.h"

namespace kmem::test {
namespace {

constexpr uint32_t kZoneStart = 4096;
constexpr uint32_t kZonePages = 256;

/// One zone of `kZonePages` whose free blocks have the size of a pageblock.
ZoneDump zone_dump(const MmConfig& config, uint32_t index, uint8_t shape) {
  const uint32_t block = config.pageblock_nr_pages();
  ZoneDump dump;
  dump.name = index == 0 ? "DMA32" : "Normal";
  dump.zone_idx = static_cast<uint8_t>(index + 1);
  dump.start_pfn = kZoneStart + index * kZonePages;
  dump.spanned = dump.present = dump.managed = kZonePages;
  const int64_t mark = shape % 4 * 4;
  dump.watermark = {mark, mark + mark / 4, mark + mark / 2};
  dump.lowmem_reserve = {0, 0, index == 0 ? 8 : 0, 8, 8};
  dump.contiguous = 1;
  dump.stat_threshold = shape % 8;
  dump.pageblocks.assign(kZonePages / block, 'M');
  dump.pageblock_skip.assign(kZonePages / block, '0');
  dump.pcp.batch = 1 + shape % 7;
  dump.pcp.high = dump.pcp.batch * (shape % 5);
  dump.pcp.lists.resize(config.nr_pcp_lists());
  ZoneDump::List list{config.pageblock_order, Migratetype::movable, {}};
  for (uint32_t pfn = dump.start_pfn; pfn < dump.start_pfn + kZonePages; pfn += block) {
    list.pfns.push_back(pfn);
  }
  dump.nr_free[config.pageblock_order] = kZonePages / block;
  dump.vm_free = kZonePages;
  dump.free.push_back(std::move(list));
  return dump;
}

Machine machine_of(uint8_t shape) {
  MmConfig config;
  config.pageblock_order = static_cast<Order>(3 + shape % 5);
  config.thp = (shape & 0x20) != 0;
  config.nr_cpus = (shape & 0x40) != 0 ? 2 : 1;
  std::vector<ZoneDump> dumps = {zone_dump(config, 0, shape)};
  if ((shape & 0x80) != 0) dumps.push_back(zone_dump(config, 1, shape));
  Result<Mm> mm = boot_from_dumps(config, dumps);
  if (!mm) std::abort();
  Machine machine(std::move(*mm), NodeId{0}, 0);
  machine.trace().set_level((shape & 1) != 0 ? TraceLevel::decision : TraceLevel::off);
  return machine;
}

constexpr Gfp kGfps[] = {gfp::kKernel,
                         gfp::kHighUserMovable,
                         gfp::kAtomicContext,
                         gfp::kNoWait | gfp::kReclaimable,
                         gfp::kNoWait | gfp::kMovable,
                         gfp::kAtomicContext | gfp::kMovable,
                         gfp::kNoWait | gfp::kMemAlloc | gfp::kComp,
                         gfp::kKernel | gfp::kDma32 | gfp::kComp,
                         gfp::kKernel | gfp::kDma,
                         gfp::kAtomicContext | gfp::kNoMemAlloc};

Command command_of(const uint8_t* bytes, const std::vector<uint32_t>& held) {
  Command command;
  command.op = static_cast<Op>(bytes[0] % (static_cast<uint32_t>(Op::memset) + 1));
  command.gfp = kGfps[(bytes[0] >> 4) % std::size(kGfps)];
  command.order = bytes[1] & 0x0f;
  command.amount = is_allocation(command.op) && command.op == Op::alloc_pages_bulk
                       ? bytes[2] % 32u
                       : bytes[2] * 300u;
  // Half of the calls on a page name one that is held; the others may name anything.
  const uint32_t number = static_cast<uint32_t>(bytes[2]) << 8 | bytes[3];
  const bool by_hand = (bytes[1] & 0x80) != 0 || held.empty();
  command.pfn = {by_hand ? kZoneStart - 2 + number % (2 * kZonePages + 4)
                         : held[number % held.size()]};
  command.value = bytes[3];
  command.offset = bytes[3] * 17u;
  return command;
}

constexpr uint32_t kSlabOps =
    static_cast<uint32_t>(Op::mempool_destroy) - static_cast<uint32_t>(Op::kmem_cache_create) + 1;

/// What the calls of the object allocator gave, and the caches and pools that they made.
struct Objects {
  std::vector<ObjectPlace> held;
  uint32_t caches = 0;
  uint32_t pools = 0;

  /// One that is held, or any place near one.
  [[nodiscard]] ObjectPlace any(uint32_t number, bool by_hand) const {
    if (held.empty()) return {by_hand ? kNoPfn : Pfn{kZoneStart + number % kZonePages}, 16};
    ObjectPlace place = held[number % held.size()];
    if (by_hand) place.offset += number % 9;
    return place;
  }
};

Command slab_command_of(const uint8_t* bytes, const Objects& objects) {
  Command command;
  command.op = static_cast<Op>(static_cast<uint32_t>(Op::kmem_cache_create) + bytes[0] % kSlabOps);
  command.gfp = (bytes[1] & 1) != 0 ? gfp::kNoWait : gfp::kKernel | gfp::kZero;
  const bool by_hand = (bytes[1] & 0x80) != 0;
  const ObjectPlace place = objects.any(bytes[2], by_hand);
  command.pfn = place.pfn;
  command.offset = place.offset;
  command.amount = bytes[3] * (by_hand ? 90u : 9u);
  command.count = bytes[2] % 40u;
  command.cache = objects.caches == 0 ? 0 : bytes[2] % objects.caches;
  if (command.op == Op::kmem_cache_create) command.cache = objects.caches;
  command.pool = objects.pools == 0 ? 0 : bytes[3] % objects.pools;
  if (creates_mempool(command.op)) command.pool = objects.pools;
  command.order = bytes[1] & 3;
  for (uint32_t i = 0; frees_objects(command.op) && i < bytes[3] % 8u; ++i) {
    command.objects.push_back(objects.any(bytes[2] + i, by_hand));
  }
  return command;
}

void run_slab(Machine& machine, const uint8_t* bytes, Objects& objects) {
  const Command command = slab_command_of(bytes, objects);
  if (!machine.check(command)) return;
  const ObjectPlace place{command.pfn, command.offset};
  if (answers_bytes(command.op)) {
    machine.run_slab_query(command, place);
  } else if (is_mempool_call(command.op)) {
    std::vector<Pfn> answer(1);
    const ObjectPlace given = machine.run_mempool(command, place, answer);
    if (given.pfn != kNoPfn) objects.held.push_back(given);
    if (creates_mempool(command.op)) objects.pools += 1;
  } else if (frees_objects(command.op) || command.op == Op::kmem_cache_alloc_bulk) {
    for (const ObjectPlace given : machine.run_slab_bulk(command)) objects.held.push_back(given);
  } else {
    CacheRequest request{"c", 1 + bytes[3] * 11u, 0, 0, (bytes[1] & 2) != 0, {}, bytes[2]};
    const ObjectPlace given =
        machine.run_slab(command, request, takes_object(command.op) ? place : ObjectPlace{});
    if (given.pfn != kNoPfn) objects.held.push_back(given);
    if (command.op == Op::kmem_cache_create) objects.caches += 1;
  }
}

bool is_slab_page(const Machine& machine, Pfn pfn) {
  const MemMap& map = machine.mm().map;
  return (map.flags(map.pfn_to_page(pfn)) & MemMap::kSlab) != 0;
}

void check(Machine& machine, const Command& command) {
  std::string wrong = verify(machine.mm());
  if (wrong.empty()) wrong = verify(machine.slub());
  if (wrong.empty()) return;
  std::fprintf(stderr, "after %s: %s\n", call_text(command, {command.pfn, 0}).c_str(),
               wrong.c_str());
  std::abort();
}

void run(const uint8_t* data, size_t size) {
  Machine machine = machine_of(data[0]);
  std::vector<uint32_t> held;
  Objects objects;
  for (size_t at = 1; at + 4 <= size && at < 4000; at += 4) {
    const Command command = command_of(data + at, held);
    machine.mm().cpu = {
        static_cast<uint8_t>((data[at + 1] >> 6 & 1) % machine.mm().config.nr_cpus)};
    if ((data[at + 1] & 0x20) != 0) {
      run_slab(machine, data + at, objects);
      check(machine, command);
      continue;
    }
    if (!machine.check(command)) continue;
    // Writing over free lists breaks them, in the kernel too.
    if (command.op == Op::memset && is_slab_page(machine, command.pfn)) continue;
    std::vector<Pfn> results(results_of(command), kNoPfn);
    machine.run(command, command.pfn, results);
    for (const Pfn pfn : results) {
      if (pfn != kNoPfn) held.push_back(pfn.value);
    }
    check(machine, command);
  }
}

}  // namespace
}  // namespace kmem::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 0) kmem::test::run(data, size);
  return 0;
}
