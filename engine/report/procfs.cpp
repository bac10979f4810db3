#include "report/procfs.h"

#include <array>

namespace kmem {

namespace {

struct File {
  std::string_view path;
  std::string (*print)(const Mm&);
};

constexpr std::array kFiles = {
    File{"/proc/buddyinfo", buddyinfo},
    File{"/proc/pagetypeinfo", pagetypeinfo},
    File{"/proc/zoneinfo", zoneinfo},
    File{"/proc/meminfo", meminfo},
    File{"/proc/vmstat", vmstat},
    File{"/sys/kernel/debug/extfrag/extfrag_index", extfrag_index},
    File{"/sys/kernel/debug/extfrag/unusable_index", unusable_index},
};

}  // namespace

std::optional<std::string> procfs(const Mm& mm, std::string_view path) {
  for (const File& file : kFiles) {
    if (file.path == path) return file.print(mm);
  }
  return std::nullopt;
}

std::vector<std::string_view> procfs_paths() {
  std::vector<std::string_view> paths;
  paths.reserve(kFiles.size());
  for (const File& file : kFiles) paths.push_back(file.path);
  return paths;
}

}  // namespace kmem
