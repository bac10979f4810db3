// What the kernel prints: the lines that dmesg would show, and the taint that they leave behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kmem {

/// Why the kernel calls itself tainted, as far as it can come to that here.
/// @kernel   TAINT_BAD_PAGE, TAINT_WARN, include/linux/panic.h
/// @fidelity exact
enum class Taint : uint8_t { bad_page = 1, warn = 2 };

/// The kernel's log. Part of the machine's state: going back in time takes lines back.
/// @kernel   printk(), kernel/printk/printk.c
/// @fidelity simplified: no levels and no times, lines instead of bytes bound it, and nothing is
///           left out for coming too fast.
class KernelLog {
 public:
  /// Lines kept; when there are more, the oldest quarter is dropped.
  static constexpr size_t kMostLines = 2048;

  /// Adds one line (without its end).
  void print(std::string line);

  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  /// Lines ever printed: the number that the next one gets, counted from 0.
  [[nodiscard]] uint32_t total() const { return dropped_ + static_cast<uint32_t>(lines_.size()); }
  /// Number of the oldest line that is kept.
  [[nodiscard]] uint32_t dropped() const { return dropped_; }
  /// What is printed from here on belongs to one call.
  void begin_call() { call_first_ = total(); }
  /// Number of the first line that the last call printed, or total().
  [[nodiscard]] uint32_t call_first() const { return call_first_; }
  /// Lines from number `first` on that are kept, each with its end.
  [[nodiscard]] std::string text(uint32_t first = 0) const;

  /// @kernel   add_taint(), kernel/panic.c
  /// @fidelity exact
  void add_taint(Taint taint);
  /// "Not tainted", or "Tainted: G    B   W         ".
  /// @kernel   print_tainted(), kernel/panic.c
  /// @fidelity exact: for what Taint has.
  [[nodiscard]] std::string taint_text() const;
  [[nodiscard]] uint8_t taints() const { return taints_; }

 private:
  std::vector<std::string> lines_;
  uint32_t dropped_ = 0;
  uint32_t call_first_ = 0;
  uint8_t taints_ = 0;
};

}  // namespace kmem
