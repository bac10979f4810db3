// What the engine's tests share: small machines made by hand, and pictures of their whole state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mm/mm.h"
#include "mm/zone_dump.h"
#include "sim/machine.h"
#include "sim/session.h"

namespace kmem::test {

/// What a failed call returns.
inline constexpr uint32_t kNull = UINT32_MAX;

/// Builds the dump of one zone. Counters follow from the lists, so that a test names only what it
/// is about.
class ZoneBuilder {
 public:
  /// A zone [start, end) whose pageblocks are all movable; watermarks 0, per-CPU lists bypassed.
  ZoneBuilder(std::string name, ZoneType type, uint32_t start, uint32_t end,
              const MmConfig& config = {});

  /// Appends blocks to free_list[order][letter], head first.
  ZoneBuilder& free(Order order, char letter, std::vector<uint32_t> pfns);
  /// The same for every block from `first` to `last`.
  ZoneBuilder& free_run(Order order, char letter, uint32_t first, uint32_t last);
  /// Appends blocks to a per-CPU list, head first.
  ZoneBuilder& pcp_list(uint32_t list, std::vector<uint32_t> pfns);
  ZoneBuilder& pcp(int32_t batch, int32_t high, uint8_t free_factor = 0);
  ZoneBuilder& watermarks(int64_t min, int64_t low, int64_t high);
  /// Letter of the pageblock that holds `pfn`.
  ZoneBuilder& pageblock(uint32_t pfn, char letter);
  ZoneBuilder& managed(uint32_t pages);
  ZoneBuilder& reserve(std::vector<int64_t> lowmem_reserve);
  ZoneBuilder& node(uint8_t node);
  ZoneBuilder& threshold(int32_t pages);

  /// The dump, to be changed at will.
  [[nodiscard]] ZoneDump dump() const;

 private:
  MmConfig config_;
  ZoneDump dump_;
};

/// Zone Z of facts section 10: DMA32, frames 32768..65535, 32 free order-10 blocks, watermarks
/// 256/320/384, batch 7, high 320, one CPU, threshold 0.
ZoneBuilder zone_z();

/// Boots dumps that must be right.
Mm boot(const std::vector<ZoneDump>& dumps, const MmConfig& config = {});

/// A machine with the kernel's calls as one-liners.
class TestMachine {
 public:
  explicit TestMachine(const std::vector<ZoneDump>& dumps, const MmConfig& config = {},
                       uint8_t node = 0);

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] Mm& mm() { return machine_.mm(); }
  [[nodiscard]] Zone& zone(size_t index = 0) { return machine_.mm().zones[index]; }

  /// @return pfn, or kNull.
  uint32_t alloc(Gfp gfp, uint32_t order);
  std::vector<uint32_t> alloc_many(uint32_t count, Gfp gfp, uint32_t order);
  uint32_t alloc_exact(uint32_t bytes, Gfp gfp);
  std::vector<uint32_t> alloc_bulk(uint32_t pages, Gfp gfp);
  /// @return false when the kernel would report a bad page.
  bool free(uint32_t pfn, Order order);
  bool free_exact(uint32_t pfn, uint32_t bytes);
  void drain();
  /// Runs any command; expects check() to accept it.
  std::vector<uint32_t> run(const Command& command, bool* accepted = nullptr);

  /// Events of the last call, see events_text().
  [[nodiscard]] std::string events() const;
  [[nodiscard]] std::string picture(size_t zone_index = 0);

 private:
  Machine machine_;
  uint32_t step_ = 0;
};

/// Every non-empty list of a zone, head first, and its counters:
///   U: 0[32775] 3[32776]
///   M: 10[33792..64512]
///   pcp: 0[32769..32774] count 6
///   free 32761, blocks UU M62
/// Runs of three and more neighbours are shown as first..last; counters that are 0 are left out.
std::string picture(const Mm& mm, const Zone& zone, CpuId cpu = {});

/// The kernel's own tracepoints, one a line, as `name field field ...`; with `decisions` all.
std::string events_text(const std::vector<TraceRecord>& records, bool decisions = false);

/// Numbers that are the same on every compiler.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  /// 0 .. below-1.
  uint32_t below(uint32_t below);
  bool one_in(uint32_t times) { return below(times) == 0; }

 private:
  uint64_t next();
  uint64_t state_;
};

/// Compares `text` with tests/engine/golden/<name>; with UPDATE_GOLDEN=1 rewrites the file.
/// @return "" when equal, else what to show.
std::string compare_golden(const std::string& name, const std::string& text);

/// A recording as text: a meta line, zone lines, calls and the end line, ready to be spoilt.
std::string meta_line();
std::string zone_line(const ZoneDump& dump);
/// @param calls lines without "i", each ending in a newline.
std::string recording_text(const std::vector<ZoneDump>& dumps, std::string_view calls,
                           uint32_t ops);
/// Six calls on zone Z (X1, X2), all with the kernel's results, and a dump before and after them.
std::string small_recording();
/// Opens a recording that must be right.
Session open_recording(const std::string& text);

}  // namespace kmem::test
