// Goal: debugging finds every write to bytes that nobody may write to, finds nothing else, and
// never touches the bytes of an object in use. Method: every such byte of a slab in turn, by brute
// force; then seeded random calls on caches of all kinds of debugging, each object in use filled
// with its own byte, with a stray write now and then that the next look must find. verify() looks
// at lists, counters and bytes all the time.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <iterator>

#include "base/text.h"
#include "engine/slub_debug_support.h"
#include "mm/verify.h"
#include "slab/slub_freelist.h"
#include "slab/slub_guard.h"
#include "slab/slub_verify.h"

namespace kmem::test {
namespace {

using namespace slab_flags;

/// A byte that nobody may write to.
struct GuardedByte {
  Kva address = 0;
  uint8_t value = 0;
};

/// All of a slab whose objects `used` are in use.
std::vector<GuardedByte> guarded_bytes(const Slub& slub, const Slab& slab,
                                       const std::vector<Kva>& used) {
  const KmemCache& cache = slub.cache(slab.cache);
  std::vector<GuardedByte> bytes;
  for (uint32_t i = 0; i < slab.objects; ++i) {
    const Kva object = object_at(cache, slab, i);
    const bool active = std::find(used.begin(), used.end(), object) != used.end();
    for (const Guard& guard : guards_of(cache, active)) {
      for (uint32_t at = 0; at < guard.bytes; ++at) {
        const Kva start = object + static_cast<Kva>(static_cast<int64_t>(guard.offset));
        bytes.push_back({start + at, guard.value});
      }
    }
  }
  const uint32_t tail = cache.has(kPoison) ? tail_bytes(cache, slab) : 0;
  for (uint32_t at = slab_bytes(slab) - tail; at < slab_bytes(slab); ++at) {
    bytes.push_back({slab.base + at, poison::kInuse});
  }
  return bytes;
}

/// Writes to one byte and looks.
/// @param verified whether verify() looks too, which takes longer.
/// @return "" or what was not as it should be.
std::string damage_and_look(DebugCache& cache, const GuardedByte& byte, uint8_t value,
                            bool verified) {
  if (cache.read(byte.address) != byte.value) return "the byte was wrong before";
  cache.write(byte.address, value);
  if (verified && verify(cache.test().slub()).empty()) return "verify() does not see it";
  cache.log();
  const uint32_t errors = cache.validate().errors;
  const std::string log = cache.log();
  if (errors != 2) return textf("%u errors\n", errors) + log;
  const std::string said =
      textf("First byte 0x%x instead of 0x%x", unsigned{value}, unsigned{byte.value});
  const bool tail = log.find(": Padding overwritten. ") != std::string::npos;
  if (!tail && log.find(said) == std::string::npos) return log;
  if (cache.read(byte.address) != byte.value) return "not restored\n" + log;
  // It is as it was, so all may be expected of it again.
  const Slub slub = cache.test().slub();
  slub.slab(virt_to_slab(slub, byte.address)).damaged = false;
  return verified ? verify(slub) : "";
}

TEST(SlubDebugRandom, EveryGuardedByteIsLookedAt) {
  constexpr struct {
    uint32_t size;
    SlabFlags flags;
  } kCaches[] = {{40, kRedZone | kPoison | kStoreUser | kConsistencyChecks},
                 {64, kRedZone},
                 {33, kPoison},
                 {5, kRedZone | kPoison},
                 {700, kPoison | kStoreUser}};
  for (const auto& each : kCaches) {
    DebugCache cache(each.size, each.flags);
    std::vector<Kva> used = cache.alloc_many(5);
    cache.free(used[2]);
    used.erase(used.begin() + 2);
    Slub slub = cache.test().slub();
    const Slab& slab = slub.slab(virt_to_slab(slub, used[0]));
    const std::vector<GuardedByte> bytes = guarded_bytes(slub, slab, used);
    EXPECT_GT(bytes.size(), 100u);
    for (const GuardedByte& byte : bytes) {
      const auto value = static_cast<uint8_t>(byte.value ^ (1u << byte.address % 8));
      ASSERT_EQ(damage_and_look(cache, byte, value, byte.address % 16 == 5), "")
          << "size " << each.size << ", byte " << byte.address - slab.base;
    }
  }
}

class RandomDebug {
 public:
  explicit RandomDebug(uint64_t seed)
      : random_(seed), cache_(random_.below(600) + 1, some_flags(), some_config(), false) {}

