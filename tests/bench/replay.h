// How fast a recording runs when nobody compares anything: parsing and booting are done before.
#pragma once

#include <string_view>

#include "sim/machine.h"
#include "sim/timeline.h"

namespace kmem_bench {

class Replay {
 public:
  /// Aborts when the text is not a recording: it is one of ours.
  explicit Replay(std::string_view text);

  [[nodiscard]] uint32_t commands() const { return timeline_.length(); }
  /// Back to the first command.
  void rewind() { machine_.restore(start_); }
  /// Runs all commands, with tracepoints; nothing is compared.
  void run();
  /// Commands of the last run() whose result was not the recorded one.
  [[nodiscard]] uint32_t wrong() const;

 private:
  explicit Replay(kmem::Recording recording);

  kmem::Timeline timeline_;
  kmem::Machine machine_;
  kmem::Machine::Snapshot start_;
};

}  // namespace kmem_bench
