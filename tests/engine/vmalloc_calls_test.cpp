// Goal: calls of vmalloc, as a person makes them: results, refusals, warnings, texts.
// Method: sessions on machines with either object allocator; commands come as JSON, as from the
// page.
#include <gtest/gtest.h>

#include <sstream>

#include "base/text.h"
#include "engine/slub_support.h"
#include "ingest/user_command.h"
#include "report/ftrace.h"
#include "report/json_view.h"
#include "report/procfs.h"

namespace kmem::test {
namespace {

SlabConfig built_with(SlabAllocator allocator) {
  SlabConfig config;
  config.allocator = allocator;
  return config;
}

/// A session whose calls are JSON.
class VmallocCalls : public testing::TestWithParam<SlabAllocator> {
 protected:
  /// @return the area, or the name of the refusal.
  std::string run(const std::string& json) {
    Result<Command> command = read_user_command(json, kLinux6_1_192, nullptr);
    if (!command) return command.error().name;
    const Status done = session_.run(*command);
    if (!done) return done.error().name;
    EXPECT_EQ(verify(session_.machine()), "");
    return area_text(session_.timeline().object(session_.step() - 1));
  }
  std::string alloc(uint64_t bytes) {
    return run(textf(R"({"op":"vmalloc","bytes":%llu})", static_cast<unsigned long long>(bytes)));
  }
  std::string free(const std::string& address) {
    run(R"({"op":"vfree","address":")" + address + "\"}");
    return session_.timeline().call_text(session_.step() - 1);
  }
  /// Events of the last call of this name, see events_text().
  std::string events(const std::string& name) {
    std::string out;
    std::istringstream lines(events_text(session_.machine().records(), true));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name + " ")) out += line + "\n";
    }
    return out;
  }
  size_t pages() { return session_.timeline().results(session_.step() - 1).size(); }

  Session session_ =
      Session::from_machine(boot({zone_z().dump()}), NodeId{0}, "test", built_with(GetParam()));
};

TEST_P(VmallocCalls, AnAreaComesAndGoes) {
  EXPECT_EQ(alloc(4097), "0xffffc90000000000");
  EXPECT_EQ(pages(), 2u);
  EXPECT_EQ(session_.timeline().call_text(0), "vmalloc(4097)");
  EXPECT_EQ(run(R"({"op":"vzalloc","bytes":1})"), "0xffffc90000003000");
  EXPECT_EQ(session_.timeline().call_text(1), "vzalloc(1)");
  EXPECT_EQ(free("0xffffc90000000000"), "vfree(0xffffc90000000000)");
  EXPECT_EQ(events("bad_vfree"), "");
  EXPECT_EQ(alloc(1), "0xffffc90000005000") << "freed addresses wait for a purge";
  const std::string info = *step_info_json(session_, 4);
  EXPECT_NE(info.find(R"("op":"vmalloc")"), std::string::npos) << info;
  EXPECT_NE(info.find(R"("address":"0xffffc90000005000")"), std::string::npos) << info;
  EXPECT_NE(info.find(R"("gfpNames":"GFP_KERNEL")"), std::string::npos) << info;
}

TEST_P(VmallocCalls, ZeroBytesAndTooManyGiveNull) {
  EXPECT_EQ(alloc(0), "NULL");
  EXPECT_EQ(events("vmalloc_failed"), "vmalloc_failed 1: 0 0 0 0 3264\n");
  EXPECT_EQ(alloc(UINT32_MAX), "NULL");
  EXPECT_EQ(events("vmalloc_failed"), "vmalloc_failed 2: -1 0 1048576 0 3264\n");
}

TEST_P(VmallocCalls, BadAddressesAreNotFreed) {
  EXPECT_EQ(alloc(8192), "0xffffc90000000000");
  free("0xffffc90000000008");
  EXPECT_EQ(events("bad_vfree"), "bad_vfree 1: 8 -14080\n");
  free("0xffffc90000010000");
  EXPECT_EQ(events("bad_vfree"), "bad_vfree 2: 65536 -14080\n");
  EXPECT_EQ(free("0xffff888000001000"), "vfree(0xffff888000001000)") << "of the direct map";
  EXPECT_EQ(events("bad_vfree"), "bad_vfree 2: 4096 -30592\n");
  EXPECT_EQ(free("NULL"), "vfree(NULL)");
  EXPECT_EQ(events("bad_vfree"), "");
  free("0xffffc90000001000");
  EXPECT_EQ(events("bad_vfree"), "") << "any page of the area will do";
  free("0xffffc90000000000");
  EXPECT_EQ(events("bad_vfree"), "bad_vfree 2: 0 -14080\n") << "freed already";
}

TEST_P(VmallocCalls, VmallocinfoListsThem) {
  const auto info = [this] {
    const Machine& machine = session_.machine();
    return *procfs(machine.mm(), "/proc/vmallocinfo", &machine.slab(), &machine.areas());
  };
  EXPECT_EQ(info(), "");
  alloc(20480);
  alloc(1);
  alloc(600 << kPageShift);
  EXPECT_EQ(info(),
            "0xffffc90000000000-0xffffc90000006000   24576 pages=5 vmalloc N0=5\n"
            "0xffffc90000006000-0xffffc90000008000    8192 pages=1 vmalloc N0=1\n"
            "0xffffc90000008000-0xffffc90000261000 2461696 pages=600 vmalloc vpages N0=600\n"
            "0xffffc90000261000-0xffffc90000264000   12288 pages=2 vmalloc N0=2\n");
  free("0xffffc90000006000");
  free("0xffffc90000000000");
  EXPECT_TRUE(info().ends_with("0xffffc90000000000-0xffffc90000008000   32768 unpurged vm_area\n"))
      << info();
}

TEST_P(VmallocCalls, AddressesAreReadExactly) {
  for (const char* const wrong : {"", "0x", "12", "0xg", "0x12345678123456789", "0x1 ", "-1"}) {
    EXPECT_EQ(run(textf(R"({"op":"vfree","address":"%s"})", wrong)), "CommandFormat") << wrong;
  }
  EXPECT_EQ(run(R"({"op":"vfree"})"), "CommandFormat");
  EXPECT_EQ(run(R"({"op":"vmalloc"})"), "CommandFormat");
  for (const Kva address : {Kva{1}, Kva{4096}, kVmallocStart - 1, kVmallocStart, kVmallocEnd,
                            Kva{UINT64_MAX}, kDirectMap + 12345}) {
    EXPECT_EQ(area_address(area_place(address)), address);
  }
  EXPECT_EQ(area_address(area_place(0)), 0u);
}

TEST_P(VmallocCalls, GoingBackGivesTheSameAgain) {
  for (const uint32_t bytes : {1u, 70000u, 5000u, 300000u}) alloc(bytes);
  free("0xffffc90000002000");
  alloc(20000);
  const uint64_t hash = session_.machine().state_hash();
  ASSERT_TRUE(session_.seek(2));
  ASSERT_TRUE(session_.seek(6));
  EXPECT_EQ(session_.machine().state_hash(), hash);
}

std::string name_of(const testing::TestParamInfo<SlabAllocator>& info) {
  return info.param == SlabAllocator::slab ? "Slab" : "Slub";
}

INSTANTIATE_TEST_SUITE_P(Allocators, VmallocCalls,
                         testing::Values(SlabAllocator::slub, SlabAllocator::slab), name_of);

}  // namespace
}  // namespace kmem::test
