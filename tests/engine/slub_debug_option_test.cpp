// Goal: slub_debug on the command line reaches the caches that it names, and no others.
// Method: the flags of caches of a machine that booted with it; sizes that a real 6.1.192 booted
// with slub_debug=FZPU shows for its own caches.
#include <gtest/gtest.h>

#include <utility>

#include "base/text.h"
#include "engine/slub_debug_support.h"
#include "ingest/machine_config.h"
#include "mm/memblock.h"
#include "sim/session.h"

namespace kmem::test {
namespace {

using namespace slab_flags;

SlabConfig booted_with(const char* text) {
  SlabConfig config = TestSlub::plain();
  config.merge = true;
  config.slub_debug = *parse_slub_debug(text);
  return config;
}

/// Letters of the debugging that the newest cache of that name has.
std::string letters(TestSlub& slub, const std::string& name) {
  const Slub work = slub.slub();
  const CacheId id = find_cache(work.state, name);
  if (id == kNoCache) return "none";
  constexpr struct {
    char letter;
    SlabFlags flag;
  } kLetters[] = {
      {'F', kConsistencyChecks}, {'Z', kRedZone}, {'P', kPoison}, {'U', kStoreUser}, {'T', kTrace}};
  std::string out;
  for (const auto& each : kLetters) {
    if (work.cache(id).has(each.flag)) out += each.letter;
  }
  return out.empty() ? "-" : out;
}

std::string letters(const char* option, const char* name, SlabFlags flags = 0) {
  TestSlub slub(booted_with(option));
  slub.create({name, 100, 0, flags, false, {}});
  return letters(slub, name);
}

TEST(SlubDebugOption, LettersAndNames) {
  EXPECT_EQ(letters("", "foo"), "FZPU");
  EXPECT_EQ(letters("FZ", "foo"), "FZ");
  EXPECT_EQ(letters("fzputa", "foo"), "FZPUT") << "no failslab in this build";
  EXPECT_EQ(letters("-", "foo"), "-");
  EXPECT_EQ(letters("P,foo", "foo"), "P");
  EXPECT_EQ(letters("P,foo", "foot"), "-");
  EXPECT_EQ(letters("P,bar,fo*", "foot"), "P");
  EXPECT_EQ(letters(",foo", "foo"), "FZPU") << "names without letters";
  EXPECT_EQ(letters("F;Z,foo", "foo"), "Z") << "a block that names it";
  EXPECT_EQ(letters("F;Z,foo", "bar"), "F");
  EXPECT_EQ(letters("Z,foo;P,fo*", "foo"), "Z") << "the first block that names it";
  EXPECT_EQ(letters("F;Z", "foo"), "Z") << "the last block for all";
}

TEST(SlubDebugOption, SomeCachesAreSpared) {
  EXPECT_EQ(letters("", "foo", kNoUserFlags), "-");
  EXPECT_EQ(letters("", "foo", kNoLeakTrace), "FZP");
  EXPECT_EQ(letters("FZPU,foo", "foo", kNoLeakTrace), "FZPU") << "it was meant";
  EXPECT_EQ(letters("Z", "foo", kPoison), "ZP") << "what the creator wants, too";
}

// kmalloc-4k has 4096 bytes: anything more needs a second page.
TEST(SlubDebugOption, CachesWhoseOrderItWouldRaiseMayBeSpared) {
  TestSlub slub(booted_with("OFZPU"));
  EXPECT_EQ(letters(slub, "kmalloc-4k"), "F");
  EXPECT_EQ(slub.slub().cache(find_cache(slub.slub().state, "kmalloc-4k")).size, 4096u);
  EXPECT_EQ(letters(slub, "kmalloc-1k"), "FZPU");
}

TEST(SlubDebugOption, TheKernelsOwnCachesHaveTheSizesOfARealOne) {
  TestSlub slub(booted_with("FZPU"));
  constexpr struct {
    const char* name;
    uint32_t size;
  } kSizes[] = {{"kmalloc-8", 112},   {"kmalloc-16", 128},   {"kmalloc-32", 160},
                {"kmalloc-64", 256},  {"kmalloc-96", 200},   {"kmalloc-192", 296},
                {"kmalloc-1k", 3072}, {"kmalloc-8k", 24576}, {"kmem_cache_node", 256}};
  for (const auto& each : kSizes) {
    const Slub work = slub.slub();
    EXPECT_EQ(work.cache(find_cache(work.state, each.name)).size, each.size) << each.name;
  }
  EXPECT_EQ(slub.wrong(), "");
}

TEST(SlubDebugOption, CachesWithDebuggingAreNeverMerged) {
  TestSlub plain(booted_with("-"));
  const CacheId first = plain.create({"a", 200, 0, 0, false, {}});
  EXPECT_EQ(plain.create({"b", 200, 0, 0, false, {}}), first);
  EXPECT_NE(plain.create({"c", 200, 0, kRedZone, false, {}}), first);
  TestSlub debugged(booted_with("Z"));
  const CacheId other = debugged.create({"a", 200, 0, 0, false, {}});
  EXPECT_NE(debugged.create({"b", 200, 0, 0, false, {}}), other);
  EXPECT_EQ(debugged.create({"a", 200, 0, 0, false, {}}), kNoCache) << "its directory is there";
}

TEST(SlubDebugOption, AMachineTakesIt) {
  Result<PristineConfig> config =
      read_machine_config(R"({"memory_mib": 64, "slub_debug": "FZ,kmalloc-*"})");
  ASSERT_TRUE(config);
  Result<Mm> mm = boot_pristine_machine(*config);
  ASSERT_TRUE(mm);
  Session session = Session::from_machine(std::move(*mm), NodeId{0}, "", slab_config_of(*config));
  const SlabState& state = std::as_const(session).machine().slab();
  EXPECT_TRUE(state.caches[find_cache(state, "kmalloc-64")].has(kRedZone));
  EXPECT_FALSE(state.caches[find_cache(state, "kmem_cache")].debugged());
}

}  // namespace
}  // namespace kmem::test
