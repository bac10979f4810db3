// The workloads W1, W1e, W1b, W2, W2u and W3 as streams of commands, so that what is measured is
// the allocator and not the making of random numbers.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "random.h"

namespace kmem_bench {

/// One call: which slot keeps the block, its order, and whether it is freed.
///
/// An allocation puts its block into the slot, a free takes it out. A free of a slot that an
/// allocator could not fill is left out.
class Command {
 public:
  static Command alloc(uint32_t slot, uint32_t order) { return Command(slot | order << kShift); }
  static Command free(uint32_t slot, uint32_t order) {
    return Command(slot | order << kShift | kFree);
  }
  [[nodiscard]] bool frees() const { return (word_ & kFree) != 0; }
  [[nodiscard]] uint32_t slot() const { return word_ & ((1u << kShift) - 1); }
  [[nodiscard]] uint32_t order() const { return word_ >> kShift & 0xf; }

 private:
  static constexpr uint32_t kShift = 24;
  static constexpr uint32_t kFree = 1u << 31;
  explicit Command(uint32_t word) : word_(word) {}
  uint32_t word_;
};

using Commands = std::vector<Command>;

inline constexpr uint32_t kMostOrder = 10;

/// What a workload consists of; the table is in workload.cpp.
struct WorkloadShape {
  const char* name;
  const char* text;
  uint32_t frames;
  /// Bytes of a frame in the arena of an allocator that keeps its lists in free frames. A 4 GiB
  /// arena does not fit into wasm32, so the big workload has small frames, natively too.
  uint32_t frame_bytes;
  /// Commands of one measured segment.
  uint32_t segment;
  /// Frames in use while it is measured, and how they got there.
  uint32_t frames_in_use;
  enum class Kind : uint8_t { pairs, bursts, churn };
  Kind kind;
  /// Churn: how often each order is asked for, out of the sum.
  std::array<uint32_t, kMostOrder + 1> weights;
};

inline constexpr uint32_t kNrWorkloads = 6;
const WorkloadShape& shape_of(uint32_t workload);

/// Makes the commands of one workload. Two of the same kind and seed make the same commands.
class Workload {
 public:
  explicit Workload(uint32_t workload, uint64_t seed = 1);

  [[nodiscard]] const WorkloadShape& shape() const { return shape_; }
  /// Slots that commands use, an upper bound.
  [[nodiscard]] uint32_t slots() const { return shape_.frames; }
  /// Frames in use after everything made so far, when no allocation failed.
  [[nodiscard]] uint32_t frames_in_use() const { return frames_in_use_; }

  /// The commands that bring an empty arena into the state that is measured. To be asked for once,
  /// first.
  Commands prelude();
  /// The next commands to be measured; each call goes on where the last one ended.
  void next_segment(uint32_t count, Commands& out);

 private:
  void alloc(uint32_t order, Commands& out);
  void free_random(Commands& out);
  void churn(uint32_t count, Commands& out);
  void pairs(uint32_t count, Commands& out);
  void bursts(uint32_t count, Commands& out);
  uint32_t pick_order();

  struct Live {
    uint32_t slot;
    uint32_t order;
  };

  const WorkloadShape& shape_;
  Random random_;
  uint32_t weight_sum_ = 0;
  uint32_t frames_in_use_ = 0;
  std::vector<Live> live_;
  std::vector<uint32_t> free_slots_;
};

}  // namespace kmem_bench
