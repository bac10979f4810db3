// The `zone` line of a recording.
#pragma once

#include "ingest/json_line.h"
#include "mm/zone_dump.h"

namespace kmem {

/// Fills a dump from a `{"t":"zone",...}` line; what is wrong is remembered in `line`.
ZoneDump read_zone_line(JsonLine& line);

/// Migratetype of a dump letter ('U', 'M', ...).
/// @return false for an unknown letter.
bool migratetype_of_letter(char letter, Migratetype& type);

}  // namespace kmem
