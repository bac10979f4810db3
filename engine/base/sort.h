// Sorting what is sorted once a boot.
#pragma once

#include <algorithm>
#include <functional>

namespace kmem {

/// Sorts as std::sort() does. That is compiled for every type and comes to 2 KiB of wasm each,
/// which all users would download; a heap sort is a tenth of it.
template <typename Range, typename Less = std::less<>>
void sort_compactly(Range& range, Less less = {}) {
  std::make_heap(range.begin(), range.end(), less);
  std::sort_heap(range.begin(), range.end(), less);
}

}  // namespace kmem
