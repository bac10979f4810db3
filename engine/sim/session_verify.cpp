#include <algorithm>

#include "base/text.h"
#include "sim/session.h"

namespace kmem {

namespace {

std::string pfn_text(std::span<const Pfn> pfns) {
  std::string out;
  for (const Pfn pfn : pfns) {
    if (!out.empty()) out += ' ';
    if (pfn == kNoPfn) {
      out += "NULL";
    } else {
      appendf(out, "%u", pfn.value);
    }
  }
  return out.empty() ? "nothing" : out;
}

void append_moves(std::string& out, std::span<const Recording::Migration> moves) {
  if (moves.empty()) return;
  appendf(out, "%zu pages moved:", moves.size());
  for (const Recording::Migration& move : moves) {
    appendf(out, " %u>%u", move.from.value, move.to.value);
  }
  out += '\n';
}

/// Counters and lists of a zone, one line each: what a person needs to see next to a difference.
std::string dump_text(const ZoneDump& dump) {
  std::string out;
  appendf(out, "zone %s node %u: vm_free %lld diff %d boost %lld highatomic %lld flags %u\n",
          dump.name.c_str(), unsigned{dump.node}, static_cast<long long>(dump.vm_free),
          dump.vm_free_diff, static_cast<long long>(dump.boost),
          static_cast<long long>(dump.nr_reserved_highatomic), dump.flags);
  const auto append_list = [&out](const std::vector<uint32_t>& pfns) {
    constexpr size_t kShown = 12;
    for (size_t i = 0; i < std::min(pfns.size(), kShown); ++i) appendf(out, " %u", pfns[i]);
    if (pfns.size() > kShown) appendf(out, " ... (%zu blocks)", pfns.size());
    out += '\n';
  };
  for (const ZoneDump::List& list : dump.free) {
    appendf(out, "  free[%u][%c]:", unsigned{list.order}, kMigratetypeLetters[index_of(list.type)]);
    append_list(list.pfns);
  }
  appendf(out, "  pcp count %d high %d batch %d free_factor %u\n", dump.pcp.count, dump.pcp.high,
          dump.pcp.batch, unsigned{dump.pcp.free_factor});
  for (size_t i = 0; i < dump.pcp.lists.size(); ++i) {
    if (dump.pcp.lists[i].empty()) continue;
    appendf(out, "  pcp.lists[%zu]:", i);
    append_list(dump.pcp.lists[i]);
  }
  return out;
}

}  // namespace

void Session::note_first_call(VerifyReport& report) const {
  const uint32_t index = step_ - 1;
  const Command& command = timeline_.command(index);
  const bool frees = is_free(command.op);
  VerifyReport::Difference& first = report.first;
  first.kind = VerifyReport::Difference::Kind::call;
  first.line = command.line;
  first.call = timeline_.call_text(index);
  const auto ours = timeline_.results(index);
  const auto theirs = timeline_.recorded_results(index);
  const bool same = std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end());
  first.what = frees ? "the freed page" : same ? "the pages moved" : "the result";
  const Pfn freed[] = {timeline_.freed(index)};
  const Pfn recorded_freed[] = {timeline_.recorded_freed(index)};
  if (is_slab_call(command.op)) {
    note_first_object(report, index);
    return;
  }
  first.ours = pfn_text(frees ? std::span<const Pfn>(freed) : timeline_.results(index)) + "\n";
  first.kernel =
      pfn_text(frees ? std::span<const Pfn>(recorded_freed) : timeline_.recorded_results(index)) +
      "\n";
  if (allocates_dma(command.op) || frees_dma(command.op)) {
    first.ours = place_text(frees ? timeline_.freed_object(index) : timeline_.object(index)) + "\n";
    first.kernel = place_text(frees ? timeline_.recorded_freed_object(index)
                                    : timeline_.recorded_object(index)) +
                   "\n";
  }
  if (is_area_call(command.op)) {
    const bool allocates = allocates_area(command.op);
    first.what = allocates ? "the area" : "the freed area";
    first.ours = area_text(allocates ? timeline_.object(index) : timeline_.freed_object(index)) +
                 ": " + first.ours;
    first.kernel = area_text(allocates ? timeline_.recorded_object(index)
                                       : timeline_.recorded_freed_object(index)) +
                   ": " + first.kernel;
  }
  append_moves(first.ours, timeline_.moves(index));
  append_moves(first.kernel, timeline_.recorded_moves(index));
  for (const Zone& zone : machine_->mm().zones) {
    first.ours += dump_text(dump_zone(machine_->mm(), zone, machine_->mm().cpu, ZoneDump{}));
  }
  const auto next = std::find_if(dumps_.begin(), dumps_.end(),
                                 [this](const auto& dump) { return dump.step >= step_; });
  for (auto dump = next; dump != dumps_.end() && dump->step == next->step; ++dump) {
    if (dump->cache || dump->areas || dump->dma) continue;
    appendf(first.kernel, "at its next dump, %u calls later (line %u):\n", dump->step - step_,
            dump->zone.line);
    first.kernel += dump_text(dump->zone);
  }
}

