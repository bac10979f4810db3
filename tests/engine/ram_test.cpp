// Goal: simulated RAM costs nothing until it is written, reads as zero until then, and travels in
// snapshots.
// Method: bytes written and read back, alone and through a machine.
#include <gtest/gtest.h>

#include "engine/support.h"
#include "mm/ram.h"

namespace kmem::test {
namespace {

uint64_t hash_of(const Ram& ram) {
  StateHash hash;
  ram.hash_into(hash);
  return hash.value();
}

Command memset_command(uint32_t pfn, uint8_t value, uint32_t bytes, uint32_t offset = 0) {
  Command command;
  command.op = Op::memset;
  command.pfn = {pfn};
  command.value = value;
  command.amount = bytes;
  command.offset = offset;
  return command;
}

TEST(Ram, ReadsAsNothingUntilWritten) {
  Ram ram(16);
  EXPECT_FALSE(ram.used());
  EXPECT_TRUE(ram.read({3}).empty());
  Result<std::span<uint8_t>> bytes = ram.write({3});
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->size(), size_t{kPageSizeBytes});
  for (const uint8_t byte : *bytes) ASSERT_EQ(byte, 0);
  (*bytes)[4095] = 7;
  EXPECT_TRUE(ram.used());
  EXPECT_EQ(ram.read({3})[4095], 7);
  EXPECT_TRUE(ram.read({2}).empty());
}

TEST(Ram, ForgottenFramesAreZeroAgain) {
  Ram ram(16);
  for (uint32_t i = 0; i < 16; ++i) (*ram.write({i}))[0] = 1;
  ram.forget({4}, 8);
  EXPECT_EQ(ram.read({3})[0], 1);
  EXPECT_TRUE(ram.read({4}).empty());
  EXPECT_TRUE(ram.read({11}).empty());
  EXPECT_EQ(ram.read({12})[0], 1);
  EXPECT_EQ((*ram.write({4}))[0], 0);
  ram.forget({0}, 16);
  EXPECT_FALSE(ram.used());
}

TEST(Ram, SnapshotKeepsOnlyWrittenFrames) {
  Ram ram(16);
  (*ram.write({5}))[1] = 9;
  const std::vector<Ram::Saved> saved = ram.save();
  ASSERT_EQ(saved.size(), 1u);
  const uint64_t hash = hash_of(ram);
  (*ram.write({5}))[1] = 8;
  (*ram.write({6}))[0] = 1;
  EXPECT_NE(hash_of(ram), hash);
  ram.restore(saved);
  EXPECT_EQ(hash_of(ram), hash);
  EXPECT_EQ(ram.read({5})[1], 9);
  EXPECT_TRUE(ram.read({6}).empty());
}

TEST(Ram, AHandedOutPageIsZero) {
  TestMachine machine({zone_z().dump()});
  const uint32_t pfn = machine.alloc(gfp::kKernel, 1);
  machine.run(memset_command(pfn, 0xaa, 10, 4086));
  machine.run(memset_command(pfn + 1, 0xbb, kPageSizeBytes));
  const Ram& ram = machine.machine().ram();
  const Page page = machine.mm().map.pfn_to_page({pfn});
  EXPECT_EQ(ram.read(page)[4085], 0);
  EXPECT_EQ(ram.read(page)[4086], 0xaa);
  EXPECT_EQ(ram.read({page.index + 1})[0], 0xbb);
  machine.free(pfn, 1);
  EXPECT_EQ(ram.read(page)[4086], 0xaa) << "bytes stay until the page is handed out again";
  EXPECT_EQ(machine.alloc(gfp::kKernel, 1), pfn);
  EXPECT_TRUE(ram.read(page).empty());
  EXPECT_FALSE(ram.used());
}

TEST(Ram, BytesArePartOfTheState) {
  TestMachine machine({zone_z().dump()});
  const uint64_t before = machine.machine().state_hash();
  const Machine::Snapshot snapshot = machine.machine().snapshot();
  machine.run(memset_command(40000, 1, 1));
  EXPECT_NE(machine.machine().state_hash(), before);
  machine.machine().restore(snapshot);
  EXPECT_EQ(machine.machine().state_hash(), before);
}

}  // namespace
}  // namespace kmem::test