  /// @return "" or what went wrong.
  std::string step() {
    cache_.test().machine().trace().begin_step(0);
    cache_.test().on_cpu(static_cast<uint8_t>(random_.below(2)));
    if (random_.one_in(200)) growing_ = !growing_;
    const uint32_t dice = random_.below(100);
    if (dice == 0) return shrink();
    if (dice < 4) return damage();
    if (dice == 4) return look();
    return held_.empty() || random_.below(10) < (growing_ ? 7u : 3u) ? alloc() : free();
  }
  [[nodiscard]] uint64_t damages() const { return damages_; }
  [[nodiscard]] std::string about() {
    return textf("size %u flags 0x%x", cache_.cache().object_size, cache_.cache().flags);
  }

 private:
  struct Held {
    Kva object;
    uint8_t fill;
  };

  SlabFlags some_flags() {
    SlabFlags flags = 0;
    for (const SlabFlags flag : {kConsistencyChecks, kRedZone, kPoison, kStoreUser}) {
      if (random_.one_in(2)) flags |= flag;
    }
    if (random_.one_in(6)) flags |= kTypesafeByRcu;
    if (random_.one_in(6)) flags |= kHwcacheAlign;
    return (flags & kDebug) == 0 ? flags | kRedZone : flags;
  }
  SlabConfig some_config() {
    SlabConfig config = TestSlub::plain();
    config.freelist_random = random_.one_in(2);
    config.freelist_hardened = random_.one_in(2);
    return config;
  }

  std::string alloc() {
    const Kva object = cache_.alloc();
    if (object == 0) return "";
    const Held held{object, static_cast<uint8_t>(random_.below(256))};
    for (const Held& other : held_) {
      if (other.object == object) return "given twice";
    }
    for (uint32_t i = 0; i < cache_.cache().object_size; ++i) cache_.write(object + i, held.fill);
    held_.push_back(held);
    return quiet();
  }

  std::string free() {
    const size_t which = random_.below(static_cast<uint32_t>(held_.size()));
    const Held held = held_[which];
    held_.erase(held_.begin() + static_cast<std::ptrdiff_t>(which));
    for (uint32_t i = 0; i < cache_.cache().object_size; ++i) {
      if (cache_.read(held.object + i) != held.fill) return "an object in use was written to";
    }
    cache_.free(held.object);
    return quiet();
  }

  std::string shrink() {
    cache_.test().shrink();
    return quiet();
  }

  std::string look() { return cache_.validate().errors == 0 ? quiet() : cache_.log(); }

  /// A stray write to the slab of an object in use; full slabs are looked at only with U.
  std::string damage() {
    if (held_.empty()) return "";
    const Kva near = held_[random_.below(static_cast<uint32_t>(held_.size()))].object;
    const Slub slub = cache_.test().slub();
    const Slab& slab = slub.slab(virt_to_slab(slub, near));
    const bool listed = slab.inuse < slab.objects || cache_.cache().has(kStoreUser);
    std::vector<Kva> used;
    for (const Held& held : held_) used.push_back(held.object);
    const std::vector<GuardedByte> bytes = guarded_bytes(slub, slab, used);
    if (!listed || bytes.empty()) return "";
    damages_ += 1;
    const GuardedByte byte = bytes[random_.below(static_cast<uint32_t>(bytes.size()))];
    const auto value = static_cast<uint8_t>(byte.value + 1 + random_.below(255));
    return damage_and_look(cache_, byte, value, true);
  }

  /// Nobody damaged anything, so nothing is said.
  std::string quiet() {
    const std::string log = cache_.log();
    if (!log.empty()) return log;
    return random_.one_in(16) ? cache_.wrong() : verify(cache_.test().slub());
  }

