#include "sim/session.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/sort.h"
#include "base/text.h"
#include "slab/slub_verify.h"

namespace kmem {

namespace {

/// Snapshots kept besides the boot state; beyond that every second one is dropped.
constexpr size_t kMostSnapshots = 32;
/// Metadata that all of them together may hold: big machines keep fewer.
constexpr size_t kMostSnapshotBytes = size_t{64} << 20;

size_t most_snapshots(const Machine& machine) {
  const size_t bytes = size_t{machine.mm().map.size()} * MemMap::bytes_per_frame() +
                       size_t{machine.ram().touched_frames()} * kPageSizeBytes;
  return std::clamp<size_t>(kMostSnapshotBytes / bytes, 2, kMostSnapshots);
}

}  // namespace

namespace {

/// Frames of all slabs that caches had before the first call, ascending.
std::vector<uint32_t> frames_of(const Recording& recording) {
  std::vector<uint32_t> frames;
  for (const uint32_t index : recording.boot_caches) {
    const std::vector<uint32_t> more = slab_frames(*recording.dumps[index].cache);
    frames.insert(frames.end(), more.begin(), more.end());
  }
  sort_compactly(frames);
  return frames;
}

Status load_caches(Machine& machine, const Recording& recording) {
  Status reserved = machine.ram().reserve();
  if (!reserved) return reserved;
  Slub slub = machine.slub();
  uint32_t line = 0;
  for (const uint32_t index : recording.boot_caches) {
    line = recording.dumps[index].line();
    Status loaded = load_cache(slub, *recording.dumps[index].cache);
    if (!loaded) return loaded;
  }
  const std::string wrong = verify(slub);
  if (wrong.empty()) return Done{};
  return Error{"RecordingFormat", textf("line %u: %s", line, wrong.c_str()), line, 0, 0};
}

}  // namespace

Result<Session> Session::from_recording(Recording recording) {
  Result<Mm> mm = boot_from_dumps(recording.config, recording.boot, frames_of(recording));
  if (!mm) return mm.error();
  mm->cpu_node = {recording.cpu_node};
  Session session;
  session.origin_ = recording.release;
  session.timeline_ = Timeline(recording);
  session.machine_ = std::make_unique<Machine>(std::move(*mm), NodeId{recording.node},
                                               recording.forced_gfp, recording.slab_config);
  if (recording.has_slab_calls()) {
    Status loaded = load_caches(*session.machine_, recording);
    if (!loaded) return loaded.error();
  }
  if (recording.boot_areas != Recording::kNoDump) {
    Vmap vmap = session.machine_->vmap();
    Status loaded = load_vmap(vmap, *recording.dumps[recording.boot_areas].areas);
    if (!loaded) return loaded.error();
  }
  if (recording.boot_device != Recording::kNoDump) {
    session.machine_->set_dma_device(recording.dumps[recording.boot_device].dma->device);
  }
  session.dumps_ = std::move(recording.dumps);
  session.call_matched_ = std::vector<bool>(session.timeline_.length());
  session.dump_matched_ = std::vector<bool>(session.dumps_.size());
  session.take_snapshot();
  session.compare_dumps_here();
  return session;
}

Session Session::from_machine(Mm mm, NodeId node, std::string origin, const SlabConfig& slab) {
  Session session;
  session.origin_ = std::move(origin);
  session.machine_ = std::make_unique<Machine>(std::move(mm), node, Gfp{0}, slab);
  session.take_snapshot();
  return session;
}

void Session::take_snapshot() {
  if (!snapshots_.empty() && snapshots_.back().step >= step_) return;
  if (snapshots_.size() > most_snapshots(*machine_)) {
    // Thinning instead of dropping the oldest keeps every past step equally near.
    std::vector<Saved> kept;
    for (size_t i = 0; i < snapshots_.size(); i += 2) kept.push_back(std::move(snapshots_[i]));
    snapshots_ = std::move(kept);
    snapshot_interval_ *= 2;
    if (step_ % snapshot_interval_ != 0) return;
  }
  snapshots_.push_back({step_, machine_->snapshot()});
}

namespace {

DumpDifference compare_texts(const std::string& our_text, const std::string& their_text) {
  if (our_text == their_text) return {};
  // The first line that differs, named by its first words.
  const auto [ours, kernel] =
      std::mismatch(our_text.begin(), our_text.end(), their_text.begin(), their_text.end());
  const auto line_of = [](const std::string& text, auto at) {
    const auto start = std::find(std::make_reverse_iterator(at), text.rend(), '\n').base();
    return std::string(start, std::find(at, text.end(), '\n'));
  };
  const std::string line = line_of(their_text, kernel);
  return {true, line.substr(0, line.find(':')), line_of(our_text, ours), line};
}

}  // namespace

DumpDifference Session::compare_dump(const Recording::Dump& dump) const {
  if (dump.cache && cache_of(*dump.cache) == kNoCache) {
    return {true, "cache", "no such cache", dump.cache->cache.name};
  }
  if (const DumpTexts texts = dump_texts(dump); !texts.kernel.empty()) {
    return compare_texts(texts.ours, texts.kernel);
  }
  for (const Zone& zone : machine_->mm().zones) {
    if (zone.node.value != dump.zone.node || zone.name != dump.zone.name) continue;
    return compare_dumps(dump_zone(machine_->mm(), zone, {dump.zone.pcp.cpu}, dump.zone),
                         dump.zone);
  }
  return {true, "zone", "no such zone", dump.zone.name};
}

CacheId Session::cache_of(const CacheDump& dump) const {
  return find_cache(machine_->slab(), dump.cache.name);
}

Session::DumpTexts Session::dump_texts(const Recording::Dump& dump) const {
  if (dump.dma) {
    return {dma_dump_text(dump_dma(machine_->mm(), machine_->dma_state(), dump.dma->pool)),
            dma_dump_text(*dump.dma)};
  }
  if (dump.areas)
    return {vmap_dump_text(dump_vmap(machine_->areas())), vmap_dump_text(*dump.areas)};
  if (!dump.cache) return {};
  Slub slub = machine_->slub();
  const CacheId id = cache_of(*dump.cache);
  return {id == kNoCache ? "" : cache_dump_text(slub.state, dump_cache(slub, id, dump.cache->cpu)),
          cache_dump_text(slub.state, *dump.cache)};
}

void Session::compare_dumps_here() {
  const auto first =
      std::lower_bound(dumps_.begin(), dumps_.end(), step_,
                       [](const Recording::Dump& dump, uint32_t step) { return dump.step < step; });
  for (auto dump = first; dump != dumps_.end() && dump->step == step_; ++dump) {
    dump_matched_[static_cast<size_t>(dump - dumps_.begin())] = !compare_dump(*dump).differs;
  }
}

// Whoever owned a page before the call owns it still, in its new frame.
void Session::follow_moves(uint32_t index) {
  const std::span<const PageMove> moves = machine_->moves();
  if (moves.empty()) return;
  std::vector<Recording::Migration> owned;
  std::map<uint32_t, uint32_t> moved;
  for (const PageMove& move : moves) {
    const Pfn from{machine_->mm().pfn(move.from)};
    const Pfn to{machine_->mm().pfn(move.to)};
    // One call may move a page twice.
    const auto earlier = moved.find(from.value);
    const uint32_t owner =
        earlier != moved.end() ? earlier->second : timeline_.owner_at(index, from);
    KMEM_ASSERT(owner != kNoAllocation);
    moved[to.value] = owner;
    owned.push_back({index, owner, from, to});
  }
  timeline_.set_moves(index, owned);
}

void Session::run_next() {
  const Command& command = timeline_.command(step_);
  const Pfn freed = timeline_.freed(step_);
  machine_->trace().begin_step(step_ + 1);
  machine_->mm().log.begin_call();
  // A block that the real kernel had and we do not cannot be freed: the comparison shows it.
  if (is_slab_call(command.op)) {
    run_slab_call(command);
  } else if (is_area_call(command.op) || is_dma_call(command.op)) {
    run_place_call(command);
  } else if (!names_block(command.op) || freed != kNoPfn) {
    machine_->run(command, freed, timeline_.results(step_));
    follow_moves(step_);
  }
  if (timeline_.recorded(step_)) call_matched_[step_] = timeline_.matches(step_);
  step_ += 1;
  compare_dumps_here();
  if (step_ % snapshot_interval_ == 0) take_snapshot();
}

void Session::run_slab_call(const Command& command) {
  const bool frees = frees_object(command.op);
  const bool takes = takes_object(command.op);
  if (answers_bytes(command.op)) {
    const ObjectPlace asked = timeline_.freed_object(step_);
    return timeline_.set_bytes(step_, machine_->run_slab_query(command, asked));
  }
  if (frees_objects(command.op) || command.op == Op::kmem_cache_alloc_bulk) {
    timeline_.set_objects(step_, machine_->run_slab_bulk(command));
    follow_moves(step_);
    return;
  }
  const ObjectPlace place =
      takes ? timeline_.freed_object(step_) : timeline_.recorded_object(step_);
  const bool has_object = place.pfn != kNoPfn || place.offset == kZeroSizePtr;
  if (frees && command.allocation != kNoAllocation && !has_object) return;
  if (is_mempool_call(command.op)) {
    timeline_.set_object(step_, machine_->run_mempool(command, place, timeline_.results(step_)));
  } else {
    timeline_.set_object(step_, machine_->run_slab(command, timeline_.request(command), place));
  }
  follow_moves(step_);
}

// Areas and DMA memory: each call names or gives a place, and maybe pages.
void Session::run_place_call(const Command& command) {
  const ObjectPlace place = timeline_.freed_object(step_);
  const bool frees = command.op == Op::vfree || frees_dma(command.op);
  if (frees && command.allocation != kNoAllocation && place.pfn == kNoPfn) return;
  const std::span<Pfn> results = timeline_.results(step_);
  timeline_.set_object(
      step_, is_area_call(command.op)
                 ? machine_->run_area(command, place, results, timeline_.recorded_results(step_))
                 : machine_->run_dma(command, place, results));
  follow_moves(step_);
}

// Only the last command's events are ever looked at, so the others run silently.
void Session::run_to(uint32_t step) {
  machine_->trace().set_level(TraceLevel::off);
  while (step_ + 1 < step) run_next();
  machine_->trace().set_level(TraceLevel::decision);
  if (step_ < step) run_next();
}

Status Session::seek(uint32_t step) {
  if (step > timeline_.length()) {
    return Error{"StepOutOfRange",
                 textf("step %u is out of range: accepted are 0 to %u", step, timeline_.length()),
                 0, 0, 0};
  }
  if (step == step_) return Done{};
  if (step < step_) {
    // Strictly before: the last command must run again, to leave its events behind.
    const uint32_t before = step == 0 ? 0 : step - 1;
    auto nearest = snapshots_.end() - 1;
    while (nearest->step > before) --nearest;
    machine_->restore(nearest->state);
    step_ = nearest->step;
    machine_->trace().begin_step(step_);
  }
  run_to(step);
  return Done{};
}

// The newest cache that was made under this name and still exists, or else one of the kernel's own.
uint32_t Session::find_handle(const std::string& name) const {
  const std::vector<CacheId>& handles = machine_->slab().handles;
  const std::vector<CacheRequest>& requests = timeline_.requests();
  bool was_ours = false;
  for (size_t i = std::min(handles.size(), requests.size()); i-- > 0;) {
    if (requests[i].name != name) continue;
    if (handles[i] != kNoCache) return static_cast<uint32_t>(i);
    was_ours = true;
  }
  // A destroyed cache may live on under this name because others are merged into it.
  const CacheId own = was_ours ? kNoCache : find_cache(machine_->slab(), name);
  return kBootCache | (own & ~kBootCache);
}

Status Session::run(const Command& wanted, const CacheRequest& request) {
  Command command = wanted;
  if (names_cache(command.op)) command.cache = find_handle(request.name);
  Status checked = machine_->check(command);
  if (!checked && checked.error().name == "UnknownCache") {
    return Error{"UnknownCache", textf("there is no cache '%s'", request.name.c_str()), 0, 0, 0};
  }
  if (checked && command.op == Op::kmem_cache_create) checked = Machine::check_request(request);
  if (!checked) return checked;
  timeline_.cut(step_);
  dumps_.erase(std::remove_if(dumps_.begin(), dumps_.end(),
                              [this](const auto& dump) { return dump.step > step_; }),
               dumps_.end());
  while (snapshots_.back().step > step_) snapshots_.pop_back();
  timeline_.append(command, request);
  run_to(step_ + 1);
  return Done{};
}

Session::Tally Session::tally() const {
  Tally tally;
  for (uint32_t i = 0; i < step_ && timeline_.recorded(i); ++i) {
    tally.compared += 1;
    tally.matched += call_matched_[i] ? 1 : 0;
  }
  for (size_t i = 0; i < dumps_.size() && dumps_[i].step <= step_; ++i) {
    tally.dumps_compared += 1;
    tally.dumps_matched += dump_matched_[i] ? 1 : 0;
  }
  return tally;
}

}  // namespace kmem
