// Fuzz target: any text is refused or becomes a recording; what boots can be replayed and walked,
// and its invariants hold.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ingest/recording_reader.h"
#include "mm/verify.h"
#include "sim/session.h"

namespace kmem::test {
namespace {

/// A zone of millions of frames is right, but not what a fuzzer should spend its time on.
constexpr uint64_t kMostFrames = 1u << 16;

bool is_small(const Recording& recording) {
  uint64_t frames = 0;
  for (const ZoneDump& zone : recording.boot) frames += zone.spanned;
  for (const Command& command : recording.commands) {
    if (command.op == Op::alloc_pages_bulk && command.amount > kMostFrames) return false;
  }
  return frames <= kMostFrames;
}

void run(std::string_view text) {
  Result<Recording> recording = read_recording(text);
  if (!recording || !is_small(*recording)) return;
  Result<Session> session = Session::from_recording(std::move(*recording));
  if (!session) return;
  session->verify();
  const uint64_t hash = session->machine().state_hash();
  const std::string wrong = verify(session->machine().mm());
  session->seek(session->timeline().length() / 2);
  session->seek(session->timeline().length());
  if (wrong.empty() && session->machine().state_hash() == hash) return;
  std::fprintf(stderr, "%s\n", wrong.empty() ? "another state after a seek" : wrong.c_str());
  std::abort();
}

}  // namespace
}  // namespace kmem::test

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  kmem::test::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