  Random random_;
  DebugCache cache_;
  std::vector<Held> held_;
  bool growing_ = true;
  uint64_t damages_ = 0;
};

TEST(SlubDebugRandom, StrayWritesAreFoundAndNothingElseIs) {
  const char* const text = std::getenv("KMEM_RANDOM_OPERATIONS");
  const long wanted = text == nullptr ? 12000 : std::strtol(text, nullptr, 10) / 100;
  constexpr long kCallsOfOne = 600;
  uint64_t damages = 0;
  for (long done = 0; done < wanted; done += kCallsOfOne) {
    RandomDebug caches(static_cast<uint64_t>(done) + 1);
    for (uint32_t i = 0; i < kCallsOfOne; ++i) {
      ASSERT_EQ(caches.step(), "")
          << "seed " << done + 1 << ", call " << i << ", " << caches.about();
    }
    damages += caches.damages();
  }
  EXPECT_GT(damages, 0u) << "nothing was ever damaged";
}

/// What holds whatever was written: each slab on one list at most, and the lists as long as
/// counted.
std::string broken_lists(DebugCache& cache) {
  const Slub slub = cache.test().slub();
  for (const KmemCacheNode& node : cache.cache().node) {
    std::vector<bool> seen(slub.state.slabs.size());
    uint32_t partial = 0;
    for (const SlabId first : {node.first, node.full.first}) {
      for (SlabId id = first; id != kNoSlab; id = slub.slab(id).next) {
        if (seen[id]) return "a slab is on two lists";
        seen[id] = true;
        if (first == node.first) partial += 1;
      }
    }
    if (partial != node.nr_partial) return "nr_partial is wrong";
  }
  for (const Slab& slab : slub.state.slabs) {
    if (slab.page != kNoPage && slab.inuse > slab.objects) return "more in use than there are";
  }
  return "";
}

// Whatever a bad driver writes anywhere in a slab (links, tracks and objects in use too), the
// machine stays one: memory is the page allocator's or a slab's, and no list is broken.
TEST(SlubDebugRandom, NoWriteBreaksTheMachine) {
  constexpr SlabFlags kFlags[] = {kConsistencyChecks, kRedZone, kPoison | kStoreUser,
                                  kRedZone | kPoison | kStoreUser | kConsistencyChecks, 0};
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    Random random(seed);
    SlabConfig config = TestSlub::plain();
    config.freelist_hardened = random.one_in(2);
    DebugCache cache(random.below(400) + 1, kFlags[seed % std::size(kFlags)], config);
    std::vector<Kva> objects;
    for (uint32_t i = 0; i < 300; ++i) {
      const uint32_t dice = random.below(20);
      if (objects.empty() || dice < 9) {
        objects.push_back(cache.alloc());
        ASSERT_NE(objects.back(), 0u);
      } else if (dice < 14) {
        Command command;
        command.op = Op::kmem_cache_free;
        command.cache = kBootCache | cache.id();
        const Kva object = objects[random.below(static_cast<uint32_t>(objects.size()))];
        command.pfn = pfn_of(object);
        command.offset = static_cast<uint32_t>(object % kPageSizeBytes);
        cache.test().machine().run_slab(command, {}, {command.pfn, command.offset});
      } else if (dice < 19) {
        const Kva near = objects[random.below(static_cast<uint32_t>(objects.size()))];
        const Kva page = near & ~Kva{kPageSizeBytes - 1};
        // Half of the writes are links that lead into the slab.
        const Kva word = random.one_in(2) ? page + random.below(kPageSizeBytes) : random.below(256);
        const Kva place = page + random.below(kPageSizeBytes / 8) * 8;
        for (uint32_t at = 0; at < 8; ++at) {
          cache.write(place + at, static_cast<uint8_t>(word >> 8 * at));
        }
      } else {
        random.one_in(2) ? void(cache.validate()) : void(cache.test().shrink());
      }
      ASSERT_EQ(broken_lists(cache), "") << "seed " << seed << ", call " << i;
      if (i % 16 != 0) continue;
      ASSERT_EQ(verify(cache.test().machine().mm()), "") << "seed " << seed << ", call " << i;
    }
  }
}

}  // namespace
}  // namespace kmem::test
