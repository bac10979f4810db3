// Linux 6.1.192 on x86-64 in Debian's configuration: the reference.
#include <array>

#include "profile/kernel_profile.h"

namespace kmem {

namespace {

#define KMEM_GFP(constant, name, value, text) constexpr uint32_t constant = value;
#define KMEM_GFP_COMPOSITE(constant, name, value, text) constexpr uint32_t constant = value;
#include "profile/gfp_flags.def"
#undef KMEM_GFP
#undef KMEM_GFP_COMPOSITE

// Bigger composites come first. It is the order of the kernel's own table.
constexpr std::array kNames = {
    GfpName{"GFP_TRANSHUGE", kTransHuge},
    GfpName{"GFP_TRANSHUGE_LIGHT", kTransHugeLight},
    GfpName{"GFP_HIGHUSER_MOVABLE", kHighUserMovable},
    GfpName{"GFP_HIGHUSER", kHighUser},
    GfpName{"GFP_USER", kUser},
    GfpName{"GFP_KERNEL_ACCOUNT", kKernelAccount},
    GfpName{"GFP_KERNEL", kKernel},
    GfpName{"GFP_NOFS", kNoFs},
    GfpName{"GFP_ATOMIC", kAtomicContext},
    GfpName{"GFP_NOIO", kNoIo},
    GfpName{"GFP_NOWAIT", kNoWait},
    GfpName{"GFP_DMA", kDma},
    GfpName{"__GFP_HIGHMEM", kHighMem},
    GfpName{"GFP_DMA32", kDma32},
    GfpName{"__GFP_HIGH", kHigh},
    GfpName{"__GFP_ATOMIC", kAtomic},
    GfpName{"__GFP_IO", kIo},
    GfpName{"__GFP_FS", kFs},
    GfpName{"__GFP_NOWARN", kNoWarn},
    GfpName{"__GFP_RETRY_MAYFAIL", kRetryMayFail},
    GfpName{"__GFP_NOFAIL", kNoFail},
    GfpName{"__GFP_NORETRY", kNoRetry},
    GfpName{"__GFP_COMP", kComp},
    GfpName{"__GFP_ZERO", kZero},
    GfpName{"__GFP_NOMEMALLOC", kNoMemAlloc},
    GfpName{"__GFP_MEMALLOC", kMemAlloc},
    GfpName{"__GFP_HARDWALL", kHardWall},
    GfpName{"__GFP_THISNODE", kThisNode},
    GfpName{"__GFP_RECLAIMABLE", kReclaimable},
    GfpName{"__GFP_MOVABLE", kMovable},
    GfpName{"__GFP_ACCOUNT", kAccount},
    GfpName{"__GFP_WRITE", kWrite},
    GfpName{"__GFP_RECLAIM", kDirectReclaim | kKswapdReclaim},
    GfpName{"__GFP_DIRECT_RECLAIM", kDirectReclaim},
    GfpName{"__GFP_KSWAPD_RECLAIM", kKswapdReclaim},
    GfpName{"__GFP_ZEROTAGS", kZeroTags},
};

constexpr std::array kAliases = {
    GfpName{"__GFP_DMA", kDma},
    GfpName{"__GFP_DMA32", kDma32},
};

constexpr std::array kZones = {
    ProfileZone{"DMA", 0x1000},      // 16 MiB
    ProfileZone{"DMA32", 0x100000},  // 4 GiB
    ProfileZone{"Normal", UINT32_MAX}, ProfileZone{"Movable", UINT32_MAX},
    ProfileZone{"Device", UINT32_MAX},
};

}  // namespace

const KernelProfile kLinux6_1_192 = {
    .name = "6.1.192",
    .release = "6.1.192",
    .arch = "x86_64",
    .rules = AllocatorRules::linux_6_1,
    .zones = kZones,
    .huge_page_order = 9,
    .migratetypes = true,
    .nr_orders_least = 1,
    .nr_orders_most = 16,
    .init_on_alloc = true,
    .frame_zero_in_zone = false,
    .holes_are_present = false,
    .first_free_pfn = 0x100,  // x86 reserves the first MiB
    .bootmem_word_order = 0,
    .sizing = kSizing_6_1,
    .lowmem_reserve_ratio = {256, 256, 32, 0, 0},
    .lowmem_reserve_ratio_least = 0,
    .gfp_names = kNames,
    .gfp_aliases = kAliases,
    .gfp_bits = 0xffffffu,
    .gfp_zero = kZero,
    .failure_line = "%s: page allocation failure: order:%u, mode:%#x(%s)",
};

}  // namespace kmem
