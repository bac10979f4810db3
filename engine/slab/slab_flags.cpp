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
  while (!text.empty() && text != "0") {
    const std::string_view name = text.substr(0, text.find('|'));
    SlabFlags found = 0;
    for (const FlagName& each : kNames) {
      if (name == each.name) found = each.flag;
    }
    if (found == 0) return false;
    flags |= found;
    text.remove_prefix(name.size() < text.size() ? name.size() + 1 : name.size());
  }
  return true;
}

}  // namespace kmem
