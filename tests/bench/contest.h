// All allocators on one workload, each with an arena of its own and the same commands.
#pragma once

#include <array>
#include <memory>
#include <string>

#include "allocator.h"

namespace kmem_bench {

class Contest {
 public:
  explicit Contest(uint32_t workload);

  [[nodiscard]] const WorkloadShape& shape() const { return workload_.shape(); }
  /// Makes the next segment; every variant has to run it before the one after.
  void next_segment() { workload_.next_segment(shape().segment, commands_); }
  /// Commands of the segment.
  [[nodiscard]] uint32_t commands() const { return static_cast<uint32_t>(commands_.size()); }
  /// Runs the segment. @return allocations that failed.
  uint32_t run(Variant variant) { return at(variant).run(commands_); }

 private:
  Allocator& at(Variant variant) { return *allocators_[static_cast<uint32_t>(variant)]; }

  Workload workload_;
  Commands commands_;
  std::array<std::unique_ptr<Allocator>, kNrVariants> allocators_;
};

/// What an allocator really did in one workload, looked at after each call.
struct Proof {
  uint32_t allocations = 0;
  uint32_t failures = 0;
  /// Sum over all allocations that did not fail.
  uint64_t frames_allocated = 0;
  /// Blocks outside the arena, not aligned to their size, or over a block in use.
  uint32_t bad_blocks = 0;
  uint32_t free_frames = 0;           ///< at the end of the segment
  uint32_t free_frames_expected = 0;  ///< arena minus what is in use then
  uint32_t free_frames_empty = 0;     ///< after everything was freed
  std::string state;                  ///< hash over the engine's state at the end
  std::string wrong;                  ///< what verify() of the allocator says
};

/// Runs the prelude and one segment on a fresh arena of `variant`.
Proof prove(uint32_t workload, Variant variant);

/// The proofs of all variants of all workloads as JSON: an array of objects.
std::string proofs_json();

}  // namespace kmem_bench
