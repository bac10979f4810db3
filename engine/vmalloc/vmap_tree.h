// Ranges of virtual addresses, and the red-black tree that keeps them by address.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "slab/slab.h"

namespace kmem {

/// Number of an area in VmapState::areas.
using VmapId = uint32_t;
inline constexpr VmapId kNoVmap = UINT32_MAX;
/// Number of a mapping in VmapState::mappings.
using VmStructId = uint32_t;
inline constexpr VmStructId kNoVmStruct = UINT32_MAX;

/// A range of addresses: free, in use, or freed and not yet to be used again.
/// @kernel   struct vmap_area, include/linux/vmalloc.h
/// @fidelity exact: the fields that decide.
struct VmapArea {
  Kva start = 0;
  Kva end = 0;
  /// Longest area of the subtree that hangs here, this one included.
  uint64_t subtree_max = 0;
  /// Areas below and above.
  std::array<VmapId, 2> child{kNoVmap, kNoVmap};
  VmapId parent = kNoVmap;
  bool red = false;
  /// The object of cache vmap_area that holds it; 0 when it is older than the simulation.
  Kva object = 0;
  VmStructId mapping = kNoVmStruct;

  [[nodiscard]] uint64_t length() const { return end - start; }
};

/// Areas by address, none overlapping. The shape decides which area an aligned request gets, so it
/// is the kernel's: the textbook's insertion and deletion.
/// @kernel   struct rb_root, lib/rbtree.c; augment_tree_propagate_from(), mm/vmalloc.c
/// @fidelity exact: of areas that are older than the simulation the order is known, the shape is
///           not; they are inserted by ascending address.
class VmapTree {
 public:
  using Areas = std::vector<VmapArea>;

  [[nodiscard]] VmapId root() const { return root_; }
  void insert(Areas& areas, VmapId id);
  void erase(Areas& areas, VmapId id);
  /// Tells the tree that an area became longer or shorter.
  static void resized(Areas& areas, VmapId id);

  /// The area that holds `address`, or kNoVmap.
  [[nodiscard]] VmapId find(const Areas& areas, Kva address) const;
  /// The first area that ends behind `address`, or kNoVmap.
  [[nodiscard]] VmapId find_from(const Areas& areas, Kva address) const;
  [[nodiscard]] VmapId first(const Areas& areas) const;
  /// All areas by ascending address.
  [[nodiscard]] std::vector<VmapId> ids(const Areas& areas) const;
  /// The neighbour below (side 0) or above (side 1), or kNoVmap.
  [[nodiscard]] static VmapId neighbour(const Areas& areas, VmapId id, uint32_t side);

 private:
  void replace(Areas& areas, VmapId old, VmapId with);
  void rotate(Areas& areas, VmapId id, uint32_t side);
  void fix_inserted(Areas& areas, VmapId id);
  void fix_erased(Areas& areas, VmapId id, VmapId parent);

  VmapId root_ = kNoVmap;
};

/// Longest area below `id`; 0 when there is none.
/// @kernel get_subtree_max_size(), mm/vmalloc.c
inline uint64_t subtree_max(const VmapTree::Areas& areas, VmapId id) {
  return id == kNoVmap ? 0 : areas[id].subtree_max;
}

}  // namespace kmem
