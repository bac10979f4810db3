// Which virtual addresses are free, in use, and waiting to be used again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mm/mm.h"
#include "mm/ram.h"
#include "slab/kmalloc.h"
#include "vmalloc/vmap_tree.h"

namespace kmem {

/// Where vmalloc() takes its addresses from; the end is no page's boundary, as in the kernel.
/// @kernel   VMALLOC_START, VMALLOC_END, arch/x86/include/asm/pgtable_64_types.h
/// @fidelity simplified: x86-64 with four levels of page tables and nokaslr.
inline constexpr Kva kVmallocStart = 0xffffc90000000000;
inline constexpr Kva kVmallocEnd = 0xffffe8ffffffffff;

/// Number of a page counted from VMALLOC_START; fits 32 bits as nothing maps 16 TiB.
constexpr uint32_t vmalloc_page(Kva address) {
  const uint64_t page = (address - kVmallocStart) >> kPageShift;
  return page < UINT32_MAX ? static_cast<uint32_t>(page) : UINT32_MAX;
}
constexpr Kva vmalloc_address(uint32_t page) { return kVmallocStart + (Kva{page} << kPageShift); }

/// What an area in use maps.
/// @kernel   struct vm_struct, include/linux/vmalloc.h
/// @fidelity exact: the fields that decide.
struct VmStruct {
  enum class Kind : uint8_t { none, vmalloc, vmap };
  Kind kind = Kind::none;
  /// The array of pages has an area of its own ("vpages").
  bool array_is_area = false;
  /// Objects that hold it, and the array of its pages; 0 for none.
  Kva object = 0;
  Kva array = 0;
  std::vector<Page> pages;
};

/// The page that holds a page table.
struct VmTable {
  /// Level 1 maps 2 MiB with 4 KiB pages, level 2 maps 1 GiB with tables of level 1.
  uint8_t level = 1;
  uint64_t window = 0;  ///< address / bytes mapped
  Page page = kNoPage;  ///< kNoPage when it is older than the simulation
};

/// What vmalloc remembers, as one copyable value: a snapshot is a copy.
struct VmapState {
  VmapTree::Areas areas;
  std::vector<VmapId> unused_areas;
  VmapTree free;
  VmapTree busy;
  /// Given back, but not yet to be used again.
  VmapTree purge;
  /// Pages of the areas in `purge`.
  uint64_t lazy_nr = 0;
  bool purge_wanted = false;
  std::vector<VmStruct> mappings;
  std::vector<VmStructId> unused_mappings;
  /// By CPU: an object kept ready for a split that needs one more area.
  struct Preload {
    bool full = false;
    Kva object = 0;
  };
  std::vector<Preload> preload;
  /// Ascending by level and window.
  std::vector<VmTable> tables;
  CacheId vmap_area_cache = kNoCache;
};

/// What a call works on. Cheap to make; it owns nothing.
struct Vmap {
  Slub slub;
  VmapState& state;

  [[nodiscard]] VmapArea& area(VmapId id) const { return state.areas[id]; }
  [[nodiscard]] Trace& trace() const { return *slub.mm.trace; }
};

/// How an area lies in the free one that it is cut from.
/// @kernel enum fit_type, mm/vmalloc.c
enum class FitType : uint8_t {
  nothing = 0,
  full = 1,   ///< the free area is used up
  left = 2,   ///< it loses its beginning
  right = 3,  ///< it loses its end
  none = 4,   ///< it falls in two
};

/// What alloc_vmap_area() is asked for.
struct VmapRequest {
  uint64_t size = 0;  ///< bytes, whole pages, the guard included
  uint64_t align = 1;
  Kva start = kVmallocStart;
  Kva end = kVmallocEnd;
};

/// All addresses free, as in early boot; and the cache that areas come from.
/// @kernel   vmalloc_init(), vmap_init_free_space(), mm/vmalloc.c
/// @fidelity simplified: the objects that boot takes from the cache are not modelled.
void vmap_init(Vmap& vmap);

/// Makes an area that no tree knows yet. @param object of cache vmap_area, or 0.
VmapId make_area(VmapState& state, Kva start, Kva end, Kva object);

/// Whether no area had its object on this node before the simulation: they come from the node of
/// the CPU that asks, unless another is asked for by name.
/// @fidelity invented
bool is_empty_node(const Vmap& vmap, uint8_t node);

/// The free area that a request is cut from, or kNoVmap. The lowest one that is long enough
/// wherever its alignment may fall; a shorter one that happens to be aligned is taken only when the
/// way down the tree leads over it.
/// @kernel   find_vmap_lowest_match(), mm/vmalloc.c
/// @fidelity exact
VmapId find_vmap_lowest_match(const VmapState& state, const VmapRequest& request);

/// Where a request would start in a free area; kNowhere when it does not fit.
/// @kernel is_within_this_va(), mm/vmalloc.c
inline constexpr Kva kNowhere = UINT64_MAX;
Kva place_in(const VmapArea& area, const VmapRequest& request);

/// Reserves addresses. When there are none left, what was given back is made usable first.
/// @return kNoVmap when there are none, or no object to describe them.
/// @kernel   alloc_vmap_area(), adjust_va_to_fit_type(), mm/vmalloc.c
/// @fidelity simplified: no notifier chain is asked before giving up.
VmapId alloc_vmap_area(Vmap& vmap, const VmapRequest& request, Gfp gfp, uint8_t node);

/// Gives an area back. It cannot be used again until a purge.
/// @kernel   free_vmap_area_noflush(), mm/vmalloc.c
/// @fidelity exact
void free_vmap_area(Vmap& vmap, VmapId id);

/// Most pages that may wait for a purge. @kernel lazy_max_pages(), mm/vmalloc.c
uint64_t lazy_max_pages(const MmConfig& config);

/// Makes everything that was given back usable again.
/// @kernel   __purge_vmap_area_lazy(), mm/vmalloc.c
/// @fidelity exact: in one go, as on a CPU that has nothing else to do.
void purge_vmap_area_lazy(Vmap& vmap);

/// The worker that purges when more than lazy_max_pages() wait.
/// @kernel   drain_vmap_area_work(), mm/vmalloc.c
/// @fidelity invented: it runs as soon as the call is over, if threads may run at all.
void drain_vmap_area_work(Vmap& vmap);

/// Makes sure that page tables exist for [start, end).
/// @return false when a page for one is not to be had.
/// @kernel   vmap_pages_range_noflush(), mm/vmalloc.c
/// @fidelity simplified: which tables exist, and the frames that they take; not their entries. The
///           tables of the upper two levels are there from boot. A CPU whose node is unknown takes
///           no frames.
bool map_tables(Vmap& vmap, Kva start, Kva end);
/// The same for addresses that were mapped before the simulation starts: takes no frames.
void note_tables(Vmap& vmap, Kva start, Kva end);

/// Everything above, checked from scratch. Holds between any two calls:
///   1. each tree is a red-black tree by address, and knows its longest areas;
///   2. no two areas overlap, and two free neighbours do not touch;
///   3. lazy_nr counts the pages that wait; every area in use that we made has its mapping;
///   4. pages that an area owns are in use.
/// @return "" or the first thing that is wrong, in words.
/// @fidelity invented
std::string verify(const Vmap& vmap);

/// Hash over the whole state; equal on every compiler and word size.
/// @fidelity invented
void hash_into(const VmapState& state, StateHash& hash);

}  // namespace kmem
