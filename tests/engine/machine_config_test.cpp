// Goal: a machine is what its configuration says, and an impossible one is refused by field.
// Method: JSON in, zones and lists out as one picture; every refusal by its whole message.
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/support.h"
#include "ingest/machine_config.h"
#include "mm/memblock.h"
#include "mm/page_alloc.h"
#include "mm/verify.h"

namespace kmem::test {
namespace {

Result<Mm> boot_json(const std::string& json) {
  Result<PristineConfig> config = read_machine_config(json);
  if (!config) return config.error();
  return boot_pristine_machine(*config);
}

Mm booted(const std::string& json) {
  Result<Mm> mm = boot_json(json);
  if (!mm) ADD_FAILURE() << json << ": " << mm.error().message;
  EXPECT_EQ(verify(*mm), "") << json;
  return std::move(*mm);
}

/// One line a zone: "node name [start +spanned) present managed: min low high (reserve) pcp".
std::string zones_text(const Mm& mm) {
  std::string out;
  for (const Zone& zone : mm.zones) {
    appendf(out, "%d %s [%u +%u) %u %u: %lld %lld %lld (", int{zone.node.value}, zone.name.c_str(),
            zone.start_pfn.value, zone.spanned_pages, zone.present_pages, zone.managed_pages,
            static_cast<long long>(zone.watermark[0]), static_cast<long long>(zone.watermark[1]),
            static_cast<long long>(zone.watermark[2]));
    for (size_t i = 0; i < zone.lowmem_reserve.size(); ++i) {
      appendf(out, "%s%lld", i == 0 ? "" : " ", static_cast<long long>(zone.lowmem_reserve[i]));
    }
    appendf(out, ") %d/%d x%zu\n", zone.pcp[0].high, zone.pcp[0].batch, zone.pcp.size());
  }
  return out;
}

TEST(MachineConfig, MemoryWithAHole) {
  const Mm mm = booted(R"({"memory": [
      {"node": 0, "start_pfn": 1, "end_pfn": 159},
      {"node": 0, "start_pfn": 256, "end_pfn": 8000},
      {"node": 0, "start_pfn": 16384, "end_pfn": 20480}]})");
  // isqrt(64 * 11840) = 870 kB, so 217 pages are shared out.
  EXPECT_EQ(zones_text(mm),
            "0 DMA [1 +4095) 3998 3840: 70 87 104 (0 31 31 31 31) 87/1 x1\n"
            "0 DMA32 [4096 +16384) 8000 8000: 146 182 218 (0 0 0 0 0) 182/1 x1\n");
  EXPECT_EQ(
      picture(mm, mm.zones[1]),
      "M: 6[7936] 8[7680] 9[7168] 10[4096..6144 16384..19456]\nfree 8000, blocks M8 -16 M8\n");
  EXPECT_EQ(mm.map.pfn_to_page({12000}), kNoPage);
}

TEST(MachineConfig, TwoNodesWithCpusOfTheirOwn) {
  const Mm mm = booted(R"({"thp": false, "cpus": [2, 1], "memory": [
      {"node": 1, "start_pfn": 131072, "end_pfn": 163840},
      {"node": 0, "start_pfn": 256, "end_pfn": 131072}]})");
  EXPECT_EQ(zones_text(mm),
            "0 DMA [256 +3840) 3840 3840: 18 22 26 (0 496 496 496 496) 11/1 x3\n"
            "0 DMA32 [4096 +126976) 126976 126976: 627 783 939 (0 0 0 0 0) 391/31 x3\n"
            "1 DMA32 [131072 +32768) 32768 32768: 161 201 241 (0 0 0 0 0) 201/7 x3\n");
  EXPECT_EQ(mm.zonelists[0], (Zonelist{1, 0, 2}));
  EXPECT_EQ(mm.zonelists[1], (Zonelist{2, 1, 0}));
  EXPECT_EQ(mm.config.nr_online_nodes, 2);
  EXPECT_EQ(mm.zones[0].stat_threshold, 4);
}

TEST(MachineConfig, ANodeWithoutCpusSharesItsPagesAmongAll) {
  const Mm mm = booted(R"({"thp": false, "cpus": 4, "memory": [
      {"node": 0, "start_pfn": 256, "end_pfn": 131072},
      {"node": 1, "start_pfn": 131072, "end_pfn": 163840}]})");
  EXPECT_EQ(mm.zones[2].pcp[0].high, 201 / 4);
  EXPECT_EQ(mm.cpu_node.value, 0);
}

