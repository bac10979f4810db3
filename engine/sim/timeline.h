// The calls of one session with their results, recorded and our own.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/command.h"
#include "sim/recording.h"

namespace kmem {

/// A list of commands that only grows, or is cut when history forks.
///
/// Results are kept by allocation id. Running a command again writes the same results again,
/// because the machine is deterministic, so a seek needs no copy of them.
class Timeline {
 public:
  Timeline() = default;
  explicit Timeline(const Recording& recording);

  [[nodiscard]] uint32_t length() const { return static_cast<uint32_t>(commands_.size()); }
  /// Command `index`, 0..length()-1: it leads from step `index` to step `index + 1`.
  [[nodiscard]] const Command& command(uint32_t index) const { return commands_[index]; }
  [[nodiscard]] bool recorded(uint32_t index) const { return index < recorded_freed_.size(); }

  /// Adds a command of the user behind the last one and gives it allocation ids.
  void append(Command command);
  /// Drops command `length` and everything behind it.
  void cut(uint32_t length);

  /// Results of command `index` in this machine, and those of the real kernel (empty when not
  /// recorded).
  [[nodiscard]] std::span<Pfn> results(uint32_t index);
  [[nodiscard]] std::span<const Pfn> results(uint32_t index) const;
  [[nodiscard]] std::span<const Pfn> recorded_results(uint32_t index) const;
  [[nodiscard]] Pfn recorded_freed(uint32_t index) const { return recorded_freed_[index]; }

  /// Block that a free gives back in this machine; kNoPfn when its allocation failed here.
  [[nodiscard]] Pfn freed(uint32_t index) const;
  /// Whether this machine and the real kernel gave (took) the same pages.
  [[nodiscard]] bool matches(uint32_t index) const;
  /// Last command before `step` that returned the block at `pfn`, counted from 1; 0 when none did.
  [[nodiscard]] uint32_t allocated_at(uint32_t step, Pfn pfn) const;

 private:
  std::vector<Command> commands_;
  std::vector<Pfn> results_;
  std::vector<Pfn> recorded_results_;
  std::vector<Pfn> recorded_freed_;
};

}  // namespace kmem
