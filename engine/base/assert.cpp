#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace kmem {

void assert_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "kmem: assertion failed: %s (%s:%d)\n", expression, file, line);
  std::abort();
}

}  // namespace kmem
