#include "mm/zone_dump.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "mm/free_lists.h"
#include "mm/pcp.h"

namespace kmem {

ZoneDump dump_zone(const Mm& mm, const Zone& zone, CpuId cpu, const ZoneDump& carried) {
  ZoneDump dump = carried;
  dump.node = zone.node.value;
  dump.name = zone.name;
  dump.zone_idx = static_cast<uint8_t>(zone.type);
  dump.start_pfn = zone.start_pfn.value;
  dump.spanned = zone.spanned_pages;
  dump.present = zone.present_pages;
  dump.managed = zone.managed_pages;
  for (size_t i = 0; i < dump.watermark.size(); ++i) dump.watermark[i] = zone.watermark[i];
  dump.boost = zone.watermark_boost;
  dump.nr_reserved_highatomic = zone.nr_reserved_highatomic;
  dump.lowmem_reserve = zone.lowmem_reserve;
  dump.flags = zone.flags;
  dump.vm_free = zone.vm_free;
  // A dump may be compared that names a CPU which this machine does not have.
  const bool has_cpu = cpu.value < zone.pcp.size();
  dump.vm_free_diff = has_cpu ? zone.vm_free_diff[cpu.value] : 0;
  dump.stat_threshold = zone.stat_threshold;
  dump.vm_free_cma = zone.vm_free_cma;
  dump.compact = zone.compact;
  std::copy_n(zone.nr_free.begin(), dump.nr_free.size(), dump.nr_free.begin());

  const uint32_t step = mm.config.pageblock_nr_pages();
  dump.pageblock_skip.resize(dump.pageblocks.size(), '0');
  for (size_t i = 0; i < dump.pageblocks.size(); ++i) {
    const Page page = mm.map.pfn_to_page(
        {(zone.start_pfn.value & ~(step - 1)) + static_cast<uint32_t>(i) * step});
    if (page == kNoPage || dump.pageblocks[i] == '-') continue;
    dump.pageblocks[i] = kMigratetypeLetters[index_of(mm.map.pageblock_type(page))];
    dump.pageblock_skip[i] = mm.map.pageblock_skip(page) ? '1' : '0';
  }

  const auto collect = [&mm](uint32_t head) {
    std::vector<uint32_t> pfns;
    for (uint32_t node = mm.map.next(head); node != head; node = mm.map.next(node)) {
      pfns.push_back(mm.pfn({node}));
    }
    return pfns;
  };
  dump.free.clear();
  for (Order order = 0; order < mm.config.nr_orders; ++order) {
    for (uint32_t t = 0; t < kNrMigratetypes; ++t) {
      const auto type = static_cast<Migratetype>(t);
      ZoneDump::List list{order, type, collect(zone.free_head(order, type))};
      if (!list.pfns.empty()) dump.free.push_back(std::move(list));
    }
  }
  dump.pcp = {};
  if (!has_cpu) return dump;
  const PerCpuPages& pcp = zone.pcp[cpu.value];
  dump.pcp = {cpu.value, pcp.count(), pcp.high, pcp.batch, pcp.free_factor, pcp.expire, {}};
  for (uint32_t list = 0; list < mm.config.nr_pcp_lists(); ++list) {
    dump.pcp.lists.push_back(collect(pcp.first_head + list));
  }
  return dump;
}

namespace {

std::string show(int64_t value) { return textf("%lld", static_cast<long long>(value)); }
std::string show(const std::string& value) { return value; }
template <typename T>
std::string show_all(const T& values) {
  std::string out = "[";
  for (const auto& value : values) {
    if (out.size() > 1) out += ' ';
    out += show(static_cast<int64_t>(value));
  }
  return out + "]";
}

class Comparison {
 public:
  template <typename T>
  void field(const char* name, const T& ours, const T& theirs) {
    if (result_.differs || ours == theirs) return;
    if constexpr (requires { show(ours); }) {
      set(name, show(ours), show(theirs));
    } else {
      set(name, show_all(ours), show_all(theirs));
    }
  }
  void set(std::string what, std::string ours, std::string theirs) {
    if (result_.differs) return;
    result_ = {true, std::move(what), std::move(ours), std::move(theirs)};
  }
  [[nodiscard]] DumpDifference take() { return std::move(result_); }

