#include "mm/gfp.h"

#include <array>
#include <charconv>

#include "base/text.h"

namespace kmem {

namespace {

struct NamedFlags {
  const char* name;
  Gfp value;
};

// The order matters: the first name whose bits are all still set is printed and its bits are
// cleared, so bigger composites come first. It is the order of the kernel's own table.
constexpr std::array kPrintOrder = {
    NamedFlags{"GFP_TRANSHUGE", gfp::kTransHuge},
    NamedFlags{"GFP_TRANSHUGE_LIGHT", gfp::kTransHugeLight},
    NamedFlags{"GFP_HIGHUSER_MOVABLE", gfp::kHighUserMovable},
    NamedFlags{"GFP_HIGHUSER", gfp::kHighUser},
    NamedFlags{"GFP_USER", gfp::kUser},
    NamedFlags{"GFP_KERNEL_ACCOUNT", gfp::kKernelAccount},
    NamedFlags{"GFP_KERNEL", gfp::kKernel},
    NamedFlags{"GFP_NOFS", gfp::kNoFs},
    NamedFlags{"GFP_ATOMIC", gfp::kAtomicContext},
    NamedFlags{"GFP_NOIO", gfp::kNoIo},
    NamedFlags{"GFP_NOWAIT", gfp::kNoWait},
    NamedFlags{"GFP_DMA", gfp::kDma},
    NamedFlags{"__GFP_HIGHMEM", gfp::kHighMem},
    NamedFlags{"GFP_DMA32", gfp::kDma32},
    NamedFlags{"__GFP_HIGH", gfp::kHigh},
    NamedFlags{"__GFP_ATOMIC", gfp::kAtomic},
    NamedFlags{"__GFP_IO", gfp::kIo},
    NamedFlags{"__GFP_FS", gfp::kFs},
    NamedFlags{"__GFP_NOWARN", gfp::kNoWarn},
    NamedFlags{"__GFP_RETRY_MAYFAIL", gfp::kRetryMayFail},
    NamedFlags{"__GFP_NOFAIL", gfp::kNoFail},
    NamedFlags{"__GFP_NORETRY", gfp::kNoRetry},
    NamedFlags{"__GFP_COMP", gfp::kComp},
    NamedFlags{"__GFP_ZERO", gfp::kZero},
    NamedFlags{"__GFP_NOMEMALLOC", gfp::kNoMemAlloc},
    NamedFlags{"__GFP_MEMALLOC", gfp::kMemAlloc},
    NamedFlags{"__GFP_HARDWALL", gfp::kHardWall},
    NamedFlags{"__GFP_THISNODE", gfp::kThisNode},
    NamedFlags{"__GFP_RECLAIMABLE", gfp::kReclaimable},
    NamedFlags{"__GFP_MOVABLE", gfp::kMovable},
    NamedFlags{"__GFP_ACCOUNT", gfp::kAccount},
    NamedFlags{"__GFP_WRITE", gfp::kWrite},
    NamedFlags{"__GFP_RECLAIM", gfp::kDirectReclaim | gfp::kKswapdReclaim},
    NamedFlags{"__GFP_DIRECT_RECLAIM", gfp::kDirectReclaim},
    NamedFlags{"__GFP_KSWAPD_RECLAIM", gfp::kKswapdReclaim},
    NamedFlags{"__GFP_ZEROTAGS", gfp::kZeroTags},
};

// Every spelling the parser accepts: all names of the table, and the aliases that only source
// code uses.
constexpr std::array kAliases = {
    NamedFlags{"__GFP_DMA", gfp::kDma},
    NamedFlags{"__GFP_DMA32", gfp::kDma32},
};

const NamedFlags* find_flag(std::string_view name) {
  for (const NamedFlags& flag : kPrintOrder) {
    if (name == flag.name) return &flag;
  }
  for (const NamedFlags& flag : kAliases) {
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

Error unknown_flag(std::string_view name, size_t offset) {
  return {"UnknownGfpFlag",
          textf("unknown GFP flag '%.*s' at column %zu: accepted are GFP_KERNEL, GFP_ATOMIC, "
                "GFP_NOWAIT and the other composites, __GFP_... flags joined by '|', or a number "
                "up to 0x%x",
                static_cast<int>(name.size()), name.data(), offset + 1, gfp::kAllBits),
          1, static_cast<uint32_t>(offset + 1), static_cast<uint32_t>(offset + 1)};
}

}  // namespace

ZoneType gfp_zone(Gfp flags) {
  switch (flags & (gfp::kDma | gfp::kHighMem | gfp::kDma32 | gfp::kMovable)) {
    case 0:
    case gfp::kHighMem:
    case gfp::kMovable:
      return ZoneType::normal;
    case gfp::kDma32:
    case gfp::kDma32 | gfp::kMovable:
      return ZoneType::dma32;
    case gfp::kHighMem | gfp::kMovable:
      return ZoneType::movable;
    default:
      return ZoneType::dma;
  }
}

std::string gfp_names(Gfp flags) {
  if (flags == 0) return "none";
  std::string out;
  for (const NamedFlags& flag : kPrintOrder) {
    if ((flags & flag.value) != flag.value) continue;
    if (!out.empty()) out += '|';
    out += flag.name;
    flags &= ~flag.value;
  }
  if (flags != 0) appendf(out, out.empty() ? "0x%x" : "|0x%x", flags);
  return out;
}

Result<Gfp> parse_gfp(std::string_view text) {
  Gfp flags = 0;
  size_t start = 0;
  while (true) {
    const size_t bar = text.find('|', start);
    const size_t end = bar == std::string_view::npos ? text.size() : bar;
    const std::string_view name = trim(text.substr(start, end - start));
    Gfp number = 0;
    if (const NamedFlags* flag = find_flag(name)) {
      flags |= flag->value;
    } else if (parse_number(name, number) && (number & ~gfp::kAllBits) == 0) {
      flags |= number;
    } else {
      return unknown_flag(name, static_cast<size_t>(name.data() - text.data()));
    }
    if (bar == std::string_view::npos) return flags;
    start = bar + 1;
  }
}

}  // namespace kmem
