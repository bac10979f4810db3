// Goal: no sequence of calls breaks an invariant, hands a page out twice or loses one.
// Method: seeded random calls on small machines of many shapes, memory mostly scarce, each call
// compared with a model that has nothing in common with the engine (slow_model.h), and verify()
// after every call. KMEM_RANDOM_OPERATIONS is the number of calls over all shapes together.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "engine/random_machine.h"
#include "engine/slow_model.h"
#include "mm/verify.h"

namespace kmem::test {
namespace {

uint32_t operations_wanted() {
  const char* const text = std::getenv("KMEM_RANDOM_OPERATIONS");
  const long wanted = text == nullptr ? 0 : std::strtol(text, nullptr, 10);
  return wanted > 0 ? static_cast<uint32_t>(wanted) : 100000u;
}

/// Calls on one machine; a fresh machine every so often finds what only happens early.
constexpr uint32_t kOperationsPerMachine = 5000;

class RandomOperations : public testing::TestWithParam<MachineShape> {
 protected:
  static void TearDownTestSuite() {
    std::printf("RandomOperations: %llu calls\n", static_cast<unsigned long long>(calls_made));
  }
  static inline uint64_t calls_made = 0;
};

struct Seen {
  uint64_t failures = 0;
  uint64_t boosts = 0;
  uint64_t highatomic = 0;
  uint64_t refused = 0;
  uint64_t cma = 0;
  uint64_t isolations = 0;
};

std::string text_of(const Command& command, const Machine& machine) {
  return call_text(command, {command.pfn, 0}, *machine.mm().config.profile);
}

/// @return "" or what went wrong.
std::string run_one(RandomMachine& random, OwnershipModel& model, Seen& seen) {
  Machine& machine = random.machine();
  random.maybe_isolate(model);
  const Command command = random.next_command(model);
  if (!machine.check(command)) return "check() refuses " + text_of(command, machine);
  std::vector<Pfn> results(results_of(command), kNoPfn);
  const bool named = names_block(command.op);
  const bool expected = !named || model.may_run(command);
  const bool accepted = machine.run(command, command.pfn, results);
  if (accepted != expected) {
    return textf("%s was %s", text_of(command, machine).c_str(), accepted ? "taken" : "refused");
  }
  seen.refused += accepted ? 0 : 1;
  std::string wrong;
  for (const PageMove& move : machine.moves()) {
    if (wrong.empty()) wrong = model.moved(machine.mm().pfn(move.from), machine.mm().pfn(move.to));
  }
  if (!wrong.empty()) return text_of(command, machine) + ": " + wrong;
  if (named && accepted) model.ran(command);
  if (is_allocation(command.op)) {
    std::vector<uint32_t> pfns;
    for (const Pfn pfn : results) pfns.push_back(pfn.value);
    wrong = model.allocated(machine.mm(), command, pfns, random.node());
    const bool failed = results[0] == kNoPfn;
    seen.failures += failed ? 1 : 0;
    seen.cma += !failed && model.fence(pfns[0]) == OwnershipModel::Fence::cma ? 1 : 0;
    // Like the table, often enough to catch it and rarely enough to be cheap.
    if (failed && command.order == 0 && command.amount == 0 && seen.failures % 4 == 0) {
      wrong = model.failed(machine.mm(), command, random.node());
    }
  }
  if (wrong.empty()) wrong = verify(machine.mm());
  if (wrong.empty()) wrong = random.check_reserves();
  for (const Zone& zone : machine.mm().zones) {
    seen.boosts += zone.watermark_boost > 0 ? 1 : 0;
    seen.highatomic += zone.nr_reserved_highatomic > 0 ? 1 : 0;
  }
  if (wrong.empty()) return "";
  return text_of(command, machine) + ": " + wrong;
}

TEST_P(RandomOperations, KeepEveryInvariantAndAgreeWithTheModel) {
  const MachineShape& shape = GetParam();
  const uint32_t wanted = operations_wanted() / shape_count() * shape.share_percent / 100;
  Seen seen;
  for (uint32_t done = 0; done < wanted; done += kOperationsPerMachine) {
    RandomMachine random(shape, done + 1);
    OwnershipModel model(random.machine().mm());
    for (uint32_t i = 0; i < kOperationsPerMachine; ++i) {
      calls_made += 1;
      std::string wrong = run_one(random, model, seen);
      // The table is compared often enough to point at the call, rarely enough to be cheap.
      if (wrong.empty() && i % 16 == 0) wrong = model.compare(random.machine().mm());
      ASSERT_EQ(wrong, "") << "seed " << done + 1 << ", call " << i << ", zone 0:\n"
                           << picture(random.machine().mm(), random.machine().mm().zones[0]);
    }
    seen.isolations += random.isolations();
  }
  EXPECT_GT(seen.failures, 0u) << "memory never ran out";
  EXPECT_GT(seen.refused, 0u) << "no bad free was tried";
  EXPECT_GE(seen.boosts, shape.expects_boost ? 1u : 0u) << "nothing boosted the watermarks";
  EXPECT_GE(seen.highatomic, shape.expects_highatomic ? 1u : 0u) << "nothing was reserved";
  EXPECT_EQ(seen.cma > 0, shape.config.cma) << "pages of CMA";
  EXPECT_EQ(seen.isolations > 0, shape.isolates) << "pageblocks set apart";
}

TEST(RandomShapes, MakeTogetherAsManyCallsAsWereAskedFor) {
  uint32_t percent = 0;
  for (const MachineShape& shape : machine_shapes()) percent += shape.share_percent;
  EXPECT_GE(percent, 100 * shape_count());
}

INSTANTIATE_TEST_SUITE_P(Shapes, RandomOperations, testing::ValuesIn(machine_shapes()),
                         [](const auto& shape) { return std::string(shape.param.name); });

std::array<std::vector<uint32_t>, kNrOrders> movable_lists(const Mm& mm) {
  std::array<std::vector<uint32_t>, kNrOrders> lists;
  for (const ZoneDump::List& list : dump_zone(mm, mm.zones[0], {}, ZoneDump{}).free) {
    lists[list.order] = list.pfns;
  }
  return lists;
}

// Boot page sets (high 0, batch 1) hand every page straight on, so the buddy lists are all there
// is.
TEST(RandomBuddy, OneZoneAndOneTypePredictEveryPage) {
  const uint32_t wanted = operations_wanted() / 20;
  for (uint64_t seed = 1; seed <= wanted / 10000 + 1; ++seed) {
    TestMachine machine(
        {ZoneBuilder("DMA32", ZoneType::dma32, 4096, 8192).free_run(10, 'M', 4096, 7168).dump()});
    machine.machine().trace().set_level(TraceLevel::off);
    BuddyModel model(movable_lists(machine.mm()));
    Random random(seed);
    std::vector<std::pair<uint32_t, uint32_t>> held;
    for (uint32_t i = 0; i < std::min(wanted, 10000u); ++i) {
      const bool growing = (i / 600) % 2 == 0;
      if (held.empty() || random.below(10) < (growing ? 7u : 3u)) {
        const uint32_t order = random.one_in(8) ? random.below(kNrOrders) : random.below(4);
        const uint32_t pfn = machine.alloc(gfp::kNoWait | gfp::kMovable | gfp::kMemAlloc, order);
        ASSERT_EQ(pfn, model.alloc(order)) << "seed " << seed << ", call " << i;
        if (pfn != kNull) held.emplace_back(pfn, order);
      } else {
        const uint32_t which = random.below(static_cast<uint32_t>(held.size()));
        const auto [pfn, order] = held[which];
        held.erase(held.begin() + static_cast<ptrdiff_t>(which));
        ASSERT_TRUE(machine.free(pfn, static_cast<Order>(order)));
        model.free(pfn, order);
      }
      ASSERT_EQ(movable_lists(machine.mm()), model.lists()) << "seed " << seed << ", call " << i;
    }
  }
}

}  // namespace
}  // namespace kmem::test
