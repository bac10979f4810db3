#include "report/procfs.h"

#include <array>
#include <span>

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

constexpr std::string_view kSlabinfo = "/proc/slabinfo";
constexpr std::string_view kVmallocinfo = "/proc/vmallocinfo";

// 2.6.18 knows no migratetypes and no fragmentation index; its vmstat is not known, see vmstat().
constexpr std::array kFiles2_6_18 = {
    File{"/proc/buddyinfo", buddyinfo},
    File{"/proc/zoneinfo", zoneinfo_2_6_18},
};

std::span<const File> files_of(const KernelProfile& profile) {
  if (profile.rules == AllocatorRules::linux_2_6_18) return kFiles2_6_18;
  return kFiles;
}

}  // namespace

std::optional<std::string> procfs(const Mm& mm, std::string_view path, const SlabState* slab,
                                  const VmapState* areas) {
  if (mm.config.profile->rules == AllocatorRules::linux_6_1) {
    if (path == kSlabinfo && slab != nullptr) return slabinfo(*slab);
    if (path == kVmallocinfo && areas != nullptr) return vmallocinfo(mm, *areas);
  }
  for (const File& file : files_of(*mm.config.profile)) {
    if (file.path == path) return file.print(mm);
  }
  return std::nullopt;
}

std::vector<std::string_view> procfs_paths(const KernelProfile& profile) {
  std::vector<std::string_view> paths;
  for (const File& file : files_of(profile)) paths.push_back(file.path);
  if (profile.rules == AllocatorRules::linux_6_1) {
    paths.push_back(kSlabinfo);
    paths.push_back(kVmallocinfo);
  }
  return paths;
}

}  // namespace kmem
