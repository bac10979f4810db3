#include "trace/trace.h"

#include <algorithm>

namespace kmem {

std::vector<TraceRecord> Trace::records() const {
  const uint32_t count = std::min(written_, kCapacity);
  std::vector<TraceRecord> copy;
  copy.reserve(count);
  for (uint32_t i = written_ - count; i != written_; ++i) {
    TraceRecord& record = copy.emplace_back(ring_[i & (kCapacity - 1)]);
    record.step = step_;
    std::fill(record.field.begin() + nr_fields(record.event()), record.field.end(), 0);
  }
  return copy;
}

}  // namespace kmem
