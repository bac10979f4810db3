#include "replay.h"

#include <utility>

#include "ingest/recording_reader.h"
#include "mm/zone_dump.h"

namespace kmem_bench {

namespace {

kmem::Recording parsed(std::string_view text) {
  kmem::Result<kmem::Recording> recording = kmem::read_recording(text);
  return std::move(*recording);
}

kmem::Machine booted(const kmem::Recording& recording) {
  kmem::Result<kmem::Mm> mm = kmem::boot_from_dumps(recording.config, recording.boot);
  mm->cpu_node = {recording.cpu_node};
  return {std::move(*mm), kmem::NodeId{recording.node}, recording.forced_gfp};
}

}  // namespace

Replay::Replay(std::string_view text) : Replay(parsed(text)) {}

Replay::Replay(kmem::Recording recording)
    : timeline_(recording), machine_(booted(recording)), start_(machine_.snapshot()) {
  machine_.trace().set_level(kmem::TraceLevel::tracepoint);
}

void Replay::run() {
  for (uint32_t i = 0; i < timeline_.length(); ++i) {
    machine_.trace().begin_step(i + 1);
    machine_.run(timeline_.command(i), timeline_.freed(i), timeline_.results(i));
  }
}

uint32_t Replay::wrong() const {
  uint32_t wrong = 0;
  for (uint32_t i = 0; i < timeline_.length(); ++i) wrong += timeline_.matches(i) ? 0 : 1;
  return wrong;
}

}  // namespace kmem_bench
