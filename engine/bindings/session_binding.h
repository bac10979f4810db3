// What JavaScript calls `Session`: checks numbers, remembers errors, hands out views.
#pragma once

#include <emscripten/val.h>

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "sim/session.h"

namespace kmem::bindings {

/// Mirrors NativeSession in web/src/engine/native.d.ts. Embind turns NaN, fractions and negative
/// numbers into other integers without a word, so every number arrives as a double and is checked.
class SessionBinding {
 public:
  emscripten::val input_buffer(double bytes);
  bool load_recording(double bytes);
  bool boot_pristine(const std::string& config);
  [[nodiscard]] Error error() const { return error_; }

  [[nodiscard]] uint32_t length() const;
  [[nodiscard]] uint32_t step() const;
  bool seek(double step);
  bool run(const std::string& command);

  std::string step_info(double step);
  std::string view();
  std::string block(double pfn);
  std::string areas();
  std::string caches();
  std::string cache(const std::string& name);
  emscripten::val free_list(double zone, double order, double migratetype);
  emscripten::val pcp_list(double zone, double cpu, double list);
  emscripten::val frame_states();
  emscripten::val events();
  [[nodiscard]] uint32_t events_lost() const;
  std::string procfs(const std::string& path);
  std::string kernel_log();
  /// Files that procfs() has for this machine, one a line.
  std::string procfs_paths();
  std::string verify();
  std::string state_hash();
  std::string verify_recording();
  emscripten::val read_bytes(double pfn, double offset, double length);

 private:
  /// Refuses when nothing was booted yet.
  bool booted();
  bool refuse(Error error);
  /// A whole number from 0 to `most`, or an error that names it.
  std::optional<uint32_t> whole(const char* what, double value, uint32_t most);

  std::optional<Session> session_;
  Error error_;
  std::vector<char> input_;
  // Backing stores of the views handed out last.
  std::vector<uint32_t> words_;
  std::vector<uint8_t> bytes_;
};

}  // namespace kmem::bindings
