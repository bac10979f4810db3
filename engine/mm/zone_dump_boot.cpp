#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "mm/free_lists.h"
#include "mm/pcp.h"
#include "mm/zone_boot.h"
#include "mm/zone_dump.h"

namespace kmem {

namespace {

Error bad_dump(const ZoneDump& dump, const std::string& what) {
  return {"RecordingFormat",
          textf("line %u: zone %s of node %u: %s", dump.line, dump.name.c_str(),
                unsigned{dump.node}, what.c_str()),
          dump.line, 0, 0};
}

/// Frames of the zone that the memory map covers, as runs of pageblocks.
template <typename Visit>
void for_each_present_run(const ZoneDump& dump, uint32_t pageblock_pages, Visit visit) {
  const uint32_t first = dump.start_pfn & ~(pageblock_pages - 1);
  const uint32_t zone_end = dump.start_pfn + dump.spanned;
  for (size_t i = 0; i < dump.pageblocks.size();) {
    if (dump.pageblocks[i] == '-') {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < dump.pageblocks.size() && dump.pageblocks[end] != '-') ++end;
    const uint32_t run_start = first + static_cast<uint32_t>(i) * pageblock_pages;
    const uint32_t run_end = first + static_cast<uint32_t>(end) * pageblock_pages;
    visit(std::max(run_start, dump.start_pfn), std::min(run_end, zone_end));
    i = end;
  }
}

Status check_shape(const MmConfig& config, const ZoneDump& dump) {
  const uint32_t pages = config.pageblock_nr_pages();
  if (dump.spanned == 0 || dump.spanned > UINT32_MAX - dump.start_pfn) {
    return bad_dump(dump, textf("spans %u pages from pfn %u", dump.spanned, dump.start_pfn));
  }
  const uint32_t first = dump.start_pfn & ~(pages - 1);
  const uint32_t blocks = (dump.start_pfn + dump.spanned - first + pages - 1) / pages;
  if (dump.pageblocks.size() != blocks || dump.pageblock_skip.size() != blocks) {
    return bad_dump(dump, textf("pb has %zu and pb_skip %zu letters, but the zone has %u "
                                "pageblocks",
                                dump.pageblocks.size(), dump.pageblock_skip.size(), blocks));
  }
  if (dump.pcp.lists.size() != config.nr_pcp_lists()) {
    return bad_dump(dump, textf("pcp has %zu lists, this kernel has %u", dump.pcp.lists.size(),
                                config.nr_pcp_lists()));
  }
  if (dump.pcp.batch < 1 || dump.pcp.high < 0 || dump.pcp.free_factor > 8) {
    return bad_dump(dump, textf("pcp batch %d, high %d, free_factor %u are out of range",
                                dump.pcp.batch, dump.pcp.high, unsigned{dump.pcp.free_factor}));
  }
  return Done{};
}

/// Counters far beyond any zone would overflow the sums of the watermark checks.
Status check_counters(const ZoneDump& dump) {
  constexpr int64_t kMost = INT32_MAX;
  std::string wrong;
  const auto check = [&wrong](const char* name, int64_t value, int64_t least) {
    if (wrong.empty() && (value < least || value > kMost)) {
      wrong = textf("%s %lld is out of range", name, static_cast<long long>(value));
    }
  };
  for (const int64_t mark : dump.watermark) check("wmark", mark, 0);
  for (const int64_t reserve : dump.lowmem_reserve) check("lowmem_reserve", reserve, 0);
  check("boost", dump.boost, 0);
  check("nr_reserved_highatomic", dump.nr_reserved_highatomic, 0);
  check("vm_free_cma", dump.vm_free_cma, 0);
  check("vm_free", dump.vm_free, -kMost);
  // The kernel keeps it in a signed byte.
  check("vm_free_diff", dump.vm_free_diff, INT8_MIN);
  check("vm_free_diff", -int64_t{dump.vm_free_diff}, -INT8_MAX);
  if (wrong.empty()) return Done{};
  return bad_dump(dump, wrong);
}

Zone zone_of_dump(const ZoneDump& dump) {
  Zone zone;
  zone.node = {dump.node};
  zone.type = static_cast<ZoneType>(dump.zone_idx);
  zone.name = dump.name;
  zone.start_pfn = {dump.start_pfn};
  zone.spanned_pages = dump.spanned;
  zone.present_pages = dump.present;
  zone.managed_pages = dump.managed;
  std::copy(dump.watermark.begin(), dump.watermark.end(), zone.watermark.begin());
  zone.watermark_boost = dump.boost;
  zone.lowmem_reserve = dump.lowmem_reserve;
  zone.nr_reserved_highatomic = dump.nr_reserved_highatomic;
  zone.flags = dump.flags;
  zone.vm_free = dump.vm_free;
  zone.stat_threshold = dump.stat_threshold;
  zone.vm_free_cma = dump.vm_free_cma;
  zone.nr_isolate_pageblock =
      static_cast<uint32_t>(std::count(dump.pageblocks.begin(), dump.pageblocks.end(), 'I'));
  zone.compact = dump.compact;
  return zone;
}

void set_pageblocks(Mm& mm, const ZoneDump& dump) {
  const uint32_t pages = mm.config.pageblock_nr_pages();
  const uint32_t first = dump.start_pfn & ~(pages - 1);
  for (size_t i = 0; i < dump.pageblocks.size(); ++i) {
    const Page page = mm.map.pfn_to_page({first + static_cast<uint32_t>(i) * pages});
    if (page == kNoPage || dump.pageblocks[i] == '-') continue;
    const char* letter = std::strchr(kMigratetypeLetters, dump.pageblocks[i]);
    mm.map.set_pageblock_type(page, static_cast<Migratetype>(letter - kMigratetypeLetters));
    mm.map.set_pageblock_skip(page, dump.pageblock_skip[i] == '1');
  }
}

// A dump does not say where holes are. A zone that is not contiguous has its memory at the start
// on the machines recorded so far; what lies behind is shown as a hole. Only the picture depends
// on it: the allocator never touches pages that nobody gives it.
void paint_holes(Mm& mm, const ZoneDump& dump) {
  if (dump.contiguous != 0) return;
  for (uint32_t pfn = dump.start_pfn + dump.present; pfn < dump.start_pfn + dump.spanned; ++pfn) {
    const Page page = mm.map.pfn_to_page({pfn});
    if (page == kNoPage) {
      // Jump to the next section: the hole may be millions of frames long.
      pfn |= MemMap::kSectionAlignment - 1;
      continue;
    }
    mm.map.paint(page, FrameKind::hole, Migratetype::unmovable);
  }
}

/// Puts one dumped block where it belongs; `claimed` marks every frame that has an owner.
class BlockPlacer {
 public:
  BlockPlacer(Mm& mm, Zone& zone, const ZoneDump& dump, std::vector<bool>& claimed)
      : mm_(mm), zone_(zone), dump_(dump), claimed_(claimed) {}

