// The seeded random numbers of the workloads: the same on every compiler, unlike std:: ones.
#pragma once

#include <cstdint>

namespace kmem_bench {

/// SplitMix64 (Steele, Lea, Flood 2014): one add and a mixer, every seed is good.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    state_ += 0x9e3779b97f4a7c15u;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, bound). The bias of the multiplication is below 2^-8 for our bounds (2^24).
  uint32_t below(uint32_t bound) {
    return static_cast<uint32_t>((static_cast<uint64_t>(next() >> 32) * bound) >> 32);
  }

 private:
  uint64_t state_;
};

}  // namespace kmem_bench
