// The pictures and recordings of support.h.
#include <array>
#include <cstddef>
#include <string>

#include "base/text.h"
#include "engine/support.h"

namespace kmem::test {

namespace {

/// "[1..7 12]": runs of at least three neighbours of one direction become first..last.
std::string runs_text(const std::vector<uint32_t>& pfns, Order order) {
  const auto step = static_cast<int64_t>(pages_in(order));
  std::string out = "[";
  for (size_t i = 0; i < pfns.size();) {
    if (i > 0) out += ' ';
    size_t longest = i;
    for (const int64_t way : {step, -step}) {
      size_t end = i;
      while (end + 1 < pfns.size() && int64_t{pfns[end + 1]} - int64_t{pfns[end]} == way) end += 1;
      if (end >= i + 2) longest = end;
    }
    appendf(out, "%u", pfns[i]);
    if (longest > i) appendf(out, "..%u", pfns[longest]);
    i = longest + 1;
  }
  return out + "]";
}

/// "UU M62": letters, and how often when more than twice.
std::string letters_text(const std::string& letters) {
  std::string out;
  for (size_t i = 0; i < letters.size();) {
    size_t end = i;
    while (end < letters.size() && letters[end] == letters[i]) end += 1;
    if (!out.empty()) out += ' ';
    if (end - i > 2) {
      appendf(out, "%c%zu", letters[i], end - i);
    } else {
      out.append(letters, i, end - i);
    }
    i = end;
  }
  return out;
}

std::string pcp_text(const MmConfig& config, const ZoneDump::Pcp& pcp) {
  std::string out;
  for (size_t list = 0; list < pcp.lists.size(); ++list) {
    if (pcp.lists[list].empty()) continue;
    const auto order = static_cast<Order>(list >= 12 ? config.pageblock_order : list / kNrPcpTypes);
    appendf(out, " %zu%s", list, runs_text(pcp.lists[list], order).c_str());
  }
  if (pcp.count != 0) appendf(out, " count %d", pcp.count);
  if (pcp.free_factor != 0) appendf(out, " factor %u", unsigned{pcp.free_factor});
  return out.empty() ? "" : "pcp:" + out + "\n";
}

std::string pageblocks_of(const Mm& mm, const Zone& zone) {
  const uint32_t block = mm.config.pageblock_nr_pages();
  const uint32_t end = zone.start_pfn.value + zone.spanned_pages;
  std::string letters;
  for (uint32_t pfn = zone.start_pfn.value & ~(block - 1); pfn < end; pfn += block) {
    const Page page = mm.map.pfn_to_page({pfn});
    letters += page == kNoPage ? '-' : kMigratetypeLetters[index_of(mm.map.pageblock_type(page))];
  }
  return letters;
}

}  // namespace

std::string picture(const Mm& mm, const Zone& zone, CpuId cpu) {
  const ZoneDump dump = dump_zone(mm, zone, cpu, ZoneDump{});
  std::string out;
  for (uint32_t t = 0; t < kNrMigratetypes; ++t) {
    std::string lists;
    for (const ZoneDump::List& list : dump.free) {
      if (index_of(list.type) != t) continue;
      appendf(lists, " %u%s", unsigned{list.order}, runs_text(list.pfns, list.order).c_str());
    }
    if (!lists.empty()) appendf(out, "%c:%s\n", kMigratetypeLetters[t], lists.c_str());
  }
  out += pcp_text(mm.config, dump.pcp);
  appendf(out, "free %lld", static_cast<long long>(zone.vm_free));
  if (dump.vm_free_diff != 0) appendf(out, "%+d", dump.vm_free_diff);
  if (zone.watermark_boost != 0) {
    appendf(out, ", boost %lld", static_cast<long long>(zone.watermark_boost));
  }
  if (zone.nr_reserved_highatomic != 0) {
    appendf(out, ", highatomic %lld", static_cast<long long>(zone.nr_reserved_highatomic));
  }
  if (zone.flags != 0) appendf(out, ", flags %u", zone.flags);
  return out + ", blocks " + letters_text(pageblocks_of(mm, zone)) + "\n";
}

namespace {

struct EventName {
  Event event;
  const char* name;
  bool tracepoint;
};

constexpr bool is_tracepoint(std::string_view level) { return level == "tracepoint"; }

constexpr auto kEventNames = std::to_array<EventName>({
#define KMEM_EVENT(id, name, level, tracepoint, aux, f0, f1, f2, f3, f4, f5) \
  {Event::name, #name, is_tracepoint(#level)},
#include "trace/trace_events.def"
#undef KMEM_EVENT
});

}  // namespace

std::string events_text(const std::vector<TraceRecord>& records, bool decisions) {
  std::string out;
  for (const TraceRecord& record : records) {
    for (const EventName& known : kEventNames) {
      if (known.event != record.event() || !(known.tracepoint || decisions)) continue;
      appendf(out, "%s %u:", known.name, unsigned{record.aux()});
      size_t last = record.field.size();
      while (last > 1 && record.field[last - 1] == 0) last -= 1;
      for (size_t i = 0; i < last; ++i) appendf(out, " %d", static_cast<int>(record.field[i]));
      out += '\n';
    }
  }
  return out;
}

std::string meta_line() {
  return R"({"t":"meta","fmt":1,"release":"6.1.192","version":"#1","slab":"SLUB","cpu":0,)"
         R"("cpu_node":0,"node":0,"max_order":11,"pageblock_order":9,"nr_pcp_lists":14,)"
         R"("page_group_by_mobility_disabled":0,)"
         R"("config":{"CMA":0,"MEMORY_ISOLATION":1,"THP":1},)"
         R"("gfp":{"KERNEL":3264,"MOVABLE":1051850,"0":0},"forced_gfp":"0"})"
         "\n";
}

namespace {

template <typename Numbers>
std::string json_array(const Numbers& numbers) {
  std::string out;
  for (const auto number : numbers) {
    appendf(out, "%s%lld", out.empty() ? "" : ",", static_cast<long long>(number));
  }
  return "[" + out + "]";
}

std::string free_json(const ZoneDump& dump) {
  std::string out;
  for (const ZoneDump::List& list : dump.free) {
    appendf(out, "%s[%u,\"%c\",%s]", out.empty() ? "" : ",", unsigned{list.order},
            kMigratetypeLetters[index_of(list.type)], json_array(list.pfns).c_str());
  }
  return "[" + out + "]";
}

std::string pcp_json(const ZoneDump::Pcp& pcp) {
  std::string lists;
  for (const auto& list : pcp.lists) lists += (lists.empty() ? "" : ",") + json_array(list);
  return textf(R"({"cpu":%u,"count":%d,"high":%d,"batch":%d,"free_factor":%u,"lists":[%s]})",
               unsigned{pcp.cpu}, pcp.count, pcp.high, pcp.batch, unsigned{pcp.free_factor},
               lists.c_str());
}

}  // namespace

std::string zone_line(const ZoneDump& dump) {
  std::string out =
      textf(R"({"t":"zone","node":%u,"zone":"%s","zidx":%u,"start_pfn":%u,"spanned":%u,)",
            unsigned{dump.node}, dump.name.c_str(), unsigned{dump.zone_idx}, dump.start_pfn,
            dump.spanned);
  appendf(out, R"("present":%u,"managed":%u,"wmark":%s,"boost":%lld,)", dump.present, dump.managed,
          json_array(dump.watermark).c_str(), static_cast<long long>(dump.boost));
  appendf(out, R"("nr_reserved_highatomic":%lld,"lowmem_reserve":%s,"flags":%u,"vm_free":%lld,)",
          static_cast<long long>(dump.nr_reserved_highatomic),
          json_array(dump.lowmem_reserve).c_str(), dump.flags,
          static_cast<long long>(dump.vm_free));
  appendf(out, R"("vm_free_diff":%d,"stat_threshold":%d,"drift_mark":0,"vm_free_cma":0,)",
          dump.vm_free_diff, dump.stat_threshold);
  out += R"("compact":{"free_pfn":0,"migrate_pfn":[0,0],"init_free":0,"init_migrate":0,)";
  out += R"("considered":0,"defer_shift":0,"order_failed":0,"blockskip_flush":0},)";
  appendf(out, R"("contiguous":%u,"pb":"%s","pb_skip":"%s","nr_free":%s,"free":%s,"pcp":%s})",
          dump.contiguous, dump.pageblocks.c_str(), dump.pageblock_skip.c_str(),
          json_array(dump.nr_free).c_str(), free_json(dump).c_str(), pcp_json(dump.pcp).c_str());
  return out + "\n";
}

std::string recording_text(const std::vector<ZoneDump>& dumps, std::string_view calls,
                           uint32_t ops) {
  std::string out = meta_line();
  for (const ZoneDump& dump : dumps) out += zone_line(dump);
  out += calls;
  appendf(out, "{\"t\":\"end\",\"ops\":%u,\"overflow\":0}\n", ops);
  return out;
}

std::string small_recording() {
  static constexpr std::string_view kCalls =
      R"({"i":0,"op":"A","s":0,"o":0,"g":"KERNEL","r":32768})"
      "\n"
      R"({"i":1,"op":"G","s":1,"o":3,"g":"MOVABLE","r":33792})"
      "\n"
      R"({"i":2,"op":"E","s":2,"n":20480,"g":"KERNEL","r":32776})"
      "\n"
      R"({"i":3,"op":"B","s":3,"n":2,"g":"KERNEL","r":[32769,32770]})"
      "\n"
      R"({"i":4,"op":"F","s":0,"k":"A","r":32768})"
      "\n"
      R"({"i":5,"op":"drain"})"
      "\n";
  return recording_text({zone_z().dump()}, kCalls, 6);
}

}  // namespace kmem::test
