// What differs between the kernels that can be simulated, as data: one table a kernel.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "profile/sizing_rules.h"

namespace kmem {

/// Whose rules hand out and take back pages; sim/machine chooses the implementation by it.
enum class AllocatorRules : uint8_t { linux_6_1, linux_2_6_18 };

/// Which object allocator the kernel is built with.
/// @kernel   CONFIG_SLUB, CONFIG_SLAB, mm/Kconfig
/// @fidelity simplified: no SLOB.
enum class SlabAllocator : uint8_t { slub, slab };

/// A zone that a kernel is built with, populated or not.
struct ProfileZone {
  const char* name;
  /// First frame behind the zone; the zone starts where the one before it ends.
  uint32_t end_pfn;
};

/// A GFP flag, or a composite of several.
struct GfpName {
  const char* name;
  uint32_t value;
};

/// One kernel.
struct KernelProfile {
  /// By which a machine's configuration chooses it.
  const char* name;
  /// uname -r
  const char* release;
  const char* arch;
  AllocatorRules rules;

  /// Zones in the order of zone_idx().
  std::span<const ProfileZone> zones;
  /// log2(pages) of the huge pages that pageblocks follow; 0: no pageblocks.
  uint8_t huge_page_order;
  /// Whether free blocks are grouped by migratetype.
  bool migratetypes;
  /// Whether the number of orders is a build option here.
  uint8_t nr_orders_least;
  uint8_t nr_orders_most;
  /// Every page is handed out zeroed, whether asked for or not.
  bool init_on_alloc;

  /// Frame 0 belongs to the first zone; newer kernels start it at frame 1.
  bool frame_zero_in_zone;
  /// Holes count as present: 2.6.18 on i386 never subtracts them.
  bool holes_are_present;
  /// Frames below this one are not handed out at boot.
  uint32_t first_free_pfn;
  /// log2 of the pages that boot frees in one go from a word of the bootmem bitmap; 0: memblock,
  /// which frees the biggest aligned blocks.
  uint8_t bootmem_word_order;

  SizingRules sizing;
  /// vm.lowmem_reserve_ratio by zone, and its least value.
  std::array<int64_t, 5> lowmem_reserve_ratio;
  int64_t lowmem_reserve_ratio_least;

  /// Names as the kernel (or we, where it has no such list) prints them: the first whose bits are
  /// all still set is printed and its bits are cleared.
  std::span<const GfpName> gfp_names;
  /// Further spellings that are read and never printed.
  std::span<const GfpName> gfp_aliases;
  uint32_t gfp_bits;
  uint32_t gfp_zero;

  /// First words of a failure report; arguments: task, order, mask.
  const char* failure_line;
};

extern const KernelProfile kLinux6_1_192;
extern const KernelProfile kLinux2_6_18I386;
extern const KernelProfile kLinux2_6_18X86_64;

/// The profile of that name, or nullptr.
const KernelProfile* find_profile(std::string_view name);
/// "6.1.192, 2.6.18-i386, ...", for messages.
std::string profile_names();

}  // namespace kmem
