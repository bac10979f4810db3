// Goal: no sequence of calls gives an object out twice, touches the bytes of one in use, or breaks
// a list; wrong frees change nothing.
// Method: seeded random calls on several caches, kmalloc and two CPUs, memory mostly scarce. Every
// object in use is filled with its own byte, which must be there when it is freed; verify() looks
// at everything every few calls.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <span>
#include <vector>

#include "base/text.h"
#include "engine/support.h"
#include "slab/slub_freelist.h"

namespace kmem::test {
namespace {

struct Held {
  ObjectPlace place;
  uint32_t bytes = 0;
  uint32_t cache = UINT32_MAX;  ///< UINT32_MAX: kmalloc
  uint8_t fill = 0;
  uint32_t pool = UINT32_MAX;  ///< mempool that it is from
};

class RandomCaches {
 public:
  RandomCaches(uint64_t seed, const SlabConfig& config, uint8_t nodes)
      : random_(seed), machine_(boot(zones(nodes), two_cpus(nodes)), NodeId{0}, Gfp{0}, config) {
    EXPECT_TRUE(machine_.ram().reserve());
    machine_.trace().set_level(seed % 2 == 0 ? TraceLevel::off : TraceLevel::decision);
  }

  /// @return "" or what went wrong.
  std::string step() {
    machine_.trace().begin_step(0);
    machine_.mm().cpu = {static_cast<uint8_t>(random_.below(2))};
    if (random_.one_in(500)) growing_ = !growing_;
    const uint32_t dice = random_.below(200);
    if (dice == 0) return create();
    if (dice == 1) return shrink_or_destroy();
    if (dice < 6) return free_wrongly();
    const bool allocate = held_.empty() || random_.below(10) < (growing_ ? 7u : 3u);
    if (dice < 20) return allocate ? alloc_bulk() : free_bulk();
    if (dice < 40 && !held_.empty()) return reallocate();
    if (dice < 60) return use_pool();
    return allocate ? alloc() : free();
  }

  [[nodiscard]] std::string wrong() { return verify(machine_); }
  [[nodiscard]] uint64_t failures() const { return failures_; }
  [[nodiscard]] uint64_t refused() const { return refused_; }

 private:
  static std::vector<ZoneDump> zones(uint8_t nodes) {
    std::vector<ZoneDump> dumps;
    for (uint8_t node = 0; node < nodes; ++node) {
      const uint32_t start = 32768 + 32768 * uint32_t{node};
      ZoneBuilder builder("DMA32", ZoneType::dma32, start, start + 1024);
      dumps.push_back(builder.node(node).free_run(10, 'U', start, start).pcp(7, 64).dump());
    }
    return dumps;
  }
  static MmConfig two_cpus(uint8_t nodes) {
    MmConfig config;
    config.nr_cpus = 2;
    config.nr_online_nodes = nodes;
    return config;
  }

  ObjectPlace run(const Command& command, const CacheRequest& request = {},
                  ObjectPlace place = {}) {
    EXPECT_TRUE(machine_.check(command));
    return machine_.run_slab(command, request, place);
  }

  std::string create() {
    Command command;
    command.op = Op::kmem_cache_create;
    command.cache = static_cast<uint32_t>(caches_.size());
    constexpr SlabFlags kFlags[] = {0, slab_flags::kHwcacheAlign, slab_flags::kReclaimAccount,
                                    slab_flags::kTypesafeByRcu};
    CacheRequest request{textf("c%u", command.cache),
                         random_.below(random_.one_in(3) ? 9000 : 600) + 1,
                         random_.one_in(4) ? 1u << random_.below(9) : 0,
                         kFlags[random_.below(4)],
                         random_.one_in(8),
                         {}};
    run(command, request);
    caches_.push_back(request);
    return "";
  }

  std::string shrink_or_destroy() {
    if (caches_.empty()) return "";
    Command command;
    command.op = random_.one_in(2) ? Op::kmem_cache_shrink : Op::kmem_cache_destroy;
    command.cache = random_.below(static_cast<uint32_t>(caches_.size()));
    command.may_schedule = random_.one_in(2);
    if (!machine_.check(command)) return "";
    // An alias in use may be destroyed, and then its objects are freed to the other name.
    if (command.op == Op::kmem_cache_destroy) {
      for (const Held& held : held_) {
        if (held.cache == command.cache) return "";
      }
    }
    run(command);
    return "";
  }

  std::string alloc() {
    Command command;
    command.gfp = random_.one_in(2) ? gfp::kKernel : gfp::kNoWait;
    if (random_.one_in(8)) command.gfp |= gfp::kZero;
    Held held;
    if (caches_.empty() || random_.one_in(2)) {
      command.op = random_.one_in(4) ? Op::kzalloc : Op::kmalloc;
      command.amount = random_.below(random_.one_in(20) ? 70000 : 1000);
      if (random_.one_in(4)) command.gfp |= gfp::kReclaimable;
      held.bytes = command.amount;
    } else {
      command.op = Op::kmem_cache_alloc;
      held.cache = command.cache = random_.below(static_cast<uint32_t>(caches_.size()));
      held.bytes = caches_[held.cache].object_size;
      if (!machine_.check(command)) return "";
    }
    held.place = run(command);
    if (held.place == ObjectPlace{}) {
      failures_ += 1;
      return "";
    }
    if (held.place.pfn == kNoPfn) return held.bytes == 0 ? "" : "ZERO_SIZE_PTR";
    hold(held);
    return "";
  }

