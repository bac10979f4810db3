// Goal: the same calls give the same state on every compiler, word size and platform.
// Method: one seeded run that touches every part of the state, and its hash as a constant. The same
// test runs with g++, clang++ and as wasm. A change of behaviour changes the constant: check with
// the recordings that the change is right, then write the new one down.
#include <gtest/gtest.h>

#include "base/text.h"
#include "engine/random_machine.h"
#include "engine/slow_model.h"

namespace kmem::test {
namespace {

uint64_t hash_after_run(const MachineShape& shape, uint64_t seed, uint32_t calls) {
  RandomMachine random(shape, seed);
  Machine& machine = random.machine();
  OwnershipModel model(machine.mm());
  for (uint32_t i = 0; i < calls; ++i) {
    Command command = random.next_command(model);
    if (i % 50 == 49) {
      command = Command{};
      command.op = Op::memset;
      command.pfn = {machine.mm().zones[0].start_pfn.value + i % 64};
      command.value = static_cast<uint8_t>(i);
      command.amount = 100;
    }
    std::vector<Pfn> results(results_of(command), kNoPfn);
    const bool accepted = machine.run(command, command.pfn, results);
    for (const PageMove& move : machine.moves()) {
      model.moved(machine.mm().pfn(move.from), machine.mm().pfn(move.to));
    }
    if (accepted && names_block(command.op)) model.ran(command);
    if (!is_allocation(command.op)) continue;
    std::vector<uint32_t> pfns;
    for (const Pfn pfn : results) pfns.push_back(pfn.value);
    model.allocated(machine.mm(), command, pfns, random.node());
  }
  return machine.state_hash();
}

TEST(StateHash, IsTheSameEverywhere) {
  StateHash all;
  for (const MachineShape& shape : machine_shapes()) all.add(hash_after_run(shape, 7, 3000));
  EXPECT_EQ(all.value(), 0xb7dc9fc7cbd21990ull)
      << textf("0x%llx", static_cast<unsigned long long>(all.value()));
}

TEST(StateHash, OtherSeedsGiveOtherStates) {
  const MachineShape& shape = machine_shapes().front();
  EXPECT_NE(hash_after_run(shape, 1, 500), hash_after_run(shape, 2, 500));
  EXPECT_EQ(hash_after_run(shape, 1, 500), hash_after_run(shape, 1, 500));
}

}  // namespace
}  // namespace kmem::test
