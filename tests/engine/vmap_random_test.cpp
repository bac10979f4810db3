// Goal: the trees of areas say what a plain list of intervals would say.
// Method: random requests, frees and purges against a model that scans a sorted list of holes from
// the start. With page alignment the lowest hole that fits must be chosen; with more, a hole that
// fits, and none above the lowest one that fits at any alignment.
#include <gtest/gtest.h>

#include <map>

#include "engine/support.h"
#include "vmalloc/vmalloc.h"
#include "vmalloc/vmap_dump.h"

namespace kmem::test {
namespace {

/// Free addresses as start -> end.
class SlowHoles {
 public:
  SlowHoles() { holes_[kVmallocStart] = kVmallocEnd; }
  [[nodiscard]] Kva lowest(uint64_t size, uint64_t align, bool at_any_alignment) const {
    for (const auto& [start, end] : holes_) {
      const Kva at = (start + align - 1) & ~(align - 1);
      const uint64_t needed = at_any_alignment ? start + size + align - 1 : at + size;
      if (needed <= end) return at;
    }
    return kNowhere;
  }
  void take(Kva start, Kva end) {
    auto hole = std::prev(holes_.upper_bound(start));
    ASSERT_TRUE(hole->first <= start && end <= hole->second) << "the range was not free";
    const Kva hole_start = hole->first;
    const Kva hole_end = hole->second;
    holes_.erase(hole);
    if (hole_start < start) holes_[hole_start] = start;
    if (end < hole_end) holes_[end] = hole_end;
  }
  void give(Kva start, Kva end) {
    const auto above = holes_.find(end);
    if (above != holes_.end()) {
      end = above->second;
      holes_.erase(above);
    }
    const auto next = holes_.lower_bound(start);
    if (next != holes_.begin() && std::prev(next)->second == start) {
      std::prev(next)->second = end;
    } else {
      holes_[start] = end;
    }
  }
  [[nodiscard]] size_t count() const { return holes_.size(); }

 private:
  std::map<Kva, Kva> holes_;
};

void run(uint64_t seed, uint32_t operations) {
  Machine machine(boot({zone_z().dump()}), NodeId{0}, Gfp{0});
  ASSERT_TRUE(machine.ram().reserve());
  Vmap vmap = machine.vmap();
  Random random(seed);
  SlowHoles holes;
  std::vector<std::pair<Kva, Kva>> live;
  std::vector<std::pair<Kva, Kva>> waiting;
  constexpr uint64_t kAligns[] = {1, 1, 1, 0x1000, 0x4000, 0x100000, 0x200000};
  for (uint32_t i = 0; i < operations; ++i) {
    if (random.one_in(40)) {
      purge_vmap_area_lazy(vmap);
      for (const auto& [start, end] : waiting) holes.give(start, end);
      waiting.clear();
    } else if (live.size() > 300 || (!live.empty() && random.one_in(2))) {
      const size_t which = random.below(static_cast<uint32_t>(live.size()));
      const auto [start, end] = live[which];
      live[which] = live.back();
      live.pop_back();
      const Kva inside = start + (Kva{random.below(2)} << kPageShift);
      const VmapId id = vmap.state.busy.find(vmap.state.areas, inside);
      ASSERT_NE(id, kNoVmap);
      ASSERT_EQ(vmap.area(id).start, start);
      free_vmap_area(vmap, id);
      waiting.emplace_back(start, end);
    } else {
      const uint64_t size = uint64_t{2 + random.below(60)} << kPageShift;
      const uint64_t align = kAligns[random.below(7)];
      const VmapId id =
          alloc_vmap_area(vmap, {size, align, kVmallocStart, kVmallocEnd}, gfp::kKernel, kAnyNode);
      ASSERT_NE(id, kNoVmap);
      const VmapArea area = vmap.area(id);
      ASSERT_EQ(area.start % align, 0u);
      ASSERT_EQ(area.length(), size);
      const Kva any = holes.lowest(size, align, true);
      const Kva best = holes.lowest(size, align, false);
      ASSERT_LE(area.start, any) << "operation " << i;
      ASSERT_GE(area.start, best) << "operation " << i;
      if (align <= kPageSizeBytes) {
        ASSERT_EQ(area.start, best) << "operation " << i;
      }
      holes.take(area.start, area.end);
      live.emplace_back(area.start, area.end);
    }
    if (i % 16 == 0) {
      ASSERT_EQ(verify(vmap), "") << "operation " << i;
    }
    ASSERT_EQ(dump_vmap(vmap.state).busy.size(), live.size());
  }
  purge_vmap_area_lazy(vmap);
  for (const auto& [start, end] : waiting) holes.give(start, end);
  // Below VMALLOC_START and above VMALLOC_END lies more, in the first and in the last hole.
  EXPECT_NEAR(static_cast<double>(dump_vmap(vmap.state).free.size()),
              static_cast<double>(holes.count()), 1.0);
}

TEST(VmapRandom, AgreesWithAListOfIntervals) {
  for (uint64_t seed = 1; seed <= 8; ++seed) run(seed, 2000);
}

}  // namespace
}  // namespace kmem::test