  void hold(Held held) {
    held.fill = static_cast<uint8_t>(random_.below(255) + 1);
    for (uint32_t i = 0; i < held.bytes;) {
      const std::span<uint8_t> piece = bytes_from(held, i, held.bytes);
      std::memset(piece.data(), held.fill, piece.size());
      i += static_cast<uint32_t>(piece.size());
    }
    held_.push_back(held);
  }

  /// Takes one of those in use, whose bytes must be as they were left.
  std::string let_go(Held& held) {
    const uint32_t which = random_.below(static_cast<uint32_t>(held_.size()));
    held = held_[which];
    held_[which] = held_.back();
    held_.pop_back();
    return changed(held, held.bytes);
  }

  /// "" when the first bytes are what this user wrote.
  std::string changed(const Held& held, uint32_t bytes) {
    const std::vector<uint8_t> left(kPageSizeBytes, held.fill);
    for (uint32_t i = 0; i < bytes;) {
      const std::span<uint8_t> piece = bytes_from(held, i, bytes);
      if (std::memcmp(piece.data(), left.data(), piece.size()) != 0) {
        return place_text(held.place) + " was written to";
      }
      i += static_cast<uint32_t>(piece.size());
    }
    return "";
  }

  std::string alloc_bulk() {
    if (caches_.empty()) return "";
    Command command;
    command.op = Op::kmem_cache_alloc_bulk;
    command.gfp = gfp::kNoWait;
    command.cache = random_.below(static_cast<uint32_t>(caches_.size()));
    command.count = 1 + random_.below(random_.one_in(10) ? 600 : 20);
    if (!machine_.check(command)) return "";
    const std::vector<ObjectPlace> places = machine_.run_slab_bulk(command);
    if (places.size() != command.count) return "a bulk call gave too few";
    const bool none = places.front() == ObjectPlace{};
    failures_ += none ? 1 : 0;
    for (const ObjectPlace place : places) {
      if ((place == ObjectPlace{}) != none) return "a bulk call gave some of them";
      if (!none) hold({place, caches_[command.cache].object_size, command.cache});
    }
    return "";
  }

  /// Makes a pool, takes an element of one, or changes its reserve.
  std::string use_pool() {
    Command command;
    command.gfp = random_.one_in(2) ? gfp::kKernel : gfp::kNoWait;
    command.count = 1 + random_.below(6);
    std::vector<Pfn> answer(1);
    if (pool_bytes_.size() < 6) {
      command.op =
          random_.one_in(2) ? Op::mempool_create_page_pool : Op::mempool_create_kmalloc_pool;
      command.pool = static_cast<uint32_t>(pool_bytes_.size());
      command.amount = 1 + random_.below(9000);
      command.order = random_.below(2);
      EXPECT_TRUE(machine_.check(command));
      machine_.run_mempool(command, {}, answer);
      const bool pages = command.op == Op::mempool_create_page_pool;
      pool_bytes_.push_back(pages ? kPageSizeBytes << command.order : command.amount);
      return "";
    }
    command.pool = random_.below(static_cast<uint32_t>(pool_bytes_.size()));
    command.op = random_.one_in(8) ? Op::mempool_resize : Op::mempool_alloc;
    if (!machine_.check(command)) return "";
    Held held{machine_.run_mempool(command, {}, answer), pool_bytes_[command.pool], UINT32_MAX, 0,
              command.pool};
    if (held.place != ObjectPlace{}) hold(held);
    return "";
  }

  void free_to_pool(const Held& held) {
    Command command = free_of(held);
    command.op = Op::mempool_free;
    command.pool = held.pool;
    EXPECT_TRUE(machine_.check(command));
    machine_.run_mempool(command, held.place, {});
  }

  /// Objects of many caches go back in one call.
  std::string free_bulk() {
    Command command;
    command.op = Op::kfree_bulk;
    const uint32_t count = 1 + random_.below(24);
    for (uint32_t i = 0; i < count && !held_.empty(); ++i) {
      Held held;
      const std::string wrong = let_go(held);
      if (!wrong.empty()) return wrong;
      if (held.pool == UINT32_MAX) {
        command.objects.push_back(held.place);
      } else {
        free_to_pool(held);
      }
    }
    if (command.objects.empty()) return "";
    EXPECT_TRUE(machine_.check(command));
    machine_.run_slab_bulk(command);
    return "";
  }

