// A 64-bit hash that gives the same value on every compiler and word size.
#pragma once

#include <cstdint>

namespace kmem {

/// Order-sensitive hash of a sequence of 64-bit words (multiply-xorshift, two rounds a word).
class StateHash {
 public:
  void add(uint64_t word) {
    value_ ^= word + 0x9e3779b97f4a7c15ull;
    value_ *= 0xff51afd7ed558ccdull;
    value_ ^= value_ >> 32;
    value_ *= 0xc4ceb9fe1a85ec53ull;
    value_ ^= value_ >> 29;
  }
  void add_signed(int64_t word) { add(static_cast<uint64_t>(word)); }
  [[nodiscard]] uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0x2545f4914f6cdd1dull;
};

}  // namespace kmem
