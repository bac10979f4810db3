// The race as a wasm module for wasm_bench.mjs: the loops run inside wasm, and JavaScript only
// says who is next and looks at the clock.
#include <emscripten/bind.h>

#include <optional>
#include <string>

#include "contest.h"
#include "replay.h"

namespace {

using kmem_bench::Contest;
using kmem_bench::Variant;

std::optional<Contest> contest;
std::optional<kmem_bench::Replay> replay;

/// @return commands in it.
uint32_t load_recording(const std::string& text) {
  replay.reset();
  replay.emplace(text);
  return replay->commands();
}
void rewind_replay() { replay->rewind(); }
void run_replay() { replay->run(); }
uint32_t wrong_in_replay() { return replay->wrong(); }

std::string open(uint32_t workload) {
  contest.reset();
  contest.emplace(workload);
  return contest->shape().name;
}

/// @return commands in the segment.
uint32_t next_segment() {
  contest->next_segment();
  return contest->commands();
}

uint32_t run(uint32_t variant) { return contest->run(static_cast<Variant>(variant)); }

/// The call that B1 measures batches against.
uint32_t add(uint32_t a, uint32_t b) { return a + b; }

}  // namespace

EMSCRIPTEN_BINDINGS(kmem_bench) {
  emscripten::function("open", &open);
  emscripten::function("nextSegment", &next_segment);
  emscripten::function("run", &run);
  emscripten::function("proofs", &kmem_bench::proofs_json);
  emscripten::function("add", &add);
  emscripten::function("loadRecording", &load_recording);
  emscripten::function("rewindReplay", &rewind_replay);
  emscripten::function("runReplay", &run_replay);
  emscripten::function("wrongInReplay", &wrong_in_replay);
}
