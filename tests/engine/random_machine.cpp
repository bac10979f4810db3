#include "engine/random_machine.h"

#include <array>
#include <span>

#include "base/text.h"
#include "mm/page_isolation.h"
#include "mm/pcp.h"
#include "profile/linux_2_6_18.h"

namespace kmem::test {

namespace {

constexpr MmConfig small_pageblocks(Order order, bool thp) {
  MmConfig config;
  config.pageblock_order = order;
  config.thp = thp;
  return config;
}

/// Free blocks of one order fill [start, end). Zones of one machine share a memory section, so that
/// there are few frames to verify.
ZoneBuilder full(const char* name, ZoneType type, uint32_t start, uint32_t end, Order order,
                 const MmConfig& config) {
  ZoneBuilder zone(name, type, start, end, config);
  const uint32_t size = pages_in(order);
  const uint32_t first = (start + size - 1) & ~(size - 1);
  zone.free_run(order, 'M', first, (end & ~(size - 1)) - size);
  return zone;
}

std::vector<ZoneDump> one_zone(const MmConfig& config) {
  return {full("DMA32", ZoneType::dma32, 4096, 5120, 10, config)
              .watermarks(16, 20, 24)
              .pcp(3, 40)
              .dump()};
}

std::vector<ZoneDump> bare_zone(const MmConfig& config) {
  return {full("DMA32", ZoneType::dma32, 4096, 4608, 9, config).dump()};
}

std::vector<ZoneDump> many_pageblocks(const MmConfig& config) {
  return {full("DMA32", ZoneType::dma32, 4096, 4480, 7, config)
              .watermarks(12, 16, 20)
              .pcp(7, 28)
              .threshold(6)
              .dump()};
}

std::vector<ZoneDump> ragged_zone(const MmConfig& config) {
  return {full("DMA", ZoneType::dma, 1, 419, 4, config)
              .free(0, 'U', {1})
              .free(1, 'R', {2})
              .watermarks(8, 10, 12)
              .pcp(1, 6)
              .dump()};
}

std::vector<ZoneDump> three_zones(const MmConfig& config) {
  return {full("DMA", ZoneType::dma, 4112, 4240, 4, config)
              .watermarks(4, 5, 6)
              .reserve({0, 6, 12, 12, 12})
              .pcp(1, 4)
              .dump(),
          full("DMA32", ZoneType::dma32, 4352, 4544, 6, config)
              .watermarks(8, 10, 12)
              .reserve({0, 0, 8, 8, 8})
              .pcp(3, 12)
              .dump(),
          full("Normal", ZoneType::normal, 4608, 4864, 8, config)
              .watermarks(8, 10, 12)
              .reserve({0, 0, 0, 4, 4})
              .pcp(3, 12, 2)
              .threshold(4)
              .dump()};
}

std::vector<ZoneDump> two_nodes(const MmConfig& config) {
  return {
      full("DMA32", ZoneType::dma32, 4096, 4352, 8, config).watermarks(6, 8, 10).pcp(3, 9).dump(),
      full("Normal", ZoneType::normal, 4352, 4608, 5, config)
          .watermarks(6, 8, 10)
          .pcp(3, 12)
          .dump(),
      full("Normal", ZoneType::normal, 4608, 4864, 7, config)
          .node(1)
          .watermarks(6, 8, 10)
          .pcp(7, 21)
          .dump()};
}

std::vector<ZoneDump> movable_zone(const MmConfig& config) {
  return {full("Normal", ZoneType::normal, 1048576, 1048832, 8, config)
              .watermarks(6, 8, 10)
              .reserve({0, 0, 0, 3, 3})
              .pcp(3, 12)
              .dump(),
          full("Movable", ZoneType::movable, 1048832, 1049088, 6, config)
              .watermarks(2, 3, 4)
              .pcp(3, 12)
              .dump()};
}

/// Three types, HighAtomic, and pages on per-CPU lists from the start.
std::vector<ZoneDump> mixed_start(const MmConfig& config) {
  ZoneDump dump = ZoneBuilder("Normal", ZoneType::normal, 1048576, 1049088, config)
                      .free_run(4, 'M', 1048576, 1048688)
                      .free(3, 'U', {1048704, 1048736})
                      .free(2, 'R', {1048768, 1048776, 1048784})
                      .free_run(4, 'H', 1048832, 1048848)
                      .pcp_list(0, {1048713, 1048712})
                      .pcp_list(1, {1048865, 1048867})
                      .pcp_list(8, {1048800})
                      .pageblock(1048704, 'U')
                      .pageblock(1048736, 'U')
                      .pageblock(1048768, 'R')
                      .pageblock(1048832, 'H')
                      .pageblock(1048848, 'H')
                      .watermarks(8, 10, 12)
                      .pcp(7, 30, 1)
                      .dump();
  dump.nr_reserved_highatomic = 32;
  return {dump};
}

/// Pageblocks of CMA among others: more than half of the free pages at first, less later.
std::vector<ZoneDump> cma_zone(const MmConfig& config) {
  ZoneBuilder zone("Normal", ZoneType::normal, 1048576, 1048960, config);
  zone.free_run(6, 'M', 1048576, 1048704).free_run(5, 'C', 1048768, 1048928);
  for (uint32_t pfn = 1048768; pfn < 1048960; pfn += config.pageblock_nr_pages()) {
    zone.pageblock(pfn, 'C');
  }
  return {zone.watermarks(8, 10, 12).pcp(3, 12, 1).threshold(4).dump()};
}

/// A lower zone that is mostly CMA, and CMA in the zone above; one pageblock of each is isolated
/// from the start.
std::vector<ZoneDump> cma_and_isolated(const MmConfig& config) {
  ZoneBuilder low("DMA32", ZoneType::dma32, 4352, 4544, config);
  low.free_run(5, 'M', 4352, 4352).free(4, 'I', {4384}).free_run(4, 'C', 4400, 4528);
  low.pageblock(4384, 'I');
  for (uint32_t pfn = 4400; pfn < 4544; pfn += 16) low.pageblock(pfn, 'C');
  ZoneBuilder high("Normal", ZoneType::normal, 4608, 4800, config);
  high.free_run(5, 'M', 4608, 4672).free(4, 'U', {4704}).free(4, 'C', {4736, 4752, 4784});
  high.free(2, 'I', {4772}).pageblock(4704, 'U').pageblock(4768, 'I');
  for (const uint32_t pfn : {4736u, 4752u, 4784u}) high.pageblock(pfn, 'C');
  return {low.watermarks(6, 8, 10).reserve({0, 0, 6, 6, 6}).pcp(3, 12).dump(),
          high.watermarks(6, 8, 10).pcp(3, 12, 1).dump()};
}

/// Linux 2.6.18: the per-CPU lists are a hot and a cold one, and no page has a type.
std::vector<ZoneDump> old_zones(const MmConfig& config) {
  const bool i386 = config.profile == &kLinux2_6_18I386;
  const ZoneType middle = i386 ? ZoneType::normal : ZoneType::dma32;
  const ZoneType high = i386 ? ZoneType::highmem : ZoneType::normal;
  return {ZoneBuilder("DMA", ZoneType::dma, 4112, 4224, config)
              .free(4, 'U', {4112})
              .free(5, 'U', {4128})
              .free(6, 'U', {4160})
              .watermarks(3, 4, 5)
              .reserve({0, 4, 6, 6, 6})
              .pcp(1, 4)
              .dump(),
          ZoneBuilder(i386 ? "Normal" : "DMA32", middle, 4352, 4480, config)
              .free(7, 'U', {4352})
              .watermarks(6, 8, 10)
              .reserve({0, 0, i386 ? 0 : 4, 4, 4})
              .pcp(3, 10)
              .threshold(3)
              .dump(),
          ZoneBuilder(i386 ? "HighMem" : "Normal", high, 4608, 4736, config)
              .free(7, 'U', {4608})
              .watermarks(2, 4, 6)
              .pcp(3, 14)
              .dump()};
}

MmConfig with_cma(uint8_t cpus) {
  MmConfig config = small_pageblocks(4, false);
  config.cma = true;
  config.nr_cpus = cpus;
  return config;
}

MmConfig linux_2_6_18(const KernelProfile& profile, uint8_t cpus) {
  MmConfig config = small_pageblocks(kMaxOrder, false);
  config.profile = &profile;
  config.nr_cpus = cpus;
  return config;
}

MmConfig three_cpus() {
  MmConfig config = small_pageblocks(4, true);
  config.nr_cpus = 3;
  return config;
}

MmConfig no_mobility() {
  MmConfig config = small_pageblocks(5, false);
  config.page_group_by_mobility_disabled = true;
  return config;
}

MmConfig numa() {
  MmConfig config = small_pageblocks(4, true);
  config.nr_online_nodes = 2;
  return config;
}

constexpr auto kGfps = std::to_array<Gfp>({
    gfp::kKernel,
    gfp::kKernel | gfp::kComp,
    gfp::kHighUserMovable,
    gfp::kHighUserMovable,
    gfp::kNoFs | gfp::kReclaimable,
    gfp::kAtomicContext,
    gfp::kAtomicContext,
    gfp::kNoWait,
    gfp::kNoWait | gfp::kMovable,
    gfp::kNoWait | gfp::kReclaimable | gfp::kZero,
    gfp::kNoIo | gfp::kHigh,
    gfp::kAtomicContext | gfp::kMovable,
    gfp::kAtomicContext | gfp::kNoMemAlloc,
    gfp::kNoWait | gfp::kMemAlloc,
    gfp::kKernel | gfp::kDma,
    gfp::kNoWait | gfp::kDma32,
    gfp::kTransHugeLight,
    gfp::kKernel | gfp::kThisNode,
    gfp::kHighUserMovable | gfp::kThisNode,
    gfp::kAtomic | gfp::kHigh | gfp::kDirectReclaim,
    Gfp{0},
});

constexpr auto kGfps2_6_18 = std::to_array<Gfp>({
    gfp_2_6_18::kKernel,
    gfp_2_6_18::kKernel | gfp_2_6_18::kComp,
    gfp_2_6_18::kKernel | gfp_2_6_18::kCold,
    gfp_2_6_18::kHighUser,
    gfp_2_6_18::kHighUser | gfp_2_6_18::kZero,
    gfp_2_6_18::kHighUser | gfp_2_6_18::kCold | gfp_2_6_18::kNoRetry,
    gfp_2_6_18::kAtomicContext,
    gfp_2_6_18::kAtomicContext | gfp_2_6_18::kDma,
    gfp_2_6_18::kNoWait,
    gfp_2_6_18::kNoIo | gfp_2_6_18::kHigh,
    gfp_2_6_18::kKernel | gfp_2_6_18::kDma,
    gfp_2_6_18::kKernel | gfp_2_6_18::kDma32,
});

}  // namespace

const std::vector<MachineShape>& machine_shapes() {
  static const std::vector<MachineShape> kShapes = {
      {"OneZone", small_pageblocks(9, true), one_zone, 50, false, true},
      {"BareZone", small_pageblocks(9, true), bare_zone, 100},
      {"BigPageblocks", small_pageblocks(10, false), one_zone, 50, false, true},
      {"ManyPageblocks", small_pageblocks(4, true), many_pageblocks, 120, true, true},
      {"SmallPageblocks", small_pageblocks(3, false), many_pageblocks, 120, true, true},
      {"RaggedZone", small_pageblocks(4, true), ragged_zone, 120, true, true},
      {"ThreeZones", small_pageblocks(4, true), three_zones, 120, true, true},
      {"TwoNodes", numa(), two_nodes, 120, true, true},
      {"MovableZone", small_pageblocks(4, true), movable_zone, 120, true, true},
      {"MixedStart", small_pageblocks(4, false), mixed_start, 120, true, true},
      {"ThreeCpus", three_cpus(), many_pageblocks, 120, true, true},
      {"NoMobility", no_mobility(), many_pageblocks, 100, false, true},
      {"Cma", with_cma(1), cma_zone, 100, true, true},
      {"CmaAndIsolated", with_cma(2), cma_and_isolated, 100, true, true, true},
      {"Isolation", three_cpus(), many_pageblocks, 100, true, true, true},
      {"Linux2618I386", linux_2_6_18(kLinux2_6_18I386, 1), old_zones, 100},
      {"Linux2618X86_64", linux_2_6_18(kLinux2_6_18X86_64, 2), old_zones, 100},
  };
  return kShapes;
}

uint32_t shape_count() { return static_cast<uint32_t>(machine_shapes().size()); }

RandomMachine::RandomMachine(const MachineShape& shape, uint64_t seed)
    : random_(seed),
      node_(static_cast<uint8_t>(shape.config.nr_online_nodes > 1 ? seed % 2 : 0)),
      machine_(boot(shape.zones(shape.config), shape.config), NodeId{node_}, 0),
      old_(shape.config.profile->rules == AllocatorRules::linux_2_6_18),
      isolates_(shape.isolates) {
  machine_.trace().set_level(TraceLevel::off);
  for (Zone& zone : machine_.mm().zones) {
    for (PerCpuPages& pcp : zone.pcp) pcp.cold = {0, old_ ? 6 : 0, old_ ? 2 : 1};
    const uint32_t step = shape.config.pageblock_nr_pages();
    for (uint32_t pfn = zone.start_pfn.value; pfn < zone.end_pfn(); pfn += step) {
      const Migratetype type =
          machine_.mm().map.pageblock_type(machine_.mm().map.pfn_to_page({pfn}));
      if (type != Migratetype::isolate) continue;
      isolated_.push_back({pfn, Migratetype::movable, OwnershipModel::Fence::none});
    }
  }
}

uint32_t RandomMachine::random_pfn() {
  const std::vector<Zone>& zones = machine_.mm().zones;
  const Zone& zone = zones[random_.below(static_cast<uint32_t>(zones.size()))];
  return zone.start_pfn.value + random_.below(zone.spanned_pages);
}

Command RandomMachine::allocation() {
  Command command;
  const std::span<const Gfp> gfps = old_ ? std::span<const Gfp>(kGfps2_6_18) : kGfps;
  command.gfp = gfps[random_.below(static_cast<uint32_t>(gfps.size()))];
  const uint32_t kind = random_.below(12);
  // Exact, bulk and movable allocations came later than 2.6.18.
  switch (old_ && kind != 2 && kind != 4 ? 12 : kind) {
    case 0:
      command.op = Op::alloc_pages_exact;
      command.amount = 1 + random_.below(12 * kPageSizeBytes);
      break;
    case 1:
      command.op = Op::alloc_pages_bulk;
      command.amount = 1 + random_.below(20);
      break;
    case 2:
      command.op = Op::get_zeroed_page;
      break;
    case 3:
      command.op = Op::alloc_movable_page;
      break;
    case 4:
      command.op = Op::get_free_pages;
      command.order = random_.below(kNrOrders);
      break;
    default:
      command.op = Op::alloc_pages;
      command.order = random_.one_in(3) ? random_.below(6) : 0;
  }
  return command;
}

std::map<uint32_t, OwnershipModel::Block>::const_iterator RandomMachine::random_block(
    const OwnershipModel& model) {
  const auto block = model.blocks().lower_bound(random_pfn());
  return block == model.blocks().end() ? model.blocks().begin() : block;
}

Command RandomMachine::free_of(const OwnershipModel& model) {
  const auto& [pfn, block] = *random_block(model);
  Command command;
  command.pfn = {pfn};
  command.order = block.order;
  command.op = random_.one_in(2) ? Op::free_block : Op::free_pages;
  if (block.order == 0 && !old_ && random_.one_in(3)) {
    command.op = Op::free_pages_exact;
    command.amount = 1 + random_.below(model.singles_from(pfn) * kPageSizeBytes);
  } else if ((block.compound || block.order == 0) && random_.one_in(3)) {
    command.op = Op::put_page;
  }
  return command;
}

// More holders of a block, and blocks taken apart. A put_page of a block that is not compound loses
// its other pages for good, so it must stay rare.
Command RandomMachine::reference_to(const OwnershipModel& model) {
  const auto& [pfn, block] = *random_block(model);
  Command command;
  command.pfn = {pfn};
  command.order = block.order;
  command.op = random_.one_in(10) ? Op::put_page : Op::get_page;
  if (!block.compound && block.references == 1 && random_.one_in(2)) command.op = Op::split_page;
  if (block.compound) command.pfn.value += random_.below(pages_in(block.order));
  return command;
}

Command RandomMachine::mistake() {
  static constexpr Op kOps[] = {Op::free_pages_exact, Op::free_block, Op::free_pages, Op::put_page,
                                Op::get_page};
  Command command;
  command.op = kOps[old_ ? 1 + random_.below(std::size(kOps) - 1) : random_.below(std::size(kOps))];
  command.pfn = {random_pfn()};
  if (command.op == Op::free_pages_exact) {
    command.amount = 1 + random_.below(8 * kPageSizeBytes);
  } else {
    command.order = random_.below(kNrOrders);
  }
  return command;
}

Command RandomMachine::next_command(const OwnershipModel& model) {
  calls_ += 1;
  if (calls_ % 64 == 0) filling_ = random_.below(5) < 3;
  Mm& mm = machine_.mm();
  if (mm.config.nr_cpus > 1 && random_.one_in(20)) {
    mm.cpu = {static_cast<uint8_t>(random_.below(mm.config.nr_cpus))};
  }
  if (random_.one_in(200)) return Command{};  // drain_local_pages
  if (random_.one_in(100)) return mistake();
  const bool held = !model.blocks().empty();
  if (held && random_.one_in(50)) return reference_to(model);
  if (!held || random_.below(10) < (filling_ ? 8u : 2u)) return allocation();
  return free_of(model);
}

Zone& RandomMachine::zone_with(uint32_t pfn) {
  Mm& mm = machine_.mm();
  return mm.zone_of(mm.map.pfn_to_page({pfn}));
}

// The kernel splits bigger blocks first; here such a pageblock is left alone. So is the other half
// of an isolated pair, as the two would merge.
bool RandomMachine::may_isolate(const OwnershipModel& model, uint32_t pfn) {
  const Mm& mm = machine_.mm();
  const uint32_t pages = mm.config.pageblock_nr_pages();
  const Zone& zone = zone_with(pfn);
  if (!zone.spans({pfn}) || !zone.spans({pfn + pages - 1})) return false;
  if (model.fence(pfn ^ pages) == OwnershipModel::Fence::isolated) return false;
  if (model.held_by_more(pfn, pages)) return false;
  for (Order order = mm.config.pageblock_order + 1; order <= mm.config.max_order(); ++order) {
    const Page head = mm.map.pfn_to_page({pfn & ~(pages_in(order) - 1)});
    if (head != kNoPage && mm.map.is_buddy(head, order, zone.index)) return false;
  }
  const Migratetype type = mm.map.pageblock_type(mm.map.pfn_to_page({pfn}));
  return is_mergeable(type) || type == Migratetype::cma;
}

void RandomMachine::drain_all_pages() {
  Mm& mm = machine_.mm();
  const CpuId before = mm.cpu;
  for (uint8_t cpu = 0; cpu < mm.config.nr_cpus; ++cpu) {
    mm.cpu = {cpu};
    drain_local_pages(mm);
  }
  mm.cpu = before;
}

void RandomMachine::maybe_isolate(OwnershipModel& model) {
  if (!isolates_ || !random_.one_in(30)) return;
  Mm& mm = machine_.mm();
  if (isolated_.size() > 2) {
    const Isolated undone = isolated_.front();
    isolated_.erase(isolated_.begin());
    unset_migratetype_isolate(mm, zone_with(undone.pfn), mm.map.pfn_to_page({undone.pfn}),
                              undone.type);
    model.set_fence(undone.pfn, undone.fence);
    return;
  }
  const uint32_t pfn = random_pfn() & ~(mm.config.pageblock_nr_pages() - 1);
  if (!may_isolate(model, pfn)) return;
  const Page page = mm.map.pfn_to_page({pfn});
  isolated_.push_back({pfn, mm.map.pageblock_type(page), model.fence(pfn)});
  set_migratetype_isolate(mm, zone_with(pfn), page);
  drain_all_pages();
  model.set_fence(pfn, OwnershipModel::Fence::isolated);
  isolations_ += 1;
}

std::string RandomMachine::check_reserves() const {
  const Mm& mm = machine_.mm();
  const uint32_t block = mm.config.pageblock_nr_pages();
  for (const Zone& zone : mm.zones) {
    int64_t reserved = 0;
    const uint32_t end = zone.start_pfn.value + zone.spanned_pages;
    for (uint32_t pfn = zone.start_pfn.value & ~(block - 1); pfn < end; pfn += block) {
      const Migratetype type = mm.map.pageblock_type(mm.map.pfn_to_page({pfn}));
      reserved += type == Migratetype::highatomic ? block : 0;
    }
    // Giving up a free block that spans several reserved pageblocks changes the type of its first
    // one only, as in the kernel; whoever claims the others later does not count them.
    if (reserved > zone.nr_reserved_highatomic) {
      return textf("%lld pages are reserved, the pageblocks have %lld",
                   static_cast<long long>(zone.nr_reserved_highatomic),
                   static_cast<long long>(reserved));
    }
  }
  return "";
}

}  // namespace kmem::test
