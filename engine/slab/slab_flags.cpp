#include "slab/slab_flags.h"

namespace kmem {

namespace {

struct FlagName {
  const char* name;
  SlabFlags flag;
};

constexpr FlagName kNames[] = {
    {"SLAB_HWCACHE_ALIGN", slab_flags::kHwcacheAlign},
    {"SLAB_RECLAIM_ACCOUNT", slab_flags::kReclaimAccount},
    {"SLAB_TYPESAFE_BY_RCU", slab_flags::kTypesafeByRcu},
    {"SLAB_ACCOUNT", slab_flags::kAccount},
    {"SLAB_CACHE_DMA", slab_flags::kCacheDma},
    {"SLAB_CACHE_DMA32", slab_flags::kCacheDma32},
    {"SLAB_PANIC", slab_flags::kPanic},
    {"SLAB_CONSISTENCY_CHECKS", slab_flags::kConsistencyChecks},
    {"SLAB_RED_ZONE", slab_flags::kRedZone},
    {"SLAB_POISON", slab_flags::kPoison},
    {"SLAB_STORE_USER", slab_flags::kStoreUser},
    {"SLAB_TRACE", slab_flags::kTrace},
};

/// "SLAB_PANIC" of " SLAB_PANIC ": people write spaces around the bar, as in C.
std::string_view without_spaces(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

std::string slab_flag_names(SlabFlags flags) {
  std::string out;
  for (const FlagName& each : kNames) {
    if ((flags & each.flag) == 0) continue;
    if (!out.empty()) out += '|';
    out += each.name;
  }
  return out.empty() ? "0" : out;
}

bool parse_slab_flags(std::string_view text, SlabFlags& flags) {
  flags = 0;
  const std::string_view all = without_spaces(text);
  if (all.empty() || all == "0") return true;
  for (size_t bar = 0; bar != std::string_view::npos;) {
    bar = text.find('|');
    const std::string_view name = without_spaces(text.substr(0, bar));
    SlabFlags found = 0;
    for (const FlagName& each : kNames) {
      if (name == each.name) found = each.flag;
    }
    if (found == 0) return false;
    flags |= found;
    if (bar != std::string_view::npos) text.remove_prefix(bar + 1);
  }
  return true;
}

}  // namespace kmem
