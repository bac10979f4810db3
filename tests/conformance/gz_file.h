// Reads a gzipped recording from disk.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"

namespace kmem::test {

/// Unzipped text of a file. @return FileNotRead, NotGzip or CorruptGzip with the path.
Result<std::string> read_gz_file(const std::string& path);

/// Paths of all recordings below a folder, sorted.
std::vector<std::string> recordings_below(const std::string& folder);

}  // namespace kmem::test
