#include "slab/slub_freelist.h"

#include <cstring>
#include <utility>

#include "base/assert.h"

namespace kmem {

namespace {

uint64_t decode(const Slub& slub, const KmemCache& cache, uint64_t word, Kva place) {
  if (!slub.state.config.freelist_hardened) return word;
  return word ^ cache.random ^ __builtin_bswap64(place);
}

}  // namespace

Kva read_freepointer(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva object) {
  const Kva place = object + cache.offset;
  uint64_t word = 0;
  std::memcpy(&word, bytes_at(slub, slab, place), sizeof word);
  return decode(slub, cache, word, place);
}

Kva get_freepointer(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva object) {
  const Kva next = read_freepointer(slub, cache, slab, object);
  const Kva slot = next - slab.base - cache.red_left_pad;
  return slot <= slab_bytes(slab) - cache.size ? next : 0;
}

void set_freepointer(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva object,
                     Kva next) {
  const Kva place = object + cache.offset;
  const uint64_t word = decode(slub, cache, next, place);
  std::memcpy(bytes_at(slub, slab, place), &word, sizeof word);
}

std::vector<uint16_t> freelist_indices(const Slub& slub, const KmemCache& cache, const Slab& slab,
                                       Kva first) {
  std::vector<uint16_t> indices;
  for (Kva object = first; object != 0 && indices.size() < slab.objects;
       object = get_freepointer(slub, cache, slab, object)) {
    indices.push_back(static_cast<uint16_t>(object_index(cache, slab, object)));
  }
  return indices;
}

Kva link_freelist(const Slub& slub, const KmemCache& cache, const Slab& slab,
                  const std::vector<uint16_t>& indices) {
  Kva next = 0;
  for (size_t i = indices.size(); i-- > 0;) {
    const Kva object = object_at(cache, slab, indices[i]);
    set_freepointer(slub, cache, slab, object, next);
    next = object;
  }
  return next;
}

uint64_t next_random(SlabState& state) {
  state.random += 0x9e3779b97f4a7c15ull;
  uint64_t word = state.random;
  word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9ull;
  word = (word ^ word >> 27) * 0x94d049bb133111ebull;
  return word ^ word >> 31;
}

void init_cache_random_seq(SlabState& state, KmemCache& cache) {
  cache.random_seq.clear();
  // A slab with one object has no order.
  if (!state.config.freelist_random || cache.oo.objects < 2) return;
  for (uint32_t i = 0; i < cache.oo.objects; ++i) {
    cache.random_seq.push_back(static_cast<uint16_t>(i));
  }
  for (uint32_t i = cache.oo.objects - 1u; i > 0; --i) {
    const auto other = static_cast<uint32_t>(next_random(state) % (uint64_t{i} + 1));
    std::swap(cache.random_seq[i], cache.random_seq[other]);
  }
}

namespace {

/// Place in the cache's order where a new slab starts.
size_t start_position(Slub& slub, const KmemCache& cache, const Slab& slab) {
  const size_t count = cache.random_seq.size();
  KMEM_ASSERT(count > 0);
  const size_t random = next_random(slub.state) % count;
  if (slub.recorded_offset == UINT32_MAX) return random;
  const uint32_t first = object_index(cache, slab, slab.base + slub.recorded_offset);
  for (size_t i = 0; i < count; ++i) {
    if (cache.random_seq[i] != first) continue;
    slub.state.learnt.starts += 1;
    return i;
  }
  return random;
}

}  // namespace

void init_freelist(Slub& slub, KmemCache& cache, Slab& slab) {
  std::vector<uint16_t> order;
  order.reserve(slab.objects);
  const size_t count = cache.random_seq.size();
  if (count == 0 || slab.objects < 2) {
    for (uint32_t i = 0; i < slab.objects; ++i) order.push_back(static_cast<uint16_t>(i));
  } else {
    const size_t start = start_position(slub, cache, slab);
    for (size_t i = 0; i < count; ++i) {
      const uint16_t index = cache.random_seq[(start + i) % count];
      // A slab of the smaller order has fewer objects than the order was made for.
      if (index < slab.objects) order.push_back(index);
    }
  }
  slab.freelist = link_freelist(slub, cache, slab, order);
}

}  // namespace kmem