  std::string reallocate() {
    Held held;
    const std::string wrong = let_go(held);
    if (!wrong.empty()) return wrong;
    if (held.pool != UINT32_MAX) {
      free_to_pool(held);
      return "";
    }
    Command command = free_of(held);
    command.op = Op::krealloc;
    command.gfp = gfp::kNoWait;
    command.amount = 1 + random_.below(random_.one_in(10) ? 30000 : 1500);
    const ObjectPlace place = run(command, {}, held.place);
    if (place == ObjectPlace{}) {
      held_.push_back(held);
      return "";
    }
    const uint32_t kept = std::min(held.bytes, command.amount);
    held.place = place;
    const std::string lost = changed(held, kept);
    // Wherever it is now, kfree() finds its cache.
    held.cache = UINT32_MAX;
    held.bytes = command.amount;
    hold(held);
    return lost;
  }

  std::string free() {
    Held held;
    const std::string wrong = let_go(held);
    if (!wrong.empty()) return wrong;
    if (held.pool != UINT32_MAX) {
      free_to_pool(held);
      return "";
    }
    Command command = free_of(held);
    if (held.cache == UINT32_MAX && random_.one_in(4)) command.op = Op::kfree_sensitive;
    command.may_schedule = random_.one_in(2);
    run(command, {}, held.place);
    return "";
  }

  std::string free_wrongly() {
    if (held_.empty()) return "";
    Held held = held_[random_.below(static_cast<uint32_t>(held_.size()))];
    const uint64_t before = machine_.state_hash();
    held.place.offset += 1 + random_.below(7);
    run(free_of(held), {}, held.place);
    refused_ += 1;
    return machine_.state_hash() == before ? "" : "a wrong free changed something";
  }

  static Command free_of(const Held& held) {
    Command command;
    command.op = held.cache == UINT32_MAX ? Op::kfree : Op::kmem_cache_free;
    command.cache = held.cache;
    command.pfn = held.place.pfn;
    command.offset = held.place.offset;
    command.may_schedule = false;
    return command;
  }

  /// Bytes `from` to `end` of an object, as far as they are in one frame.
  std::span<uint8_t> bytes_from(const Held& held, uint32_t from, uint32_t end) {
    const uint32_t at = held.place.offset + from;
    const Page page{machine_.mm().map.pfn_to_page(held.place.pfn).index + at / kPageSizeBytes};
    const std::span<uint8_t> frame = *machine_.slub().ram.write(page);
    const uint32_t offset = at % kPageSizeBytes;
    return frame.subspan(offset, std::min(end - from, kPageSizeBytes - offset));
  }

  Random random_;
  Machine machine_;
  std::vector<CacheRequest> caches_;
  std::vector<Held> held_;
  /// Bytes of the elements of each mempool that was asked for.
  std::vector<uint32_t> pool_bytes_;
  bool growing_ = true;
  uint64_t failures_ = 0;
  uint64_t refused_ = 0;
};

constexpr long kCallsOfOne = 4000;

struct Machines {
  /// What to build the machine with whose first call is the `done`th.
  SlabConfig (*config)(long done);
  uint8_t (*nodes)(long done);
  /// Whether the states are verified after every call of an ordinary run, not every 16th.
  bool verify_all;
};

void run_random_caches(const Machines& machines) {
  const char* const text = std::getenv("KMEM_RANDOM_OPERATIONS");
  const long wanted = text == nullptr ? 12000 : std::strtol(text, nullptr, 10) / 20;
  uint64_t failures = 0;
  uint64_t refused = 0;
  for (long done = 0; done < wanted; done += kCallsOfOne) {
    RandomCaches caches(static_cast<uint64_t>(done) + 1, machines.config(done),
                        machines.nodes(done));
    for (uint32_t i = 0; i < kCallsOfOne; ++i) {
      std::string wrong = caches.step();
      // All of the long run under the sanitizers would take an hour.
      const bool verified = (machines.verify_all && text == nullptr) || i % 16 == 0;
      if (wrong.empty() && verified) wrong = caches.wrong();
      ASSERT_EQ(wrong, "") << "seed " << done + 1 << ", call " << i;
    }
    failures += caches.failures();
    refused += caches.refused();
  }
  EXPECT_GT(failures, 0u) << "memory never ran out";
  EXPECT_GT(refused, 0u) << "no bad free was tried";
}

TEST(RandomSlub, NoObjectIsLostOrGivenTwice) {
  const auto config_of = [](long done) {
    SlabConfig config;
    config.freelist_random = done % 8000 == 0;
    config.freelist_hardened = done % 16000 < 8000;
    config.merge = done % 12000 != 0;
    config.cpu_partial = done % 20000 != 4000;
    return config;
  };
  run_random_caches({config_of, [](long) { return uint8_t{1}; }, false});
}

TEST(RandomSlab, NoObjectIsLostOrGivenTwice) {
  const auto config_of = [](long done) {
    SlabConfig config;
    config.allocator = SlabAllocator::slab;
    config.freelist_random = done % 8000 == 0;
    config.merge = done % 12000 != 0;
    return config;
  };
  const auto nodes_of = [](long done) -> uint8_t { return done % 16000 == 8000 ? 2 : 1; };
  run_random_caches({config_of, nodes_of, true});
}

}  // namespace
}  // namespace kmem::test
