#include "slab/slub_guard.h"

#include <cstring>

#include "base/text.h"
#include "slab/slub_freelist.h"
#include "slab/slub_track.h"

namespace kmem {

namespace {

using namespace slab_flags;

void fill(const Slub& slub, const Slab& slab, Kva start, uint32_t bytes, uint8_t value) {
  if (bytes != 0) std::memset(bytes_at(slub, slab, start), value, bytes);
}

}  // namespace

bool object_poison(const KmemCache& cache) {
  return cache.has(kPoison) && !cache.has(kTypesafeByRcu) && !cache.ctor;
}

std::vector<Guard> guards_of(const KmemCache& cache, bool active) {
  std::vector<Guard> guards;
  const uint32_t size = cache.object_size;
  const auto end = static_cast<int32_t>(size);
  if (cache.has(kRedZone)) {
    const uint8_t red = active ? poison::kRedActive : poison::kRedInactive;
    guards.push_back({SlubReport::left_redzone, "Left Redzone",
                      -static_cast<int32_t>(cache.red_left_pad), cache.red_left_pad, red});
    guards.push_back({SlubReport::right_redzone, "Right Redzone", end, cache.inuse - size, red});
  } else if (cache.has(kPoison) && size < cache.inuse) {
    guards.push_back({SlubReport::alignment_padding, "Alignment padding", end, cache.inuse - size,
                      poison::kInuse});
  }
  if (!cache.has(kPoison)) return guards;
  if (!active && object_poison(cache)) {
    guards.push_back({SlubReport::poison, "Poison", 0, size - 1, poison::kFree});
    guards.push_back({SlubReport::end_poison, "End Poison", end - 1, 1, poison::kEnd});
  }
  const uint32_t used = tracks_end(cache);
  guards.push_back({SlubReport::object_padding, "Object padding", static_cast<int32_t>(used),
                    cache.size - cache.red_left_pad - used, poison::kInuse});
  return guards;
}

Damage find_damage(const Slub& slub, const Slab& slab, Kva start, uint32_t bytes, uint8_t value) {
  Damage damage;
  if (bytes == 0) return damage;
  const uint8_t* const at = bytes_at(slub, slab, start);
  for (uint32_t i = 0; i < bytes; ++i) {
    if (at[i] == value) continue;
    if (!damage.found) {
      damage.first = start + i;
      damage.got = at[i];
    }
    damage.found = true;
    damage.last = start + i;
  }
  return damage;
}

uint32_t tail_bytes(const KmemCache& cache, const Slab& slab) {
  return slab_bytes(slab) % cache.size;
}

void init_object(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object, bool active) {
  const uint32_t size = cache.object_size;
  const uint8_t red = active ? poison::kRedActive : poison::kRedInactive;
  if (cache.has(kRedZone)) {
    fill(slub, slab, object - cache.red_left_pad, cache.red_left_pad, red);
    fill(slub, slab, object + size, cache.inuse - size, red);
  }
  if (!object_poison(cache)) return;
  fill(slub, slab, object, size - 1, poison::kFree);
  fill(slub, slab, object + size - 1, 1, poison::kEnd);
}

void setup_slab_debug(Slub& slub, const KmemCache& cache, const Slab& slab) {
  if (cache.has(kPoison)) fill(slub, slab, slab.base, slab_bytes(slab), poison::kInuse);
  for (uint32_t i = 0; i < slab.objects; ++i) {
    const Kva object = object_at(cache, slab, i);
    init_object(slub, cache, slab, object, false);
    init_tracking(slub, cache, slab, object);
  }
}

bool check_valid_pointer(const KmemCache& cache, const Slab& slab, Kva pointer) {
  if (pointer == 0) return true;
  const Kva slot = pointer - slab.base - cache.red_left_pad;
  return slot < Kva{slab.objects} * cache.size && slot % cache.size == 0;
}

bool has_freepointer(const KmemCache& cache, bool active) {
  return !active || cache.offset >= cache.inuse;
}

std::string wrong_bytes(const Slub& slub, const KmemCache& cache, const Slab& slab) {
  std::vector<bool> free(slab.objects);
  for (const uint16_t index : freelist_indices(slub, cache, slab, slab.freelist)) {
    if (index < slab.objects) free[index] = true;
  }
  for (uint32_t i = 0; i < slab.objects; ++i) {
    const Kva object = object_at(cache, slab, i);
    for (const Guard& guard : guards_of(cache, !free[i])) {
      const Kva start = object + static_cast<Kva>(static_cast<int64_t>(guard.offset));
      if (!find_damage(slub, slab, start, guard.bytes, guard.value).found) continue;
      return textf("object %u: %s overwritten", i, guard.what);
    }
    if (has_freepointer(cache, !free[i]) &&
        !check_valid_pointer(cache, slab, read_freepointer(slub, cache, slab, object))) {
      return textf("object %u: Freepointer corrupt", i);
    }
  }
  const uint32_t tail = tail_bytes(cache, slab);
  if (!cache.has(kPoison)) return "";
  const Kva end = slab.base + slab_bytes(slab);
  return find_damage(slub, slab, end - tail, tail, poison::kInuse).found ? "Padding overwritten"
                                                                         : "";
}

}  // namespace kmem
