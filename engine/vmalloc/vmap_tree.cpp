#include "vmalloc/vmap_tree.h"

#include <algorithm>

#include "base/assert.h"

namespace kmem {

namespace {

using Areas = VmapTree::Areas;

bool is_red(const Areas& areas, VmapId id) { return id != kNoVmap && areas[id].red; }

uint32_t side_of(const Areas& areas, VmapId id) {
  return areas[areas[id].parent].child[1] == id ? 1 : 0;
}

void update(Areas& areas, VmapId id) {
  VmapArea& area = areas[id];
  area.subtree_max = std::max(
      {area.length(), subtree_max(areas, area.child[0]), subtree_max(areas, area.child[1])});
}

}  // namespace

void VmapTree::resized(Areas& areas, VmapId id) {
  for (; id != kNoVmap; id = areas[id].parent) update(areas, id);
}

void VmapTree::replace(Areas& areas, VmapId old, VmapId with) {
  const VmapId parent = areas[old].parent;
  if (parent == kNoVmap) {
    root_ = with;
  } else {
    areas[parent].child[side_of(areas, old)] = with;
  }
  if (with != kNoVmap) areas[with].parent = parent;
}

// Moves `id` down to `side`; its other child takes its place.
void VmapTree::rotate(Areas& areas, VmapId id, uint32_t side) {
  const VmapId up = areas[id].child[1 - side];
  const VmapId inner = areas[up].child[side];
  replace(areas, id, up);
  areas[id].child[1 - side] = inner;
  if (inner != kNoVmap) areas[inner].parent = id;
  areas[up].child[side] = id;
  areas[id].parent = up;
  update(areas, id);
  update(areas, up);
}

void VmapTree::insert(Areas& areas, VmapId id) {
  VmapId parent = kNoVmap;
  uint32_t side = 0;
  for (VmapId at = root_; at != kNoVmap; at = areas[at].child[side]) {
    KMEM_ASSERT(areas[id].end <= areas[at].start || areas[id].start >= areas[at].end);
    parent = at;
    side = areas[id].start < areas[at].start ? 0 : 1;
  }
  VmapArea& area = areas[id];
  area.parent = parent;
  area.child = {kNoVmap, kNoVmap};
  area.red = true;
  (parent == kNoVmap ? root_ : areas[parent].child[side]) = id;
  resized(areas, id);
  fix_inserted(areas, id);
}

void VmapTree::fix_inserted(Areas& areas, VmapId id) {
  while (is_red(areas, areas[id].parent)) {
    const VmapId parent = areas[id].parent;
    const VmapId grand = areas[parent].parent;
    const uint32_t side = side_of(areas, parent);
    const VmapId uncle = areas[grand].child[1 - side];
    if (is_red(areas, uncle)) {
      areas[parent].red = areas[uncle].red = false;
      areas[grand].red = true;
      id = grand;
      continue;
    }
    if (side_of(areas, id) != side) {
      rotate(areas, parent, side);
      id = parent;
    }
    areas[areas[id].parent].red = false;
    areas[grand].red = true;
    rotate(areas, grand, 1 - side);
  }
  areas[root_].red = false;
}

void VmapTree::erase(Areas& areas, VmapId id) {
  const VmapArea gone = areas[id];
  VmapId child = gone.child[0] == kNoVmap ? gone.child[1] : gone.child[0];
  VmapId parent = gone.parent;
  bool black_lost = !gone.red;
  if (gone.child[0] != kNoVmap && gone.child[1] != kNoVmap) {
    // Its successor, which has no child below, moves into its place and takes its colour.
    VmapId next = gone.child[1];
    while (areas[next].child[0] != kNoVmap) next = areas[next].child[0];
    child = areas[next].child[1];
    black_lost = !areas[next].red;
    parent = next;
    if (next != gone.child[1]) {
      parent = areas[next].parent;
      replace(areas, next, child);
      areas[next].child[1] = gone.child[1];
      areas[gone.child[1]].parent = next;
    }
    replace(areas, id, next);
    areas[next].child[0] = gone.child[0];
    areas[gone.child[0]].parent = next;
    areas[next].red = gone.red;
  } else {
    replace(areas, id, child);
  }
  resized(areas, parent);
  if (black_lost) fix_erased(areas, child, parent);
}

void VmapTree::fix_erased(Areas& areas, VmapId id, VmapId parent) {
  while (parent != kNoVmap && !is_red(areas, id)) {
    const uint32_t side = areas[parent].child[0] == id ? 0 : 1;
    VmapId sibling = areas[parent].child[1 - side];
    if (is_red(areas, sibling)) {
      areas[sibling].red = false;
      areas[parent].red = true;
      rotate(areas, parent, side);
      sibling = areas[parent].child[1 - side];
    }
    const bool outer_red = is_red(areas, areas[sibling].child[1 - side]);
    if (!outer_red && !is_red(areas, areas[sibling].child[side])) {
      areas[sibling].red = true;
      id = parent;
      parent = areas[id].parent;
      continue;
    }
    if (!outer_red) {
      areas[areas[sibling].child[side]].red = false;
      areas[sibling].red = true;
      rotate(areas, sibling, 1 - side);
      sibling = areas[parent].child[1 - side];
    }
    areas[sibling].red = areas[parent].red;
    areas[parent].red = false;
    areas[areas[sibling].child[1 - side]].red = false;
    rotate(areas, parent, side);
    id = root_;
    break;
  }
  if (id != kNoVmap) areas[id].red = false;
}

VmapId VmapTree::find_from(const Areas& areas, Kva address) const {
  VmapId found = kNoVmap;
  for (VmapId at = root_; at != kNoVmap;) {
    const bool ends_behind = areas[at].end > address;
    if (ends_behind) found = at;
    at = areas[at].child[ends_behind ? 0 : 1];
  }
  return found;
}

VmapId VmapTree::find(const Areas& areas, Kva address) const {
  const VmapId found = find_from(areas, address);
  return found != kNoVmap && areas[found].start <= address ? found : kNoVmap;
}

VmapId VmapTree::first(const Areas& areas) const { return find_from(areas, 0); }

VmapId VmapTree::neighbour(const Areas& areas, VmapId id, uint32_t side) {
  VmapId at = areas[id].child[side];
  if (at != kNoVmap) {
    while (areas[at].child[1 - side] != kNoVmap) at = areas[at].child[1 - side];
    return at;
  }
  while (areas[id].parent != kNoVmap && side_of(areas, id) == side) id = areas[id].parent;
  return areas[id].parent;
}

std::vector<VmapId> VmapTree::ids(const Areas& areas) const {
  std::vector<VmapId> ids;
  for (VmapId id = first(areas); id != kNoVmap; id = neighbour(areas, id, 1)) ids.push_back(id);
  return ids;
}

}  // namespace kmem
