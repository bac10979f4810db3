// Goal: whatever a person types, the machine answers with the documented error or with the kernel's
// own report, and is as it was before.
// Method: each bad command with its error name, place and the words that tell what is accepted;
// each bad free with its bad_page event. The state hash is compared around every one.
#include <gtest/gtest.h>

#include "engine/support.h"
#include "ingest/user_command.h"

namespace kmem::test {
namespace {

/// Pages 32768 (order 0), 32784 (order 2) and 32832 (exact, 3 pages) in the user's hands.
Session session_with_blocks() {
  Session session = Session::from_machine(boot({zone_z().dump()}), {0}, "pristine");
  for (const char* json : {R"({"op":"alloc_pages","gfp":"GFP_KERNEL","order":0})",
                           R"({"op":"alloc_pages","gfp":"GFP_KERNEL","order":4})",
                           R"({"op":"alloc_pages_exact","gfp":"GFP_KERNEL","bytes":12000})"}) {
    Result<Command> command = read_user_command(json);
    EXPECT_TRUE(command) << command.error().message;
    EXPECT_TRUE(session.run(*command));
  }
  return session;
}

uint32_t result_of(const Session& session, uint32_t index) {
  return session.timeline().results(index)[0].value;
}

struct BadCommand {
  const char* json;
  const char* name;
  const char* words;
  uint32_t column = 0;
};

const BadCommand kBadCommands[] = {
    {R"({"op":"alloc_pages","gfp":"GFP_KERNEL","order":11})", "OrderOutOfRange",
     "order 11 is out of range: accepted are 0 to 10"},
    {R"({"op":"alloc_pages","gfp":"GFP_KERNEL","order":-1})", "OrderOutOfRange",
     "accepted are whole numbers from 0"},
    {R"({"op":"alloc_pages","gfp":"GFP_KERNEL","order":4294967296})", "OrderOutOfRange",
     "accepted are 0 to 10"},
    {R"({"op":"alloc_pages","gfp":"GFP_KERNEL","order":9223372036854775807})", "OrderOutOfRange",
     "accepted are 0 to 10"},
    {R"({"op":"__free_pages","pfn":32768,"order":11})", "OrderOutOfRange", "accepted are 0 to 10"},
    {R"({"op":"alloc_pages","gfp":"GFP_KERNEL","order":1.5})", "CommandFormat",
     "\"order\" must be"},
    {R"({"op":"alloc_pages","gfp":"GFP_KERNEL","order":"1"})", "CommandFormat",
     "\"order\" must be"},
    {R"({"op":"alloc_pages","gfp":"GFP_KERNEL","order":1e999})", "CommandFormat", "not JSON"},
    {R"({"op":"alloc_pages","gfp":"GFP_KERNEL"})", "CommandFormat", "\"order\" is missing"},
    {R"({"op":"alloc_pages","order":1})", "CommandFormat", "\"gfp\" is missing"},
    {R"({"op":"alloc_pages","gfp":3264,"order":1})", "CommandFormat", "\"gfp\" must be a string"},
    {R"({"op":"alloc_pages","gfp":"GFP_KERNEL|GFP_NONE","order":1})", "UnknownGfpFlag",
     "'GFP_NONE'", 12},
    {R"({"op":"alloc_pages","gfp":"","order":1})", "UnknownGfpFlag", "''", 1},
    {R"({"op":"alloc_pages","gfp":"0x1000000","order":1})", "UnknownGfpFlag", "0xffffff", 1},
    {R"({"op":"alloc_pages","gfp":"__GFP_MOVABLE|__GFP_RECLAIMABLE","order":0})", "GfpConflict",
     "__GFP_MOVABLE"},
    {R"({"op":"malloc","gfp":"GFP_KERNEL"})", "CommandFormat", "unknown call 'malloc'"},
    {R"({"op":"vmalloc","gfp":"GFP_KERNEL"})", "CommandFormat", "\"bytes\" is missing"},
    {R"({"op":"vfree","address":"0xzz"})", "CommandFormat", "accepted are NULL and 0x"},
    {R"({"op":""})", "CommandFormat", "unknown call ''"},
    {R"({})", "CommandFormat", "\"op\" is missing"},
    {R"([])", "CommandFormat", "expected one JSON object"},
    {R"("alloc_pages")", "CommandFormat", "expected one JSON object"},
    {R"()", "CommandFormat", "not JSON"},
    {R"({"op":"drain_local_pages")", "CommandFormat", "not JSON"},
    {R"({"op":"drain_local_pages"} x)", "CommandFormat", "not JSON"},
    {R"({"op":"alloc_pages_exact","gfp":"GFP_KERNEL","bytes":0})", "CommandFormat",
     "accepted are 1 to 4194304"},
    {R"({"op":"alloc_pages_exact","gfp":"GFP_KERNEL","bytes":4194305})", "CommandFormat",
     "accepted are 1 to 4194304"},
    {R"({"op":"alloc_pages_exact","gfp":"GFP_KERNEL","bytes":-5})", "CommandFormat",
     "\"bytes\" must be a whole number"},
    {R"({"op":"alloc_pages_bulk","gfp":"GFP_KERNEL","pages":0})", "CommandFormat",
     "accepted are 1 to"},
    {R"({"op":"alloc_pages_bulk","gfp":"GFP_KERNEL","pages":4294967295})", "CommandFormat",
     "accepted are 1 to"},
    {R"({"op":"__free_pages","pfn":32767,"order":0})", "PfnOutOfRange",
     "no memory at pfn 32767: the zones are DMA32 [32768, 65536)"},
    {R"({"op":"__free_pages","pfn":65536,"order":0})", "PfnOutOfRange", "no memory at pfn 65536"},
    {R"({"op":"__free_pages","pfn":4294967294,"order":0})", "PfnOutOfRange", "no memory at"},
    {R"({"op":"__free_pages","pfn":4294967295,"order":0})", "CommandFormat", "\"pfn\" must be"},
    {R"({"op":"__free_pages","pfn":-1,"order":0})", "CommandFormat", "\"pfn\" must be"},
    {R"({"op":"__free_pages","order":0})", "CommandFormat", "\"pfn\" is missing"},
    {R"({"op":"free_pages_exact","pfn":32768,"bytes":0})", "CommandFormat", "accepted are 1 to"},
    {R"({"op":"memset","pfn":32768,"bytes":4097,"value":1})", "CommandFormat", "inside one frame"},
    {R"({"op":"memset","pfn":32768,"bytes":10,"value":1,"offset":4090})", "CommandFormat",
     "inside one frame"},
    {R"({"op":"memset","pfn":32768,"bytes":1,"value":1,"offset":4294967295})", "CommandFormat",
     "inside one frame"},
    {R"({"op":"memset","pfn":32768,"bytes":1,"value":256})", "CommandFormat",
     "\"value\" must be a whole number from 0 to 255"},
    {R"({"op":"memset","pfn":1,"bytes":1,"value":0})", "PfnOutOfRange", "no memory at pfn 1"},
};

Error refusal_of(Session& session, const char* json) {
  Result<Command> command = read_user_command(json);
  if (!command) return command.error();
  const Status status = session.run(*command);
  if (!status) return status.error();
  ADD_FAILURE() << "accepted: " << json;
  return {};
}

TEST(BadCommand, EachIsRefusedByNameAndNothingChanges) {
  Session session = session_with_blocks();
  const uint64_t hash = session.machine().state_hash();
  for (const BadCommand& bad : kBadCommands) {
    const Error error = refusal_of(session, bad.json);
    EXPECT_EQ(error.name, bad.name) << bad.json << ": " << error.message;
    EXPECT_NE(error.message.find(bad.words), std::string::npos)
        << bad.json << ": " << error.message;
    if (bad.column != 0) {
      EXPECT_EQ(error.column, bad.column) << bad.json;
    }
    EXPECT_EQ(session.machine().state_hash(), hash) << bad.json;
    EXPECT_EQ(session.timeline().length(), 3u) << bad.json;
  }
}

TEST(BadCommand, DeepNestingIsRefused) {
  const std::string deep = R"({"op":)" + std::string(500000, '[');
  const Result<Command> command = read_user_command(deep);
  ASSERT_FALSE(command);
  EXPECT_EQ(command.error().name, "CommandFormat");
  const std::string closed = deep + std::string(500000, ']') + "}";
  EXPECT_FALSE(read_user_command(closed));
}

TEST(BadCommand, MachineConfigsAreRefusedByField) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({})", "memory_mib is missing"},
      {R"({"memory_mib":-1})", "memory_mib is -1: accepted are whole numbers from 16 to 4096"},
      {R"({"memory_mib":64,"cpus":0})", "cpus is 0: accepted are whole numbers from 1 to 64"},
      {R"({"memory_mib":64,"cpus":65})", "cpus is 65: accepted are whole numbers from 1 to 64"},
      {R"({"memory_mib":64,"thp":1})", "thp is 1: accepted are true and false"},
      {R"([64])", "expected one JSON object"},
      {R"(64 MiB)", "not JSON"},
  };
  for (const auto& [json, words] : cases) {
    const Result<PristineConfig> config = read_machine_config(json);
    ASSERT_FALSE(config) << json;
    EXPECT_EQ(config.error().name, "MachineConfig");
    EXPECT_NE(config.error().message.find(words), std::string::npos) << config.error().message;
  }
}

