// Goal: boot hands free memory to the buddy lists as memblock does (facts section 4, X12).
// Method: pictures of the lists of a hand-made zone and of pristine machines.
#include <gtest/gtest.h>

#include "engine/support.h"
#include "mm/memblock.h"
#include "mm/verify.h"

namespace kmem::test {
namespace {

TEST(Memblock, X12FreeRangesAreCutIntoTheBiggestAlignedBlocks) {
  TestMachine machine({ZoneBuilder("DMA32", ZoneType::dma32, 4096, 12288).managed(0).dump()});
  const std::pair<uint32_t, uint32_t> ranges[] = {{4099, 4200}, {4300, 7000}, {7168, 12288}};
  for (const auto& [start, end] : ranges) {
    free_pages_memory(machine.mm(), machine.zone(), start, end);
  }
  EXPECT_EQ(machine.picture(),
            "M: 0[4099] 2[4100 4300] 3[4104 4192 6992] 4[4112 4304 6976] 5[4128 4160 4320] "
            "6[6912] 8[4352 6656] 9[4608 6144] 10[5120 7168..11264]\n"
            "free 7921, blocks M16\n");
  EXPECT_EQ(machine.zone().managed_pages, 7921u);
}

TEST(Memblock, PristineMachineOf1GibHasAscendingLists) {
  Mm mm = std::move(*boot_pristine_machine({.memory_mib = 1024}));
  ASSERT_EQ(mm.zones.size(), 2u);
  EXPECT_EQ(picture(mm, mm.zones[0]), "M: 8[256] 9[512] 10[1024..3072]\nfree 3840, blocks M8\n");
  EXPECT_EQ(picture(mm, mm.zones[1]), "M: 10[4096..261120]\nfree 258048, blocks M504\n");
  EXPECT_EQ(mm.zones[0].present_pages, 3998u);
  EXPECT_EQ(mm.zones[0].spanned_pages, 4095u);
  EXPECT_EQ(verify(mm), "");
}

TEST(Memblock, MemoryAbove3GibMovesAbove4Gib) {
  Mm mm = std::move(*boot_pristine_machine({.memory_mib = 4096, .nr_cpus = 4}));
  ASSERT_EQ(mm.zones.size(), 3u);
  EXPECT_EQ(picture(mm, mm.zones[1]), "M: 10[4096..785408]\nfree 782336, blocks M1528 -512\n");
  EXPECT_EQ(picture(mm, mm.zones[2]), "M: 10[1048576..1309696]\nfree 262144, blocks M512\n");
  EXPECT_EQ(mm.zonelists[0], (Zonelist{2, 1, 0}));
  EXPECT_EQ(mm.map.pfn_to_page({900000}), kNoPage);
  // The zone reaches up to 4 GiB, as a recorded machine of this kind prints (debian-1node).
  EXPECT_EQ(mm.zones[1].spanned_pages, 1044480u);
}

TEST(Memblock, TheSmallestMachineHasOneZone) {
  Mm mm = std::move(*boot_pristine_machine({.memory_mib = 16, .nr_cpus = 64, .thp = false}));
  ASSERT_EQ(mm.zones.size(), 1u);
  EXPECT_EQ(mm.zones[0].pcp.size(), 64u);
  EXPECT_EQ(verify(mm), "");
}

TEST(Memblock, ImpossibleMachinesAreRefusedByField) {
  const std::pair<PristineConfig, const char*> cases[] = {
      {{.memory_mib = 15}, "memory_mib is 15: accepted are 16 to 4096"},
      {{.memory_mib = 0}, "memory_mib is 0: accepted are 16 to 4096"},
      {{.memory_mib = 4097}, "memory_mib is 4097: accepted are 16 to 4096"},
      {{.memory_mib = UINT32_MAX}, "memory_mib is 4294967295: accepted are 16 to 4096"},
      {{.nr_cpus = 0}, "cpus is 0: accepted are 1 to 64"},
      {{.nr_cpus = 65}, "cpus is 65: accepted are 1 to 64"},
  };
  for (const auto& [config, message] : cases) {
    const Result<Mm> mm = boot_pristine_machine(config);
    ASSERT_FALSE(mm);
    EXPECT_EQ(mm.error().name, "MachineConfig");
    EXPECT_EQ(mm.error().message, message);
  }
}

}  // namespace
}  // namespace kmem::test
