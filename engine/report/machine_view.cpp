#include "mm/pcp.h"
#include "report/json_view.h"
#include "report/json_writer.h"

namespace kmem {

namespace {

int64_t list_length(const Mm& mm, uint32_t head) {
  int64_t blocks = 0;
  for (uint32_t node = mm.map.next(head); node != head; node = mm.map.next(node)) blocks += 1;
  return blocks;
}

void write_free_blocks(JsonWriter& json, const Mm& mm, const Zone& zone) {
  json.key("freeBlocks");
  json.begin_array();
  for (Order order = 0; order < mm.config.nr_orders; ++order) {
    json.begin_array();
    for (uint32_t t = 0; t < mm.config.nr_migratetypes(); ++t) {
      json.number(list_length(mm, zone.free_head(order, static_cast<Migratetype>(t))));
    }
    json.end_array();
  }
  json.end_array();
}

void write_cold(JsonWriter& json, const PerCpuPages::Cold& cold) {
  json.key("cold");
  json.begin();
  json.field("count", cold.count);
  json.field("high", cold.high);
  json.field("batch", cold.batch);
  json.end();
}

void write_pcp(JsonWriter& json, const Mm& mm, const Zone& zone) {
  json.key("pcp");
  json.begin_array();
  for (size_t cpu = 0; cpu < zone.pcp.size(); ++cpu) {
    const PerCpuPages& pcp = zone.pcp[cpu];
    json.begin();
    json.field("cpu", static_cast<int64_t>(cpu));
    json.field("count", pcp.count() + pcp.cold.count);
    json.field("high", pcp.high);
    json.field("batch", pcp.batch);
    if (mm.config.profile->sizing.hot_and_cold) write_cold(json, pcp.cold);
    json.field("freeFactor", pcp.free_factor);
    json.key("lists");
    json.begin_array();
    for (uint32_t list = 0; list < mm.config.nr_pcp_lists(); ++list) {
      json.number(list_length(mm, pcp.first_head + list));
    }
    json.end_array();
    json.end();
  }
  json.end_array();
}

std::string pageblock_letters(const Mm& mm, const Zone& zone) {
  const uint32_t block = mm.config.pageblock_nr_pages();
  const uint32_t end = zone.start_pfn.value + zone.spanned_pages;
  std::string letters;
  if (!mm.config.profile->migratetypes) return letters;
  for (uint32_t pfn = zone.start_pfn.value & ~(block - 1); pfn < end; pfn += block) {
    const Page page = mm.map.pfn_to_page({pfn});
    letters += page == kNoPage ? '-' : kMigratetypeLetters[index_of(mm.map.pageblock_type(page))];
  }
  return letters;
}

void write_zone(JsonWriter& json, const Mm& mm, const Zone& zone) {
  json.begin();
  json.field("index", zone.index);
  json.field("node", zone.node.value);
  json.field("name", zone.name);
  json.field("zoneIdx", static_cast<int64_t>(zone.type));
  json.field("startPfn", zone.start_pfn.value);
  json.field("spanned", zone.spanned_pages);
  json.field("present", zone.present_pages);
  json.field("managed", zone.managed_pages);
  json.field("min", zone.watermark[0]);
  json.field("low", zone.watermark[1]);
  json.field("high", zone.watermark[2]);
  json.field("boost", zone.watermark_boost);
  json.field("free", zone.vm_free);
  int64_t delta = 0;
  for (const int32_t diff : zone.vm_free_diff) delta += diff;
  json.field("freeDelta", delta);
  json.field("highatomicReserved", zone.nr_reserved_highatomic);
  json.numbers("lowmemReserve", zone.lowmem_reserve);
  json.field("flags", zone.flags);
  write_free_blocks(json, mm, zone);
  write_pcp(json, mm, zone);
  json.field("pageblocks", pageblock_letters(mm, zone));
  json.end();
}

}  // namespace

std::string machine_view_json(const Session& session) {
  const Mm& mm = session.machine().mm();
  const Session::Tally tally = session.tally();
  JsonWriter json;
  json.begin();
  json.field("release", mm.config.profile->release);
  json.field("profile", mm.config.profile->name);
  json.field("step", session.step());
  json.field("length", session.timeline().length());
  json.field("origin", session.origin());
  json.field("pageblockOrder", mm.config.pageblock_order);
  json.key("migratetypes");
  json.begin_array();
  for (uint32_t t = 0; t < mm.config.nr_migratetypes(); ++t) json.text(mm.config.type_name(t));
  json.end_array();
  json.key("sections");
  json.begin_array();
  for (const MemSection& section : mm.map.sections()) {
    json.begin();
    json.field("startPfn", section.start.value);
    json.field("frames", section.frames);
    json.field("firstFrame", section.first.index);
    json.end();
  }
  json.end_array();
  json.key("zones");
  json.begin_array();
  for (const Zone& zone : mm.zones) write_zone(json, mm, zone);
  json.end_array();
  json.field("compared", tally.compared);
  json.field("matched", tally.matched);
  json.field("dumpsCompared", tally.dumps_compared);
  json.field("dumpsMatched", tally.dumps_matched);
  json.end();
  return json.take();
}

}  // namespace kmem
