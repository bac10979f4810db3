#include "trace/trace.h"

#include <algorithm>

namespace kmem {

std::vector<TraceRecord> Trace::kept() const {
  if (level_ == TraceLevel::off) return {};
  const uint32_t count = std::min(written_, kCapacity);
  std::vector<TraceRecord> copy;
  copy.reserve(count);
  for (uint32_t i = written_ - count; i != written_; ++i) {
    const Words& words = ring_[i & (kCapacity - 1)];
    const auto half = [&words](uint32_t n) {
      return static_cast<uint32_t>(words[n / 2] >> n % 2 * 32);
    };
    TraceRecord& record = copy.emplace_back();
    record.head = half(0);
    record.step = step_;
    const auto event = static_cast<Event>(record.head & 0xffu & ~kOfPage);
    for (uint32_t f = 0; f < nr_fields(event); ++f) record.field[f] = half(f + 1);
  }
  return copy;
}

}  // namespace kmem