/// The bad_page event of the last call: "pfn reason refcount order".
std::string bad_page_of(const Session& session) {
  for (const TraceRecord& record : session.machine().records()) {
    if (record.event() != Event::bad_page) continue;
    return std::to_string(record.field[0]) + " " + std::to_string(record.field[1]);
  }
  return "none";
}

Command free_command(Op op, uint32_t pfn, uint32_t order_or_bytes) {
  Command command;
  command.op = op;
  command.pfn = {pfn};
  (op == Op::free_pages_exact ? command.amount : command.order) = order_or_bytes;
  return command;
}

TEST(BadCommand, TheKernelsOwnMistakesAreReportedAsBadPages) {
  Session session = session_with_blocks();
  const uint32_t single = result_of(session, 0);
  const uint32_t block = result_of(session, 1);
  const uint32_t exact = result_of(session, 2);
  const auto not_allocated = std::to_string(static_cast<int>(BadPage::not_allocated));
  const auto wrong_order = std::to_string(static_cast<int>(BadPage::wrong_order));
  struct Case {
    const char* what;
    Command command;
    std::string reason;
  };
  const Case cases[] = {
      {"free page", free_command(Op::free_block, 40960, 0), not_allocated},
      {"head of a free block", free_command(Op::free_pages, 40960, 10), not_allocated},
      {"per-CPU page", free_command(Op::free_block, single + 1, 0), not_allocated},
      {"inside of a block", free_command(Op::free_block, block + 1, 0), not_allocated},
      {"too big", free_command(Op::free_block, single, 3), wrong_order},
      {"too small", free_command(Op::free_pages, block, 0), wrong_order},
      {"exact call on a block", free_command(Op::free_pages_exact, block, 8192), wrong_order},
      {"whole order of an exact call", free_command(Op::free_pages, exact, 2), wrong_order},
      {"one byte more than an exact call", free_command(Op::free_pages_exact, exact, 12289),
       not_allocated},
      {"exact call up to the end of memory", free_command(Op::free_pages_exact, 65535, 4194304),
       not_allocated},
  };
  const uint64_t hash = session.machine().state_hash();
  for (const Case& each : cases) {
    ASSERT_TRUE(session.run(each.command)) << each.what;
    const std::string found = bad_page_of(session);
    EXPECT_EQ(found.substr(found.find(' ') + 1), each.reason) << each.what;
    EXPECT_EQ(session.machine().state_hash(), hash) << each.what;
  }
}

