#include "mm/machine_config.h"

#include <algorithm>

#include "base/sort.h"
#include "base/text.h"

namespace kmem {

namespace {

// Addresses of a PC, as page frames.
constexpr uint32_t kBiosHoleStart = 0x9f;  // 636 KiB: the BIOS keeps the rest up to
constexpr uint32_t kFirstMib = 0x100;      // 1 MiB
constexpr uint32_t kLowRamMost = 0xc0000;  // 3 GiB: devices live between here and
constexpr uint32_t kHighRam = 0x100000;    // 4 GiB
constexpr uint32_t kFramesPerMib = 1u << (20 - kPageShift);

/// Largest fraction that still leaves per-CPU lists room.
/// @kernel MIN_PERCPU_PAGELIST_HIGH_FRACTION, mm/page_alloc.c
constexpr int64_t kLeastHighFraction = 8;

Status in_range(const char* field, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return Done{};
  return bad_machine(textf("%s is %lld: accepted are %lld to %lld", field,
                           static_cast<long long>(value), static_cast<long long>(least),
                           static_cast<long long>(most)));
}

Status check_range(const MemoryRange& range, size_t index) {
  Status node = in_range(textf("memory[%zu].node", index).c_str(), range.node, 0, kMostNodes - 1);
  if (!node) return node;
  Status end = in_range(textf("memory[%zu].end_pfn", index).c_str(), range.end_pfn, 1,
                        PristineConfig::kMostPfn);
  if (!end) return end;
  if (range.start_pfn >= range.end_pfn) {
    return bad_machine(
        textf("memory[%zu].start_pfn is %u: accepted are frames below end_pfn, "
              "which is %u (a zone of 0 pages cannot be)",
              index, range.start_pfn, range.end_pfn));
  }
  return Done{};
}

/// No frame twice, and no node inside another.
Status check_overlaps(const std::vector<MemoryRange>& memory) {
  for (size_t i = 0; i < memory.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const MemoryRange& a = memory[i];
      const MemoryRange& b = memory[j];
      if (a.start_pfn >= b.end_pfn || b.start_pfn >= a.end_pfn) continue;
      return bad_machine(
          textf("memory[%zu] is [%u, %u): accepted are ranges that do not overlap, "
                "and memory[%zu] is [%u, %u)",
                i, a.start_pfn, a.end_pfn, j, b.start_pfn, b.end_pfn));
    }
  }
  for (size_t i = 0; i < memory.size(); ++i) {
    uint32_t start = UINT32_MAX;
    uint32_t end = 0;
    for (const MemoryRange& range : memory) {
      if (range.node != memory[i].node) continue;
      start = std::min(start, range.start_pfn);
      end = std::max(end, range.end_pfn);
    }
    for (size_t j = 0; j < memory.size(); ++j) {
      const MemoryRange& other = memory[j];
      if (other.node == memory[i].node || other.end_pfn <= start || other.start_pfn >= end) {
        continue;
      }
      return bad_machine(
          textf("memory[%zu].node is %u: accepted are nodes that do not overlap, "
                "and node %u reaches from %u to %u",
                j, other.node, memory[i].node, start, end));
    }
  }
  return Done{};
}

Status check_memory(const PristineConfig& config) {
  if (config.memory.empty()) {
    return in_range("memory_mib", config.memory_mib, PristineConfig::kLeastMemoryMib,
                    PristineConfig::kMostMemoryMib);
  }
  uint64_t frames = 0;
  uint32_t nodes = 0;
  for (size_t i = 0; i < config.memory.size(); ++i) {
    Status range = check_range(config.memory[i], i);
    if (!range) return range;
    frames += config.memory[i].end_pfn - config.memory[i].start_pfn;
    nodes |= 1u << config.memory[i].node;
  }
  if ((nodes & (nodes + 1)) != 0) {
    return bad_machine(
        "memory[].node leaves a number out: accepted are nodes 0, 1, 2, ... that "
        "all have memory");
  }
  Status overlaps = check_overlaps(config.memory);
  if (!overlaps) return overlaps;
  if (frames > PristineConfig::kMostFrames) {
    return bad_machine(textf("memory is %llu frames: accepted are up to %u (16 GiB)",
                             static_cast<unsigned long long>(frames), PristineConfig::kMostFrames));
  }
  return Done{};
}

uint32_t nr_nodes(const PristineConfig& config) {
  uint32_t highest = 0;
  for (const MemoryRange& range : config.memory) highest = std::max(highest, range.node);
  return highest + 1;
}

Status check_cpus(const PristineConfig& config) {
  if (config.cpus_of_node.empty()) {
    return in_range("cpus", config.nr_cpus, 1, PristineConfig::kMostCpus);
  }
  if (config.cpus_of_node.size() != nr_nodes(config)) {
    return bad_machine(textf("cpus has %zu numbers: accepted is one for each of the %u nodes",
                             config.cpus_of_node.size(), nr_nodes(config)));
  }
  int64_t sum = 0;
  for (size_t i = 0; i < config.cpus_of_node.size(); ++i) {
    const uint32_t cpus = config.cpus_of_node[i];
    Status each = in_range(textf("cpus[%zu]", i).c_str(), cpus, 0, PristineConfig::kMostCpus);
    if (!each) return each;
    sum += cpus;
  }
  if (sum >= 1 && sum <= PristineConfig::kMostCpus) return Done{};
  return bad_machine(textf("cpus is %lld in sum: accepted are 1 to %u", static_cast<long long>(sum),
                           unsigned{PristineConfig::kMostCpus}));
}

Status check_orders(const PristineConfig& config) {
  const KernelProfile& profile = *config.profile;
  Status orders =
      in_range("max_order", config.nr_orders, profile.nr_orders_least, profile.nr_orders_most);
  if (!orders || !config.pageblock_order) return orders;
  // A pageblock is never bigger than the biggest block.
  return in_range("pageblock_order", *config.pageblock_order, 0, config.nr_orders - 1);
}

Status check_sysctl(const PristineConfig& config) {
  const VmSysctl& sysctl = config.sysctl;
  Status status = in_range("min_free_kbytes", sysctl.min_free_kbytes.value_or(0), 0, INT32_MAX);
  if (!status) return status;
  status = in_range("watermark_scale_factor", sysctl.watermark_scale_factor, 1, 3000);
  if (!status) return status;
  status = in_range("watermark_boost_factor", config.watermark_boost_factor, 0, INT32_MAX);
  if (!status) return status;
  for (size_t i = 0; i < config.profile->zones.size() && i < sysctl.lowmem_reserve_ratio.size();
       ++i) {
    // The zones that nothing lies above have no ratio: 0 stands for that in every kernel.
    if (sysctl.lowmem_reserve_ratio[i] == config.profile->lowmem_reserve_ratio[i]) continue;
    status = in_range(textf("lowmem_reserve_ratio[%zu]", i).c_str(), sysctl.lowmem_reserve_ratio[i],
                      config.profile->lowmem_reserve_ratio_least, INT32_MAX);
    if (!status) return status;
  }
  const int64_t fraction = sysctl.percpu_pagelist_high_fraction;
  if (fraction == 0 || (fraction >= kLeastHighFraction && fraction <= INT32_MAX)) return Done{};
  return bad_machine(textf("percpu_pagelist_high_fraction is %lld: accepted are 0 and %lld to %d",
                           static_cast<long long>(fraction),
                           static_cast<long long>(kLeastHighFraction), INT32_MAX));
}

}  // namespace

