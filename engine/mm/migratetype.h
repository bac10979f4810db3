// Migratetypes: the reason why unmovable pages do not end up scattered over the whole machine.
#pragma once

#include <array>
#include <cstdint>

namespace kmem {

/// What a pageblock, or a list of free blocks, is meant for.
/// @kernel   enum migratetype, include/linux/mmzone.h
/// @fidelity simplified: with CONFIG_CMA the kernel numbers CMA 4 and Isolate 5; here Isolate is
///           always 4, as in Debian's configuration, and CMA 5.
enum class Migratetype : uint8_t {
  unmovable = 0,
  movable = 1,
  reclaimable = 2,
  highatomic = 3,
  isolate = 4,
  cma = 5,
};

inline constexpr uint32_t kNrMigratetypes = 6;
/// Types that have per-CPU lists of their own, and that mix when blocks merge.
/// @kernel MIGRATE_PCPTYPES, include/linux/mmzone.h
inline constexpr uint32_t kNrPcpTypes = 3;

constexpr uint32_t index_of(Migratetype type) { return static_cast<uint32_t>(type); }

/// Whether free blocks of this type may merge with those of the other such types.
/// @kernel   migratetype_is_mergeable(), include/linux/mmzone.h
/// @fidelity exact
constexpr bool is_mergeable(Migratetype type) { return index_of(type) < kNrPcpTypes; }

/// Whether a free block of a pageblock of type `pageblock` may be on a list of type `list`: those
/// of CMA and isolated pageblocks are on their own lists only, and nobody else's are there.
constexpr bool may_be_listed(Migratetype pageblock, Migratetype list) {
  const bool fenced = pageblock > Migratetype::highatomic || list > Migratetype::highatomic;
  return !fenced || pageblock == list;
}

/// Letters of the recordings' dumps, by number.
inline constexpr char kMigratetypeLetters[] = "UMRHIC";

/// Names as /proc/pagetypeinfo prints them.
/// @kernel migratetype_names[], mm/page_alloc.c
inline constexpr std::array<const char*, kNrMigratetypes> kMigratetypeNames = {
    "Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate", "CMA"};

}  // namespace kmem
