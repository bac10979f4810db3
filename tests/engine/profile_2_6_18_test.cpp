// Goal: the page allocator of Linux 2.6.18, as far as the fact sheet and reports describe it: boot
// lists, hot and cold lists, its watermark rule with a real failure, its GFP names, its /proc.
// Method: pictures of booted machines; the numbers of a real 2.6.18.2 machine (report 001); random
// calls with verify() after each. No recording of this kernel exists.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/text.h"
#include "engine/support.h"
#include "ingest/user_command.h"
#include "mm/memblock.h"
#include "mm/page_alloc_2_6_18.h"
#include "mm/verify.h"
#include "profile/linux_2_6_18.h"
#include "report/json_view.h"
#include "report/procfs.h"
#include "sim/session.h"

namespace kmem::test {
namespace {

namespace flag = gfp_2_6_18;
constexpr Gfp kKernel = 0xd0;
constexpr Gfp kAtomic = 0x20;
constexpr Gfp kHighUser = 0x200d2;

Mm boot_old(const KernelProfile& profile, uint32_t mib, uint8_t cpus = 1) {
  PristineConfig config;
  config.profile = &profile;
  config.memory_mib = mib;
  config.nr_cpus = cpus;
  Result<Mm> mm = boot_pristine_machine(config);
  if (!mm) ADD_FAILURE() << mm.error().message;
  return std::move(*mm);
}

/// The lists of a zone, head first: "0[158 1] 10[3072 2048]".
std::string free_list_text(const Mm& mm, const Zone& zone) {
  std::string out;
  for (Order order = 0; order < mm.config.nr_orders; ++order) {
    const uint32_t head = zone.free_head(order, Migratetype::unmovable);
    if (mm.map.next(head) == head) continue;
    out += textf("%s%u[", out.empty() ? "" : " ", unsigned{order});
    for (uint32_t node = mm.map.next(head); node != head; node = mm.map.next(node)) {
      out += textf("%s%u", out.back() == '[' ? "" : " ", mm.pfn({node}));
    }
    out += ']';
  }
  return out;
}

/// The calls as one-liners.
class OldMachine {
 public:
  OldMachine(const KernelProfile& profile, uint32_t mib)
      : machine_(boot_old(profile, mib), NodeId{0}, 0) {}

  Machine& machine() { return machine_; }
  Mm& mm() { return machine_.mm(); }
  Zone& zone(const std::string& name) {
    for (Zone& zone : mm().zones) {
      if (zone.name == name) return zone;
    }
    ADD_FAILURE() << name;
    return mm().zones[0];
  }
  uint32_t alloc(Gfp gfp, uint32_t order) {
    Command command;
    command.op = Op::alloc_pages;
    command.gfp = gfp;
    command.order = order;
    Pfn result[1] = {kNoPfn};
    EXPECT_TRUE(machine_.check(command));
    machine_.run(command, kNoPfn, result);
    EXPECT_EQ(verify(mm()), "");
    return result[0].value;
  }
  void free(uint32_t pfn, Order order) {
    Command command;
    command.op = Op::free_block;
    command.order = order;
    machine_.run(command, {pfn}, {});
    EXPECT_EQ(verify(mm()), "");
  }
  void drain() { machine_.run(Command{}, kNoPfn, {}); }

