// Linux 2.6.18 on i386 with CONFIG_HIGHMEM, and on x86-64: what the classic texts describe.
#include "profile/linux_2_6_18.h"

#include <array>

#include "profile/kernel_profile.h"

namespace kmem {

namespace {

using namespace gfp_2_6_18;  // NOLINT: this file is the table of these values

// This kernel never prints names, only the number; the order is that of 6.1.
constexpr std::array kNames = {
    GfpName{"GFP_HIGHUSER", kHighUser},
    GfpName{"GFP_USER", kUser},
    GfpName{"GFP_KERNEL", kKernel},
    GfpName{"GFP_NOFS", kNoFs},
    GfpName{"GFP_ATOMIC", kAtomicContext},
    GfpName{"GFP_NOIO", kNoIo},
    GfpName{"GFP_DMA", kDma},
    GfpName{"__GFP_HIGHMEM", kHighMem},
    GfpName{"GFP_DMA32", kDma32},
    GfpName{"__GFP_HIGH", kHigh},
    GfpName{"__GFP_IO", kIo},
    GfpName{"__GFP_FS", kFs},
    GfpName{"__GFP_NOWARN", kNoWarn},
    GfpName{"__GFP_REPEAT", kRepeat},
    GfpName{"__GFP_NOFAIL", kNoFail},
    GfpName{"__GFP_NORETRY", kNoRetry},
    GfpName{"__GFP_COMP", kComp},
    GfpName{"__GFP_ZERO", kZero},
    GfpName{"__GFP_NOMEMALLOC", kNoMemAlloc},
    GfpName{"__GFP_HARDWALL", kHardWall},
    GfpName{"__GFP_COLD", kCold},
    GfpName{"__GFP_NO_GROW", kNoGrow},
    GfpName{"__GFP_WAIT", kWait},
    // GFP_ATOMIC without __GFP_HIGH, so it has no bit at all.
    GfpName{"GFP_NOWAIT", kNoWait},
};

constexpr std::array kAliases64 = {
    GfpName{"__GFP_DMA", kDma},
    GfpName{"__GFP_DMA32", kDma32},
};
// GFP_DMA32 comes first here so that it is read as 0: any address is below 4 GiB.
constexpr std::array kAliases32 = {
    GfpName{"GFP_DMA32", 0},
    GfpName{"__GFP_DMA32", 0},
    GfpName{"__GFP_DMA", kDma},
};

// A real i386 kernel of this age prints all four zones, DMA32 empty (report of a 2.6.18.2 machine
// with 896 MiB: lowmem_reserve[]: 0 0 880 880).
constexpr std::array kZones32 = {
    ProfileZone{"DMA", 0x1000},
    ProfileZone{"DMA32", 0x1000},
    ProfileZone{"Normal", 0x38000},  // 896 MiB
    ProfileZone{"HighMem", UINT32_MAX},
};
constexpr std::array kZones64 = {
    ProfileZone{"DMA", 0x1000},
    ProfileZone{"DMA32", 0x100000},
    ProfileZone{"Normal", UINT32_MAX},
    ProfileZone{"HighMem", UINT32_MAX},
};

constexpr KernelProfile kCommon = {
    .name = "",
    .release = "2.6.18",
    .arch = "",
    .rules = AllocatorRules::linux_2_6_18,
    .zones = kZones32,
    .huge_page_order = 0,
    .migratetypes = false,
    .nr_orders_least = 11,
    .nr_orders_most = 11,
    .init_on_alloc = false,
    .frame_zero_in_zone = true,
    .holes_are_present = true,
    .first_free_pfn = 1,
    .bootmem_word_order = 5,
    .sizing = kSizing_2_6_18,
    .lowmem_reserve_ratio = {256, 256, 32, 0, 0},
    .lowmem_reserve_ratio_least = 1,
    .gfp_names = kNames,
    .gfp_aliases = kAliases32,
    .gfp_bits = kAllBits,
    .gfp_zero = kZero,
    .failure_line = "%s: page allocation failure. order:%d, mode:0x%x",
};

constexpr KernelProfile i386() {
  KernelProfile profile = kCommon;
  profile.name = "2.6.18-i386";
  profile.arch = "i386";
  return profile;
}

constexpr KernelProfile x86_64() {
  KernelProfile profile = kCommon;
  profile.name = "2.6.18-x86_64";
  profile.arch = "x86_64";
  profile.zones = kZones64;
  profile.bootmem_word_order = 6;
  profile.holes_are_present = false;
  profile.gfp_aliases = kAliases64;
  return profile;
}

}  // namespace

constinit const KernelProfile kLinux2_6_18I386 = i386();
constinit const KernelProfile kLinux2_6_18X86_64 = x86_64();

}  // namespace kmem
