#include "mm/gfp.h"

#include <charconv>

#include "base/text.h"

namespace kmem {

namespace {

const GfpName* find_flag(const KernelProfile& profile, std::string_view name) {
  // Aliases first: on 32-bit kernels they change what a printed name means.
  for (const GfpName& flag : profile.gfp_aliases) {
    if (name == flag.name) return &flag;
  }
  for (const GfpName& flag : profile.gfp_names) {
    if (name == flag.name) return &flag;
  }
  return nullptr;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool parse_number(std::string_view text, Gfp& value) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  return result.ec == std::errc{} && result.ptr == text.data() + text.size() && !text.empty();
}

bool known_elsewhere(const KernelProfile& profile, std::string_view name) {
  for (const KernelProfile* other : {&kLinux6_1_192, &kLinux2_6_18X86_64}) {
    if (other != &profile && find_flag(*other, name) != nullptr) return true;
  }
  return false;
}

std::string accepted_flags(const KernelProfile& profile) {
  if (&profile == &kLinux6_1_192) {
    return "GFP_KERNEL, GFP_ATOMIC, GFP_NOWAIT and the other composites, __GFP_... flags";
  }
  std::string names;
  for (const GfpName& flag : profile.gfp_names) {
    appendf(names, "%s%s", names.empty() ? "" : ", ", flag.name);
  }
  return names;
}

Error unknown_flag(const KernelProfile& profile, std::string_view name, size_t offset) {
  const auto column = static_cast<uint32_t>(offset + 1);
  // A name of another kernel is worth telling: the script was written for that one.
  const char* const problem =
      known_elsewhere(profile, name) ? "does not exist in Linux" : "is not known in Linux";
  return {"UnknownGfpFlag",
          textf("unknown GFP flag '%.*s' at column %u: it %s %s, where %s joined by '|' are "
                "accepted, or a number of the bits 0x%x",
                static_cast<int>(name.size()), name.data(), column, problem, profile.release,
                accepted_flags(profile).c_str(), profile.gfp_bits),
          1, column, column};
}

}  // namespace

std::string gfp_names(Gfp flags, const KernelProfile& profile) {
  std::string out;
  if (flags == 0) {
    for (const GfpName& flag : profile.gfp_names) {
      if (flag.value == 0) return flag.name;
    }
    return "none";
  }
  for (const GfpName& flag : profile.gfp_names) {
    if (flag.value == 0 || (flags & flag.value) != flag.value) continue;
    if (!out.empty()) out += '|';
    out += flag.name;
    flags &= ~flag.value;
  }
  if (flags != 0) appendf(out, out.empty() ? "0x%x" : "|0x%x", flags);
  return out;
}

Result<Gfp> parse_gfp(std::string_view text, const KernelProfile& profile) {
  Gfp flags = 0;
  size_t start = 0;
  while (true) {
    const size_t bar = text.find('|', start);
    const size_t end = bar == std::string_view::npos ? text.size() : bar;
    const std::string_view name = trim(text.substr(start, end - start));
    Gfp number = 0;
    if (const GfpName* flag = find_flag(profile, name)) {
      flags |= flag->value;
    } else if (parse_number(name, number) && (number & ~profile.gfp_bits) == 0) {
      flags |= number;
    } else {
      return unknown_flag(profile, name, static_cast<size_t>(name.data() - text.data()));
    }
    if (bar == std::string_view::npos) return flags;
    start = bar + 1;
  }
}

}  // namespace kmem
