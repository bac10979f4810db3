// What debugging writes around and into objects, so that a stray write is seen: poison, red zones
// and padding.
#pragma once

#include <string>
#include <vector>

#include "slab/slub.h"

namespace kmem {

/// @kernel   include/linux/poison.h
/// @fidelity exact
namespace poison {
inline constexpr uint8_t kInuse = 0x5a;        ///< POISON_INUSE: padding
inline constexpr uint8_t kFree = 0x6b;         ///< POISON_FREE: 'k'
inline constexpr uint8_t kEnd = 0xa5;          ///< POISON_END: last byte of an object
inline constexpr uint8_t kRedInactive = 0xbb;  ///< SLUB_RED_INACTIVE: around a free object
inline constexpr uint8_t kRedActive = 0xcc;    ///< SLUB_RED_ACTIVE: around one in use
}  // namespace poison

/// What a report is about.
/// @fidelity invented: the kernel has texts for it only.
enum class SlubReport : uint8_t {
  left_redzone = 1,         ///< "Left Redzone overwritten"
  right_redzone = 2,        ///< "Right Redzone overwritten"
  alignment_padding = 3,    ///< "Alignment padding overwritten"
  poison = 4,               ///< "Poison overwritten"
  end_poison = 5,           ///< "End Poison overwritten"
  object_padding = 6,       ///< "Object padding overwritten"
  slab_padding = 7,         ///< "Padding overwritten"
  freepointer_corrupt = 8,  ///< "Freepointer corrupt"
  freechain_corrupt = 9,    ///< "Freechain corrupt"
  wrong_count = 10,         ///< "Wrong object count"
  invalid_pointer = 11,     ///< "Invalid object pointer"
  already_free = 12,        ///< "Object already free"
  too_many_freed = 13,      ///< "Slab has 0 allocated objects but 1 are to be freed"
  disabled = 14,            ///< "Slab disabled since SLUB metadata consistency check failed"
  objects_remain = 15,      ///< "Objects remaining in ... on __kmem_cache_shutdown()"
};

/// Bytes that must all be alike.
struct Guard {
  SlubReport reason;
  const char* what;  ///< "Left Redzone"
  int32_t offset;    ///< from the object
  uint32_t bytes;
  uint8_t value;
};

/// Whether free objects are filled with poison: not where something else reads them.
/// @kernel   __OBJECT_POISON, mm/slub.c
/// @fidelity exact
bool object_poison(const KmemCache& cache);

/// What must be around and in an object, in the order in which it is looked at.
/// @param active whether the object is in use.
/// @kernel   check_object(), check_pad_bytes(), mm/slub.c
/// @fidelity exact
std::vector<Guard> guards_of(const KmemCache& cache, bool active);

/// Bytes that are not what they must be: first and last one; `found` is false when all are.
struct Damage {
  bool found = false;
  Kva first = 0;
  Kva last = 0;
  uint8_t got = 0;
};
Damage find_damage(const Slub& slub, const Slab& slab, Kva start, uint32_t bytes, uint8_t value);

/// Bytes behind the last object of a slab.
uint32_t tail_bytes(const KmemCache& cache, const Slab& slab);

/// Red zones and poison of an object that was just allocated (active) or freed.
/// @kernel   init_object(), mm/slub.c
/// @fidelity exact
void init_object(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object, bool active);

/// Fills a new slab, before its objects are linked.
/// @kernel   setup_slab_debug(), setup_object_debug(), mm/slub.c
/// @fidelity exact
void setup_slab_debug(Slub& slub, const KmemCache& cache, const Slab& slab);

/// Whether `pointer` is NULL or an object of the slab.
/// @kernel   check_valid_pointer(), mm/slub.c
/// @fidelity exact
bool check_valid_pointer(const KmemCache& cache, const Slab& slab, Kva pointer);

/// Whether an object has a free pointer that must lead somewhere: not when it is in use and the
/// pointer lies in it.
bool has_freepointer(const KmemCache& cache, bool active);

/// Looks at all that the reports are about, and reports and repairs nothing.
/// @return "" or the first thing that is wrong with the slab's bytes.
/// @fidelity invented
std::string wrong_bytes(const Slub& slub, const KmemCache& cache, const Slab& slab);

}  // namespace kmem
