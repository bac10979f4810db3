// A machine on its timeline: run, go back, go forward, compare with the real kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "sim/machine.h"
#include "sim/recording.h"
#include "sim/timeline.h"

namespace kmem {

/// How a whole recording compares.
struct VerifyReport {
  uint32_t operations = 0;
  uint32_t matched = 0;
  uint32_t dumps = 0;
  uint32_t dumps_matched = 0;
  /// What was not compared, because only the recorded results tell it.
  Learnt learnt;

  struct Difference {
    enum class Kind : uint8_t { none, call, dump };
    Kind kind = Kind::none;
    uint32_t line = 0;
    std::string call;    ///< the call, or the last call before the dump
    std::string what;    ///< what differs
    std::string ours;    ///< our result and state
    std::string kernel;  ///< the real kernel's
  };
  Difference first;

  [[nodiscard]] bool all_match() const { return matched == operations && dumps_matched == dumps; }
};

/// A booted machine with its past and, for a recording, its future.
///
/// Step k is the state after k commands. Going back restores the nearest snapshot before k and
/// runs forward again: the machine is deterministic, so the state is the same, bit for bit.
class Session {
 public:
  /// Boots from a recording's first dumps. @return RecordingFormat when they contradict themselves.
  static Result<Session> from_recording(Recording recording);
  /// A machine without recorded calls.
  static Session from_machine(Mm mm, NodeId node, std::string origin, const SlabConfig& slab = {});

  [[nodiscard]] const Machine& machine() const { return *machine_; }
  [[nodiscard]] Machine& machine() { return *machine_; }
  [[nodiscard]] const Timeline& timeline() const { return timeline_; }
  [[nodiscard]] const std::vector<Recording::Dump>& dumps() const { return dumps_; }
  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] uint32_t step() const { return step_; }

  /// Goes to a step. The events left behind are those of the last command on the way.
  /// @return StepOutOfRange when step > length().
  Status seek(uint32_t step);
  /// @param request what a kmem_cache_create() asks for; for other calls the name of their cache.
  /// Runs one command of the user; recorded commands behind the current step are dropped.
  Status run(const Command& wanted, const CacheRequest& request = {});

  /// Recorded calls among the first step() commands, and how many matched.
  struct Tally {
    uint32_t compared = 0;
    uint32_t matched = 0;
    uint32_t dumps_compared = 0;
    uint32_t dumps_matched = 0;
  };
  [[nodiscard]] Tally tally() const;

  /// Runs everything from boot with comparisons on; the session ends at its last step.
  VerifyReport verify();

 private:
  Session() = default;

  void run_next();
  [[nodiscard]] uint32_t find_handle(const std::string& name) const;
  void run_slab_call(const Command& command);
  void run_place_call(const Command& command);
  void run_to(uint32_t step);
  void take_snapshot();
  void follow_moves(uint32_t index);
  void compare_dumps_here();
  [[nodiscard]] DumpDifference compare_dump(const Recording::Dump& dump) const;
  /// Our state and a dump as texts; empty for dumps of zones, which are compared by their fields.
  struct DumpTexts {
    std::string ours;
    std::string kernel;
  };
  [[nodiscard]] DumpTexts dump_texts(const Recording::Dump& dump) const;
  [[nodiscard]] CacheId cache_of(const CacheDump& dump) const;
  void note_first_call(VerifyReport& report) const;
  void note_first_object(VerifyReport& report, uint32_t index) const;
  void note_first_dump(VerifyReport& report, const Recording::Dump& dump) const;

  std::unique_ptr<Machine> machine_;
  Timeline timeline_;
  std::vector<Recording::Dump> dumps_;
  std::string origin_;
  uint32_t step_ = 0;

  struct Saved {
    uint32_t step = 0;
    Machine::Snapshot state;
  };
  std::vector<Saved> snapshots_;
  uint32_t snapshot_interval_ = 1024;

  // Whether call i, dump j were equal; filled as far as the session has run.
  std::vector<bool> call_matched_;
  std::vector<bool> dump_matched_;
};

}  // namespace kmem
