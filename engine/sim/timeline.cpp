#include "sim/timeline.h"

#include <algorithm>

#include "base/assert.h"

namespace kmem {

Timeline::Timeline(const Recording& recording)
    : commands_(recording.commands),
      results_(recording.results.size(), kNoPfn),
      recorded_results_(recording.results),
      recorded_freed_(recording.freed) {
  KMEM_ASSERT(recorded_freed_.size() == commands_.size());
}

void Timeline::append(Command command) {
  if (is_allocation(command.op)) {
    command.allocation = static_cast<uint32_t>(results_.size());
    results_.resize(results_.size() + results_of(command), kNoPfn);
  }
  commands_.push_back(command);
}

void Timeline::cut(uint32_t length) {
  KMEM_ASSERT(length <= commands_.size());
  for (size_t i = commands_.size(); i-- > length;) {
    if (is_allocation(commands_[i].op)) results_.resize(commands_[i].allocation);
  }
  commands_.resize(length);
  recorded_results_.resize(std::min(recorded_results_.size(), results_.size()));
  recorded_freed_.resize(std::min(recorded_freed_.size(), commands_.size()));
}

std::span<Pfn> Timeline::results(uint32_t index) {
  const Command& command = commands_[index];
  if (!is_allocation(command.op)) return {};
  return {results_.data() + command.allocation, results_of(command)};
}

std::span<const Pfn> Timeline::results(uint32_t index) const {
  const Command& command = commands_[index];
  if (!is_allocation(command.op)) return {};
  return {results_.data() + command.allocation, results_of(command)};
}

std::span<const Pfn> Timeline::recorded_results(uint32_t index) const {
  const Command& command = commands_[index];
  if (!is_allocation(command.op) || !recorded(index)) return {};
  return {recorded_results_.data() + command.allocation, results_of(command)};
}

Pfn Timeline::freed(uint32_t index) const {
  const Command& command = commands_[index];
  if (!names_block(command.op)) return kNoPfn;
  return command.allocation == kNoAllocation ? command.pfn : results_[command.allocation];
}

bool Timeline::matches(uint32_t index) const {
  KMEM_ASSERT(recorded(index));
  if (freed(index) != recorded_freed_[index]) return false;
  const auto ours = results(index);
  const auto theirs = recorded_results(index);
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end());
}

uint32_t Timeline::allocated_at(uint32_t step, Pfn pfn) const {
  for (uint32_t i = std::min(step, length()); i-- > 0;) {
    const auto pages = results(i);
    if (commands_[i].op == Op::alloc_pages_exact && pages[0] != kNoPfn) {
      // An exact allocation returns its first page only, but each of its pages is a block.
      const uint32_t offset = pfn.value - pages[0].value;
      if (offset < (commands_[i].amount + kPageSizeBytes - 1) / kPageSizeBytes) return i + 1;
    }
    if (std::find(pages.begin(), pages.end(), pfn) != pages.end()) return i + 1;
  }
  return 0;
}

}  // namespace kmem
