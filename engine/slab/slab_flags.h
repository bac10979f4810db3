// Flags of a cache: what kmem_cache_create() was asked for, with the values of 6.1.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kmem {

/// @kernel slab_flags_t, include/linux/slab.h
using SlabFlags = uint32_t;

/// @kernel   SLAB_*, include/linux/slab.h, mm/slub.c
/// @fidelity exact
namespace slab_flags {
inline constexpr SlabFlags kConsistencyChecks = 0x100;
inline constexpr SlabFlags kRedZone = 0x400;
inline constexpr SlabFlags kPoison = 0x800;
inline constexpr SlabFlags kKmalloc = 0x1000;
inline constexpr SlabFlags kHwcacheAlign = 0x2000;
inline constexpr SlabFlags kCacheDma = 0x4000;
inline constexpr SlabFlags kCacheDma32 = 0x8000;
inline constexpr SlabFlags kStoreUser = 0x10000;
inline constexpr SlabFlags kReclaimAccount = 0x20000;
inline constexpr SlabFlags kPanic = 0x40000;
inline constexpr SlabFlags kTypesafeByRcu = 0x80000;
inline constexpr SlabFlags kMemSpread = 0x100000;
inline constexpr SlabFlags kTrace = 0x200000;
inline constexpr SlabFlags kDebugObjects = 0x400000;
inline constexpr SlabFlags kNoLeakTrace = 0x800000;
inline constexpr SlabFlags kAccount = 0x4000000;
inline constexpr SlabFlags kNoUserFlags = 0x10000000;
/// The CPU can swap free list and counters of a slab in one instruction (every x86-64 can).
inline constexpr SlabFlags kCmpxchgDouble = 0x40000000;
/// SLAB: the indices of a slab's free objects are in one of them, or in an object of kmalloc.
inline constexpr SlabFlags kObjfreelist = 0x40000000;
inline constexpr SlabFlags kOffSlab = 0x80000000;

inline constexpr SlabFlags kDebug = kConsistencyChecks | kRedZone | kPoison | kStoreUser | kTrace;
/// Debugging that makes objects bigger.
inline constexpr SlabFlags kMetadata = kRedZone | kPoison | kStoreUser;
/// Debugging that looks at the slab's counters, which must not change without its lock.
inline constexpr SlabFlags kNoCmpxchg = kConsistencyChecks | kStoreUser | kTrace;
/// What a caller may ask for; anything else fails with -EINVAL.
inline constexpr SlabFlags kPermitted = kDebug | kHwcacheAlign | kCacheDma | kCacheDma32 |
                                        kReclaimAccount | kPanic | kTypesafeByRcu | kMemSpread |
                                        kDebugObjects | kNoLeakTrace | kAccount | kNoUserFlags;
/// What SLAB leaves out of that without a word.
inline constexpr SlabFlags kUnknownToSlab = kDebug | kNoUserFlags;
/// Caches with one of these are never merged with others.
inline constexpr SlabFlags kNeverMerge =
    kRedZone | kPoison | kStoreUser | kTrace | kTypesafeByRcu | kNoLeakTrace;
/// Caches are merged only when they have these alike.
inline constexpr SlabFlags kMergeSame = kReclaimAccount | kCacheDma | kCacheDma32 | kAccount;
}  // namespace slab_flags

/// Names joined by '|', "0" for none; those that a caller may ask for.
/// @fidelity invented: the kernel prints no names.
std::string slab_flag_names(SlabFlags flags);

/// Reads names joined by '|'; "" and "0" are none. @return false for an unknown name.
/// @fidelity invented
bool parse_slab_flags(std::string_view text, SlabFlags& flags);

}  // namespace kmem
