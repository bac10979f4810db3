// Goal: the watermark check refuses and passes exactly where the kernel does (facts 2.3, X13).
// Method: one zone with the numbers of X13; each request with its verdict, on both sides of the
// border.
#include <gtest/gtest.h>

#include "engine/support.h"
#include "mm/watermark.h"

namespace kmem::test {
namespace {

namespace af = alloc_flags;

/// min 1000, low 1250, reserve 100, highatomic 512, free 900.
TestMachine zone_of_x13(char letter) {
  TestMachine machine({ZoneBuilder("Normal", ZoneType::normal, 1048576, 1049600)
                           .watermarks(1000, 1250, 1500)
                           .reserve({0, 0, 100, 0, 0})
                           .free(3, letter, {1048576})
                           .pageblock(1048576, letter)
                           .dump()});
  machine.zone().nr_reserved_highatomic = 512;
  machine.zone().vm_free = 900;
  return machine;
}

WatermarkVerdict slow(TestMachine& machine, Order order, uint32_t flags, int64_t free = 900) {
  const WatermarkRequest request{order, ZoneType::normal, flags, 0};
  const int64_t mark = machine.zone().watermark[flags & af::kWatermarkMask];
  return zone_watermark_ok(machine.mm(), machine.zone(), request, mark, free);
}

TEST(Watermark, X13WhoMayGoHowLow) {
  TestMachine machine = zone_of_x13('M');
  EXPECT_EQ(slow(machine, 0, af::kWatermarkLow), WatermarkVerdict::too_few_pages);
  EXPECT_EQ(slow(machine, 0, af::kWatermarkMin), WatermarkVerdict::too_few_pages);
  EXPECT_EQ(slow(machine, 0, af::kNonBlock), WatermarkVerdict::too_few_pages);
  EXPECT_EQ(slow(machine, 0, af::kNonBlock | af::kMinReserve), WatermarkVerdict::passed);
  EXPECT_EQ(slow(machine, 0, af::kMinReserve), WatermarkVerdict::passed);
  EXPECT_EQ(slow(machine, 0, af::kOom), WatermarkVerdict::passed);
}

TEST(Watermark, X13TheBorderItselfIsRefused) {
  TestMachine machine = zone_of_x13('M');
  const uint32_t atomic = af::kNonBlock | af::kMinReserve;
  EXPECT_EQ(slow(machine, 0, atomic, 475), WatermarkVerdict::too_few_pages);
  EXPECT_EQ(slow(machine, 0, atomic, 476), WatermarkVerdict::passed);
  EXPECT_EQ(slow(machine, 0, af::kMinReserve, 600), WatermarkVerdict::too_few_pages);
  EXPECT_EQ(slow(machine, 0, af::kMinReserve, 601), WatermarkVerdict::passed);
  EXPECT_EQ(slow(machine, 0, af::kWatermarkMin, 1612), WatermarkVerdict::too_few_pages);
  EXPECT_EQ(slow(machine, 0, af::kWatermarkMin, 1613), WatermarkVerdict::passed);
}

TEST(Watermark, X13HigherOrdersNeedABlockOnAListTheyMayUse) {
  const uint32_t atomic = af::kNonBlock | af::kMinReserve;
  TestMachine movable = zone_of_x13('M');
  EXPECT_EQ(slow(movable, 3, atomic), WatermarkVerdict::passed);
  EXPECT_EQ(slow(movable, 4, atomic), WatermarkVerdict::no_block);
  TestMachine reserved = zone_of_x13('H');
  EXPECT_EQ(slow(reserved, 3, atomic), WatermarkVerdict::no_block);
  EXPECT_EQ(slow(reserved, 3, atomic | af::kHighAtomic), WatermarkVerdict::passed);
  EXPECT_EQ(slow(reserved, 3, af::kOom), WatermarkVerdict::passed);
  TestMachine contiguous = zone_of_x13('C');
  EXPECT_EQ(slow(contiguous, 3, atomic), WatermarkVerdict::no_block);
  EXPECT_EQ(slow(contiguous, 3, atomic | af::kCma), WatermarkVerdict::passed);
}

TEST(Watermark, AnOrderCountsItsOtherPagesAsUnusable) {
  TestMachine machine = zone_of_x13('M');
  const uint32_t atomic = af::kNonBlock | af::kMinReserve;
  EXPECT_EQ(slow(machine, 3, atomic, 482), WatermarkVerdict::too_few_pages);
  EXPECT_EQ(slow(machine, 3, atomic, 483), WatermarkVerdict::passed);
}

struct FastCase {
  int64_t free;
  uint32_t flags;
  Gfp gfp;
  bool passes;
};

TEST(Watermark, FastCheckGivesAtomicRequestsASecondChanceWithoutTheBoost) {
  TestMachine machine(
      {ZoneBuilder("Normal", ZoneType::normal, 1048576, 1049600).watermarks(100, 125, 150).dump()});
  machine.zone().watermark_boost = 400;
  const uint32_t atomic = af::kNonBlock | af::kMinReserve;  // floor 500 -> 188, 100 -> 38
  const FastCase cases[] = {
      {501, af::kWatermarkMin, gfp::kKernel, true},
      {500, af::kWatermarkMin, gfp::kKernel, false},
      {189, atomic, gfp::kAtomicContext, true},
      {188, atomic, gfp::kAtomicContext, true},
      {39, atomic, gfp::kAtomicContext, true},
      {38, atomic, gfp::kAtomicContext, false},
      {188, atomic, gfp::kHigh, false},  // the flag counts, not the rights
      {188, atomic | af::kWatermarkLow, gfp::kAtomicContext, false},
      {-5, af::kWatermarkMin, gfp::kKernel, false},  // a counter below zero reads as zero
  };
  for (const FastCase& each : cases) {
    machine.zone().vm_free = each.free;
    const WatermarkRequest request{0, ZoneType::normal, each.flags, each.gfp};
    const auto which = static_cast<Watermark>(each.flags & af::kWatermarkMask);
    EXPECT_EQ(zone_watermark_fast(machine.mm(), machine.zone(), request,
                                  machine.zone().wmark_pages(which)),
              each.passes)
        << "free " << each.free << " flags " << each.flags;
  }
}

TEST(Watermark, CounterLagsBehindByItsThreshold) {
  TestMachine machine({zone_z().threshold(10).dump()});
  Zone& zone = machine.zone();
  for (int i = 0; i < 10; ++i) zone.mod_free_pages({0}, -1);
  EXPECT_EQ(zone.vm_free, 32768);
  EXPECT_EQ(zone.vm_free_diff[0], -10);
  zone.mod_free_pages({0}, -1);
  EXPECT_EQ(zone.vm_free, 32757);
  EXPECT_EQ(zone.vm_free_diff[0], 0);
  zone.mod_free_pages({0}, 11);
  EXPECT_EQ(zone.vm_free, 32768);
}

}  // namespace
}  // namespace kmem::test
