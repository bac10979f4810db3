// Assertions stay on in release builds: a wrong picture of the kernel is worse than no picture.
#pragma once

namespace kmem {

/// Prints where and what, then aborts. Only for our own bugs, never for a caller's mistake.
[[noreturn]] void assert_failed(const char* expression, const char* file, int line);

}  // namespace kmem

#define KMEM_ASSERT(expression) \
  ((expression) ? static_cast<void>(0) : ::kmem::assert_failed(#expression, __FILE__, __LINE__))
