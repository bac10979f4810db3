#include "trace/kernel_log.h"

#include <algorithm>
#include <utility>

namespace kmem {

void KernelLog::print(std::string line) {
  if (lines_.size() == kMostLines) {
    constexpr size_t kDropped = kMostLines / 4;
    lines_.erase(lines_.begin(), lines_.begin() + kDropped);
    dropped_ += static_cast<uint32_t>(kDropped);
  }
  lines_.push_back(std::move(line));
}

std::string KernelLog::text(uint32_t first) const {
  std::string out;
  for (size_t i = std::max(first, dropped_) - dropped_; i < lines_.size(); ++i) {
    out += lines_[i];
    out += '\n';
  }
  return out;
}

void KernelLog::add_taint(Taint taint) {
  const uint8_t before = taints_;
  taints_ |= static_cast<uint8_t>(taint);
  // A damaged page may have damaged what lock debugging relies on.
  if (taint == Taint::bad_page && taints_ != before) {
    print("Disabling lock debugging due to kernel taint");
  }
}

std::string KernelLog::taint_text() const {
  if (taints_ == 0) return "Not tainted";
  // One place for each kind of taint, blank when it is absent.
  std::string text = "Tainted: G                  ";
  const size_t first = text.find('G');
  if ((taints_ & static_cast<uint8_t>(Taint::bad_page)) != 0) text[first + 5] = 'B';
  if ((taints_ & static_cast<uint8_t>(Taint::warn)) != 0) text[first + 9] = 'W';
  return text;
}

}  // namespace kmem
