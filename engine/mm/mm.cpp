#include "mm/mm.h"

#include <algorithm>
#include <cstdlib>

namespace kmem {

namespace {

void append_node_zones(const Mm& mm, uint8_t node, Zonelist& list) {
  for (size_t i = mm.zones.size(); i-- > 0;) {
    if (mm.zones[i].node.value == node && mm.zones[i].populated()) {
      list.push_back(static_cast<uint8_t>(i));
    }
  }
}

void append_ordinary(Mm& mm, const Zonelist& list) {
  auto& zones = mm.ordinary_zones.emplace_back();
  zones.fill(kNoZone);
  if (mm.config.cma || mm.config.page_group_by_mobility_disabled) return;
  for (Gfp flags = 0; flags < zones.size(); ++flags) {
    const auto first = std::find_if(list.begin(), list.end(), [&](uint8_t zone) {
      return mm.zones[zone].type <= gfp_zone(flags);
    });
    if (first == list.end()) continue;
    zones[flags] = *first;
    Zone& zone = mm.zones[*first];
    const auto highest = static_cast<size_t>(gfp_zone(flags));
    if (highest < zone.lowmem_reserve.size()) {
      zone.ordinary_reserve = std::max(zone.ordinary_reserve, zone.lowmem_reserve[highest]);
    }
  }
}

void hash_zone(const MmConfig& config, const Zone& zone, StateHash& hash) {
  hash.add(uint64_t{zone.start_pfn.value} << 32 | zone.spanned_pages);
  hash.add(uint64_t{zone.present_pages} << 32 | zone.managed_pages);
  for (const int64_t mark : zone.watermark) hash.add_signed(mark);
  hash.add_signed(zone.watermark_boost);
  for (const int64_t reserve : zone.lowmem_reserve) hash.add_signed(reserve);
  hash.add_signed(zone.nr_reserved_highatomic);
  hash.add(zone.flags);
  hash.add_signed(zone.vm_free);
  for (const int32_t diff : zone.vm_free_diff) hash.add_signed(diff);
  for (Order order = 0; order < config.nr_orders; ++order) hash.add_signed(zone.nr_free[order]);
  for (const PerCpuPages& pcp : zone.pcp) {
    hash.add_signed(pcp.count());
    hash.add_signed(pcp.high);
    hash.add_signed(pcp.batch);
    hash.add(pcp.free_factor);
    if (config.profile->sizing.hot_and_cold) hash.add_signed(pcp.cold.count);
  }
  const CompactState& compact = zone.compact;
  hash.add(uint64_t{compact.cached_free_pfn} << 32 | compact.init_free_pfn);
  hash.add(uint64_t{compact.cached_migrate_pfn[0]} << 32 | compact.cached_migrate_pfn[1]);
  hash.add(uint64_t{compact.init_migrate_pfn} << 32 | compact.considered);
  hash.add(uint64_t{compact.defer_shift} << 32 | uint64_t{compact.blockskip_flush});
  hash.add_signed(compact.order_failed);
}

void hash_daemons(const NodeDaemons& daemons, StateHash& hash) {
  hash.add(uint64_t{daemons.kswapd_woken} << 40 | uint64_t{daemons.kswapd_order} << 32 |
           daemons.kswapd_failures);
  hash.add(uint64_t{daemons.kcompactd_woken} << 8 | daemons.kcompactd_order);
  hash.add(uint64_t{static_cast<uint8_t>(daemons.kswapd_highest)} << 8 |
           static_cast<uint8_t>(daemons.kcompactd_highest));
}

}  // namespace

void build_zonelists(Mm& mm) {
  uint8_t highest_node = 0;
  for (const Zone& zone : mm.zones) highest_node = std::max(highest_node, zone.node.value);
  const auto nodes = static_cast<uint8_t>(highest_node + 1);
  mm.zonelists.assign(nodes, {});
  mm.thisnode_zonelists.assign(nodes, {});
  mm.daemons.assign(nodes, {});
  for (uint8_t node = 0; node < nodes; ++node) {
    append_node_zones(mm, node, mm.thisnode_zonelists[node]);
    for (uint8_t distance = 0; distance < nodes; ++distance) {
      if (node >= distance) {
        append_node_zones(mm, static_cast<uint8_t>(node - distance), mm.zonelists[node]);
      }
      if (distance > 0 && node + distance < nodes) {
        append_node_zones(mm, static_cast<uint8_t>(node + distance), mm.zonelists[node]);
      }
    }
  }
  mm.ordinary_zones.clear();
  for (const Zonelist& list : mm.zonelists) append_ordinary(mm, list);
}

uint64_t pages_allocated(const Mm& mm, size_t zone_type) {
  uint64_t pages = mm.events.pgalloc[zone_type];
  for (const Zone& zone : mm.zones) {
    if (static_cast<size_t>(zone.type) != zone_type) continue;
    for (const PerCpuPages& pcp : zone.pcp) pages += pcp.handed_out;
  }
  return pages;
}

uint64_t pages_freed(const Mm& mm) {
  uint64_t pages = mm.events.pgfree;
  for (const Zone& zone : mm.zones) {
    for (const PerCpuPages& pcp : zone.pcp) pages += pcp.given_back;
  }
  return pages;
}

uint64_t state_hash(const Mm& mm) {
  StateHash hash;
  mm.map.hash_into(hash);
  for (const Zone& zone : mm.zones) hash_zone(mm.config, zone, hash);
  for (const NodeDaemons& daemons : mm.daemons) hash_daemons(daemons, hash);
  return hash.value();
}

}  // namespace kmem