TEST(MachineConfig, SettingsUnderProcSysVm) {
  const Mm mm = booted(R"({"memory_mib": 1024, "cpus": 2, "min_free_kbytes": 65536,
      "watermark_scale_factor": 500, "lowmem_reserve_ratio": [64],
      "percpu_pagelist_high_fraction": 8, "watermark_boost_factor": 0})");
  EXPECT_EQ(zones_text(mm),
            "0 DMA [1 +4095) 3998 3840: 240 432 624 (0 4032 4032 4032 4032) 240/1 x2\n"
            "0 DMA32 [4096 +258048) 258048 258048: 16143 29045 41947 (0 0 0 0 0) 16128/63 x2\n");
  EXPECT_EQ(mm.config.watermark_boost_factor, 0);
}

TEST(MachineConfig, FewerOrders) {
  Mm mm = booted(R"({"memory_mib": 32, "max_order": 5})");
  EXPECT_EQ(picture(mm, mm.zones[1]), "M: 4[4096..8176]\nfree 4096, blocks M256\n");
  EXPECT_EQ(mm.config.pageblock_order, 4);
  EXPECT_FALSE(mm.config.thp);
  Machine machine(std::move(mm), NodeId{0}, 0);
  EXPECT_EQ(alloc_pages(machine.mm(), gfp::kKernel, 5, NodeId{0}), kNoPage);
  const Page page = alloc_pages(machine.mm(), gfp::kKernel, 4, NodeId{0});
  EXPECT_EQ(machine.mm().pfn(page), 4096u);
  free_pages(machine.mm(), page, 4);
  EXPECT_EQ(verify(machine.mm()), "");
}

TEST(MachineConfig, TheMostOrders) {
  Mm mm = booted(R"({"memory_mib": 1024, "max_order": 16, "page_group_by_mobility": true})");
  EXPECT_EQ(picture(mm, mm.zones[1]),
            "M: 12[4096] 13[8192] 14[16384] 15[32768..229376]\nfree 258048, blocks M504\n");
  EXPECT_EQ(mm.config.pageblock_order, 9);
  Machine machine(std::move(mm), NodeId{0}, 0);
  const Page page = alloc_pages(machine.mm(), gfp::kHighUserMovable, 15, NodeId{0});
  EXPECT_EQ(machine.mm().pfn(page), 32768u);
  EXPECT_EQ(alloc_pages(machine.mm(), gfp::kHighUserMovable, 16, NodeId{0}), kNoPage);
  free_pages(machine.mm(), page, 15);
  EXPECT_EQ(verify(machine.mm()), "");
}

TEST(MachineConfig, OneOrderOnly) {
  Mm mm = booted(R"({"memory_mib": 16, "max_order": 1})");
  EXPECT_EQ(mm.config.pageblock_order, 0);
  Machine machine(std::move(mm), NodeId{0}, 0);
  for (int i = 0; i < 100; ++i) {
    const Page page = alloc_pages(machine.mm(), gfp::kKernel, 0, NodeId{0});
    ASSERT_NE(page, kNoPage);
    if (i % 3 != 0) free_pages(machine.mm(), page, 0);
  }
  EXPECT_EQ(verify(machine.mm()), "");
}

TEST(MachineConfig, GroupingIsOffWhereThereIsNotAPageblockForEachType) {
  // Five types: 5 * 512 pages are 10 MiB.
  EXPECT_FALSE(booted(R"({"memory_mib": 16})").config.page_group_by_mobility_disabled);
  EXPECT_TRUE(booted(R"({"memory": [{"start_pfn": 256, "end_pfn": 2815}]})")
                  .config.page_group_by_mobility_disabled);
  EXPECT_FALSE(booted(R"({"memory": [{"start_pfn": 256, "end_pfn": 2816}]})")
                   .config.page_group_by_mobility_disabled);
  EXPECT_TRUE(booted(R"({"memory_mib": 64, "page_group_by_mobility": false})")
                  .config.page_group_by_mobility_disabled);
  EXPECT_TRUE(booted(R"({"memory_mib": 512, "max_order": 16, "pageblock_order": 15})")
                  .config.page_group_by_mobility_disabled);
}

struct Bad {
  const char* json;
  const char* message;
};