 private:
  Machine machine_;
};

TEST(Linux2618, BootListsDescend) {
  Mm mm = boot_old(kLinux2_6_18I386, 1024);
  ASSERT_EQ(mm.zones.size(), 3u);
  EXPECT_EQ(verify(mm), "");
  // Frame 0 and the BIOS hole stay in use; everything else ends in blocks of 4 MiB, the last
  // frames first.
  EXPECT_EQ(free_list_text(mm, mm.zones[0]),
            "0[158 1] 1[156 2] 2[152 4] 3[144 8] 4[128 16] 5[32] 6[64] 8[256] 9[512] "
            "10[3072 2048 1024]");
  EXPECT_EQ(mm.zones[1].start_pfn.value, 4096u);
  EXPECT_EQ(mm.zones[2].start_pfn.value, 0x38000u);
  EXPECT_EQ(free_list_text(mm, mm.zones[2]).substr(0, 26), "10[261120 260096 259072 25");
}

TEST(Linux2618, FirstPagesComeFromTheTopOfTheZone) {
  OldMachine machine(kLinux2_6_18I386, 1024);
  // Normal ends at frame 0x38000 (229376); its highest 4 MiB block starts at 228352. Batch 31.
  EXPECT_EQ(machine.alloc(kKernel, 0), 228352u);
  EXPECT_EQ(machine.alloc(kKernel, 0), 228353u);
  EXPECT_EQ(machine.zone("Normal").pcp[0].count(), 29);
  EXPECT_EQ(machine.alloc(kKernel | flag::kCold, 0), 228383u);
  EXPECT_EQ(machine.zone("Normal").pcp[0].cold.count, 14);
  EXPECT_EQ(machine.alloc(kHighUser, 0), 261120u) << "HighMem first";
  EXPECT_EQ(machine.alloc(kKernel, 3), 228400u) << "higher orders have no per-CPU list";
  // A freed page goes to the head of the hot list and comes back first.
  machine.free(228353, 0);
  EXPECT_EQ(machine.alloc(kKernel, 0), 228353u);
  machine.drain();
  EXPECT_EQ(machine.zone("Normal").pcp[0].count(), 0);
  EXPECT_EQ(machine.zone("Normal").pcp[0].cold.count, 0);
}

TEST(Linux2618, AFullHotListGivesItsOldestBatchBack) {
  OldMachine machine(kLinux2_6_18I386, 1024);
  std::vector<uint32_t> pages;
  for (int i = 0; i < 400; ++i) pages.push_back(machine.alloc(kKernel, 0));
  const PerCpuPages& pcp = machine.zone("Normal").pcp[0];
  const int32_t left = pcp.count();
  EXPECT_EQ(left, 13 * 31 - 400);
  for (int32_t i = 0; left + i < 185; ++i) machine.free(pages[static_cast<size_t>(i)], 0);
  EXPECT_EQ(pcp.count(), 185);
  machine.free(pages[399], 0);
  EXPECT_EQ(pcp.count(), 186 - 31) << "high is 6 * 31, and a batch of 31 went back";
}

TEST(Linux2618, ARealMachinesFailureFailsHereToo) {
  // Report 001: swapper: page allocation failure. order:1, mode:0x20 (2.6.18.2, 896 MiB).
  // Normal: 5902 pages free, 5726 of them single: 175 <= 176 decides. DMA: 886 <= 7 + 880.
  OldMachine machine(kLinux2_6_18I386, 896);
  const auto verdict = [&machine](const std::string& name, int64_t free, int64_t single,
                                  uint32_t flags) {
    Zone zone = machine.zone(name);
    zone.nr_free = {};
    zone.nr_free[0] = single;
    const int64_t mark = zone.watermark[flags & alloc_flags::kWatermarkMask];
    return v2_6_18::zone_watermark_ok(zone, {1, ZoneType::normal, flags, kAtomic}, mark, free);
  };
  constexpr uint32_t kAtomicFlags = alloc_flags::kMinReserve | alloc_flags::kNonBlock;
  EXPECT_EQ(verdict("Normal", 5902, 5726, kAtomicFlags), WatermarkVerdict::no_block);
  EXPECT_EQ(verdict("Normal", 5902, 5725, kAtomicFlags), WatermarkVerdict::no_block);
  EXPECT_EQ(verdict("Normal", 5902, 5724, kAtomicFlags), WatermarkVerdict::passed);
  EXPECT_EQ(verdict("DMA", 887, 281, kAtomicFlags), WatermarkVerdict::too_few_pages);
  EXPECT_EQ(verdict("DMA", 889, 281, kAtomicFlags), WatermarkVerdict::passed);
  // Its marks are the printed ones.
  const Zone& normal = machine.zone("Normal");
  EXPECT_EQ((std::vector<int64_t>{normal.watermark[0] * 4, normal.watermark[1] * 4,
                                  normal.watermark[2] * 4}),
            (std::vector<int64_t>{3756, 4692, 5632}));
  EXPECT_EQ(normal.present_pages * 4, 901120u);
}

TEST(Linux2618, HighOrImpatientEachLowerTheMark) {
  OldMachine machine(kLinux2_6_18X86_64, 512);
  Zone zone = machine.zone("DMA32");
  zone.watermark = {1000, 1250, 1500, 0};
  const auto passes = [&zone](uint32_t flags, int64_t free) {
    return v2_6_18::zone_watermark_ok(zone, {0, ZoneType::dma32, flags, 0}, 1000, free) ==
           WatermarkVerdict::passed;
  };
  EXPECT_FALSE(passes(0, 1000));
  EXPECT_TRUE(passes(0, 1001));
  EXPECT_FALSE(passes(alloc_flags::kNonBlock, 750));
  EXPECT_TRUE(passes(alloc_flags::kNonBlock, 751));
  EXPECT_FALSE(passes(alloc_flags::kMinReserve, 500));
  EXPECT_TRUE(passes(alloc_flags::kMinReserve, 501));
  EXPECT_FALSE(passes(alloc_flags::kMinReserve | alloc_flags::kNonBlock, 375));
  EXPECT_TRUE(passes(alloc_flags::kMinReserve | alloc_flags::kNonBlock, 376));
}

TEST(Linux2618, GfpNamesAreThoseOfThisKernel) {
  const KernelProfile& old = kLinux2_6_18I386;
  EXPECT_EQ(*parse_gfp("GFP_KERNEL", old), 0xd0u);
  EXPECT_EQ(*parse_gfp("GFP_ATOMIC|__GFP_COLD", old), 0x120u);
  EXPECT_EQ(*parse_gfp("GFP_DMA32", old), 0u) << "i386 has no such zone";
  EXPECT_EQ(*parse_gfp("GFP_DMA32", kLinux2_6_18X86_64), 4u);
  EXPECT_EQ(gfp_names(0x200d2, old), "GFP_HIGHUSER");
  EXPECT_EQ(gfp_names(0x120, old), "GFP_ATOMIC|__GFP_COLD");
  EXPECT_EQ(gfp_names(0, old), "GFP_NOWAIT");
  const Result<Gfp> newer = parse_gfp("GFP_KERNEL|__GFP_RETRY_MAYFAIL", old);
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().name, "UnknownGfpFlag");
  EXPECT_EQ(newer.error().column, 12u);
  EXPECT_EQ(newer.error().message.substr(0, 90),
            "unknown GFP flag '__GFP_RETRY_MAYFAIL' at column 12: it does not exist in Linux "
            "2.6.18, wh");
  const Result<Gfp> older = parse_gfp("__GFP_COLD");
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().message.substr(0, 80),
            "unknown GFP flag '__GFP_COLD' at column 1: it does not exist in Linux 6.1.192, w");
  EXPECT_FALSE(parse_gfp("0x8", old)) << "no such bit";
}

