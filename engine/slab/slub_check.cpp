#include "slab/slub_check.h"

#include <algorithm>

#include "base/text.h"
#include "slab/slub_freelist.h"

namespace kmem {

bool check_object(Slub& slub, SlabId id, Kva object, bool active) {
  const Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  for (const Guard& guard : guards_of(cache, active)) {
    if (!check_bytes_and_report(slub, id, object, guard)) return false;
  }
  if (!has_freepointer(cache, active)) return true;
  const Kva next = read_freepointer(slub, cache, slab, object);
  if (check_valid_pointer(cache, slab, next)) return true;
  object_err(slub, id, object, SlubReport::freepointer_corrupt, "Freepointer corrupt");
  // Without it the rest of the list is lost, but nobody follows the word any more.
  set_freepointer(slub, cache, slab, object, 0);
  return false;
}

bool check_slab(Slub& slub, SlabId id) {
  if (slub.slab(id).frozen) {
    slab_err(slub, id, SlubReport::disabled,
             "Slab disabled since SLUB metadata consistency check failed");
    return false;
  }
  slab_pad_check(slub, id);
  return true;
}

bool on_freelist(Slub& slub, SlabId id, Kva search) {
  Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  uint32_t free = 0;
  Kva before = 0;
  for (Kva at = slab.freelist; at != 0 && free <= slab.objects;) {
    if (at == search) return true;
    if (!check_valid_pointer(cache, slab, at)) {
      if (before == 0) {
        slab_err(slub, id, SlubReport::freepointer_corrupt, "Freepointer corrupt");
        slab.freelist = 0;
        slab.inuse = slab.objects;
        slab_fix(slub, slab, SlubRepair::freelist_cleared, slab.base, "Freelist cleared");
        return false;
      }
      object_err(slub, id, before, SlubReport::freechain_corrupt, "Freechain corrupt");
      set_freepointer(slub, cache, slab, before, 0);
      break;
    }
    before = at;
    free += 1;
    at = read_freepointer(slub, cache, slab, at);
  }
  const uint32_t used = uint32_t{slab.objects} - std::min<uint32_t>(free, slab.objects);
  if (slab.inuse != used) {
    slab_err(
        slub, id, SlubReport::wrong_count,
        textf("Wrong object count. Counter is %u but counted were %u", unsigned{slab.inuse}, used));
    slab.inuse = static_cast<uint16_t>(used);
    slab_fix(slub, slab, SlubRepair::count_adjusted, slab.base, "Object count adjusted");
  }
  return search == 0;
}

}  // namespace kmem