TEST(BadCommand, ASecondFreeIsABadPage) {
  Session session = session_with_blocks();
  const uint32_t pfns[] = {result_of(session, 0), result_of(session, 1)};
  const uint32_t orders[] = {0, 4};
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(session.run(free_command(Op::free_block, pfns[i], orders[i])));
    EXPECT_EQ(bad_page_of(session), "none");
    const uint64_t hash = session.machine().state_hash();
    ASSERT_TRUE(session.run(free_command(Op::free_block, pfns[i], orders[i])));
    EXPECT_EQ(bad_page_of(session), std::to_string(pfns[i]) + " 1");
    EXPECT_EQ(session.machine().state_hash(), hash);
  }
}

TEST(BadCommand, PagesInUseSinceBeforeAreNotOurs) {
  Session session =
      Session::from_machine(boot({ZoneBuilder("Normal", ZoneType::normal, 1048576, 1049600)
                                      .free(3, 'M', {1048576})
                                      .dump()}),
                            {0}, "recorded");
  const uint64_t hash = session.machine().state_hash();
  for (const uint32_t order : {0u, 3u, 10u}) {
    ASSERT_TRUE(session.run(free_command(Op::free_block, 1049000, order)));
    EXPECT_EQ(bad_page_of(session), "1049000 3");
    EXPECT_EQ(session.machine().state_hash(), hash);
  }
}

// A page that was marked migratable and is freed by any call must not stay so: the mark would make
// its pageblock look more movable than it is.
TEST(BadCommand, AnyFreeClearsTheMovableMark) {
  TestMachine machine({zone_z().dump()});
  Command command;
  command.op = Op::alloc_movable_page;
  command.gfp = gfp::kHighUserMovable;
  const uint32_t pfn = machine.run(command)[0];
  const Page page = machine.mm().map.pfn_to_page({pfn});
  EXPECT_EQ(machine.mm().map.flags(page), MemMap::kMovableOps);
  EXPECT_TRUE(machine.free(pfn, 0));
  EXPECT_EQ(machine.mm().map.flags(page), 0);
}

}  // namespace
}  // namespace kmem::test
