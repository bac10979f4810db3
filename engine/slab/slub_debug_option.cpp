#include "slab/slub_debug_option.h"

#include "base/text.h"

namespace kmem {

namespace {

using namespace slab_flags;

constexpr SlabFlags kDefault = kConsistencyChecks | kRedZone | kPoison | kStoreUser;

/// Cuts what stands before `separator` off `text`, the separator too.
std::string_view take_until(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view taken = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
  return taken;
}

/// @return false for a letter that does not exist.
bool add_letter(char letter, SlabFlags& flags, bool& spare_higher_orders) {
  switch (letter | 0x20) {
    case 'f':
      flags |= kConsistencyChecks;
      return true;
    case 'z':
      flags |= kRedZone;
      return true;
    case 'p':
      flags |= kPoison;
      return true;
    case 'u':
      flags |= kStoreUser;
      return true;
    case 't':
      flags |= kTrace;
      return true;
    case 'a':
      return true;
    case 'o':
      spare_higher_orders = true;
      return true;
    default:
      return letter == '-';
  }
}

bool matches(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

Error not_understood(std::string_view text, const char* what) {
  return {
      "MachineConfig",
      textf("slub_debug is \"%.40s\", with %s: accepted are letters of FZPUTAO or -, then names "
            "of caches after commas, and more of that after semicolons",
            std::string(text).c_str(), what),
      0, 0, 0};
}

}  // namespace

Result<SlubDebug> parse_slub_debug(std::string_view text) {
  SlubDebug debug;
  std::string_view rest = text;
  do {
    std::string_view block = take_until(rest, ';');
    const bool names = block.find(',') != std::string_view::npos;
    const std::string_view letters = take_until(block, ',');
    SlubDebugBlock read;
    for (const char letter : letters) {
      if (add_letter(letter, read.flags, debug.spare_higher_orders)) continue;
      const std::string shown =
          letter >= ' ' && letter <= '~' ? textf("option '%c'", letter) : "an unprintable option";
      return not_understood(text, shown.c_str());
    }
    // Spared are only caches that would be debugged: the letter alone asks for nothing else.
    if (letters.empty()) read.flags = kDefault;
    if (!names) {
      debug.flags = read.flags;
      continue;
    }
    while (!block.empty()) {
      const std::string_view name = take_until(block, ',');
      if (name.empty()) return not_understood(text, "an empty name");
      read.names.emplace_back(name);
    }
    if (read.names.empty()) return not_understood(text, "a comma without a name");
    debug.blocks.push_back(std::move(read));
  } while (!rest.empty());
  return debug;
}

SlabFlags kmem_cache_flags(const SlubDebug& debug, SlabFlags flags, std::string_view name) {
  if ((flags & kNoUserFlags) != 0) return flags;
  for (const SlubDebugBlock& block : debug.blocks) {
    for (const std::string& each : block.names) {
      if (matches(each, name)) return flags | block.flags;
    }
  }
  SlabFlags global = debug.flags;
  if ((flags & kNoLeakTrace) != 0) global &= ~kStoreUser;
  return flags | global;
}

}  // namespace kmem
