// The calls of one session with their results, recorded and our own.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "sim/command.h"
#include "sim/recording.h"

namespace kmem {

/// A list of commands that only grows, or is cut when history forks.
///
/// Results are kept by allocation id. Running a command again writes the same results again,
/// because the machine is deterministic, so a seek needs no copy of them.
class Timeline {
 public:
  Timeline() = default;
  explicit Timeline(const Recording& recording);

  [[nodiscard]] uint32_t length() const { return static_cast<uint32_t>(commands_.size()); }
  /// Command `index`, 0..length()-1: it leads from step `index` to step `index + 1`.
  [[nodiscard]] const Command& command(uint32_t index) const { return commands_[index]; }
  [[nodiscard]] bool recorded(uint32_t index) const { return index < recorded_freed_.size(); }

  /// Adds a command of the user behind the last one and gives it allocation ids.
  /// @param request what a kmem_cache_create() asks for.
  void append(Command command, const CacheRequest& request = {});
  /// What was asked for by the call that created a command's cache.
  [[nodiscard]] const CacheRequest& request(const Command& command) const;
  [[nodiscard]] const std::vector<CacheRequest>& requests() const { return requests_; }
  /// Drops command `length` and everything behind it.
  void cut(uint32_t length);

  /// Results of command `index` in this machine, and those of the real kernel (empty when not
  /// recorded).
  [[nodiscard]] std::span<Pfn> results(uint32_t index);
  [[nodiscard]] std::span<const Pfn> results(uint32_t index) const;
  [[nodiscard]] std::span<const Pfn> recorded_results(uint32_t index) const;
  [[nodiscard]] Pfn recorded_freed(uint32_t index) const { return recorded_freed_[index]; }

  /// A page in use that changed its frame during a command.
  using Migration = Recording::Migration;
  /// Notes what moved during command `index`, which has just run; the pages' owners follow them.
  void set_moves(uint32_t index, std::span<const Recording::Migration> moves);
  /// Which allocation owns the page at `pfn` after `step` commands; kNoAllocation when none.
  [[nodiscard]] uint32_t owner_at(uint32_t step, Pfn pfn);
  /// What moved during command `index`, here and in the real kernel.
  [[nodiscard]] std::span<const Migration> moves(uint32_t index) const;
  [[nodiscard]] std::span<const Migration> recorded_moves(uint32_t index) const;

  /// Block that a free gives back in this machine; kNoPfn when its allocation failed here.
  [[nodiscard]] Pfn freed(uint32_t index) const { return freed_object(index).pfn; }
  /// The same for objects, and for those that other calls are given.
  [[nodiscard]] ObjectPlace freed_object(uint32_t index) const;
  [[nodiscard]] ObjectPlace recorded_freed_object(uint32_t index) const;
  /// Object that command `index` gave in this machine, and in the real kernel.
  [[nodiscard]] ObjectPlace object(uint32_t index) const;
  [[nodiscard]] ObjectPlace recorded_object(uint32_t index) const;
  void set_object(uint32_t index, ObjectPlace place);
  /// Objects that a bulk call gave, none for NULL, or was given.
  [[nodiscard]] std::vector<ObjectPlace> objects(uint32_t index) const;
  void set_objects(uint32_t index, std::span<const ObjectPlace> places);
  /// What a call answered that answers a number of bytes.
  [[nodiscard]] uint64_t bytes(uint32_t index) const;
  void set_bytes(uint32_t index, uint64_t bytes);
  /// Whether this machine and the real kernel gave (took) the same pages.
  [[nodiscard]] bool matches(uint32_t index) const;
  /// Command `index` as C.
  [[nodiscard]] std::string call_text(uint32_t index,
                                      const KernelProfile& profile = kLinux6_1_192) const;
  /// Last command before `step` that returned the block at `pfn`, counted from 1; 0 when none did.
  [[nodiscard]] uint32_t allocated_at(uint32_t step, Pfn pfn) const;

 private:
  /// Where a page is before command `index`, after all moves until then.
  [[nodiscard]] Pfn location(uint32_t allocation, uint32_t index) const;

  std::vector<Command> commands_;
  std::vector<Pfn> results_;
  std::vector<Pfn> recorded_results_;
  std::vector<Pfn> recorded_freed_;
  /// For objects the bytes that belong to each of results_, and to those of the real kernel; for
  /// areas, at their first page, where they start.
  std::vector<uint32_t> offsets_;
  std::vector<uint32_t> recorded_offsets_;
  std::vector<CacheRequest> requests_;
  /// Calls of dma_pool_create().
  uint32_t pools_ = 0;
  /// Calls that make a mempool.
  uint32_t mempools_ = 0;
  /// Names of the kernel's own caches that commands were about, by Command::cache.
  std::map<uint32_t, CacheRequest> boot_caches_;
  /// Ascending by command.
  std::vector<Migration> moves_;
  std::vector<Migration> recorded_moves_;
  /// For every move the move before it of the same page, and for every page its last one; counted
  /// from 1, 0 is none.
  std::vector<uint32_t> move_before_;
  std::map<uint32_t, uint32_t> last_move_;
  /// Owners of pages after owners_step_ commands, so that a search goes on where the last stopped.
  std::map<uint32_t, uint32_t> owners_;
  uint32_t owners_step_ = 0;
};

}  // namespace kmem
