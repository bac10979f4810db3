// Goal: SLUB's lists move as in a real kernel, rule by rule.
// Method: the worked examples of the fact sheet (E1 to E8), each of them observed on Linux 6.1.192
// with two CPUs and without random free lists; whole states are compared.
#include <gtest/gtest.h>

#include "engine/slub_support.h"

namespace kmem::test {
namespace {

TEST(SlubExample, FreeObjectsAreUsedLastInFirstOut) {
  TestSlub slub;
  slub.create(256);
  const std::vector<Kva> objects = slub.alloc_many(4);
  EXPECT_EQ(slub.names(objects), "A+0 A+256 A+512 A+768");
  EXPECT_EQ(slub.cpu(), "A(16/16) own 1024,1280,1536,1792,2048,.. others - chain");
  for (const int i : {1, 3, 0}) slub.free(objects[static_cast<size_t>(i)]);
  EXPECT_EQ(slub.cpu(), "A(16/16) own 0,768,256,1024,1280,.. others - chain");
  EXPECT_EQ(slub.names(slub.alloc_many(4)), "A+0 A+768 A+256 A+1024");
  EXPECT_EQ(slub.wrong(), "");
}

TEST(SlubExample, ShrinkFreesAnEmptySlab) {
  TestSlub slub;
  slub.create(256);
  slub.free(slub.alloc());
  EXPECT_EQ(slub.node(), "partial slabs 1 objects 16");
  EXPECT_FALSE(slub.shrink());
  EXPECT_EQ(slub.cpu(), "no slab chain");
  EXPECT_EQ(slub.node(), "partial slabs 0 objects 0");
  EXPECT_EQ(slub.wrong(), "");
}

TEST(SlubExample, FullSlabsJoinTheChainOfTheCpuThatFreesIntoThem) {
  TestSlub slub;
  slub.create(512);
  const std::vector<Kva> objects = slub.alloc_many(33);
  for (const size_t i : {size_t{3}, size_t{5}}) slub.free(objects[i]);
  slub.free(objects[16 + 2]);
  EXPECT_EQ(slub.cpu(), "C(16/16) own 512,1024,1536,2048,2560,.. others - chain B(15/16) A(14/16)");
  slub.alloc_many(15);
  EXPECT_EQ(slub.names(slub.alloc_many(4)), "B+1024 A+2560 A+1536 D+0");
  EXPECT_EQ(slub.node(), "partial slabs 4 objects 64");
  EXPECT_EQ(slub.wrong(), "");
}

TEST(SlubExample, WhatOthersFreeIsTakenWhenTheOwnIsUsedUp) {
  TestSlub slub;
  slub.create(1024);
  const std::vector<Kva> objects = slub.alloc_many(4);
  slub.on_cpu(1);
  slub.free(objects[0]);
  slub.free(objects[2]);
  EXPECT_EQ(slub.cpu(0), "A(14/16) own 4096,5120,6144,7168,8192,.. others 2048,0 chain");
  slub.on_cpu(0);
  slub.alloc_many(12);
  EXPECT_EQ(slub.cpu(), "A(14/16) own - others 2048,0 chain");
  EXPECT_EQ(slub.names(slub.alloc_many(3)), "A+2048 A+0 B+0");
  EXPECT_EQ(slub.wrong(), "");
}

TEST(SlubExample, ALongChainGoesToTheNodeAndComesBackInPortions) {
  TestSlub slub;
  slub.create(64);
  const std::vector<Kva> objects = slub.alloc_many(512);
  for (size_t i = 0; i < 4; ++i) slub.free(objects[64 * i + i]);
  EXPECT_EQ(slub.cpu(), "H(64/64) own - others - chain D(63/64) C(63/64) B(63/64) A(63/64)");
  for (size_t i = 4; i < 7; ++i) slub.free(objects[64 * i + i]);
  EXPECT_EQ(slub.cpu(), "H(64/64) own - others - chain G(63/64) F(63/64) E(63/64)");
  EXPECT_EQ(slub.node(), "partial D(63/64) C(63/64) B(63/64) A(63/64) slabs 8 objects 512");
  EXPECT_EQ(slub.names(slub.alloc_many(4)), "G+384 F+320 E+256 D+192");
  EXPECT_EQ(slub.cpu(), "D(64/64) own - others - chain A(63/64) B(63/64) C(63/64)");
  EXPECT_EQ(slub.node(), "partial slabs 8 objects 512");
  EXPECT_EQ(slub.names(slub.alloc_many(1)), "A+0");
  EXPECT_EQ(slub.wrong(), "");
}

TEST(SlubExample, ANodeKeepsMinPartialEmptySlabs) {
  TestSlub slub;
  slub.create(1024);
  const std::vector<Kva> objects = slub.alloc_many(192);
  slub.free_all(objects, 0, 47);
  EXPECT_EQ(slub.cpu(), "L(16/16) own - others - chain C(0/16) B(0/16) A(0/16)");
  slub.free(objects[48]);
  EXPECT_EQ(slub.node(), "partial C(0/16) B(0/16) A(0/16) slabs 12 objects 192");
  slub.free_all(objects, 49, 96);
  EXPECT_EQ(slub.node(), "partial C(0/16) B(0/16) A(0/16) F(0/16) E(0/16) slabs 11 objects 176");
  slub.free_all(objects, 97, 191);
  EXPECT_EQ(slub.node(), "partial C(0/16) B(0/16) A(0/16) F(0/16) E(0/16) slabs 8 objects 128");
  EXPECT_EQ(slub.cpu().substr(slub.cpu().find("chain")), "chain K(0/16) J(0/16)");
  EXPECT_FALSE(slub.shrink());
  EXPECT_EQ(slub.node(), "partial slabs 0 objects 0");
  EXPECT_EQ(slub.wrong(), "");
}

TEST(SlubExample, ShrinkPutsTheFullestSlabsFirst) {
  TestSlub slub;
  slub.create(512);
  const std::vector<Kva> objects = slub.alloc_many(80);
  slub.free(objects[0]);
  slub.free_all(objects, 16, 29);
  slub.free_all(objects, 32, 34);
  slub.free_all(objects, 48, 61);
  EXPECT_EQ(slub.cpu(), "E(16/16) own - others - chain D(2/16) C(13/16) B(2/16) A(15/16)");
  EXPECT_TRUE(slub.shrink());
  EXPECT_EQ(slub.node(), "partial A(15/16) C(13/16) B(2/16) D(2/16) slabs 5 objects 80");
  EXPECT_EQ(slub.name(slub.alloc()), "A+0");
  EXPECT_EQ(slub.cpu(), "A(16/16) own - others - chain D(2/16) B(2/16) C(13/16)");
  EXPECT_EQ(slub.wrong(), "");
}

// Equally full slabs, so that shrink only turns the list round: what it found first, H, comes last.
TEST(SlubExample, ASlabThatNobodyElseFreedIntoGoesToTheHead) {
  TestSlub slub;
  slub.create(64);
  const std::vector<Kva> objects = slub.alloc_many(511);
  for (size_t i = 0; i < 5; ++i) slub.free(objects[64 * i]);
  EXPECT_EQ(slub.node(), "partial D(63/64) C(63/64) B(63/64) A(63/64) slabs 8 objects 512");
  EXPECT_EQ(slub.cpu(), "H(64/64) own 4032 others - chain E(63/64)");
  EXPECT_TRUE(slub.shrink());
  EXPECT_EQ(slub.node(),
            "partial E(63/64) A(63/64) B(63/64) C(63/64) D(63/64) H(63/64) slabs 8 objects 512");
  EXPECT_EQ(slub.wrong(), "");
}

TEST(SlubExample, ASlabThatOthersFreedIntoGoesToTheTail) {
  TestSlub slub;
  slub.create(2048);
  const std::vector<Kva> objects = slub.alloc_many(18);
  slub.free(objects[0]);
  slub.on_cpu(1);
  slub.free(objects[16]);
  slub.on_cpu(0);
  EXPECT_TRUE(slub.shrink());
  EXPECT_EQ(slub.node(), "partial A(15/16) B(1/16) slabs 2 objects 32");
  EXPECT_EQ(slub.names(slub.alloc_many(3)), "A+0 B+4096 B+6144");
  EXPECT_EQ(slub.wrong(), "");
}

}  // namespace
}  // namespace kmem::test
