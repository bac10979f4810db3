// One line of JSON with checked access: every refusal names the line and the key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// RapidJSON reports its own misuse through this; ours must be on in release too.
#include "base/assert.h"
#define RAPIDJSON_ASSERT(x) KMEM_ASSERT(x)
#include <rapidjson/document.h>

#include "base/error.h"

namespace kmem {

/// A parsed line. The first access that fails is remembered; later ones give neutral values, so
/// that callers check once a line and not once a key.
class JsonLine {
 public:
  using Value = rapidjson::Value;

  /// @param byte offset of the line in the input, for messages.
  JsonLine(std::string_view text, uint32_t line, uint32_t byte);

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] const Value& root() const { return document_; }
  [[nodiscard]] uint32_t line() const { return line_; }

  /// Member of an object; nullptr when absent.
  static const Value* find(const Value& object, const char* key);

  // Required members of `object`. Missing, of another type, or out of range: the line fails.
  uint32_t u32(const Value& object, const char* key, uint32_t max = UINT32_MAX);
  int64_t i64(const Value& object, const char* key);
  std::string text(const Value& object, const char* key);
  const Value& array(const Value& object, const char* key);
  const Value& member(const Value& object, const char* key);
  /// Optional number.
  uint32_t u32_or(const Value& object, const char* key, uint32_t fallback,
                  uint32_t max = UINT32_MAX);

  /// Elements of an array as pfns.
  std::vector<uint32_t> pfns(const Value& array, const char* key);
  /// One array element, or -1 ("NULL") when `null_allowed`.
  uint32_t pfn(const Value& value, const char* key, bool null_allowed);

  /// Makes the line fail with an error of `name`.
  void refuse(const char* name, const std::string& what);

 private:
  std::vector<char> buffer_;
  rapidjson::Document document_;
  uint32_t line_;
  uint32_t byte_;
  bool ok_ = true;
  Error error_;
};

}  // namespace kmem
