#include "base/text.h"

#include <cstddef>
#include <cstdio>

#include "base/assert.h"

namespace kmem {

namespace {

void append_va(std::string& out, const char* format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  const int length = std::vsnprintf(nullptr, 0, format, arguments);
  KMEM_ASSERT(length >= 0);
  const size_t old_length = out.size();
  // vsnprintf writes a terminating zero, so it needs one byte more than the text.
  out.resize(old_length + static_cast<size_t>(length) + 1);
  std::vsnprintf(out.data() + old_length, static_cast<size_t>(length) + 1, format, again);
  out.resize(old_length + static_cast<size_t>(length));
  va_end(again);
}

}  // namespace

void appendf(std::string& out, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  append_va(out, format, arguments);
  va_end(arguments);
}

std::string textf(const char* format, ...) {
  std::string out;
  va_list arguments;
  va_start(arguments, format);
  append_va(out, format, arguments);
  va_end(arguments);
  return out;
}

}  // namespace kmem
