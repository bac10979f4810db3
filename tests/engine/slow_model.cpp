#include "engine/slow_model.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "profile/linux_2_6_18.h"

namespace kmem::test {

namespace {

namespace old = gfp_2_6_18;

/// Highest zone by the flags' names, not by the kernel's table.
ZoneType highest_allowed_2_6_18(Gfp gfp, bool has_dma32) {
  if ((gfp & old::kDma) != 0) return ZoneType::dma;
  if ((gfp & old::kHighMem) != 0) return ZoneType::highmem;
  return has_dma32 && (gfp & old::kDma32) != 0 ? ZoneType::dma32 : ZoneType::normal;
}

ZoneType highest_allowed(Gfp gfp) {
  if ((gfp & gfp::kDma) != 0) return ZoneType::dma;
  if ((gfp & gfp::kDma32) != 0) return ZoneType::dma32;
  const Gfp both = gfp::kHighMem | gfp::kMovable;
  return (gfp & both) == both ? ZoneType::movable : ZoneType::normal;
}

std::vector<uint8_t> states_of(const Mm& mm) {
  std::vector<uint8_t> states(mm.map.size());
  mm.map.states_into(states);
  return states;
}

uint32_t pages_of_bytes(uint32_t bytes) { return (bytes + 4095) / 4096; }

}  // namespace

OwnershipModel::OwnershipModel(const Mm& mm)
    : old_(mm.config.profile->rules == AllocatorRules::linux_2_6_18),
      has_dma32_(mm.config.profile != &kLinux2_6_18I386),
      grouping_(!mm.config.page_group_by_mobility_disabled),
      pageblock_pages_(mm.config.pageblock_nr_pages()) {
  for (const Zone& zone : mm.zones) {
    ZoneFrames frames{zone.start_pfn.value, zone.node.value, zone.type, {}};
    frames.owner.assign(zone.spanned_pages, Owner::nobody);
    zones_.push_back(frames);
    const ZoneDump dump = dump_zone(mm, zone, {}, ZoneDump{});
    for (uint32_t pfn = zone.start_pfn.value; pfn < zone.end_pfn(); pfn += pageblock_pages_) {
      const Migratetype type = mm.map.pageblock_type(mm.map.pfn_to_page({pfn}));
      if (type == Migratetype::cma) set_fence(pfn, Fence::cma);
      if (type == Migratetype::isolate) set_fence(pfn, Fence::isolated);
    }
    for (const ZoneDump::List& list : dump.free) {
      for (const uint32_t pfn : list.pfns) give_back(pfn, 1u << list.order);
    }
    for (size_t i = 0; i < dump.pcp.lists.size(); ++i) {
      const uint32_t order = i >= 12 ? mm.config.pageblock_order : static_cast<uint32_t>(i) / 3;
      for (const uint32_t pfn : dump.pcp.lists[i]) give_back(pfn, 1u << order);
    }
  }
}

void OwnershipModel::set_fence(uint32_t pfn, Fence fence) {
  const uint32_t block = pfn / pageblock_pages_;
  if (block >= fences_.size()) fences_.resize(block + 1, Fence::none);
  fences_[block] = fence;
}

bool OwnershipModel::held_by_more(uint32_t pfn, uint32_t pages) const {
  auto block = blocks_.upper_bound(pfn);
  if (block == blocks_.begin()) return false;
  --block;
  const uint32_t size = 1u << block->second.order;
  return size > pages && pfn - block->first < size;
}

OwnershipModel::Wish OwnershipModel::wish_of(const Command& command) const {
  Gfp gfp = command.gfp;
  // These return an address, so they never ask for high memory.
  const bool by_address = command.op == Op::alloc_pages_exact || command.op == Op::get_free_pages;
  if (old_) {
    if (by_address) gfp &= ~old::kHighMem;
    return {highest_allowed_2_6_18(gfp, has_dma32_), false, false};
  }
  if (by_address) gfp &= ~gfp::kHighMem;
  return {highest_allowed(gfp), grouping_ && (gfp & gfp::kMovable) != 0,
          (gfp & gfp::kThisNode) != 0};
}

OwnershipModel::Owner* OwnershipModel::find(uint32_t pfn) {
  for (ZoneFrames& zone : zones_) {
    if (pfn >= zone.start && pfn - zone.start < zone.owner.size()) {
      return &zone.owner[pfn - zone.start];
    }
  }
  return nullptr;
}

std::string OwnershipModel::take(uint32_t pfn, uint32_t pages, const Command& command,
                                 uint8_t node) {
  const auto zone = std::find_if(zones_.begin(), zones_.end(), [pfn](const ZoneFrames& each) {
    return pfn >= each.start && pfn - each.start < each.owner.size();
  });
  if (zone == zones_.end()) return textf("pfn %u is in no zone", pfn);
  const Wish wish = wish_of(command);
  if (zone->type > wish.highest) return textf("pfn %u is in too high a zone", pfn);
  if (wish.this_node && zone->node != node) {
    return textf("pfn %u is on node %u", pfn, unsigned{zone->node});
  }
  if (pfn - zone->start + pages > zone->owner.size()) return textf("pfn %u leaves its zone", pfn);
  for (uint32_t i = 0; i < pages; ++i) {
    Owner& owner = zone->owner[pfn - zone->start + i];
    if (owner != Owner::allocator) return textf("pfn %u was not the allocator's to give", pfn + i);
    if (!may_use(pfn + i, wish)) {
      const bool cma = fence(pfn + i) == Fence::cma;
      return textf("pfn %u is %s", pfn + i, cma ? "CMA's, for movable requests" : "isolated");
    }
    owner = Owner::user;
  }
  free_pages_ -= pages;
  return "";
}

void OwnershipModel::give_back(uint32_t pfn, uint32_t pages) {
  for (uint32_t i = 0; i < pages; ++i) *find(pfn + i) = Owner::allocator;
  free_pages_ += pages;
}

std::string OwnershipModel::allocated(const Mm& mm, const Command& command,
                                      std::span<const uint32_t> pfns, uint8_t node) {
  for (const uint32_t pfn : pfns) {
    if (pfn == kNull) continue;
    const bool exact = command.op == Op::alloc_pages_exact;
    const bool sized = command.op == Op::alloc_pages || command.op == Op::get_free_pages;
    const Order order = sized ? static_cast<Order>(command.order) : Order{0};
    const uint32_t pages = exact ? pages_of_bytes(command.amount) : 1u << order;
    if (pfn % (1u << order) != 0) return textf("pfn %u is not aligned to order %u", pfn, order);
    std::string wrong = take(pfn, pages, command, node);
    if (!wrong.empty()) return wrong;
    const bool compound = order > 0 && (command.gfp & (old_ ? old::kComp : gfp::kComp)) != 0;
    blocks_[pfn] = {order, compound, 1};
    for (uint32_t i = 1; exact && i < pages; ++i) blocks_[pfn + i] = {};
    if (mm.map.refcount(mm.map.pfn_to_page({pfn})) != 1) {
      return textf("pfn %u has not one reference", pfn);
    }
  }
  return "";
}

std::string OwnershipModel::moved(uint32_t from, uint32_t to) {
  auto block = blocks_.extract(from);
  if (block.empty()) return textf("pfn %u moved, but nobody has it", from);
  if (block.mapped().order != 0 || block.mapped().references != 1) {
    return textf("pfn %u moved, but it is not a single page with a single owner", from);
  }
  Owner* const target = find(to);
  if (target == nullptr || *target != Owner::allocator) {
    return textf("pfn %u moved to %u, which is not free", from, to);
  }
  *target = Owner::user;
  *find(from) = Owner::allocator;
  block.key() = to;
  blocks_.insert(std::move(block));
  return "";
}

uint32_t OwnershipModel::singles_from(uint32_t pfn) const {
  uint32_t pages = 0;
  for (auto block = blocks_.find(pfn); block != blocks_.end(); ++block) {
    if (block->first != pfn + pages || block->second.order != 0) break;
    pages += 1;
  }
  return pages;
}

uint32_t OwnershipModel::holder(uint32_t pfn) const {
  auto block = blocks_.upper_bound(pfn);
  if (block == blocks_.begin()) return kNull;
  --block;
  const bool inside = pfn - block->first < (1u << block->second.order);
  return pfn == block->first || (inside && block->second.compound) ? block->first : kNull;
}

bool OwnershipModel::may_run(const Command& command) const {
  const uint32_t pfn = command.pfn.value;
  if (command.op == Op::free_pages_exact)
    return singles_from(pfn) >= pages_of_bytes(command.amount);
  if (command.op == Op::get_page || command.op == Op::put_page) return holder(pfn) != kNull;
  const auto block = blocks_.find(pfn);
  return block != blocks_.end() && block->second.order == command.order;
}

// One reference less. The last one frees the block, or only its first page when the caller does not
// say how big it is; what is left of a block that somebody else holds is its first page.
void OwnershipModel::drop(uint32_t pfn, bool whole) {
  Block& block = blocks_[pfn];
  const uint32_t pages = 1u << block.order;
  if (block.references == 1) {
    give_back(pfn, whole || block.compound ? pages : 1);
    blocks_.erase(pfn);
    return;
  }
  block.references -= 1;
  // The old kernel lets the last holder free the whole block.
  if (!whole || block.compound || old_) return;
  if (pages > 1) give_back(pfn + 1, pages - 1);
  block.order = 0;
}

void OwnershipModel::ran(const Command& command) {
  const uint32_t pfn = command.pfn.value;
  if (command.op == Op::get_page) {
    blocks_[holder(pfn)].references += 1;
  } else if (command.op == Op::put_page) {
    drop(holder(pfn), false);
  } else if (command.op == Op::split_page) {
    for (uint32_t i = 0; i < 1u << command.order; ++i) blocks_[pfn + i] = {};
  } else if (command.op == Op::free_pages_exact) {
    for (uint32_t i = 0; i < pages_of_bytes(command.amount); ++i) drop(pfn + i, true);
  } else {
    drop(pfn, true);
  }
}

// Whatever the lists look like: above the highest mark, with everything that is kept back for
// others on top, a single page is there for whoever may use the zone.
std::string OwnershipModel::failed(const Mm& mm, const Command& command, uint8_t node) const {
  const Wish wish = wish_of(command);
  const std::vector<uint8_t> states = states_of(mm);
  for (size_t i = 0; i < zones_.size(); ++i) {
    const ZoneFrames& frames = zones_[i];
    if (frames.type > wish.highest || (wish.this_node && frames.node != node)) continue;
    int64_t usable = 0;
    for (uint32_t k = 0; k < frames.owner.size(); ++k) {
      const uint32_t pfn = frames.start + k;
      if (frames.owner[k] != Owner::allocator || !may_use(pfn, wish)) continue;
      const Page page = mm.map.pfn_to_page({pfn});
      usable += frame_kind(states[page.index]) == FrameKind::free ? 1 : 0;
    }
    const Zone& zone = mm.zones[i];
    const int64_t kept = *std::max_element(zone.lowmem_reserve.begin(), zone.lowmem_reserve.end());
    const int64_t drift = int64_t{zone.stat_threshold} * mm.config.nr_cpus;
    const int64_t enough =
        zone.watermark[2] + zone.watermark_boost + kept + zone.nr_reserved_highatomic + drift;
    if (usable <= enough) continue;
    return textf("no page, but zone %s has %lld that may be used, and %lld would do",
                 zone.name.c_str(), static_cast<long long>(usable),
                 static_cast<long long>(enough + 1));
  }
  return "";
}

std::string OwnershipModel::compare_zone(const Mm& mm, const ZoneFrames& frames,
                                         std::span<const uint8_t> states) const {
  for (uint32_t k = 0; k < frames.owner.size(); ++k) {
    const Page page = mm.map.pfn_to_page({frames.start + k});
    if (page == kNoPage) continue;
    const FrameKind kind = frame_kind(states[page.index]);
    const bool free = kind == FrameKind::free || kind == FrameKind::pcp;
    const bool used = kind == FrameKind::allocated;
    if (free == (frames.owner[k] == Owner::allocator) && used == (frames.owner[k] == Owner::user)) {
      continue;
    }
    return textf("pfn %u has state 0x%02x, its owner is %u", frames.start + k,
                 unsigned{states[page.index]}, static_cast<unsigned>(frames.owner[k]));
  }
  return "";
}

// A fenced pageblock keeps its type whatever happens around it, and no other gets such a type. What
// CMA has free is counted, what is isolated is not.
std::string OwnershipModel::compare_fences(const Mm& mm, std::span<const uint8_t> states) const {
  for (size_t i = 0; i < zones_.size(); ++i) {
    const ZoneFrames& frames = zones_[i];
    const uint32_t end = frames.start + static_cast<uint32_t>(frames.owner.size());
    int64_t cma = 0;
    for (uint32_t pfn = frames.start; pfn < end;
         pfn = (pfn / pageblock_pages_ + 1) * pageblock_pages_) {
      const Page page = mm.map.pfn_to_page({pfn});
      if (page == kNoPage) continue;
      const Migratetype type = mm.map.pageblock_type(page);
      const Fence found = type == Migratetype::cma       ? Fence::cma
                          : type == Migratetype::isolate ? Fence::isolated
                                                         : Fence::none;
      if (found != fence(pfn)) {
        return textf("the pageblock of pfn %u has become %s", pfn,
                     kMigratetypeNames[index_of(type)]);
      }
      for (uint32_t k = 0; found == Fence::cma && k < pageblock_pages_; ++k) {
        cma += frame_kind(states[page.index + k]) == FrameKind::free ? 1 : 0;
      }
    }
    if (cma != mm.zones[i].vm_free_cma) {
      return textf("zone %s counts %lld free pages of CMA, there are %lld",
                   mm.zones[i].name.c_str(), static_cast<long long>(mm.zones[i].vm_free_cma),
                   static_cast<long long>(cma));
    }
  }
  return "";
}

std::string OwnershipModel::compare(const Mm& mm) const {
  const std::vector<uint8_t> states = states_of(mm);
  std::string fenced = compare_fences(mm, states);
  if (!fenced.empty()) return fenced;
  int64_t counted = 0;
  int64_t out_of_reach = 0;
  for (size_t i = 0; i < zones_.size(); ++i) {
    std::string wrong = compare_zone(mm, zones_[i], states);
    if (!wrong.empty()) return wrong;
    for (uint32_t k = 0; k < zones_[i].owner.size() && !fences_.empty(); ++k) {
      const bool isolated = fence(zones_[i].start + k) == Fence::isolated;
      out_of_reach += isolated && zones_[i].owner[k] == Owner::allocator ? 1 : 0;
    }
    const Zone& zone = mm.zones[i];
    counted += zone.vm_free + std::accumulate(zone.vm_free_diff.begin(), zone.vm_free_diff.end(),
                                              int64_t{zone.other_cpus_free_diff});
    for (const PerCpuPages& pcp : zone.pcp) counted += pcp.count() + pcp.cold.count;
  }
  for (const auto& [pfn, block] : blocks_) {
    const uint32_t references = mm.map.refcount(mm.map.pfn_to_page({pfn}));
    if (references == block.references) continue;
    return textf("pfn %u has %u references instead of %u", pfn, references, block.references);
  }
  const int64_t free_pages = free_pages_ - out_of_reach;
  if (counted == free_pages) return "";
  return textf("the counters say %lld pages are free, %lld are", static_cast<long long>(counted),
               static_cast<long long>(free_pages));
}

bool BuddyModel::has(uint32_t pfn, uint32_t order) const {
  const std::vector<uint32_t>& list = lists_[order];
  return std::find(list.begin(), list.end(), pfn) != list.end();
}

uint32_t BuddyModel::alloc(uint32_t order) {
  uint32_t found = order;
  while (found < kNrOrders && lists_[found].empty()) found += 1;
  if (found == kNrOrders) return kNull;
  const uint32_t pfn = lists_[found].front();
  lists_[found].erase(lists_[found].begin());
  while (found > order) {
    found -= 1;
    lists_[found].insert(lists_[found].begin(), pfn + (1u << found));
  }
  return pfn;
}

void BuddyModel::free(uint32_t pfn, uint32_t order) {
  while (order < kMaxOrder && has(pfn ^ (1u << order), order)) {
    std::vector<uint32_t>& list = lists_[order];
    list.erase(std::find(list.begin(), list.end(), pfn ^ (1u << order)));
    pfn &= ~(1u << order);
    order += 1;
  }
  // The pair that this block will be half of has a free buddy already: it will be freed soon.
  const uint32_t pair = pfn & ~(1u << order);
  const bool likely = order < kMaxOrder - 1 && has(pair ^ (2u << order), order + 1);
  std::vector<uint32_t>& list = lists_[order];
  list.insert(likely ? list.end() : list.begin(), pfn);
}

}  // namespace kmem::test