TEST(Linux2618, TheSameScriptRunsOnBothKernels) {
  const char* const script[] = {
      R"({"op": "alloc_pages", "gfp": "GFP_KERNEL", "order": 3})",
      R"({"op": "alloc_pages", "gfp": "GFP_ATOMIC", "order": 0})",
      R"({"op": "get_zeroed_page", "gfp": "GFP_USER"})",
      R"({"op": "__get_free_pages", "gfp": "GFP_NOFS|__GFP_NOWARN", "order": 1})",
      R"({"op": "drain_local_pages"})",
  };
  for (const KernelProfile* profile : {&kLinux6_1_192, &kLinux2_6_18I386, &kLinux2_6_18X86_64}) {
    Session session = Session::from_machine(boot_old(*profile, 64), NodeId{0}, "pristine");
    for (const char* line : script) {
      Result<Command> command = read_user_command(line, *profile);
      ASSERT_TRUE(command) << line;
      ASSERT_TRUE(session.run(*command)) << line;
    }
    EXPECT_EQ(verify(session.machine().mm()), "") << profile->name;
    EXPECT_EQ(call_text(session.timeline().command(3), {}, *profile),
              "__get_free_pages(GFP_NOFS|__GFP_NOWARN, 1)");
    const uint64_t end = session.machine().state_hash();
    ASSERT_TRUE(session.seek(0));
    ASSERT_TRUE(session.seek(5));
    EXPECT_EQ(session.machine().state_hash(), end) << profile->name;
  }
}

TEST(Linux2618, CallsThatCameLaterAreRefused) {
  OldMachine machine(kLinux2_6_18I386, 64);
  Command command;
  command.op = Op::alloc_pages_exact;
  command.amount = 5000;
  command.gfp = kKernel;
  const Status status = machine.machine().check(command);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().name, "UnsupportedOperation");
  EXPECT_EQ(status.error().message,
            "alloc_pages_exact does not exist in Linux 2.6.18: accepted are alloc_pages, "
            "__get_free_pages, get_zeroed_page and their frees");
}

TEST(Linux2618, RamKeepsWhatTheLastOwnerLeft) {
  OldMachine machine(kLinux2_6_18X86_64, 64);
  const uint32_t pfn = machine.alloc(kKernel, 0);
  Command fill;
  fill.op = Op::memset;
  fill.pfn = {pfn};
  fill.value = 0x5a;
  fill.amount = 16;
  machine.machine().run(fill, kNoPfn, {});
  machine.free(pfn, 0);
  ASSERT_EQ(machine.alloc(kKernel, 0), pfn);
  const Page page = machine.mm().map.pfn_to_page({pfn});
  EXPECT_EQ(machine.machine().ram().read(page)[3], 0x5a);
  machine.free(pfn, 0);
  ASSERT_EQ(machine.alloc(kKernel | flag::kZero, 0), pfn);
  EXPECT_TRUE(machine.machine().ram().read(page).empty());
}

