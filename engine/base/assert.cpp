#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

#include "base/text.h"

namespace kmem {

void assert_failed(const char* expression, const char* file, int line) {
  std::fputs(textf("kmem: assertion failed: %s (%s:%d)\n", expression, file, line).c_str(), stderr);
  std::abort();
}

}  // namespace kmem
