// Goal: /proc/buddyinfo and /proc/pagetypeinfo are byte for byte what the kernel prints.
// Method: golden files of a machine after some calls; the widths and names in them are those of
// the kernel's format strings (facts section 8). UPDATE_GOLDEN=1 rewrites them.
#include <gtest/gtest.h>

#include "engine/support.h"
#include "report/procfs.h"

namespace kmem::test {
namespace {

TestMachine two_zones() {
  TestMachine machine({ZoneBuilder("DMA", ZoneType::dma, 1, 4096)
                           .free(8, 'M', {256})
                           .free(9, 'M', {512})
                           .free_run(10, 'M', 1024, 3072)
                           .pageblock(1, 'U')
                           .dump(),
                       zone_z().dump()});
  machine.alloc(gfp::kDma32, 0);
  machine.alloc(gfp::kDma32 | gfp::kMovable, 3);
  machine.alloc(gfp::kDma32 | gfp::kReclaimable, 7);
  return machine;
}

TEST(Report, Buddyinfo) {
  TestMachine machine = two_zones();
  EXPECT_EQ(compare_golden("buddyinfo.txt", buddyinfo(machine.mm())), "");
}

TEST(Report, Pagetypeinfo) {
  TestMachine machine = two_zones();
  EXPECT_EQ(compare_golden("pagetypeinfo.txt", pagetypeinfo(machine.mm())), "");
}

TEST(Report, PagetypeinfoStopsCountingLongLists) {
  std::vector<uint32_t> pfns;
  for (uint32_t pfn = 4096; pfns.size() < 100000; pfn += 2) pfns.push_back(pfn);
  const auto row = [&pfns] {
    Mm mm = boot({ZoneBuilder("DMA32", ZoneType::dma32, 4096, 208896).free(0, 'M', pfns).dump()});
    const std::string text = pagetypeinfo(mm);
    const size_t start = text.find("type      Movable");
    return text.substr(start, 60);
  };
  EXPECT_TRUE(row().starts_with("type      Movable >100000      0      0 ")) << row();
  pfns.pop_back();
  EXPECT_TRUE(row().starts_with("type      Movable  99999      0      0 ")) << row();
}

TEST(Report, FilesAreFoundByTheirPath) {
  TestMachine machine = two_zones();
  EXPECT_EQ(procfs(machine.mm(), "/proc/buddyinfo"), buddyinfo(machine.mm()));
  EXPECT_EQ(procfs(machine.mm(), "/proc/nothing"), std::nullopt);
  EXPECT_EQ(procfs(machine.mm(), ""), std::nullopt);
  for (const std::string_view path : procfs_paths()) {
    const std::optional<std::string> text =
        procfs(machine.mm(), path, &machine.machine().slab(), &machine.machine().areas());
    ASSERT_TRUE(text) << path;
    // Nothing was mapped yet.
    EXPECT_EQ(text->ends_with('\n'), path != "/proc/vmallocinfo") << path;
  }
}

}  // namespace
}  // namespace kmem::test
