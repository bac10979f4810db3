#include "ingest/machine_config.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"
#include "ingest/json_line.h"

namespace kmem {

namespace {

using Value = JsonLine::Value;

/// Kernels that know a field.
enum class Since : uint8_t { always, linux_6_1 };

struct Field {
  const char* name;
  Since since;
};

constexpr std::array kFields = {
    Field{"profile", Since::always},
    Field{"memory_mib", Since::always},
    Field{"memory", Since::always},
    Field{"cpus", Since::always},
    Field{"thp", Since::linux_6_1},
    Field{"max_order", Since::always},
    Field{"pageblock_order", Since::linux_6_1},
    Field{"page_group_by_mobility", Since::linux_6_1},
    Field{"min_free_kbytes", Since::always},
    Field{"watermark_scale_factor", Since::linux_6_1},
    Field{"watermark_boost_factor", Since::linux_6_1},
    Field{"lowmem_reserve_ratio", Since::always},
    Field{"percpu_pagelist_high_fraction", Since::linux_6_1},
    Field{"slab_allocator", Since::linux_6_1},
    Field{"slub_debug", Since::linux_6_1},
};

/// A number that is not whole, to three places. The C library's way would be 2 KiB to download.
std::string shown_fraction(double value) {
  constexpr double kMost = 1e12;
  if (!(value > -kMost && value < kMost)) return "beyond all bounds";
  const auto thousandths = static_cast<int64_t>(value < 0 ? value * -1000 : value * 1000);
  std::string text =
      textf("%s%lld.%03d", value < 0 ? "-" : "", static_cast<long long>(thousandths / 1000),
            static_cast<int>(thousandths % 1000));
  while (text.ends_with('0') && !text.ends_with(".0")) text.pop_back();
  return text;
}

/// What a message shows of a value.
std::string shown(const Value& value) {
  constexpr size_t kMostShown = 40;
  // Not their contents: those may be nested deeper than the stack.
  if (value.IsArray()) return value.Empty() ? "empty" : "an array";
  if (value.IsObject()) return "an object";
  if (value.IsBool()) return value.GetBool() ? "true" : "false";
  if (value.IsInt64()) return textf("%lld", static_cast<long long>(value.GetInt64()));
  if (value.IsNumber()) return shown_fraction(value.GetDouble());
  if (!value.IsString()) return "null";
  const std::string text(value.GetString(), value.GetStringLength());
  return '"' + (text.size() > kMostShown ? text.substr(0, kMostShown) + "..." : text) + '"';
}

/// Reads members of one object; the first refusal is kept.
class Reader {
 public:
  void refuse(const std::string& what) {
    if (ok()) error_ = bad_machine(what);
  }
  [[nodiscard]] bool ok() const { return error_.name.empty(); }
  [[nodiscard]] const Error& error() const { return error_; }

  int64_t whole(const Value& value, const std::string& name, int64_t least, int64_t most) {
    if (value.IsInt64() && value.GetInt64() >= least && value.GetInt64() <= most) {
      return value.GetInt64();
    }
    refuse(textf("%s is %s: accepted are whole numbers from %lld to %lld", name.c_str(),
                 shown(value).c_str(), static_cast<long long>(least),
                 static_cast<long long>(most)));
    return least;
  }

  bool flag(const Value& value, const char* name) {
    if (value.IsBool()) return value.GetBool();
    refuse(textf("%s is %s: accepted are true and false", name, shown(value).c_str()));
    return false;
  }

  /// A member that must be there.
  int64_t member(const Value& object, const std::string& where, const char* key, int64_t most) {
    const Value* value = JsonLine::find(object, key);
    if (value != nullptr) return whole(*value, where + "." + key, 0, most);
    refuse(textf("%s.%s is missing", where.c_str(), key));
    return 0;
  }

