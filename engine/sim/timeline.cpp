#include "sim/timeline.h"

#include <algorithm>

#include "base/assert.h"

namespace kmem {

Timeline::Timeline(const Recording& recording)
    : commands_(recording.commands),
      results_(recording.results.size(), kNoPfn),
      recorded_results_(recording.results),
      recorded_freed_(recording.freed),
      offsets_(recording.results.size()),
      recorded_offsets_(recording.offsets),
      requests_(recording.requests),
      pools_(static_cast<uint32_t>(recording.pools.size())),
      recorded_moves_(recording.migrations) {
  KMEM_ASSERT(recorded_freed_.size() == commands_.size());
  KMEM_ASSERT(recorded_offsets_.size() == recorded_results_.size());
}

void Timeline::append(Command command, const CacheRequest& request) {
  if (results_of(command) != 0) {
    command.allocation = static_cast<uint32_t>(results_.size());
    results_.resize(results_.size() + results_of(command), kNoPfn);
    offsets_.resize(results_.size());
  }
  if (command.op == Op::kmem_cache_create) {
    command.cache = static_cast<uint32_t>(requests_.size());
    requests_.push_back(request);
  }
  if (command.op == Op::dma_pool_create) command.cache = pools_++;
  if (creates_mempool(command.op)) command.pool = mempools_++;
  if (names_cache(command.op) && (command.cache & kBootCache) != 0) {
    boot_caches_[command.cache] = request;
  }
  commands_.push_back(command);
}

void Timeline::cut(uint32_t length) {
  KMEM_ASSERT(length <= commands_.size());
  for (size_t i = commands_.size(); i-- > length;) {
    if (results_of(commands_[i]) != 0) results_.resize(commands_[i].allocation);
    if (commands_[i].op == Op::kmem_cache_create) requests_.resize(commands_[i].cache);
    if (commands_[i].op == Op::dma_pool_create) pools_ = commands_[i].cache;
    if (creates_mempool(commands_[i].op)) mempools_ = commands_[i].pool;
  }
  offsets_.resize(results_.size());
  commands_.resize(length);
  recorded_results_.resize(std::min(recorded_results_.size(), results_.size()));
  recorded_offsets_.resize(recorded_results_.size());
  recorded_freed_.resize(std::min(recorded_freed_.size(), commands_.size()));
  while (!moves_.empty() && moves_.back().index >= length) {
    last_move_[moves_.back().allocation] = move_before_.back();
    moves_.pop_back();
    move_before_.pop_back();
  }
  if (owners_step_ > length) {
    owners_.clear();
    owners_step_ = 0;
  }
}

void Timeline::set_moves(uint32_t index, std::span<const Migration> moves) {
  // Run again after a step back: the machine is deterministic, so they are known already.
  if (!moves_.empty() && moves_.back().index >= index) return;
  for (const Migration& move : moves) {
    uint32_t& last = last_move_[move.allocation];
    move_before_.push_back(last);
    moves_.push_back(move);
    last = static_cast<uint32_t>(moves_.size());
  }
}

namespace {

struct ByIndex {
  bool operator()(const Recording::Migration& move, uint32_t index) const {
    return move.index < index;
  }
  bool operator()(uint32_t index, const Recording::Migration& move) const {
    return index < move.index;
  }
};

std::span<const Recording::Migration> moves_of(const std::vector<Recording::Migration>& moves,
                                               uint32_t index) {
  const auto [first, last] = std::equal_range(moves.begin(), moves.end(), index, ByIndex{});
  return {moves.data() + (first - moves.begin()), static_cast<size_t>(last - first)};
}

/// Frames of each page that an allocating call returned: all are blocks of their own after an exact
/// allocation, and may become so by split_page().
uint32_t frames_of_result(const Command& command) {
  switch (command.op) {
    case Op::dma_alloc_coherent:
    case Op::alloc_pages_exact:
      return pages_for(command.amount);
    case Op::alloc_pages:
    case Op::get_free_pages:
      // A greater order never gives a page.
      return pages_in(static_cast<Order>(std::min(command.order, 31u)));
    default:
      return 1;
  }
}

}  // namespace

std::span<const Timeline::Migration> Timeline::moves(uint32_t index) const {
  return moves_of(moves_, index);
}

std::span<const Timeline::Migration> Timeline::recorded_moves(uint32_t index) const {
  return moves_of(recorded_moves_, index);
}

Pfn Timeline::location(uint32_t allocation, uint32_t index) const {
  const auto last = last_move_.find(allocation);
  if (last != last_move_.end()) {
    for (uint32_t at = last->second; at != 0; at = move_before_[at - 1]) {
      if (moves_[at - 1].index < index) return moves_[at - 1].to;
    }
  }
  return results_[allocation];
}

uint32_t Timeline::owner_at(uint32_t step, Pfn pfn) {
  if (owners_step_ > step) {
    owners_.clear();
    owners_step_ = 0;
  }
  for (; owners_step_ < step; ++owners_step_) {
    const Command& command = commands_[owners_step_];
    // Slabs never move, and share their pages among many calls.
    if (is_slab_call(command.op)) continue;
    const uint32_t pages = is_allocation(command.op) ? results_of(command) : 0;
    for (uint32_t i = 0; i < pages; ++i) {
      const Pfn result = results_[command.allocation + i];
      if (result != kNoPfn) owners_[result.value] = command.allocation + i;
    }
    for (const Migration& move : moves(owners_step_)) owners_[move.to.value] = move.allocation;
  }
  const auto owner = owners_.find(pfn.value);
  return owner == owners_.end() ? kNoAllocation : owner->second;
}

std::span<Pfn> Timeline::results(uint32_t index) {
  const Command& command = commands_[index];
  if (results_of(command) == 0) return {};
  return {results_.data() + command.allocation, results_of(command)};
}

std::span<const Pfn> Timeline::results(uint32_t index) const {
  const Command& command = commands_[index];
  if (results_of(command) == 0) return {};
  return {results_.data() + command.allocation, results_of(command)};
}

std::span<const Pfn> Timeline::recorded_results(uint32_t index) const {
  const Command& command = commands_[index];
  if (results_of(command) == 0 || !recorded(index)) return {};
  return {recorded_results_.data() + command.allocation, results_of(command)};
}

const CacheRequest& Timeline::request(const Command& command) const {
  static const CacheRequest kNone;
  if (command.op != Op::kmem_cache_create && !names_cache(command.op)) return kNone;
  if (command.cache < requests_.size()) return requests_[command.cache];
  const auto own = boot_caches_.find(command.cache);
  return own == boot_caches_.end() ? kNone : own->second;
}

ObjectPlace Timeline::freed_object(uint32_t index) const {
  const Command& command = commands_[index];
  // The id of these is that of the object that they give.
  if (reallocates(command.op) || command.op == Op::ksize) return {command.pfn, command.offset};
  const bool object = frees_place(command.op);
  const bool area = command.op == Op::vfree;
  if (!object && !area && !names_block(command.op)) return {};
  if (command.allocation == kNoAllocation)
    return {command.pfn, object || area ? command.offset : 0};
  if (area) return {Pfn{offsets_[command.allocation]}, 0};
  if (object) return {results_[command.allocation], offsets_[command.allocation]};
  return {location(command.allocation, index), 0};
}

ObjectPlace Timeline::recorded_freed_object(uint32_t index) const {
  const Command& command = commands_[index];
  const bool object = frees_place(command.op) && command.allocation < recorded_offsets_.size();
  return {recorded_freed_[index], object ? recorded_offsets_[command.allocation] : 0};
}

ObjectPlace Timeline::object(uint32_t index) const {
  const Command& command = commands_[index];
  if (allocates_area(command.op)) return {Pfn{offsets_[command.allocation]}, 0};
  if (!allocates_place(command.op)) return {};
  return {results_[command.allocation], offsets_[command.allocation]};
}

ObjectPlace Timeline::recorded_object(uint32_t index) const {
  const Command& command = commands_[index];
  if (allocates_area(command.op) && recorded(index)) {
    return {Pfn{recorded_offsets_[command.allocation]}, 0};
  }
  if (!allocates_place(command.op) || !recorded(index)) return {};
  return {recorded_results_[command.allocation], recorded_offsets_[command.allocation]};
}

void Timeline::set_object(uint32_t index, ObjectPlace place) {
  const Command& command = commands_[index];
  if (allocates_area(command.op)) offsets_[command.allocation] = place.pfn.value;
  if (!allocates_place(command.op)) return;
  results_[command.allocation] = place.pfn;
  offsets_[command.allocation] = place.offset;
}

std::vector<ObjectPlace> Timeline::objects(uint32_t index) const {
  const Command& command = commands_[index];
  if (frees_objects(command.op)) return command.objects;
  std::vector<ObjectPlace> places;
  if (command.op != Op::kmem_cache_alloc_bulk) return places;
  for (uint32_t i = command.allocation; i < command.allocation + results_of(command); ++i) {
    if (results_[i] != kNoPfn) places.push_back({results_[i], offsets_[i]});
  }
  return places;
}

void Timeline::set_objects(uint32_t index, std::span<const ObjectPlace> places) {
  const uint32_t first = commands_[index].allocation;
  for (uint32_t i = 0; i < places.size(); ++i) {
    results_[first + i] = places[i].pfn;
    offsets_[first + i] = places[i].offset;
  }
}

uint64_t Timeline::bytes(uint32_t index) const {
  const Command& command = commands_[index];
  if (!answers_bytes(command.op)) return 0;
  const uint64_t high = results_[command.allocation + 1].value;
  return high << 32 | results_[command.allocation].value;
}

void Timeline::set_bytes(uint32_t index, uint64_t bytes) {
  const uint32_t first = commands_[index].allocation;
  results_[first] = {static_cast<uint32_t>(bytes)};
  results_[first + 1] = {static_cast<uint32_t>(bytes >> 32)};
}

std::string Timeline::call_text(uint32_t index, const KernelProfile& profile) const {
  const Command& command = commands_[index];
  const ObjectPlace place = recorded(index) ? recorded_freed_object(index) : freed_object(index);
  return kmem::call_text(command, place, profile, request(command));
}

bool Timeline::matches(uint32_t index) const {
  KMEM_ASSERT(recorded(index));
  if (freed_object(index) != recorded_freed_object(index)) return false;
  if (object(index) != recorded_object(index)) return false;
  const auto ours = results(index);
  const auto theirs = recorded_results(index);
  const auto our_moves = moves(index);
  const auto their_moves = recorded_moves(index);
  if (!std::equal(our_moves.begin(), our_moves.end(), their_moves.begin(), their_moves.end())) {
    return false;
  }
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end());
}

uint32_t Timeline::allocated_at(uint32_t step, Pfn pfn) const {
  for (uint32_t i = std::min(step, length()); i-- > 0;) {
    for (const Migration& move : moves(i)) {
      // Whoever moved here was allocated elsewhere, earlier.
      if (move.to == pfn) return allocated_at(i, move.from);
    }
    const bool gives_pages = is_kmalloc(commands_[i].op) || commands_[i].op == Op::mempool_alloc;
    if (is_slab_call(commands_[i].op) && !gives_pages) continue;
    if (is_dma_call(commands_[i].op) && !is_allocation(commands_[i].op)) continue;
    const uint32_t frames = frames_of_result(commands_[i]);
    for (const Pfn page : results(i)) {
      if (page != kNoPfn && pfn.value - page.value < frames) return i + 1;
    }
  }
  return 0;
}

}  // namespace kmem
