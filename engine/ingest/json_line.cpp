#include "ingest/json_line.h"

#include <rapidjson/error/en.h>

#include "base/text.h"

namespace kmem {

namespace {

const JsonLine::Value& null_value() {
  static const JsonLine::Value kNull;
  return kNull;
}

}  // namespace

JsonLine::JsonLine(std::string_view text, uint32_t line, uint32_t byte)
    : buffer_(text.begin(), text.end()), line_(line), byte_(byte) {
  // Iterative: a line of a hundred thousand '[' must not overflow the stack.
  document_.Parse<rapidjson::kParseIterativeFlag>(buffer_.data(), buffer_.size());
  if (document_.HasParseError()) {
    const auto offset = static_cast<uint32_t>(document_.GetErrorOffset());
    refuse("RecordingFormat", textf("not JSON: %s", GetParseError_En(document_.GetParseError())));
    error_.column = offset + 1;
    error_.byte = byte_ + offset + 1;
    error_.message = textf("line %u, column %u: %s", line_, offset + 1, error_.message.c_str());
    document_.SetObject();
  } else if (!document_.IsObject()) {
    refuse("RecordingFormat", "expected one JSON object");
    document_.SetObject();
  }
}

void JsonLine::refuse(const char* name, const std::string& what) {
  if (!ok_) return;
  ok_ = false;
  const bool positioned = what.starts_with("not JSON");
  error_ = {name, positioned ? what : textf("line %u: %s", line_, what.c_str()), line_, 1,
            byte_ + 1};
}

const JsonLine::Value* JsonLine::find(const Value& object, const char* key) {
  if (!object.IsObject()) return nullptr;
  const auto member = object.FindMember(key);
  return member == object.MemberEnd() ? nullptr : &member->value;
}

const JsonLine::Value& JsonLine::member(const Value& object, const char* key) {
  const Value* value = find(object, key);
  if (value != nullptr) return *value;
  refuse("RecordingFormat", textf("key \"%s\" is missing", key));
  return null_value();
}

uint32_t JsonLine::u32(const Value& object, const char* key, uint32_t max) {
  const Value& value = member(object, key);
  if (value.IsUint() && value.GetUint() <= max) return value.GetUint();
  refuse("RecordingFormat", textf("\"%s\" must be a whole number from 0 to %u", key, max));
  return 0;
}

uint32_t JsonLine::u32_or(const Value& object, const char* key, uint32_t fallback, uint32_t max) {
  return find(object, key) == nullptr ? fallback : u32(object, key, max);
}

int64_t JsonLine::i64(const Value& object, const char* key) {
  const Value& value = member(object, key);
  if (value.IsInt64()) return value.GetInt64();
  refuse("RecordingFormat", textf("\"%s\" must be a whole number", key));
  return 0;
}

std::string JsonLine::text(const Value& object, const char* key) {
  const Value& value = member(object, key);
  if (value.IsString()) return {value.GetString(), value.GetStringLength()};
  refuse("RecordingFormat", textf("\"%s\" must be a string", key));
  return {};
}

const JsonLine::Value& JsonLine::array(const Value& object, const char* key) {
  static const Value kEmpty(rapidjson::kArrayType);
  const Value& value = member(object, key);
  if (value.IsArray()) return value;
  refuse("RecordingFormat", textf("\"%s\" must be an array", key));
  return kEmpty;
}

uint32_t JsonLine::pfn(const Value& value, const char* key, bool null_allowed) {
  // The largest value means "none" inside the engine, so no frame may have it.
  if (value.IsUint() && value.GetUint() != UINT32_MAX) return value.GetUint();
  if (null_allowed && value.IsInt() && value.GetInt() == -1) return UINT32_MAX;
  refuse("RecordingFormat",
         textf("\"%s\" must hold page frame numbers%s", key, null_allowed ? " or -1" : ""));
  return UINT32_MAX;
}

std::vector<uint32_t> JsonLine::pfns(const Value& array, const char* key) {
  std::vector<uint32_t> out;
  if (!array.IsArray()) {
    refuse("RecordingFormat", textf("\"%s\" must hold arrays of page frame numbers", key));
    return out;
  }
  out.reserve(array.Size());
  for (const Value& value : array.GetArray()) out.push_back(pfn(value, key, false));
  return out;
}

}  // namespace kmem