 private:
  DumpDifference result_;
};

const std::vector<uint32_t>& find_list(const ZoneDump& dump, Order order, Migratetype type) {
  static const std::vector<uint32_t> kEmpty;
  for (const ZoneDump::List& list : dump.free) {
    if (list.order == order && list.type == type) return list.pfns;
  }
  return kEmpty;
}

void compare_free_lists(const ZoneDump& ours, const ZoneDump& theirs, Comparison& out) {
  for (Order order = 0; order < kMostOrders; ++order) {
    for (uint32_t t = 0; t < kNrMigratetypes; ++t) {
      const auto type = static_cast<Migratetype>(t);
      out.field(textf("free[%u][%c]", unsigned{order}, kMigratetypeLetters[t]).c_str(),
                find_list(ours, order, type), find_list(theirs, order, type));
    }
  }
}

void compare_pcp(const ZoneDump::Pcp& ours, const ZoneDump::Pcp& theirs, Comparison& out) {
  for (size_t i = 0; i < std::max(ours.lists.size(), theirs.lists.size()); ++i) {
    static const std::vector<uint32_t> kEmpty;
    out.field(textf("pcp.lists[%zu]", i).c_str(), i < ours.lists.size() ? ours.lists[i] : kEmpty,
              i < theirs.lists.size() ? theirs.lists[i] : kEmpty);
  }
  out.field("pcp.count", ours.count, theirs.count);
  out.field("pcp.high", ours.high, theirs.high);
  out.field("pcp.batch", ours.batch, theirs.batch);
  out.field("pcp.free_factor", ours.free_factor, theirs.free_factor);
  out.field("pcp.expire", ours.expire, theirs.expire);
  out.field("pcp.cpu", ours.cpu, theirs.cpu);
}

void compare_compact(const CompactState& ours, const CompactState& theirs, Comparison& out) {
  out.field("compact.free_pfn", ours.cached_free_pfn, theirs.cached_free_pfn);
  out.field("compact.migrate_pfn", ours.cached_migrate_pfn, theirs.cached_migrate_pfn);
  out.field("compact.init_free", ours.init_free_pfn, theirs.init_free_pfn);
  out.field("compact.init_migrate", ours.init_migrate_pfn, theirs.init_migrate_pfn);
  out.field("compact.considered", ours.considered, theirs.considered);
  out.field("compact.defer_shift", ours.defer_shift, theirs.defer_shift);
  out.field("compact.order_failed", ours.order_failed, theirs.order_failed);
  out.field("compact.blockskip_flush", uint32_t{ours.blockskip_flush},
            uint32_t{theirs.blockskip_flush});
}

}  // namespace

DumpDifference compare_dumps(const ZoneDump& ours, const ZoneDump& theirs) {
  Comparison out;
  out.field("node", ours.node, theirs.node);
  out.field("zone", ours.name, theirs.name);
  out.field("zidx", ours.zone_idx, theirs.zone_idx);
  out.field("start_pfn", ours.start_pfn, theirs.start_pfn);
  out.field("spanned", ours.spanned, theirs.spanned);
  out.field("present", ours.present, theirs.present);
  out.field("managed", ours.managed, theirs.managed);
  compare_free_lists(ours, theirs, out);
  compare_pcp(ours.pcp, theirs.pcp, out);
  out.field("nr_free", ours.nr_free, theirs.nr_free);
  out.field("pb", ours.pageblocks, theirs.pageblocks);
  out.field("pb_skip", ours.pageblock_skip, theirs.pageblock_skip);
  out.field("wmark", ours.watermark, theirs.watermark);
  out.field("boost", ours.boost, theirs.boost);
  out.field("nr_reserved_highatomic", ours.nr_reserved_highatomic, theirs.nr_reserved_highatomic);
  out.field("lowmem_reserve", ours.lowmem_reserve, theirs.lowmem_reserve);
  out.field("flags", ours.flags, theirs.flags);
  out.field("vm_free", ours.vm_free, theirs.vm_free);
  out.field("vm_free_diff", ours.vm_free_diff, theirs.vm_free_diff);
  out.field("stat_threshold", ours.stat_threshold, theirs.stat_threshold);
  out.field("drift_mark", ours.drift_mark, theirs.drift_mark);
  out.field("vm_free_cma", ours.vm_free_cma, theirs.vm_free_cma);
  compare_compact(ours.compact, theirs.compact, out);
  out.field("contiguous", ours.contiguous, theirs.contiguous);
  return out.take();
}

}  // namespace kmem