TEST(MachineConfig, ImpossibleMachinesAreRefusedByField) {
  const Bad cases[] = {
      {R"({})", "memory_mib is missing: accepted is memory_mib, or memory with ranges"},
      {R"({"memory_mib": 15})", "memory_mib is 15: accepted are whole numbers from 16 to 4096"},
      {R"({"memory_mib": 4097})", "memory_mib is 4097: accepted are whole numbers from 16 to 4096"},
      {R"({"memory_mib": -64})", "memory_mib is -64: accepted are whole numbers from 16 to 4096"},
      {R"({"memory_mib": 4294967360})",
       "memory_mib is 4294967360: accepted are whole numbers from 16 to 4096"},
      {R"({"memory_mib": null})", "memory_mib is null: accepted are whole numbers from 16 to 4096"},
      {R"({"memory_mib": 64.5})", "memory_mib is 64.5: accepted are whole numbers from 16 to 4096"},
      {R"({"memory_mib": 5.0})", "memory_mib is 5.0: accepted are whole numbers from 16 to 4096"},
      {R"({"memory_mib": -64.25})",
       "memory_mib is -64.25: accepted are whole numbers from 16 to 4096"},
      {R"({"memory_mib": 64, "memory": []})",
       "memory_mib is 64: accepted is either memory_mib or memory"},
      {R"({"memory": []})", "memory is empty: accepted are ranges {node, start_pfn, end_pfn}"},
      {R"({"memory": [{"start_pfn": 256}]})", "memory[0].end_pfn is missing"},
      {R"({"memory": [7]})", "memory[0].start_pfn is missing"},
      {R"({"memory": [{"start_pfn": 256, "end_pfn": 256}]})",
       "memory[0].start_pfn is 256: accepted are frames below end_pfn, which is 256 (a zone of 0 "
       "pages cannot be)"},
      {R"({"memory": [{"start_pfn": 9000, "end_pfn": 256}]})",
       "memory[0].start_pfn is 9000: accepted are frames below end_pfn, which is 256 (a zone of 0 "
       "pages cannot be)"},
      {R"({"memory": [{"start_pfn": -1, "end_pfn": 9000}]})",
       "memory[0].start_pfn is -1: accepted are whole numbers from 0 to 268435456"},
      {R"({"memory": [{"start_pfn": 256, "end_pfn": 4294967297}]})",
       "memory[0].end_pfn is 4294967297: accepted are whole numbers from 0 to 268435456"},
      {R"({"memory": [{"start_pfn": 0, "end_pfn": 0}]})",
       "memory[0].end_pfn is 0: accepted are 1 to 268435456"},
      {R"({"memory": [{"node": 0, "start_pfn": 256, "end_pfn": 9000},
           {"node": 1, "start_pfn": 9000, "end_pfn": 9000}]})",
       "memory[1].start_pfn is 9000: accepted are frames below end_pfn, which is 9000 (a zone of "
       "0 pages cannot be)"},
      {R"({"memory": [{"start_pfn": 1, "end_pfn": 200}]})",
       "memory gives zone DMA of node 0 0 pages: accepted are zones with free frames from 256 on"},
      {R"({"memory": [{"start_pfn": 256, "end_pfn": 9000}, {"start_pfn": 8999, "end_pfn": 9999}]})",
       "memory[1] is [8999, 9999): accepted are ranges that do not overlap, and memory[0] is "
       "[256, 9000)"},
      {R"({"memory": [{"node": 0, "start_pfn": 256, "end_pfn": 9000},
           {"node": 1, "start_pfn": 9000, "end_pfn": 9999},
           {"node": 0, "start_pfn": 10000, "end_pfn": 20000}]})",
       "memory[1].node is 1: accepted are nodes that do not overlap, and node 0 reaches from 256 "
       "to 20000"},
      {R"({"memory": [{"node": 1, "start_pfn": 256, "end_pfn": 9000}]})",
       "memory[].node leaves a number out: accepted are nodes 0, 1, 2, ... that all have memory"},
      {R"({"memory": [{"node": 8, "start_pfn": 256, "end_pfn": 9000}]})",
       "memory[0].node is 8: accepted are whole numbers from 0 to 7"},
      {R"({"memory": [{"node": -1, "start_pfn": 256, "end_pfn": 9000}]})",
       "memory[0].node is -1: accepted are whole numbers from 0 to 7"},
      {R"({"memory": [{"start_pfn": 256, "end_pfn": 4194561}]})",
       "memory is 4194305 frames: accepted are up to 4194304 (16 GiB)"},
      {R"({"memory_mib": 64, "cpus": 0})", "cpus is 0: accepted are whole numbers from 1 to 64"},
      {R"({"memory_mib": 64, "cpus": 65})", "cpus is 65: accepted are whole numbers from 1 to 64"},
      {R"({"memory_mib": 64, "cpus": -1})", "cpus is -1: accepted are whole numbers from 1 to 64"},
      {R"({"memory_mib": 64, "cpus": [-1]})",
       "cpus[0] is -1: accepted are whole numbers from 0 to 64"},
      {R"({"memory_mib": 64, "cpus": "two"})",
       "cpus is \"two\": accepted are whole numbers from 1 to 64"},
      {R"({"memory_mib": 64, "cpus": [1, 1]})",
       "cpus has 2 numbers: accepted is one for each of the 1 nodes"},
      {R"({"memory_mib": 64, "cpus": [0]})", "cpus is 0 in sum: accepted are 1 to 64"},
      {R"({"memory_mib": 64, "thp": 1})", "thp is 1: accepted are true and false"},
      {R"({"memory_mib": 64, "thp": true, "max_order": 9})",
       "thp is true: accepted is false, as a huge page of order 9 is bigger than the biggest block "
       "with max_order 9"},
      {R"({"memory_mib": 64, "max_order": 0})",
       "max_order is 0: accepted are whole numbers from 1 to 16"},
      {R"({"memory_mib": 64, "max_order": -1})",
       "max_order is -1: accepted are whole numbers from 1 to 16"},
      {R"({"memory_mib": 64, "max_order": 17})",
       "max_order is 17: accepted are whole numbers from 1 to 16"},
      {R"({"memory_mib": 64, "pageblock_order": 11})",
       "pageblock_order is 11: accepted are whole numbers from 0 to 10"},
      {R"({"memory_mib": 64, "pageblock_order": -1})",
       "pageblock_order is -1: accepted are whole numbers from 0 to 10"},
      {R"({"memory_mib": 64, "max_order": 5, "pageblock_order": 5})",
       "pageblock_order is 5: accepted are whole numbers from 0 to 4"},
      {R"({"memory_mib": 64, "page_group_by_mobility": "no"})",
       "page_group_by_mobility is \"no\": accepted are true and false"},
      {R"({"memory_mib": 64, "min_free_kbytes": -1})",
       "min_free_kbytes is -1: accepted are whole numbers from 0 to 2147483647"},
      {R"({"memory_mib": 64, "watermark_scale_factor": 0})",
       "watermark_scale_factor is 0: accepted are whole numbers from 1 to 3000"},
      {R"({"memory_mib": 64, "min_free_kbytes": 2147483648})",
       "min_free_kbytes is 2147483648: accepted are whole numbers from 0 to 2147483647"},
      {R"({"memory_mib": 64, "watermark_scale_factor": -10})",
       "watermark_scale_factor is -10: accepted are whole numbers from 1 to 3000"},
      {R"({"memory_mib": 64, "watermark_scale_factor": 3001})",
       "watermark_scale_factor is 3001: accepted are whole numbers from 1 to 3000"},
      {R"({"memory_mib": 64, "watermark_boost_factor": -5})",
       "watermark_boost_factor is -5: accepted are whole numbers from 0 to 2147483647"},
      {R"({"memory_mib": 64, "lowmem_reserve_ratio": [256, -1]})",
       "lowmem_reserve_ratio[1] is -1: accepted are whole numbers from 0 to 2147483647"},
      {R"({"memory_mib": 64, "lowmem_reserve_ratio": 256})",
       "lowmem_reserve_ratio is 256: accepted are up to 5 numbers, one a zone"},
      {R"({"memory_mib": 64, "lowmem_reserve_ratio": [256, 256, 32, 0, 0, 0]})",
       "lowmem_reserve_ratio is an array: accepted are up to 5 numbers, one a zone"},
      {R"({"memory_mib": 64, "percpu_pagelist_high_fraction": -8})",
       "percpu_pagelist_high_fraction is -8: accepted are whole numbers from 0 to 2147483647"},
      {R"({"memory_mib": 64, "percpu_pagelist_high_fraction": 7})",
       "percpu_pagelist_high_fraction is 7: accepted are 0 and 8 to 2147483647"},
      {R"({"memory_mib": 64, "profile": "2.4.0"})",
       "profile is \"2.4.0\": accepted are 6.1.192, 2.6.18-i386, 2.6.18-x86_64"},
      {R"({"memory_mib": 64, "profile": 6.1})",
       "profile is 6.1: accepted are 6.1.192, 2.6.18-i386, 2.6.18-x86_64"},
      {R"({"memory_mib": 64, "kernelcore": "32M"})",
       "kernelcore is \"32M\": accepted is to leave it out, ZONE_MOVABLE is not modelled"},
      {R"({"memory_mib": 64, "profile": "2.6.18-i386", "thp": true})",
       "thp does not exist in Linux 2.6.18: accepted are profile, memory_mib, memory, cpus, "
       "max_order, min_free_kbytes, lowmem_reserve_ratio"},
      {R"({"memory_mib": 64, "profile": "2.6.18-i386", "max_order": 12})",
       "max_order is 12: accepted are whole numbers from 11 to 11"},
      {R"({"memory_mib": 64, "profile": "2.6.18-x86_64", "lowmem_reserve_ratio": [0]})",
       "lowmem_reserve_ratio[0] is 0: accepted are whole numbers from 1 to 2147483647"},
      {R"({"memory_mib": 64, "profile": "2.6.18-i386", "min_free_kbytes": -1})",
       "min_free_kbytes is -1: accepted are whole numbers from 0 to 2147483647"},
      {R"({"memory_mib": 64, "profile": "2.6.18-i386", "lowmem_reserve_ratio": [-1]})",
       "lowmem_reserve_ratio[0] is -1: accepted are whole numbers from 1 to 2147483647"},
      {R"({"memory_mib": 64, "profile": "2.6.18-i386", "lowmem_reserve_ratio": [9, 9, 9, 9, 9]})",
       "lowmem_reserve_ratio is an array: accepted are up to 4 numbers, one a zone"},
      {R"({"memory_mib": 64, "cpu": 2})",
       "\"cpu\" is not a member: accepted are profile, memory_mib, memory, cpus, thp, max_order, "
       "pageblock_order, page_group_by_mobility, min_free_kbytes, watermark_scale_factor, "
       "watermark_boost_factor, lowmem_reserve_ratio, percpu_pagelist_high_fraction, "
       "slab_allocator, slub_debug"},
      {R"({"memory_mib": 64, "slub_debug": 5})",
       "slub_debug is 5: accepted is text as on the command line, e.g. \"FZ\""},
      {R"({"memory_mib": 64, "slub_debug": "FQ"})",
       "slub_debug is \"FQ\", with option 'Q': accepted are letters of FZPUTAO or -, then names of "
       "caches after commas, and more of that after semicolons"},
      {R"({"memory_mib": 64, "slub_debug": "F,"})",
       "slub_debug is \"F,\", with a comma without a name: accepted are letters of FZPUTAO or -, "
       "then names of caches after commas, and more of that after semicolons"},
      {R"({"memory_mib": 64, "slub_debug": "F,a,,b"})",
       "slub_debug is \"F,a,,b\", with an empty name: accepted are letters of FZPUTAO or -, then "
       "names of caches after commas, and more of that after semicolons"},
      {R"({"memory_mib": 64, "slub_debug": "F", "slab_allocator": "SLAB"})",
       "slub_debug is \"F\": accepted is to leave it out, SLAB does not know it"},
      {R"({"memory_mib": 64, "slab_allocator": "SLOB"})",
       "slab_allocator is \"SLOB\": accepted are \"SLUB\" and \"SLAB\""},
      {R"({"memory_mib": 64, "slab_allocator": true})",
       "slab_allocator is true: accepted are \"SLUB\" and \"SLAB\""},
      {R"({"memory_mib": 64, "profile": "2.6.18-i386", "slab_allocator": "SLAB"})",
       "slab_allocator does not exist in Linux 2.6.18: accepted are profile, memory_mib, memory, "
       "cpus, max_order, min_free_kbytes, lowmem_reserve_ratio"},
  };
  for (const Bad& bad : cases) {
    const Result<Mm> mm = boot_json(bad.json);
    ASSERT_FALSE(mm) << bad.json;
    EXPECT_EQ(mm.error().name, "MachineConfig") << bad.json;
    EXPECT_EQ(mm.error().message, bad.message) << bad.json;
  }
}

TEST(MachineConfig, DeepJsonIsRefusedAndNotPrinted) {
  const std::string deep(100000, '[');
  const Result<Mm> mm = boot_json("{\"memory_mib\": " + deep + std::string(100000, ']') + "}");
  ASSERT_FALSE(mm);
  EXPECT_EQ(mm.error().message,
            "memory_mib is an array: accepted are whole numbers from 16 to 4096");
}

}  // namespace
}  // namespace kmem::test