  Result<Page> claim(uint32_t pfn, Order order, const std::string& list) {
    const uint32_t pages = pages_in(order);
    const Page page = mm_.map.pfn_to_page({pfn});
    if (page == kNoPage || !zone_.spans({pfn}) || !zone_.spans({pfn + pages - 1})) {
      return bad_dump(
          dump_, textf("%s has pfn %u, which is outside the zone's [%u, %u)", list.c_str(), pfn,
                       dump_.start_pfn, dump_.start_pfn + dump_.spanned));
    }
    if (pfn % pages != 0) {
      return bad_dump(
          dump_, textf("%s has pfn %u, which is not a multiple of %u", list.c_str(), pfn, pages));
    }
    if (!has_all_frames(page, pfn, pages)) {
      return bad_dump(dump_, textf("%s has pfn %u of order %u, which reaches over a hole",
                                   list.c_str(), pfn, unsigned{order}));
    }
    for (uint32_t i = 0; i < pages; ++i) {
      if (claimed_[page.index + i]) {
        return bad_dump(dump_, textf("%s has pfn %u, but pfn %u is in another list already",
                                     list.c_str(), pfn, pfn + i));
      }
      claimed_[page.index + i] = true;
    }
    return page;
  }

 private:
  /// Between sections of memory the numbers of frames have a gap; within one, a hole is a frame of
  /// no zone.
  [[nodiscard]] bool has_all_frames(Page first, uint32_t pfn, uint32_t pages) const {
    for (uint32_t i = 0; i < pages; ++i) {
      const Page page = mm_.map.pfn_to_page({pfn + i});
      if (page.index != first.index + i || mm_.map.zone(page) != zone_.index) return false;
    }
    return true;
  }

