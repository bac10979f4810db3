#include <algorithm>

#include "base/text.h"
#include "mm/page_alloc.h"
#include "mm/pcp.h"
#include "report/json_view.h"
#include "report/json_writer.h"

namespace kmem {

namespace {

/// Page frames listed at most; the count tells the rest.
constexpr size_t kShownPfns = 64;

void write_pfns(JsonWriter& json, const char* name, std::span<const Pfn> pfns) {
  json.key(name);
  json.begin_array();
  for (size_t i = 0; i < std::min(pfns.size(), kShownPfns); ++i) {
    if (pfns[i] != kNoPfn) json.number(pfns[i].value);
  }
  json.end_array();
}

/// The objects that a bulk call gave or was given, and what a call answered that answers bytes.
void write_objects(JsonWriter& json, const Timeline& timeline, uint32_t index) {
  json.key("objects");
  json.begin_array();
  for (const ObjectPlace place : timeline.objects(index)) {
    json.begin();
    if (place.pfn != kNoPfn) json.field("pfn", place.pfn.value);
    json.field("offset", place.offset);
    json.end();
  }
  json.end_array();
  json.key("bytes");
  if (answers_bytes(timeline.command(index).op)) {
    json.number(static_cast<int64_t>(timeline.bytes(index)));
  } else {
    json.null();
  }
}

int64_t count_pfns(std::span<const Pfn> pfns) {
  return std::count_if(pfns.begin(), pfns.end(), [](Pfn pfn) { return pfn != kNoPfn; });
}

}  // namespace

Result<std::string> step_info_json(const Session& session, uint32_t step) {
  const Timeline& timeline = session.timeline();
  if (step < 1 || step > timeline.length()) {
    return Error{
        "StepOutOfRange",
        textf("step %u was led to by no call: accepted are 1 to %u", step, timeline.length()), 0, 0,
        0};
  }
  const uint32_t index = step - 1;
  const Command& command = timeline.command(index);
  const Pfn freed[] = {timeline.freed(index)};
  const bool names_pages =
      names_block(command.op) || frees_place(command.op) || command.op == Op::ksize;
  // What dma_set_mask and dma_pool_create answer are no frames.
  const bool gives_pages = is_allocation(command.op);
  std::span<const Pfn> pfns;
  if (names_pages) {
    pfns = freed;
  } else if (gives_pages) {
    pfns = timeline.results(index);
  }
  const ObjectPlace object = names_pages ? timeline.freed_object(index) : timeline.object(index);
  const KernelProfile& profile = *session.machine().mm().config.profile;
  JsonWriter json;
  json.begin();
  json.field("step", step);
  json.field("call", timeline.call_text(index, profile));
  json.field("op", op_name(command.op));
  const bool exact = command.op == Op::alloc_pages_exact || command.op == Op::free_pages_exact;
  json.field("order", exact ? order_for(command.amount) : command.order);
  json.field("gfp", command.gfp);
  json.field("gfpNames", is_allocation(command.op) ? gfp_names(command.gfp, profile) : "");
  json.field("amount", command.amount);
  write_pfns(json, "pfns", pfns);
  json.field("pfnCount", count_pfns(pfns));
  json.field("offset", object.offset);
  write_objects(json, timeline, index);
  json.key("pool");
  if (is_mempool_call(command.op)) {
    json.number(command.pool);
  } else {
    json.null();
  }
  const ObjectPlace area = allocates_area(command.op) ? object : timeline.freed_object(index);
  json.field("address", is_area_call(command.op) ? area_text(area) : "");
  const bool recorded = timeline.recorded(index);
  json.key("matches");
  // What a later step gives is not known before it has run.
  if (recorded && step <= session.step()) {
    json.boolean(timeline.matches(index));
  } else {
    json.null();
  }
  const Pfn recorded_freed[] = {recorded ? timeline.recorded_freed(index) : kNoPfn};
  write_pfns(json, "recordedPfns",
             is_free(command.op) ? std::span<const Pfn>(recorded_freed)
             : gives_pages       ? timeline.recorded_results(index)
                                 : std::span<const Pfn>());
  json.field("line", command.line);
  json.key("log");
  json.begin_array();
  // What earlier commands printed is in the whole log.
  const KernelLog& log = session.machine().log();
  const uint32_t lines = step == session.step() ? log.total() - log.call_first() : 0;
  for (const std::string& line : std::span(log.lines()).last(lines)) json.text(line);
  json.end_array();
  json.end();
  return json.take();
}

namespace {

const char* kind_name(FrameKind kind) {
  switch (kind) {
    case FrameKind::hole:
      return "hole";
    case FrameKind::before:
      return "before";
    case FrameKind::free:
      return "free";
    case FrameKind::pcp:
      return "pcp";
    case FrameKind::allocated:
      return "allocated";
  }
  KMEM_ASSERT(false);
}

struct ListPlace {
  int64_t pcp_list = -1;
  int64_t position = -1;
};

int64_t position_in(const Mm& mm, uint32_t head, Page page) {
  int64_t position = 0;
  for (uint32_t node = mm.map.next(head); node != head; node = mm.map.next(node)) {
    if (node == page.index) return position;
    position += 1;
  }
  return -1;
}

ListPlace find_place(const Mm& mm, const Zone& zone, Page page) {
  ListPlace place;
  if (mm.map.in_buddy(page)) {
    const Migratetype type = frame_type(mm.map.state(page));
    place.position = position_in(mm, zone.free_head(mm.map.order(page), type), page);
  }
  if (!mm.map.in_pcp(page)) return place;
  for (const PerCpuPages& pcp : zone.pcp) {
    for (uint32_t list = 0; list < mm.config.nr_pcp_lists(); ++list) {
      place.position = position_in(mm, pcp.first_head + list, page);
      if (place.position < 0) continue;
      place.pcp_list = list;
      return place;
    }
  }
  return place;
}

}  // namespace

Result<std::string> block_json(const Session& session, Pfn pfn) {
  const Mm& mm = session.machine().mm();
  const Page asked = mm.map.pfn_to_page(pfn);
  if (asked == kNoPage || mm.map.zone(asked) == kNoZone) {
    return Error{"PfnOutOfRange", textf("no memory at pfn %u", pfn.value), 0, 0, 0};
  }
  const Page page = mm.map.block_head(asked);
  const Zone& zone = mm.zones[mm.map.zone(page)];
  const uint8_t state = mm.map.state(page);
  const FrameKind kind = frame_kind(state);
  const bool typed = kind != FrameKind::hole && kind != FrameKind::before;
  const ListPlace place = find_place(mm, zone, page);
  JsonWriter json;
  json.begin();
  json.field("pfn", mm.pfn(page));
  json.field("order", mm.map.order(page));
  json.field("state", kind_name(kind));
  json.field("migratetype", typed ? mm.config.type_name(index_of(frame_type(state))) : "");
  json.field("pageblockType", mm.config.type_name(index_of(mm.map.pageblock_type(page))));
  json.field("zone", zone.index);
  json.field("refcount", mm.map.refcount(page));
  json.field("allocatedAt", kind == FrameKind::allocated
                                ? session.timeline().allocated_at(session.step(), {mm.pfn(page)})
                                : 0);
  json.field("pcpList", place.pcp_list);
  json.field("position", place.position);
  const bool is_slab = (mm.map.flags(page) & MemMap::kSlab) != 0;
  const SlabState& slabs = session.machine().slab();
  json.field("cache", is_slab ? slabs.caches[slabs.slabs[mm.map.slab(page)].cache].name : "");
  json.end();
  return json.take();
}

std::string verify_report_json(const VerifyReport& report) {
  using Kind = VerifyReport::Difference::Kind;
  JsonWriter json;
  json.begin();
  json.field("operations", report.operations);
  json.field("matched", report.matched);
  json.field("dumps", report.dumps);
  json.field("dumpsMatched", report.dumps_matched);
  json.key("learnt");
  json.begin();
  json.field("slabs", report.learnt.slabs);
  json.field("starts", report.learnt.starts);
  json.end();
  json.key("first");
  if (report.first.kind == Kind::none) {
    json.null();
  } else {
    json.begin();
    json.field("kind", report.first.kind == Kind::call ? "call" : "dump");
    json.field("line", report.first.line);
    json.field("call", report.first.call);
    json.field("what", report.first.what);
    json.field("ours", report.first.ours);
    json.field("kernel", report.first.kernel);
    json.end();
  }
  json.end();
  return json.take();
}

}  // namespace kmem