 private:
  Error error_;
};

void read_profile(Reader& reader, const Value& root, PristineConfig& config) {
  const Value* value = JsonLine::find(root, "profile");
  if (value == nullptr) return;
  const KernelProfile* profile =
      value->IsString() ? find_profile({value->GetString(), value->GetStringLength()}) : nullptr;
  if (profile == nullptr) {
    reader.refuse(
        textf("profile is %s: accepted are %s", shown(*value).c_str(), profile_names().c_str()));
    return;
  }
  config.profile = profile;
  config.sysctl.lowmem_reserve_ratio = profile->lowmem_reserve_ratio;
}

void check_members(Reader& reader, const Value& root, const KernelProfile& profile) {
  std::string known;
  for (const Field& field : kFields) {
    if (field.since == Since::linux_6_1 && profile.rules != AllocatorRules::linux_6_1) continue;
    appendf(known, "%s%s", known.empty() ? "" : ", ", field.name);
  }
  for (const auto& member : root.GetObject()) {
    const std::string name(member.name.GetString(), member.name.GetStringLength());
    if (name == "kernelcore" || name == "movablecore") {
      reader.refuse(textf("%s is %s: accepted is to leave it out, ZONE_MOVABLE is not modelled",
                          name.c_str(), shown(member.value).c_str()));
    }
    const auto field = std::find_if(kFields.begin(), kFields.end(),
                                    [&name](const Field& each) { return name == each.name; });
    if (field == kFields.end()) {
      reader.refuse(
          textf("\"%.40s\" is not a member: accepted are %s", name.c_str(), known.c_str()));
    } else if (field->since == Since::linux_6_1 && profile.rules != AllocatorRules::linux_6_1) {
      reader.refuse(textf("%s does not exist in Linux %s: accepted are %s", name.c_str(),
                          profile.release, known.c_str()));
    }
  }
}

void read_memory(Reader& reader, const Value& root, PristineConfig& config) {
  const Value* mib = JsonLine::find(root, "memory_mib");
  const Value* ranges = JsonLine::find(root, "memory");
  if (mib != nullptr && ranges != nullptr) {
    reader.refuse(
        textf("memory_mib is %s: accepted is either memory_mib or memory", shown(*mib).c_str()));
  } else if (mib != nullptr) {
    config.memory_mib = static_cast<uint32_t>(reader.whole(
        *mib, "memory_mib", PristineConfig::kLeastMemoryMib, PristineConfig::kMostMemoryMib));
  } else if (ranges == nullptr) {
    reader.refuse("memory_mib is missing: accepted is memory_mib, or memory with ranges");
  } else if (!ranges->IsArray() || ranges->Empty()) {
    reader.refuse(textf("memory is %s: accepted are ranges {node, start_pfn, end_pfn}",
                        shown(*ranges).c_str()));
  } else {
    for (rapidjson::SizeType i = 0; i < ranges->Size(); ++i) {
      const Value& each = (*ranges)[i];
      const std::string where = textf("memory[%u]", i);
      const auto pfn = [&](const char* key) {
        return static_cast<uint32_t>(reader.member(each, where, key, PristineConfig::kMostPfn));
      };
      const Value* node = JsonLine::find(each, "node");
      const int64_t on =
          node == nullptr ? 0 : reader.whole(*node, where + ".node", 0, kMostNodes - 1);
      config.memory.push_back({static_cast<uint32_t>(on), pfn("start_pfn"), pfn("end_pfn")});
    }
  }
}

void read_cpus(Reader& reader, const Value& root, PristineConfig& config) {
  const Value* cpus = JsonLine::find(root, "cpus");
  if (cpus == nullptr) {
    // All of them on node 0, as where a number is given.
    if (!config.memory.empty()) config.cpus_of_node = {config.nr_cpus};
  } else if (!cpus->IsArray()) {
    config.nr_cpus =
        static_cast<uint8_t>(reader.whole(*cpus, "cpus", 1, PristineConfig::kMostCpus));
    config.cpus_of_node = {config.nr_cpus};
  } else {
    for (rapidjson::SizeType i = 0; i < cpus->Size(); ++i) {
      config.cpus_of_node.push_back(static_cast<uint32_t>(
          reader.whole((*cpus)[i], textf("cpus[%u]", i), 0, PristineConfig::kMostCpus)));
    }
    return;
  }
  uint32_t nodes = 1;
  for (const MemoryRange& range : config.memory) nodes = std::max(nodes, range.node + 1);
  if (!config.cpus_of_node.empty()) config.cpus_of_node.resize(nodes);
}

void read_build(Reader& reader, const Value& root, PristineConfig& config) {
  const KernelProfile& profile = *config.profile;
  if (const Value* orders = JsonLine::find(root, "max_order")) {
    config.nr_orders = static_cast<uint32_t>(
        reader.whole(*orders, "max_order", profile.nr_orders_least, profile.nr_orders_most));
  }
  if (const Value* order = JsonLine::find(root, "pageblock_order")) {
    config.pageblock_order =
        static_cast<uint32_t>(reader.whole(*order, "pageblock_order", 0, config.nr_orders - 1));
  }
  if (const Value* group = JsonLine::find(root, "page_group_by_mobility")) {
    config.page_group_by_mobility = reader.flag(*group, "page_group_by_mobility");
  }
  if (const Value* thp = JsonLine::find(root, "thp")) {
    config.thp = reader.flag(*thp, "thp");
    if (config.thp && config.nr_orders <= profile.huge_page_order) {
      reader.refuse(
          textf("thp is true: accepted is false, as a huge page of order %u is bigger "
                "than the biggest block with max_order %u",
                unsigned{profile.huge_page_order}, config.nr_orders));
    }
  }
}

void read_slab_allocator(Reader& reader, const Value& root, PristineConfig& config) {
  const Value* value = JsonLine::find(root, "slab_allocator");
  if (value == nullptr) return;
  const std::string name = value->IsString() ? value->GetString() : "";
  config.slab_allocator = name == "SLAB" ? SlabAllocator::slab : SlabAllocator::slub;
  if (name != "SLAB" && name != "SLUB") {
    reader.refuse(
        textf("slab_allocator is %s: accepted are \"SLUB\" and \"SLAB\"", shown(*value).c_str()));
  }
}

void read_slub_debug(Reader& reader, const Value& root, PristineConfig& config) {
  const Value* value = JsonLine::find(root, "slub_debug");
  if (value == nullptr) return;
  if (!value->IsString()) {
    reader.refuse(textf("slub_debug is %s: accepted is text as on the command line, e.g. \"FZ\"",
                        shown(*value).c_str()));
    return;
  }
  config.slub_debug = std::string(value->GetString(), value->GetStringLength());
  const Result<SlubDebug> debug = parse_slub_debug(*config.slub_debug);
  if (!debug) reader.refuse(debug.error().message);
  if (config.slab_allocator == SlabAllocator::slab) {
    reader.refuse(textf("slub_debug is %s: accepted is to leave it out, SLAB does not know it",
                        shown(*value).c_str()));
  }
}

void read_sysctl(Reader& reader, const Value& root, PristineConfig& config) {
  VmSysctl& sysctl = config.sysctl;
  if (const Value* value = JsonLine::find(root, "min_free_kbytes")) {
    sysctl.min_free_kbytes = reader.whole(*value, "min_free_kbytes", 0, INT32_MAX);
  }
  if (const Value* value = JsonLine::find(root, "watermark_scale_factor")) {
    sysctl.watermark_scale_factor = reader.whole(*value, "watermark_scale_factor", 1, 3000);
  }
  if (const Value* value = JsonLine::find(root, "watermark_boost_factor")) {
    config.watermark_boost_factor = reader.whole(*value, "watermark_boost_factor", 0, INT32_MAX);
  }
  if (const Value* value = JsonLine::find(root, "percpu_pagelist_high_fraction")) {
    sysctl.percpu_pagelist_high_fraction =
        reader.whole(*value, "percpu_pagelist_high_fraction", 0, INT32_MAX);
  }
  const Value* ratios = JsonLine::find(root, "lowmem_reserve_ratio");
  if (ratios == nullptr) return;
  const size_t most = config.profile->zones.size();
  if (!ratios->IsArray() || ratios->Size() > most) {
    reader.refuse(textf("lowmem_reserve_ratio is %s: accepted are up to %zu numbers, one a zone",
                        shown(*ratios).c_str(), most));
    return;
  }
  for (rapidjson::SizeType i = 0; i < ratios->Size(); ++i) {
    sysctl.lowmem_reserve_ratio[i] =
        reader.whole((*ratios)[i], textf("lowmem_reserve_ratio[%u]", i),
                     config.profile->lowmem_reserve_ratio_least, INT32_MAX);
  }
}

}  // namespace

Result<PristineConfig> read_machine_config(std::string_view json) {
  JsonLine line(json, 1, 0);
  if (!line.ok()) {
    Error error = line.error();
    error.name = "MachineConfig";
    return error;
  }
  PristineConfig config;
  Reader reader;
  read_profile(reader, line.root(), config);
  check_members(reader, line.root(), *config.profile);
  read_memory(reader, line.root(), config);
  read_cpus(reader, line.root(), config);
  read_build(reader, line.root(), config);
  read_sysctl(reader, line.root(), config);
  read_slab_allocator(reader, line.root(), config);
  read_slub_debug(reader, line.root(), config);
  if (!reader.ok()) return reader.error();
  return config;
}

SlabConfig slab_config_of(const PristineConfig& config) {
  SlabConfig slab;
  slab.allocator = config.slab_allocator;
  if (config.slub_debug) slab.slub_debug = *parse_slub_debug(*config.slub_debug);
  return slab;
}

}  // namespace kmem