  Mm& mm_;
  Zone& zone_;
  const ZoneDump& dump_;
  std::vector<bool>& claimed_;
};

Status fill_free_lists(Mm& mm, Zone& zone, const ZoneDump& dump, BlockPlacer& placer) {
  for (const ZoneDump::List& list : dump.free) {
    const std::string name =
        textf("free list [%u][%c]", unsigned{list.order}, kMigratetypeLetters[index_of(list.type)]);
    for (const uint32_t pfn : list.pfns) {
      Result<Page> page = placer.claim(pfn, list.order, name);
      if (!page) return page.error();
      const Migratetype block = mm.map.pageblock_type(*page);
      if (!may_be_listed(block, list.type)) {
        return bad_dump(dump, textf("%s has pfn %u, whose pageblock is of type %c", name.c_str(),
                                    pfn, kMigratetypeLetters[index_of(block)]));
      }
      add_to_free_list_tail(mm, zone, *page, list.order, list.type);
    }
  }
  for (const ZoneDump::List& list : dump.free) {
    if (list.order >= mm.config.pageblock_order) continue;
    for (const uint32_t pfn : list.pfns) {
      const Page buddy = buddy_of(mm.map.pfn_to_page({pfn}), list.order);
      if (!mm.map.is_buddy(buddy, list.order, zone.index)) continue;
      return bad_dump(dump, textf("free list [%u][%c] has pfn %u, but its buddy %u is free too",
                                  unsigned{list.order}, kMigratetypeLetters[index_of(list.type)],
                                  pfn, mm.pfn(buddy)));
    }
  }
  if (!std::equal(dump.nr_free.begin(), dump.nr_free.end(), zone.nr_free.begin())) {
    return bad_dump(dump, "nr_free does not equal the lengths of the free lists");
  }
  int64_t pages = 0;
  int64_t cma_pages = 0;
  for (const ZoneDump::List& list : dump.free) {
    if (list.type == Migratetype::isolate) continue;
    const int64_t here = static_cast<int64_t>(list.pfns.size()) << list.order;
    pages += here;
    if (list.type == Migratetype::cma) cma_pages += here;
  }
  zone.other_cpus_free_diff = pages - dump.vm_free - dump.vm_free_diff;
  zone.other_cpus_free_cma_diff = cma_pages - dump.vm_free_cma;
  return Done{};
}

Status fill_pcp(Mm& mm, Zone& zone, const ZoneDump& dump, BlockPlacer& placer) {
  PerCpuPages& pcp = zone.pcp[dump.pcp.cpu];
  pcp.high = dump.pcp.high;
  pcp.batch = dump.pcp.batch;
  pcp.free_factor = dump.pcp.free_factor;
  pcp.expire = dump.pcp.expire;
  zone.vm_free_diff[dump.pcp.cpu] = dump.vm_free_diff;
  for (uint32_t list = 0; list < dump.pcp.lists.size(); ++list) {
    const Order order = pindex_to_order(mm.config, list);
    const uint32_t head = pcp.first_head + list;
    for (const uint32_t pfn : dump.pcp.lists[list]) {
      Result<Page> claimed = placer.claim(pfn, order, textf("pcp list %u", list));
      if (!claimed) return claimed.error();
      const Page page = *claimed;
      mm.map.link(page, mm.map.prev(head), head);
      mm.map.set_pcp(page, order);
      // The dump does not tell the type cached in the page. It is that of the list, except that
      // pages of HighAtomic and other special pageblocks wait on the movable list.
      const Migratetype block = mm.map.pageblock_type(page);
      const auto list_type = static_cast<Migratetype>(list >= 12 ? (list == 13 ? 1 : 0) : list % 3);
      const Migratetype type = is_mergeable(block) ? list_type : block;
      mm.map.set_cached_type(page, type);
      mm.map.paint(page, FrameKind::pcp, type);
      pcp.others += static_cast<int32_t>(pages_in(order));
    }
  }
  if (pcp.count() != dump.pcp.count) {
    return bad_dump(
        dump, textf("pcp count is %d, but its lists hold %d pages", dump.pcp.count, pcp.count()));
  }
  return Done{};
}

Status check_all(const MmConfig& config, const std::vector<ZoneDump>& dumps) {
  if (dumps.empty()) {
    return Error{"RecordingFormat", "the recording has no zone line to boot from", 0, 0, 0};
  }
  if (dumps.size() >= kNoZone) {
    return Error{"RecordingFormat",
                 textf("%zu zones: accepted are 1 to %u", dumps.size(), kNoZone - 1u), 0, 0, 0};
  }
  uint32_t last_end = 0;
  for (const ZoneDump& dump : dumps) {
    const Status shape = check_shape(config, dump);
    if (!shape) return shape.error();
    const Status counters = check_counters(dump);
    if (!counters) return counters.error();
    if (dump.start_pfn < last_end) {
      return bad_dump(dump, textf("starts at pfn %u, inside the zone before it", dump.start_pfn));
    }
    last_end = dump.start_pfn + dump.spanned;
  }
  return Done{};
}

/// @param others frames, ascending.
MemMap map_for(const MmConfig& config, const std::vector<ZoneDump>& dumps,
               const std::vector<uint32_t>& others) {
  SectionPlan plan;
  auto other = others.begin();
  const auto add_others_below = [&](uint32_t end) {
    for (; other != others.end() && *other < end; ++other) plan.add(*other, *other + 1);
  };
  for (const ZoneDump& dump : dumps) {
    for_each_present_run(dump, config.pageblock_nr_pages(), [&](uint32_t start, uint32_t end) {
      add_others_below(start);
      plan.add(start, end);
    });
  }
  add_others_below(UINT32_MAX);
  const auto zones = static_cast<uint32_t>(dumps.size());
  return {plan.sections(), config.pageblock_order, zones * list_heads_of_zone(config.nr_cpus)};
}

}  // namespace

Result<Mm> boot_from_dumps(const MmConfig& build, const std::vector<ZoneDump>& dumps,
                           const std::vector<uint32_t>& others) {
  MmConfig config = build;
  for (const ZoneDump& dump : dumps) {
    config.nr_cpus = std::max(config.nr_cpus, static_cast<uint8_t>(dump.pcp.cpu + 1));
  }
  const Status checked = check_all(config, dumps);
  if (!checked) return checked.error();

  Mm mm(config, map_for(config, dumps, others));
  // add_to_free_list() and friends record nothing here, but they need somewhere to ask.
  Trace silent;
  silent.set_level(TraceLevel::off);
  mm.trace = &silent;
  mm.cpu = {dumps.front().pcp.cpu};
  std::vector<bool> claimed(mm.map.size());
  for (size_t i = 0; i < dumps.size(); ++i) {
    const ZoneDump& dump = dumps[i];
    mm.zones.push_back(zone_of_dump(dump));
    Zone& zone = mm.zones.back();
    init_zone_lists(mm, zone, static_cast<uint8_t>(i));
    for_each_present_run(
        dump, config.pageblock_nr_pages(),
        [&mm, &zone](uint32_t from, uint32_t to) { assign_pages(mm, zone, from, to); });
    set_pageblocks(mm, dump);
    paint_holes(mm, dump);
    BlockPlacer placer(mm, zone, dump, claimed);
    const Status lists = fill_free_lists(mm, zone, dump, placer);
    if (!lists) return lists.error();
    const Status pcp = fill_pcp(mm, zone, dump, placer);
    if (!pcp) return pcp.error();
  }
  build_zonelists(mm);
  mm.trace = nullptr;
  return mm;
}

}  // namespace kmem
