// Assertions stay on in release builds: a wrong picture of the kernel is worse than no picture.
#pragma once

namespace kmem {

/// Prints where and what, then aborts. Only for our own bugs, never for a caller's mistake.
[[noreturn]] void assert_failed(const char* expression, const char* file, int line);

}  // namespace kmem

// The text of every assertion is 1 KiB to download; the page makes do with the place.
#ifdef KMEM_ASSERT_PLACE_ONLY
#define KMEM_ASSERT_TEXT(expression) ""
#else
#define KMEM_ASSERT_TEXT(expression) #expression
#endif

#define KMEM_ASSERT(expression)        \
  ((expression) ? static_cast<void>(0) \
                : ::kmem::assert_failed(KMEM_ASSERT_TEXT(expression), __FILE__, __LINE__))
