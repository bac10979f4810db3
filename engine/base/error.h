// A refusal: the caller's mistake or bad input, with the place. Never an outcome of the simulation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/assert.h"

namespace kmem {

/// Says what was refused, where, and what would have been accepted. The machine is unchanged.
struct Error {
  /// Stable name that the TypeScript face maps to a class, e.g. "OrderOutOfRange".
  std::string name;
  /// Full sentence with the offending value and the accepted ones.
  std::string message;
  /// Position in the input, 1-based; 0 when the input has no lines.
  uint32_t line = 0;
  uint32_t column = 0;
  /// Byte offset from the start of the input plus 1; 0 when not known.
  uint32_t byte = 0;
};

/// A value, or the reason why there is none.
template <typename T>
class Result {
 public:
  Result(T value) : value_(std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  explicit operator bool() const { return value_.has_value(); }
  T& operator*() {
    KMEM_ASSERT(value_.has_value());
    return *value_;
  }
  T* operator->() { return &**this; }
  [[nodiscard]] const Error& error() const {
    KMEM_ASSERT(!value_.has_value());
    return error_;
  }

 private:
  std::optional<T> value_;
  Error error_;
};

/// For calls that give nothing back but may refuse.
struct Done {};
using Status = Result<Done>;

}  // namespace kmem
