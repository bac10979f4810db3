// One face for every allocator in the race, crossed once a segment and not once a call.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "workload.h"

namespace kmem_bench {

/// "No block": the allocation failed.
inline constexpr uint32_t kNoFrame = UINT32_MAX;

class Allocator {
 public:
  virtual ~Allocator() = default;
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  /// Runs the commands; this is what is measured. @return allocations that failed.
  virtual uint32_t run(std::span<const Command> commands) = 0;
  /// First frame of the block in a slot, counted from the start of the arena, or kNoFrame.
  [[nodiscard]] virtual uint32_t frame_in(uint32_t slot) const = 0;
  /// Free frames, found by looking at the lists and not by a counter.
  [[nodiscard]] virtual uint32_t free_frames() const = 0;
  /// Hash over its whole state, where it has one.
  [[nodiscard]] virtual std::string state() const { return {}; }
  /// What is wrong with its data structures; empty when nothing is.
  [[nodiscard]] virtual std::string verify() const { return {}; }

 protected:
  Allocator() = default;
};

/// The measured loop, the same source for all: `alloc` and `free` are real calls into another
/// translation unit, as a user's would be. Binaryen sees the whole program and would put whatever
/// has one caller into that loop: each allocator's two functions are therefore kept_callable.
template <typename Block, typename Alloc, typename Free>
uint32_t run_commands(std::span<const Command> commands, Block* slots, Block none, Alloc alloc,
                      Free free) {
  uint32_t failed = 0;
  for (const Command command : commands) {
    Block& block = slots[command.slot()];
    if (!command.frees()) {
      block = alloc(command.order());
      failed += block == none ? 1 : 0;
    } else if (block != none) {
      free(block, command.order());
      block = none;
    }
  }
  return failed;
}

/// Who runs. The numbers are known to wasm_bench.mjs.
enum class Variant : uint8_t {
  loop = 0,       ///< nothing: what the loop itself costs
  textbook = 1,   ///< the baseline
  engine = 2,     ///< with frame states and tracepoints, as it ships
  decisions = 3,  ///< and every decision recorded
  untraced = 4,   ///< frame states and trace compiled out
  bare = 5,       ///< the baseline without its header: the caller says the order again
};
inline constexpr uint32_t kNrVariants = 6;
inline constexpr const char* kVariantNames[kNrVariants] = {"loop",      "textbook", "engine",
                                                           "decisions", "untraced", "bare"};

std::unique_ptr<Allocator> make_loop(const WorkloadShape& shape);
std::unique_ptr<Allocator> make_textbook(const WorkloadShape& shape);
std::unique_ptr<Allocator> make_bare(const WorkloadShape& shape);

/// Somebody else may call `Function` too. Asked for by naming it: kept_callable<&f>.
template <auto Function>
[[gnu::used]] inline decltype(Function) volatile kept_callable = Function;

}  // namespace kmem_bench

// The engine is compiled twice, the second time in a namespace of another name; see CMakeLists.txt.
namespace kmem::bench {
std::unique_ptr<kmem_bench::Allocator> make_engine(const kmem_bench::WorkloadShape& shape,
                                                   bool decisions);
}
namespace kmem_untraced::bench {
std::unique_ptr<kmem_bench::Allocator> make_engine(const kmem_bench::WorkloadShape& shape,
                                                   bool decisions);
}
