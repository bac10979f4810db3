// Goal: a call that is served in one piece does and tells what the long way does and tells.
// Method: random calls on two equal machines; on one of them no request is ordinary.
#include <gtest/gtest.h>

#include "engine/random_machine.h"

namespace kmem::test {
namespace {

struct Call {
  std::vector<Pfn> results;
  bool accepted = false;
  std::string told;
};

Call run(Machine& machine, const Command& command) {
  Call call;
  call.results.assign(results_of(command), kNoPfn);
  machine.trace().begin_step(1);
  call.accepted = machine.run(command, command.pfn, call.results);
  call.told = events_text(machine.records(), true);
  return call;
}

uint32_t ordinary_requests(const Machine& machine) {
  uint64_t pages = 0;
  for (const Zone& zone : machine.mm().zones) {
    for (const PerCpuPages& pcp : zone.pcp) pages += pcp.handed_out;
  }
  return static_cast<uint32_t>(pages);
}

class OrdinaryCalls : public testing::TestWithParam<MachineShape> {};

TEST_P(OrdinaryCalls, TellWhatTheLongWayTells) {
  RandomMachine random(GetParam(), 3);
  RandomMachine twin(GetParam(), 3);
  Machine& machine = random.machine();
  Machine& longer = twin.machine();
  machine.trace().set_level(TraceLevel::decision);
  longer.trace().set_level(TraceLevel::decision);
  OwnershipModel model(machine.mm());
  for (uint32_t i = 0; i < 4000; ++i) {
    const Command command = random.next_command(model);
    longer.mm().cpu = machine.mm().cpu;
    for (Zone& zone : longer.mm().zones) zone.forget_floor();
    const Call call = run(machine, command);
    ASSERT_EQ(call.told, run(longer, command).told) << "call " << i;
    ASSERT_EQ(machine.state_hash(), longer.state_hash()) << "call " << i << "\n" << call.told;
    for (const PageMove& move : machine.moves()) {
      model.moved(machine.mm().pfn(move.from), machine.mm().pfn(move.to));
    }
    if (call.accepted && names_block(command.op)) model.ran(command);
    if (!is_allocation(command.op)) continue;
    std::vector<uint32_t> pfns;
    for (const Pfn pfn : call.results) pfns.push_back(pfn.value);
    model.allocated(machine.mm(), command, pfns, random.node());
  }
  EXPECT_EQ(ordinary_requests(longer), 0u);
  const MmConfig& config = GetParam().config;
  // A zone that keeps no stock for its CPU has nothing to hand out in one piece.
  const bool stock = machine.mm().zones.front().pcp.front().high > 1;
  const bool newer = config.profile->rules == AllocatorRules::linux_6_1;
  const bool some = newer && stock && !config.cma && !config.page_group_by_mobility_disabled;
  EXPECT_EQ(ordinary_requests(machine) > 0, some);
}

INSTANTIATE_TEST_SUITE_P(Shapes, OrdinaryCalls, testing::ValuesIn(machine_shapes()),
                         [](const auto& test) { return std::string{test.param.name}; });

}  // namespace
}  // namespace kmem::test
