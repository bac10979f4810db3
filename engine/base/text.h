// Appending printf: reports are columns, and printf describes columns best.
#pragma once

#include <cstdarg>
#include <string>

namespace kmem {

/// Appends formatted text to `out`, of any length.
void appendf(std::string& out, const char* format, ...) __attribute__((format(printf, 2, 3)));

/// Formatted text as a new string.
std::string textf(const char* format, ...) __attribute__((format(printf, 1, 2)));

}  // namespace kmem