Error bad_machine(const std::string& what) { return {"MachineConfig", what, 0, 0, 0}; }

Status check_machine_config(const PristineConfig& config) {
  for (Status (*check)(const PristineConfig&) :
       {check_memory, check_cpus, check_orders, check_sysctl}) {
    Status status = check(config);
    if (!status) return status;
  }
  return Done{};
}

std::vector<MemoryRange> memory_of(const PristineConfig& config) {
  std::vector<MemoryRange> memory = config.memory;
  if (memory.empty()) {
    const uint32_t frames = config.memory_mib * kFramesPerMib;
    memory = {{0, 0, kBiosHoleStart}, {0, kFirstMib, std::min(frames, kLowRamMost)}};
    if (frames > kLowRamMost) memory.push_back({0, kHighRam, kHighRam + frames - kLowRamMost});
  }
  sort_compactly(
      memory, [](const MemoryRange& a, const MemoryRange& b) { return a.start_pfn < b.start_pfn; });
  return memory;
}

MmConfig build_options(const PristineConfig& config) {
  MmConfig build;
  build.profile = config.profile;
  build.nr_cpus = config.nr_cpus;
  build.cpus_of_node[0] = config.nr_cpus;
  if (!config.cpus_of_node.empty()) {
    build.nr_cpus = 0;
    for (size_t i = 0; i < config.cpus_of_node.size(); ++i) {
      build.cpus_of_node[i] = static_cast<uint8_t>(config.cpus_of_node[i]);
      build.nr_cpus = static_cast<uint8_t>(build.nr_cpus + build.cpus_of_node[i]);
    }
  }
  build.nr_online_nodes = static_cast<uint8_t>(nr_nodes(config));
  build.nr_orders = static_cast<Order>(config.nr_orders);
  const Order huge = config.profile->huge_page_order;
  // @kernel pageblock_order, include/linux/pageblock-flags.h
  const Order by_rule = huge == 0 ? build.max_order() : std::min(huge, build.max_order());
  build.pageblock_order = static_cast<Order>(config.pageblock_order.value_or(by_rule));
  // Huge pages cannot be built when no block is as big as one.
  build.thp = huge != 0 && build.max_order() >= huge;
  build.watermark_boost_factor = config.watermark_boost_factor;
  return build;
}

}  // namespace kmem
