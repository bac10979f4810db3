// What JavaScript calls `Batch`: many calls in one crossing, for volume and benchmarks.
#pragma once

#include <emscripten/val.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "mm/mm.h"

namespace kmem::bindings {

/// A pristine machine driven by words in linear memory; no timeline, no decisions.
///
/// A command is two 32-bit words: slot | order << 24, then the GFP flags of an allocation, or
/// kFree. An allocation puts its block into the slot; a free takes it out. Slots 0..2^24-1.
class BatchBinding {
 public:
  static constexpr uint32_t kFree = 0xffffffffu;

  emscripten::val buffer(double words);
  bool boot_pristine(const std::string& config);
  [[nodiscard]] Error error() const { return error_; }
  /// Runs `count` commands. @return allocations that failed; UINT32_MAX when refused.
  uint32_t exec(double count);

 private:
  bool refuse(Error error);

  std::optional<Mm> mm_;
  Trace trace_;
  Error error_;
  std::vector<uint32_t> commands_;
  std::vector<Page> slots_;
};

}  // namespace kmem::bindings
