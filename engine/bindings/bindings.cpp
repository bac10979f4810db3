// The list of what JavaScript sees; no logic here.
// Mirrored by web/src/engine/native.d.ts; tests/web/bindings.test.ts fails when they differ.
#include <emscripten/bind.h>

#include "bindings/batch_binding.h"
#include "bindings/session_binding.h"

namespace {

std::string kernel_release() { return "6.1.192"; }

}  // namespace

EMSCRIPTEN_BINDINGS(kmem) {
  using emscripten::class_;
  using kmem::Error;
  using kmem::bindings::BatchBinding;
  using kmem::bindings::SessionBinding;

  emscripten::function("kernelRelease", &kernel_release);

  emscripten::value_object<Error>("NativeError")
      .field("name", &Error::name)
      .field("message", &Error::message)
      .field("line", &Error::line)
      .field("column", &Error::column)
      .field("byte", &Error::byte);

  class_<SessionBinding>("Session")
      .constructor<>()
      .function("inputBuffer", &SessionBinding::input_buffer)
      .function("loadRecording", &SessionBinding::load_recording)
      .function("bootPristine", &SessionBinding::boot_pristine)
      .function("error", &SessionBinding::error)
      .function("length", &SessionBinding::length)
      .function("step", &SessionBinding::step)
      .function("seek", &SessionBinding::seek)
      .function("run", &SessionBinding::run)
      .function("stepInfo", &SessionBinding::step_info)
      .function("view", &SessionBinding::view)
      .function("block", &SessionBinding::block)
      .function("areas", &SessionBinding::areas)
      .function("caches", &SessionBinding::caches)
      .function("cache", &SessionBinding::cache)
      .function("freeList", &SessionBinding::free_list)
      .function("pcpList", &SessionBinding::pcp_list)
      .function("frameStates", &SessionBinding::frame_states)
      .function("events", &SessionBinding::events)
      .function("eventsLost", &SessionBinding::events_lost)
      .function("procfs", &SessionBinding::procfs)
      .function("kernelLog", &SessionBinding::kernel_log)
      .function("procfsPaths", &SessionBinding::procfs_paths)
      .function("verify", &SessionBinding::verify)
      .function("stateHash", &SessionBinding::state_hash)
      .function("verifyRecording", &SessionBinding::verify_recording)
      .function("readBytes", &SessionBinding::read_bytes);

  class_<BatchBinding>("Batch")
      .constructor<>()
      .function("buffer", &BatchBinding::buffer)
      .function("bootPristine", &BatchBinding::boot_pristine)
      .function("error", &BatchBinding::error)
      .function("exec", &BatchBinding::exec);
}
