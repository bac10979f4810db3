// Goal: verify() notices every kind of damage, and says what is damaged.
// Method: one healthy machine with free blocks, per-CPU pages and pages in use; one thing is
// broken at a time.
#include <gtest/gtest.h>

#include <functional>

#include "engine/support.h"
#include "mm/free_lists.h"
#include "mm/verify.h"

namespace kmem::test {
namespace {

/// U lists from 32775 up, per-CPU list 0 with 32769..32774, and 32768 in use (X1).
TestMachine healthy() {
  TestMachine machine(
      {zone_z().dump(),
       ZoneBuilder("Normal", ZoneType::normal, 1048576, 1049600).free(9, 'M', {1048576}).dump()});
  EXPECT_EQ(machine.alloc(gfp::kDma32, 0), 32768u);
  EXPECT_EQ(verify(machine.mm()), "");
  return machine;
}

struct Damage {
  const char* name;
  std::function<void(Mm&, Zone&)> inflict;
  const char* found;
};

Page at(const Mm& mm, uint32_t pfn) { return mm.map.pfn_to_page({pfn}); }

const Damage kDamages[] = {
    {"a link back is wrong",
     [](Mm& mm, Zone&) {
       const Page page = at(mm, 32776);
       mm.map.link(page, page.index, page.index);
     },
     "is broken"},
    {"a list leaves the map",
     [](Mm& mm, Zone& zone) {
       const uint32_t other = zone.free_head(0, Migratetype::reclaimable);
       mm.map.link(at(mm, 32776), zone.free_head(3, Migratetype::unmovable), other);
     },
     "is broken"},
    {"the order byte is wrong", [](Mm& mm, Zone&) { mm.map.set_buddy(at(mm, 32776), 2); },
     "pfn 32776 is on a list of order 3 but says 2"},
    {"a free block is not marked", [](Mm& mm, Zone&) { mm.map.set_taken(at(mm, 32776), 3); },
     "pfn 32776 is on a list but not marked so"},
    {"a per-CPU page is marked as buddy", [](Mm& mm, Zone&) { mm.map.set_buddy(at(mm, 32769), 0); },
     "pfn 32769 is on a list but not marked so"},
    {"a free page is referenced", [](Mm& mm, Zone&) { mm.map.set_refcount(at(mm, 32779), 1); },
     "pfn 32779 is free but referenced"},
    {"a per-CPU page is referenced", [](Mm& mm, Zone&) { mm.map.set_refcount(at(mm, 32774), 1); },
     "pfn 32774 is free but referenced"},
    {"the state of a block is wrong",
     [](Mm& mm, Zone&) {
       mm.map.paint(at(mm, 32776), FrameKind::allocated, Migratetype::unmovable);
     },
     "pfn 32776 has state 0x84 on a list of kind 2"},
    {"a block is not aligned",
     [](Mm& mm, Zone& zone) {
       add_to_free_list(mm, zone, at(mm, 32770), 3, Migratetype::unmovable);
     },
     "pfn 32770 of order 3 is not aligned"},
    {"a page is on two lists",
     [](Mm& mm, Zone& zone) {
       add_to_free_list(mm, zone, at(mm, 32780), 2, Migratetype::reclaimable);
     },
     "pfn 32780 is on two lists"},
    {"a block leaves its zone", [](Mm& mm, Zone&) { mm.map.set_zone(at(mm, 32783), 1); },
     "pfn 32776 + 7 leaves zone DMA32"},
    {"two buddies are both free",
     [](Mm& mm, Zone& zone) {
       const Page page = at(mm, 33280);
       del_page_from_free_list(mm, zone, page, 9);
       add_to_free_list(mm, zone, page, 8, Migratetype::movable);
       add_to_free_list(mm, zone, {page.index + 256}, 8, Migratetype::movable);
     },
     "pfn 33536 and its buddy 33280 of order 8 are both free"},
    {"nr_free is wrong", [](Mm&, Zone& zone) { zone.nr_free[4] += 1; },
     "zone DMA32: nr_free[4] is 2, the lists have 1 blocks"},
    {"NR_FREE_PAGES is wrong", [](Mm&, Zone& zone) { zone.vm_free -= 1; },
     "zone DMA32: NR_FREE_PAGES is 32760, the lists have 32761 pages"},
    {"a delta is wrong", [](Mm&, Zone& zone) { zone.vm_free_diff[0] += 3; },
     "zone DMA32: NR_FREE_PAGES is 32764, the lists have 32761 pages"},
    {"a per-CPU count is wrong", [](Mm&, Zone& zone) { zone.pcp[0].others += 1; },
     "zone DMA32: a per-CPU count is 7, its lists have 6 pages"},
    {"a floor is out of date", [](Mm&, Zone& zone) { zone.ordinary_floor = 1; },
     "zone DMA32: the floor of ordinary requests is 1, from its marks it is 320"},
    {"a page on no list says it is free",
     [](Mm& mm, Zone&) { mm.map.paint(at(mm, 32768), FrameKind::free, Migratetype::movable); },
     "pfn 32768 is on no list but has state 0x92"},
    {"a page on no list is marked as buddy",
     [](Mm& mm, Zone&) { mm.map.set_buddy(at(mm, 32768), 0); },
     "pfn 32768 is on no list but marked so"},
    {"the inside of a block is marked as buddy",
     [](Mm& mm, Zone&) { mm.map.set_buddy(at(mm, 32780), 2); },
     "pfn 32780 is inside a free block but marked as the head of one"},
    {"a block in use has no reference",
     [](Mm& mm, Zone&) { mm.map.set_refcount(at(mm, 32768), 0); },
     "pfn 32768 is in use but not referenced"},
    {"a page from before is referenced",
     [](Mm& mm, Zone&) { mm.map.set_refcount(at(mm, 1049100), 1); },
     "pfn 1049100 is referenced, but nobody was given it"},
};

TEST(Verify, FindsEachDamageByItsName) {
  for (const Damage& damage : kDamages) {
    TestMachine machine = healthy();
    damage.inflict(machine.mm(), machine.zone());
    const std::string found = verify(machine.mm());
    EXPECT_NE(found.find(damage.found), std::string::npos) << damage.name << ": \"" << found << '"';
  }
}

/// Pageblocks of 16 pages: one Movable, one of CMA, one isolated.
TestMachine fenced() {
  MmConfig config;
  config.pageblock_order = 4;
  config.thp = false;
  config.cma = true;
  TestMachine machine({ZoneBuilder("Normal", ZoneType::normal, 4096, 4160, config)
                           .free(4, 'M', {4096})
                           .free(4, 'C', {4112})
                           .free(3, 'I', {4136})
                           .pageblock(4112, 'C')
                           .pageblock(4128, 'I')
                           .dump()},
                      config);
  EXPECT_EQ(verify(machine.mm()), "");
  return machine;
}

const Damage kFenceDamages[] = {
    {"NR_FREE_CMA_PAGES is wrong", [](Mm&, Zone& zone) { zone.vm_free_cma -= 1; },
     "zone Normal: NR_FREE_CMA_PAGES is 15, the CMA lists have 16 pages"},
    {"isolated pages are counted", [](Mm&, Zone& zone) { zone.vm_free += 8; },
     "zone Normal: NR_FREE_PAGES is 40, the lists have 32 pages"},
    {"the isolated pageblocks are not counted",
     [](Mm&, Zone& zone) { zone.nr_isolate_pageblock = 0; },
     "zone Normal: 1 pageblocks are isolated, it counts 0"},
    {"a page of CMA is on a movable list",
     [](Mm& mm, Zone& zone) {
       move_to_free_list(mm, zone, at(mm, 4112), 4, Migratetype::movable);
       zone.vm_free_cma = 0;
     },
     "zone Normal: pfn 4112 of a pageblock of type CMA is on a list of type Movable"},
    {"a movable page is on a list of CMA",
     [](Mm& mm, Zone& zone) {
       move_to_free_list(mm, zone, at(mm, 4096), 4, Migratetype::cma);
       zone.vm_free_cma = 32;
     },
     "zone Normal: pfn 4096 of a pageblock of type Movable is on a list of type CMA"},
    {"a page of an isolated pageblock is on a movable list",
     [](Mm& mm, Zone& zone) {
       move_to_free_list(mm, zone, at(mm, 4136), 3, Migratetype::movable);
       zone.vm_free += 8;
     },
     "zone Normal: pfn 4136 of a pageblock of type Isolate is on a list of type Movable"},
};

TEST(Verify, FindsDamageAtFencedPageblocks) {
  for (const Damage& damage : kFenceDamages) {
    TestMachine machine = fenced();
    damage.inflict(machine.mm(), machine.zone());
    EXPECT_EQ(verify(machine.mm()), damage.found) << damage.name;
  }
}

TEST(Verify, BlocksOfPageblockSizeMayStayUnmerged) {
  TestMachine machine({zone_z().dump()});
  Mm& mm = machine.mm();
  Zone& zone = machine.zone();
  const Page page = at(mm, 32768);
  del_page_from_free_list(mm, zone, page, 10);
  add_to_free_list(mm, zone, page, 9, Migratetype::highatomic);
  add_to_free_list(mm, zone, {page.index + 512}, 9, Migratetype::movable);
  EXPECT_EQ(verify(mm), "");
}

}  // namespace
}  // namespace kmem::test
