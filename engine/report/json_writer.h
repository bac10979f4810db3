// A few helpers over RapidJSON's writer, so that report code reads like the JSON it makes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/text.h"
#ifndef RAPIDJSON_ASSERT
#define RAPIDJSON_ASSERT(x) KMEM_ASSERT(x)
#endif
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace kmem {

class JsonWriter {
 public:
  void begin() { writer_.StartObject(); }
  void end() { writer_.EndObject(); }
  void begin_array() { writer_.StartArray(); }
  void end_array() { writer_.EndArray(); }
  void key(const char* name) { writer_.Key(name); }

  // Not the library's own way to write numbers: its tables are 2 KiB to download.
  void number(int64_t value) {
    const std::string digits = textf("%lld", static_cast<long long>(value));
    writer_.RawValue(digits.data(), digits.size(), rapidjson::kNumberType);
  }
  void text(std::string_view value) {
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
  void null() { writer_.Null(); }
  void boolean(bool value) { writer_.Bool(value); }

  void field(const char* name, int64_t value) {
    key(name);
    number(value);
  }
  void field(const char* name, std::string_view value) {
    key(name);
    text(value);
  }
  void flag(const char* name, bool value) {
    key(name);
    writer_.Bool(value);
  }
  template <typename Values>
  void numbers(const char* name, const Values& values) {
    key(name);
    begin_array();
    for (const auto& value : values) number(static_cast<int64_t>(value));
    end_array();
  }
  [[nodiscard]] std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

 private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

}  // namespace kmem
