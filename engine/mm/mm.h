// Everything the page allocator remembers, as one copyable value: a snapshot is a copy.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "base/units.h"
#include "mm/page.h"
#include "mm/vmstat.h"
#include "mm/zone.h"
#include "trace/kernel_log.h"
#include "trace/trace.h"

namespace kmem {

/// Most NUMA nodes of a simulated machine.
inline constexpr uint32_t kMostNodes = 8;

/// What the kernel was built and booted with.
struct MmConfig {
  const KernelProfile* profile = &kLinux6_1_192;
  uint8_t nr_cpus = 1;
  uint8_t nr_online_nodes = 1;
  /// CPUs of each node; all 0 when that is not known. A node may have memory and no CPU.
  std::array<uint8_t, kMostNodes> cpus_of_node{};
  /// CONFIG_FORCE_MAX_ZONEORDER (ARCH_FORCE_MAX_ORDER): blocks have orders 0..nr_orders - 1.
  Order nr_orders = kNrOrders;
  /// log2(pages) of a pageblock: 9 with huge pages on x86-64, 10 without.
  Order pageblock_order = 9;
  /// CONFIG_TRANSPARENT_HUGEPAGE: order-9 blocks have per-CPU lists too.
  bool thp = true;
  bool memory_isolation = true;
  bool cma = false;
  /// vm.watermark_boost_factor, in 1/10000 of the high watermark.
  int64_t watermark_boost_factor = 15000;
  /// CONFIG_PREEMPT_VOLUNTARY (Debian): every call that may sleep is a place to lose the CPU.
  bool preempt_voluntary = true;
  /// Too little memory for grouping: every type is treated as unmovable.
  bool page_group_by_mobility_disabled = false;

  /// @kernel NR_PCP_LISTS, include/linux/mmzone.h
  [[nodiscard]] uint32_t nr_pcp_lists() const {
    if (profile->sizing.hot_and_cold) return 2;
    return thp ? kMaxPcpLists : kMaxPcpLists - 2;
  }
  /// Types that exist in this build, for reports; Isolate only with CONFIG_MEMORY_ISOLATION.
  [[nodiscard]] uint32_t nr_migratetypes() const {
    if (!profile->migratetypes) return 1;
    return cma ? kNrMigratetypes : memory_isolation ? kNrMigratetypes - 1 : kNrMigratetypes - 2;
  }
  /// Name of a type; kernels without types have one list an order, which holds any page.
  [[nodiscard]] const char* type_name(uint32_t type) const {
    return profile->migratetypes ? kMigratetypeNames[type] : "Any";
  }
  [[nodiscard]] uint32_t pageblock_nr_pages() const { return pages_in(pageblock_order); }
  [[nodiscard]] Order max_order() const { return static_cast<Order>(nr_orders - 1); }
};

/// Zones in the order in which a request falls back from one to the next.
/// @kernel struct zonelist, include/linux/mmzone.h
using Zonelist = std::vector<uint8_t>;

/// A block of just this size is wanted by somebody who compacts; the free path hands it over.
/// @kernel struct capture_control, mm/internal.h
struct CaptureControl {
  uint8_t zone = 0;
  Order order = 0;
  Page page = kNoPage;
};

/// A page in use that changed its frame.
struct PageMove {
  Page from;
  Page to;
};

/// The two threads of a node that work in the background.
/// @kernel kswapd_* and kcompactd_* of struct pglist_data, include/linux/mmzone.h
struct NodeDaemons {
  bool kswapd_woken = false;
  Order kswapd_order = 0;
  ZoneType kswapd_highest = ZoneType::dma;
  uint32_t kswapd_failures = 0;
  bool kcompactd_woken = false;
  Order kcompactd_order = 0;
  ZoneType kcompactd_highest = ZoneType::device;
};

/// The state of the page allocator.
struct alignas(kHostCacheLine) Mm {
  Mm(const MmConfig& build, MemMap memory_map) : map(std::move(memory_map)), config(build) {}

  // First what every call looks at, side by side: each further cache line costs.
  /// CPU that runs the current call, and the node it belongs to.
  CpuId cpu;
  NodeId cpu_node;
  /// Whether any of `daemons` is woken: asked at every allocation.
  bool daemon_woken = false;
  /// Not part of the state: a snapshot shares it.
  Trace* trace = nullptr;
  std::vector<Zone> zones;
  /// First zone that may serve a request for a single page; kNoZone when there is none or when more
  /// must be asked first (CMA, no grouping by mobility). Indexed by node, then by the flags that
  /// name zones.
  std::vector<std::array<uint8_t, kGfpZones.size()>> ordinary_zones;
  MemMap map;

  MmConfig config;
  /// Indexed by node: all zones, nearest node first, highest zone first.
  std::vector<Zonelist> zonelists;
  /// Indexed by node: the node's own zones only (__GFP_THISNODE).
  std::vector<Zonelist> thisnode_zonelists;
  VmEvents events;
  /// Indexed by node.
  std::vector<NodeDaemons> daemons;
  /// Whether the caller may be interrupted by other threads (false: preemption is off).
  bool may_schedule = true;
  bool daemons_running = false;
  KernelLog log;

  // ---- not part of the state: they live as long as one call ------------------------------------
  CaptureControl* capture = nullptr;
  /// Pages that changed their frame during this call, oldest first; the owner of the bytes and of
  /// the page numbers follows them (Machine, Session).
  std::vector<PageMove> moves;

  [[nodiscard]] Zone& zone_of(Page page) { return zones[map.zone(page)]; }
  [[nodiscard]] uint32_t pfn(Page page) const {
    return page == kNoPage ? UINT32_MAX : map.page_to_pfn(page).value;
  }
};

/// Fills both zonelists of every node from Mm::zones.
/// @kernel   build_zonelists(), mm/page_alloc.c
/// @fidelity simplified: remote nodes by distance |a - b|, the lower id first; no CPU penalty.
void build_zonelists(Mm& mm);

/// Pages handed out by zones of one type, refills of per-CPU lists not counted.
/// @kernel   PGALLOC_DMA.., enum vm_event_item, include/linux/vm_event_item.h
/// @fidelity exact
uint64_t pages_allocated(const Mm& mm, size_t zone_type);
/// Pages given back.
/// @kernel   PGFREE, enum vm_event_item, include/linux/vm_event_item.h
/// @fidelity exact
uint64_t pages_freed(const Mm& mm);

/// Hash over the whole state; equal on every compiler and word size.
/// @fidelity invented
uint64_t state_hash(const Mm& mm);

}  // namespace kmem