void Session::note_first_object(VerifyReport& report, uint32_t index) const {
  const bool frees = frees_object(timeline_.command(index).op);
  VerifyReport::Difference& first = report.first;
  first.what = frees ? "the freed object" : "the object";
  first.ours = place_text(frees ? timeline_.freed_object(index) : timeline_.object(index)) + "\n";
  first.kernel = place_text(frees ? timeline_.recorded_freed_object(index)
                                  : timeline_.recorded_object(index)) +
                 "\n";
  Slub slub = machine_->slub();
  const CacheId cache = machine_->cache_of(timeline_.command(index));
  if (cache != kNoCache) {
    first.ours += cache_dump_text(slub.state, dump_cache(slub, cache, machine_->mm().cpu.value));
  }
}

void Session::note_first_dump(VerifyReport& report, const Recording::Dump& dump) const {
  const DumpDifference difference = compare_dump(dump);
  VerifyReport::Difference& first = report.first;
  first.kind = VerifyReport::Difference::Kind::dump;
  first.line = dump.line();
  if (step_ > 0) first.call = timeline_.call_text(step_ - 1);
  first.what = textf("%s: %s", dump.name().c_str(), difference.what.c_str());
  first.ours = difference.ours + "\n";
  first.kernel = difference.theirs + "\n";
  if (const DumpTexts texts = dump_texts(dump); !texts.kernel.empty()) {
    first.ours += texts.ours;
    first.kernel += texts.kernel;
    return;
  }
  for (const Zone& zone : machine_->mm().zones) {
    if (zone.name != dump.zone.name) continue;
    first.ours += dump_text(dump_zone(machine_->mm(), zone, {dump.zone.pcp.cpu}, dump.zone));
  }
  first.kernel += dump_text(dump.zone);
}

VerifyReport Session::verify() {
  machine_->restore(snapshots_.front().state);
  step_ = 0;
  machine_->trace().set_level(TraceLevel::off);
  compare_dumps_here();
  VerifyReport report;
  size_t next_dump = 0;
  const auto check_dumps = [&] {
    for (; next_dump < dumps_.size() && dumps_[next_dump].step <= step_; ++next_dump) {
      report.dumps += 1;
      if (dump_matched_[next_dump]) {
        report.dumps_matched += 1;
      } else if (report.first.kind == VerifyReport::Difference::Kind::none) {
        note_first_dump(report, dumps_[next_dump]);
      }
    }
  };
  check_dumps();
  while (step_ < timeline_.length()) {
    run_next();
    if (timeline_.recorded(step_ - 1)) {
      report.operations += 1;
      if (call_matched_[step_ - 1]) {
        report.matched += 1;
      } else if (report.first.kind == VerifyReport::Difference::Kind::none) {
        note_first_call(report);
      }
    }
    check_dumps();
  }
  machine_->trace().set_level(TraceLevel::decision);
  report.learnt = machine_->slab().learnt;
  return report;
}

}  // namespace kmem
