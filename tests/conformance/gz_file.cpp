#include "conformance/gz_file.h"

#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>

namespace kmem::test {

Result<std::string> read_gz_file(const std::string& path) {
  const auto close = [](gzFile_s* file) { gzclose(file); };
  const std::unique_ptr<gzFile_s, decltype(close)> file(gzopen(path.c_str(), "rb"), close);
  if (!file) return Error{"FileNotRead", path + ": cannot be opened", 0, 0, 0};
  std::string text;
  std::vector<char> part(1u << 16);
  while (true) {
    const int got = gzread(file.get(), part.data(), static_cast<unsigned>(part.size()));
    if (got < 0) return Error{"CorruptGzip", path + ": the gzip data is damaged", 0, 0, 0};
    if (got == 0) break;
    // zlib reads a file that is not gzip as it is.
    if (gzdirect(file.get()) != 0) return Error{"NotGzip", path + ": not a gzip file", 0, 0, 0};
    text.append(part.data(), static_cast<size_t>(got));
  }
  int status = Z_OK;
  gzerror(file.get(), &status);
  if (status == Z_BUF_ERROR) {
    return Error{"CorruptGzip", path + ": the gzip data ends too early", 0, 0, 0};
  }
  return text;
}

std::vector<std::string> recordings_below(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().string();
    if (path.ends_with(".jsonl.gz")) paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace kmem::test
