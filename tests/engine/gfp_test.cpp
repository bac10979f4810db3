// Goal: GFP flags are named as the kernel names them and read back from what a person types.
// Method: the names a real kernel printed (facts section 6.3), then every flag there and back.
#include <gtest/gtest.h>

#include "mm/gfp.h"

namespace kmem::test {
namespace {

TEST(Gfp, NamesAreThoseThatARealKernelPrinted) {
  EXPECT_EQ(gfp_names(0x8c0), "GFP_NOWAIT|__GFP_IO|__GFP_FS");
  EXPECT_EQ(gfp_names(0x50), "__GFP_IO|__GFP_RECLAIMABLE");
  EXPECT_EQ(gfp_names(0xcc1), "GFP_KERNEL|GFP_DMA");
  EXPECT_EQ(gfp_names(0x2dc0), "GFP_KERNEL|__GFP_NOWARN|__GFP_ZERO");
  EXPECT_EQ(gfp_names(0xc50), "GFP_NOFS|__GFP_RECLAIMABLE");
  EXPECT_EQ(gfp_names(0), "none");
}

TEST(Gfp, TheFirstNameThatFitsTakesItsBits) {
  EXPECT_EQ(gfp_names(0xa20), "GFP_ATOMIC");
  EXPECT_EQ(gfp_names(0x1c24ca), "GFP_TRANSHUGE");
  EXPECT_EQ(gfp_names(0x1c20ca), "GFP_TRANSHUGE_LIGHT");
  EXPECT_EQ(gfp_names(0x100cca), "GFP_HIGHUSER_MOVABLE");
  EXPECT_EQ(gfp_names(0x140dca), "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO");
  EXPECT_EQ(gfp_names(0x400dc0), "GFP_KERNEL_ACCOUNT|__GFP_ZERO");
  EXPECT_EQ(gfp_names(0x400), "__GFP_DIRECT_RECLAIM");
  EXPECT_EQ(gfp_names(0x1000000), "0x1000000") << "bits without a name are shown as a number";
  EXPECT_EQ(gfp_names(0x1000004), "GFP_DMA32|0x1000000");
}

TEST(Gfp, EveryNameReadsBackAsItsValue) {
#define KMEM_GFP(constant, name, value, text) EXPECT_EQ(*parse_gfp(name), value) << (name);
#define KMEM_GFP_COMPOSITE(constant, name, value, text) KMEM_GFP(constant, name, value, text)
#include "profile/gfp_flags.def"
#undef KMEM_GFP
#undef KMEM_GFP_COMPOSITE
  for (uint32_t bit = 0; bit < 24; ++bit) {
    EXPECT_EQ(*parse_gfp(gfp_names(1u << bit)), 1u << bit) << gfp_names(1u << bit);
  }
}

TEST(Gfp, EveryNameOfLinux2_6_18ReadsBackAsItsValue) {
  const KernelProfile& profile = kLinux2_6_18X86_64;
#define KMEM_GFP(constant, name, value, text) EXPECT_EQ(*parse_gfp(name, profile), value) << (name);
#define KMEM_GFP_COMPOSITE(constant, name, value, text) KMEM_GFP(constant, name, value, text)
#include "profile/gfp_flags_2_6_18.def"
#undef KMEM_GFP
#undef KMEM_GFP_COMPOSITE
}

TEST(Gfp, ReadsSumsNumbersAndBlanks) {
  EXPECT_EQ(*parse_gfp("GFP_KERNEL | __GFP_ZERO"), 0xdc0u);
  EXPECT_EQ(*parse_gfp(" GFP_ATOMIC "), 0xa20u);
  EXPECT_EQ(*parse_gfp("0xcc0"), 0xcc0u);
  EXPECT_EQ(*parse_gfp("0Xcc0|1"), 0xcc1u);
  EXPECT_EQ(*parse_gfp("3264"), 0xcc0u);
  EXPECT_EQ(*parse_gfp("0"), 0u);
}

struct BadGfp {
  const char* text;
  uint32_t column;
  const char* shown;
};

TEST(Gfp, ARefusalNamesTheFlagAndItsColumn) {
  const BadGfp cases[] = {
      {"GFP_KERNAL", 1, "'GFP_KERNAL'"},
      {"GFP_KERNEL|GFP_OOPS", 12, "'GFP_OOPS'"},
      {"GFP_KERNEL | gfp_atomic", 14, "'gfp_atomic'"},
      {"", 1, "''"},
      {"GFP_KERNEL|", 12, "''"},
      {"|", 1, "''"},
      {"0x", 1, "'0x'"},
      {"0x1000000", 1, "'0x1000000'"},
      {"99999999999999999999", 1, "'99999999999999999999'"},
      {"-1", 1, "'-1'"},
      {"GFP_KERNEL GFP_ATOMIC", 1, "'GFP_KERNEL GFP_ATOMIC'"},
  };
  for (const BadGfp& bad : cases) {
    const Result<Gfp> parsed = parse_gfp(bad.text);
    ASSERT_FALSE(parsed) << bad.text;
    EXPECT_EQ(parsed.error().name, "UnknownGfpFlag");
    EXPECT_EQ(parsed.error().line, 1u);
    EXPECT_EQ(parsed.error().column, bad.column) << bad.text;
    EXPECT_NE(parsed.error().message.find(bad.shown), std::string::npos) << parsed.error().message;
  }
}

TEST(Gfp, ZoneFollowsTheKernelsTable) {
  const ZoneType expected[16] = {
      ZoneType::normal, ZoneType::dma, ZoneType::normal,  ZoneType::dma,
      ZoneType::dma32,  ZoneType::dma, ZoneType::dma,     ZoneType::dma,
      ZoneType::normal, ZoneType::dma, ZoneType::movable, ZoneType::dma,
      ZoneType::dma32,  ZoneType::dma, ZoneType::dma,     ZoneType::dma,
  };
  for (Gfp bits = 0; bits < 16; ++bits) {
    EXPECT_EQ(gfp_zone(bits), expected[bits]) << bits;
    EXPECT_EQ(gfp_zone(bits | gfp::kKernel), expected[bits]) << bits;
  }
}

TEST(Gfp, MigratetypeComesFromTwoBits) {
  EXPECT_EQ(gfp_migratetype(gfp::kKernel), Migratetype::unmovable);
  EXPECT_EQ(gfp_migratetype(gfp::kHighUserMovable), Migratetype::movable);
  EXPECT_EQ(gfp_migratetype(gfp::kNoFs | gfp::kReclaimable), Migratetype::reclaimable);
}

}  // namespace
}  // namespace kmem::test
