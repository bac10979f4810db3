#include "base/text.h"
#include "vmalloc/vmap.h"

namespace kmem {

namespace {

class Checker {
 public:
  explicit Checker(const Vmap& vmap) : vmap_(vmap) {}

  std::string run() {
    const VmapState& state = vmap_.state;
    check_tree(state.free, "free");
    check_tree(state.busy, "busy");
    check_tree(state.purge, "purge");
    if (wrong_.empty()) check_overlaps();
    uint64_t waiting = 0;
    for (const VmapId id : walk(state.purge)) waiting += vmap_.area(id).length() >> kPageShift;
    if (wrong_.empty() && waiting != state.lazy_nr) wrong_ = "lazy_nr is not what waits";
    for (const VmapId id : walk(state.busy)) check_mapping(vmap_.area(id));
    return std::move(wrong_);
  }

 private:
  void fail(const VmapArea& area, const char* what) {
    if (!wrong_.empty()) return;
    wrong_ = textf("area %llx-%llx %s", static_cast<unsigned long long>(area.start),
                   static_cast<unsigned long long>(area.end), what);
  }

  [[nodiscard]] std::vector<VmapId> walk(const VmapTree& tree) const {
    return wrong_.empty() ? tree.ids(vmap_.state.areas) : std::vector<VmapId>{};
  }

  void check_tree(const VmapTree& tree, const char* name) {
    const VmapTree::Areas& areas = vmap_.state.areas;
    if (tree.root() != kNoVmap && areas[tree.root()].red) fail(areas[tree.root()], "is a red root");
    check_node(tree.root(), kNoVmap);
    Kva last = 0;
    for (const VmapId id : walk(tree)) {
      const VmapArea& area = areas[id];
      if (area.start >= area.end) fail(area, "is empty");
      if (area.start < last) fail(area, "is not in order");
      if (area.start == last && last != 0 && &tree != &vmap_.state.busy) {
        fail(area, "touches its neighbour");
      }
      last = area.end;
    }
    if (!wrong_.empty()) wrong_ += textf(" (%s)", name);
  }

  /// @return black areas on every way down.
  uint32_t check_node(VmapId id, VmapId parent) {
    if (id == kNoVmap || !wrong_.empty()) return 1;
    const VmapTree::Areas& areas = vmap_.state.areas;
    const VmapArea& area = areas[id];
    if (area.parent != parent) fail(area, "has another parent");
    if (area.red && parent != kNoVmap && areas[parent].red) fail(area, "and its parent are red");
    uint64_t most = area.length();
    for (const VmapId child : area.child) most = std::max(most, subtree_max(areas, child));
    if (most != area.subtree_max) fail(area, "has a wrong subtree_max");
    const uint32_t below = check_node(area.child[0], id);
    const uint32_t above = check_node(area.child[1], id);
    if (below != above) fail(area, "is not balanced");
    return below + (area.red ? 0 : 1);
  }

  void check_overlaps() {
    const VmapState& state = vmap_.state;
    const VmapTree* const trees[] = {&state.free, &state.busy, &state.purge};
    for (const VmapTree* tree : trees) {
      for (const VmapId id : walk(*tree)) {
        for (const VmapTree* other : trees) {
          if (other == tree) continue;
          const VmapId near = other->find_from(state.areas, vmap_.area(id).start);
          if (near != kNoVmap && vmap_.area(near).start < vmap_.area(id).end) {
            fail(vmap_.area(id), "overlaps another");
          }
        }
      }
    }
  }

  void check_mapping(const VmapArea& area) {
    if (area.mapping == kNoVmStruct) return;
    const VmStruct& mapping = vmap_.state.mappings[area.mapping];
    if (mapping.pages.size() + 1 != area.length() >> kPageShift) fail(area, "has wrong pages");
    if (mapping.kind != VmStruct::Kind::vmalloc) return;
    for (const Page page : mapping.pages) {
      if (vmap_.slub.mm.map.refcount(page) == 0) fail(area, "owns a free page");
    }
  }

  const Vmap& vmap_;
  std::string wrong_;
};

void hash_tree(const VmapState& state, VmapId id, StateHash& hash) {
  hash.add(id == kNoVmap ? 0 : 1);
  if (id == kNoVmap) return;
  const VmapArea& area = state.areas[id];
  hash.add(area.start);
  hash.add(area.end + (area.red ? 1 : 0));
  hash.add(area.object);
  for (const VmapId child : area.child) hash_tree(state, child, hash);
}

}  // namespace

std::string verify(const Vmap& vmap) { return Checker(vmap).run(); }

void hash_into(const VmapState& state, StateHash& hash) {
  for (const VmapTree* tree : {&state.free, &state.busy, &state.purge}) {
    hash_tree(state, tree->root(), hash);
  }
  hash.add(state.lazy_nr);
  for (const VmapState::Preload& ready : state.preload)
    hash.add(ready.object + (ready.full ? 1 : 0));
  for (const VmStruct& mapping : state.mappings) {
    hash.add(mapping.object);
    hash.add(mapping.array);
    for (const Page page : mapping.pages) hash.add(page.index);
  }
  for (const VmTable& table : state.tables) hash.add(table.window << 32 | table.page.index);
}

}  // namespace kmem
