#include "workload.h"

#include <numeric>

namespace kmem_bench {

namespace {

using Kind = WorkloadShape::Kind;

constexpr uint32_t kSmall = 1u << 16;  // 256 MiB of 4 KiB frames
constexpr uint32_t kBig = 1u << 20;    // 4 GiB
/// Commands of a burst: this many allocations, then their frees.
constexpr uint32_t kBurst = 512;

constexpr std::array<uint32_t, 11> kOnlyPages = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
/// Each order gets the same number of frames.
constexpr std::array<uint32_t, 11> kGeometric = {1024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1};
constexpr std::array<uint32_t, 11> kUniform = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
/// 85 % single pages; the rest halves from order to order.
constexpr std::array<uint32_t, 11> kMostlyPages = {5797, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1};
static_assert(5797 * 100 / (5797 + 1023) == 85);

constexpr std::array<WorkloadShape, kNrWorkloads> kShapes = {{
    {"W1", "order-0 pairs, half-full shuffled arena of 64 Ki frames", kSmall, 4096, 1u << 18,
     kSmall / 2, Kind::pairs, kOnlyPages},
    {"W1e", "order-0 pairs, empty arena of 64 Ki frames", kSmall, 4096, 1u << 18, 0, Kind::pairs,
     kOnlyPages},
    {"W1b", "bursts of 512 order-0 allocations, then 512 frees, half-full shuffled arena", kSmall,
     4096, 1u << 18, kSmall / 2, Kind::bursts, kOnlyPages},
    {"W2", "orders 0..10, each the same memory, 64 Ki frames half full", kSmall, 4096, 1u << 17,
     kSmall / 2, Kind::churn, kGeometric},
    {"W2u", "orders 0..10, each equally often, 64 Ki frames half full", kSmall, 4096, 1u << 17,
     kSmall / 2, Kind::churn, kUniform},
    {"W3", "85 % order 0, 1 Mi frames 75 % full", kBig, 256, 1u << 19, kBig / 4 * 3, Kind::churn,
     kMostlyPages},
}};

}  // namespace

const WorkloadShape& shape_of(uint32_t workload) { return kShapes[workload]; }

Workload::Workload(uint32_t workload, uint64_t seed) : shape_(kShapes[workload]), random_(seed) {
  weight_sum_ = std::accumulate(shape_.weights.begin(), shape_.weights.end(), 0u);
  for (uint32_t slot = shape_.frames; slot > 0; --slot) free_slots_.push_back(slot - 1);
}

uint32_t Workload::pick_order() {
  uint32_t rest = random_.below(weight_sum_);
  uint32_t order = 0;
  while (rest >= shape_.weights[order]) {
    rest -= shape_.weights[order];
    order += 1;
  }
  return order;
}

void Workload::alloc(uint32_t order, Commands& out) {
  const uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  live_.push_back({slot, order});
  frames_in_use_ += 1u << order;
  out.push_back(Command::alloc(slot, order));
}

void Workload::free_random(Commands& out) {
  Live& chosen = live_[random_.below(static_cast<uint32_t>(live_.size()))];
  out.push_back(Command::free(chosen.slot, chosen.order));
  frames_in_use_ -= 1u << chosen.order;
  free_slots_.push_back(chosen.slot);
  chosen = live_.back();
  live_.pop_back();
}

Commands Workload::prelude() {
  Commands out;
  if (shape_.frames_in_use == 0) return out;
  if (shape_.kind == Kind::churn) {
    while (frames_in_use_ < shape_.frames_in_use) alloc(pick_order(), out);
    // Long enough that most blocks of the first filling have been freed once.
    churn(static_cast<uint32_t>(2 * live_.size()), out);
    return out;
  }
  // Filling almost all of the arena and freeing at random leaves lists in random order. Not quite
  // all, because the engine keeps what lies below its watermark for emergencies.
  while (frames_in_use_ < shape_.frames / 16 * 15) alloc(0, out);
  while (frames_in_use_ > shape_.frames_in_use) free_random(out);
  return out;
}

void Workload::next_segment(uint32_t count, Commands& out) {
  out.clear();
  out.reserve(count);
  switch (shape_.kind) {
    case Kind::pairs:
      return pairs(count, out);
    case Kind::bursts:
      return bursts(count, out);
    case Kind::churn:
      return churn(count, out);
  }
}

void Workload::pairs(uint32_t count, Commands& out) {
  const uint32_t slot = free_slots_.back();
  for (uint32_t i = 0; i < count; i += 2) {
    out.push_back(Command::alloc(slot, 0));
    out.push_back(Command::free(slot, 0));
  }
}

void Workload::bursts(uint32_t count, Commands& out) {
  const uint32_t* const last = &free_slots_.back();
  for (uint32_t done = 0; done < count; done += 2 * kBurst) {
    for (uint32_t i = 0; i < kBurst; ++i) out.push_back(Command::alloc(*(last - i), 0));
    for (uint32_t i = 0; i < kBurst; ++i) out.push_back(Command::free(*(last - i), 0));
  }
}

void Workload::churn(uint32_t count, Commands& out) {
  for (uint32_t i = 0; i < count; ++i) {
    if (frames_in_use_ < shape_.frames_in_use) {
      alloc(pick_order(), out);
    } else {
      free_random(out);
    }
  }
}

}  // namespace kmem_bench