TEST(Linux2618, ZoneinfoIsThatOfARealMachineOfTheAge) {
  // P05: an ARM board with one zone; its buddy counts are in its buddyinfo.
  MmConfig config;
  config.profile = &kLinux2_6_18I386;
  config.pageblock_order = kMaxOrder;
  const MemSection section{Pfn{196608}, 8192, Page{}};
  Mm mm(config, MemMap({&section, 1}, kMaxOrder, list_heads_of_zone(1)));
  Zone zone;
  zone.name = "DMA";
  zone.start_pfn = {196608};
  zone.spanned_pages = zone.present_pages = 8192;
  zone.pcp.assign(1, {});
  mm.zones.push_back(zone);
  size_zones(mm, VmSysctl{}, false);
  const int64_t counts[] = {8, 7, 5, 3, 4, 5, 2, 1, 1, 1, 4};
  for (Order order = 0; order < kNrOrders; ++order) mm.zones[0].nr_free[order] = counts[order];
  mm.zones[0].vm_free = 5410;
  mm.zones[0].pcp[0].others = 2;
  EXPECT_EQ(*procfs(mm, "/proc/buddyinfo"),
            "Node 0, zone      DMA      8      7      5      3      4      5      2      1      1 "
            "     1      4 \n");
  std::ifstream file(KMEM_TEST_DATA "/engine/fixtures/zoneinfo/P05-ft-d2000.zoneinfo.txt");
  std::stringstream printed;
  printed << file.rdbuf();
  std::string theirs = printed.str();
  // What reclaim has on its lists is not modelled.
  for (const auto& [real, ours] :
       {std::pair{"active   367", "active   0"}, std::pair{"inactive 720", "inactive 0"}}) {
    theirs.replace(theirs.find(real), std::string(real).size(), ours);
  }
  EXPECT_EQ(*procfs(mm, "/proc/zoneinfo"), theirs);
  EXPECT_FALSE(procfs(mm, "/proc/pagetypeinfo")) << "2.6.24 and newer";
}

TEST(Linux2618, ViewHasOneColumnAndTwoLists) {
  Session session = Session::from_machine(boot_old(kLinux2_6_18I386, 1024), NodeId{0}, "pristine");
  const std::string view = machine_view_json(session);
  for (
      const char* part :
      {R"("release":"2.6.18","profile":"2.6.18-i386")", R"("migratetypes":["Any"])",
       R"("pcp":[{"cpu":0,"count":0,"high":186,"batch":31,"cold":{"count":0,"high":62,"batch":15},)"
       R"("freeFactor":0,"lists":[0,0]}])",
       R"("pageblocks":"")"}) {
    EXPECT_NE(view.find(part), std::string::npos) << part << "\n" << view.substr(0, 2000);
  }
}

TEST(Linux2618, RandomCallsKeepEveryInvariant) {
  for (const KernelProfile* profile : {&kLinux2_6_18I386, &kLinux2_6_18X86_64}) {
    Machine machine(boot_old(*profile, 16, 2), NodeId{0}, 0);
    machine.trace().set_level(TraceLevel::off);
    Random random(2618);
    std::vector<Command> held;
    const Gfp flags[] = {kKernel,
                         kAtomic,
                         kHighUser,
                         kKernel | flag::kCold,
                         flag::kDma | kAtomic,
                         kKernel | flag::kComp,
                         0,
                         kHighUser | flag::kCold | flag::kZero};
    for (int i = 0; i < 6000; ++i) {
      machine.mm().cpu = {static_cast<uint8_t>(random.below(2))};
      const bool filling = i / 1500 % 2 == 0;
      if (!held.empty() && random.below(10) < (filling ? 3u : 7u)) {
        const uint32_t which = random.below(static_cast<uint32_t>(held.size()));
        Command free = held[which];
        free.op = Op::free_block;
        ASSERT_TRUE(machine.run(free, free.pfn, {}));
        held[which] = held.back();
        held.pop_back();
      } else if (random.one_in(200)) {
        machine.run(Command{}, kNoPfn, {});
      } else {
        Command command;
        command.op = Op::alloc_pages;
        command.order = random.one_in(3) ? random.below(11) : 0;
        command.gfp = flags[random.below(8)];
        Pfn result[1] = {kNoPfn};
        machine.run(command, kNoPfn, result);
        command.pfn = result[0];
        if (result[0] != kNoPfn) held.push_back(command);
      }
      ASSERT_EQ(verify(machine.mm()), "") << profile->name << " call " << i;
    }
    for (const Command& each : held) {
      Command free = each;
      free.op = Op::free_block;
      machine.run(free, free.pfn, {});
    }
    for (uint8_t cpu = 0; cpu < 2; ++cpu) {
      machine.mm().cpu = {cpu};
      machine.run(Command{}, kNoPfn, {});
    }
    int64_t free_pages = 0;
    for (const Zone& zone : machine.mm().zones) free_pages += zone.vm_free;
    EXPECT_EQ(free_pages, 4096 - 1 - 97) << "everything is free again but frame 0 and the hole";
  }
}

}  // namespace
}  // namespace kmem::test
