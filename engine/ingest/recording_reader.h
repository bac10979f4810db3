// Reads a recording: JSON Lines text, one object a line, format version 1.
#pragma once

#include <string_view>

#include "base/error.h"
#include "sim/recording.h"

namespace kmem {

/// Parses a whole recording.
/// @param text unzipped; unknown keys are ignored.
/// @return RecordingFormat (line, column, byte), RecordingVersion, RecordingTruncated (no `end`
///         line, or fewer calls than it counts), UnsupportedOperation (a call that this version
///         cannot replay), UnknownGfpFlag.
Result<Recording> read_recording(std::string_view text);

}  // namespace kmem
