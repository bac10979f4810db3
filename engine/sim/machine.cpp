#include "sim/machine.h"

#include <utility>

#include "base/text.h"
#include "mm/page_ref.h"

namespace kmem {

Machine::Machine(Mm mm, NodeId node, Gfp forced_gfp, const SlabConfig& slab)
    : mm_(std::move(mm)), ram_(mm_.map.size()), node_(node), forced_gfp_(forced_gfp) {
  mm_.trace = &trace_;
  trace_.set_cpu(mm_.cpu.value);
  slab_.config = slab;
  if (is_2_6_18()) return;
  Slub slub = this->slub();
  kmem_cache_init(slub);
  Vmap vmap = this->vmap();
  vmap_init(vmap);
}

Machine::Machine(Machine&& other) noexcept
    : trace_(std::move(other.trace_)),
      mm_(std::move(other.mm_)),
      ram_(std::move(other.ram_)),
      slab_(std::move(other.slab_)),
      vmap_(std::move(other.vmap_)),
      dma_(std::move(other.dma_)),
      node_(other.node_),
      forced_gfp_(other.forced_gfp_) {
  mm_.trace = &trace_;
}

namespace {

/// Pages of one bulk call; the kernel's callers ask for a few dozen.
constexpr uint32_t kMaxBulk = 1u << 16;
/// Bytes that write_bytes may fill.
constexpr uint32_t kMostWritten = 1u << 20;

bool is_newer_than_2_6_18(Op op) {
  return op == Op::alloc_pages_exact || op == Op::free_pages_exact || op == Op::alloc_pages_bulk ||
         op == Op::alloc_movable_page || is_slab_call(op);
}

Status check_amount(const MmConfig& config, const Command& command) {
  const uint32_t most_bytes = kPageSizeBytes << config.max_order();
  if (command.op == Op::alloc_pages_bulk && (command.amount == 0 || command.amount > kMaxBulk)) {
    return Error{
        "CommandFormat",
        textf("alloc_pages_bulk of %u pages: accepted are 1 to %u", command.amount, kMaxBulk), 0, 0,
        0};
  }
  const bool exact = command.op == Op::alloc_pages_exact || command.op == Op::free_pages_exact;
  if (exact && (command.amount == 0 || command.amount > most_bytes)) {
    return Error{"CommandFormat",
                 textf("%s of %u bytes: accepted are 1 to %u", op_name(command.op), command.amount,
                       most_bytes),
                 0, 0, 0};
  }
  if (command.op == Op::memset && (command.amount == 0 || command.offset >= kPageSizeBytes ||
                                   command.amount > kPageSizeBytes - command.offset)) {
    return Error{"CommandFormat",
                 textf("memset of %u bytes at offset %u: it must stay inside one frame of %u bytes",
                       command.amount, command.offset, kPageSizeBytes),
                 0, 0, 0};
  }
  const bool writes = command.op == Op::write_bytes;
  if (writes && (command.amount == 0 || command.amount > kMostWritten)) {
    return Error{
        "CommandFormat",
        textf("write_bytes of %u bytes: accepted are 1 to %u", command.amount, kMostWritten), 0, 0,
        0};
  }
  return Done{};
}

}  // namespace

Status Machine::check(const Command& command) const {
  if (command.order > mm_.config.max_order()) {
    return Error{"OrderOutOfRange",
                 textf("order %u is out of range: accepted are 0 to %u (the kernel would warn and "
                       "return NULL)",
                       command.order, unsigned{mm_.config.max_order()}),
                 0, 0, 0};
  }
  const KernelProfile& profile = *mm_.config.profile;
  if ((command.gfp & ~profile.gfp_bits) != 0) {
    return Error{"UnknownGfpFlag",
                 textf("GFP value 0x%x has bits that do not exist: accepted are those of 0x%x",
                       command.gfp, profile.gfp_bits),
                 0, 0, 0};
  }
  if (profile.rules == AllocatorRules::linux_2_6_18 &&
      (is_area_call(command.op) || is_dma_call(command.op))) {
    return Error{
        "UnsupportedOperation",
        textf("%s of Linux %s cannot be simulated yet", op_name(command.op), profile.release), 0, 0,
        0};
  }
  if (profile.rules == AllocatorRules::linux_2_6_18 && is_newer_than_2_6_18(command.op)) {
    return Error{"UnsupportedOperation",
                 textf("%s does not exist in Linux %s: accepted are alloc_pages, __get_free_pages, "
                       "get_zeroed_page and their frees",
                       op_name(command.op), profile.release),
                 0, 0, 0};
  }
  if (!gfp_types_agree(command.gfp | forced_gfp_)) {
    return Error{"GfpConflict",
                 textf("%s: __GFP_MOVABLE and __GFP_RECLAIMABLE exclude each other",
                       gfp_names(command.gfp).c_str()),
                 0, 0, 0};
  }
  if (is_slab_call(command.op)) return check_slab(command);
  // Their own objects come from slabs, and those are real bytes.
  if (is_area_call(command.op)) return ram_.reserve();
  if (is_dma_call(command.op)) return check_dma(command);
  const Status amount = check_amount(mm_.config, command);
  if (amount && command.op == Op::write_bytes) return check_written(command);
  return amount ? check_block(command) : amount;
}

Status Machine::check_written(const Command& command) const {
  const uint64_t first = command.pfn.value + uint64_t{command.offset} / kPageSizeBytes;
  const uint32_t bytes = command.offset % kPageSizeBytes + command.amount;
  for (uint64_t pfn = first; pfn < first + pages_for(bytes); ++pfn) {
    const Page page =
        pfn < kNoPfn.value ? mm_.map.pfn_to_page({static_cast<uint32_t>(pfn)}) : kNoPage;
    if (page != kNoPage && mm_.map.zone(page) != kNoZone) continue;
    return Error{"PfnOutOfRange",
                 textf("no memory at pfn %llu", static_cast<unsigned long long>(pfn)), 0, 0, 0};
  }
  return ram_.reserve();
}

Status Machine::check_block(const Command& command) const {
  const bool by_frame =
      (names_block(command.op) && command.allocation == kNoAllocation) || command.op == Op::memset;
  if (!by_frame) return Done{};
  const Page page = mm_.map.pfn_to_page(command.pfn);
  if (page == kNoPage || mm_.map.zone(page) == kNoZone) {
    std::string zones;
    for (const Zone& zone : mm_.zones) {
      appendf(zones, "%s%s [%u, %u)", zones.empty() ? "" : ", ", zone.name.c_str(),
              zone.start_pfn.value, zone.start_pfn.value + zone.spanned_pages);
    }
    return Error{"PfnOutOfRange",
                 textf("no memory at pfn %u: the zones are %s", command.pfn.value, zones.c_str()),
                 0, 0, 0};
  }
  const uint16_t references = mm_.map.refcount(compound_head(mm_, page));
  if (command.op == Op::get_page && references == UINT16_MAX) {
    return Error{"CommandFormat",
                 textf("pfn %u has %u references, the most there can be", command.pfn.value,
                       unsigned{references}),
                 0, 0, 0};
  }
  const bool compound = (mm_.map.flags(page) & (MemMap::kHead | MemMap::kTail)) != 0;
  if (command.op == Op::split_page && (compound || references > 1)) {
    return Error{"CommandFormat",
                 textf("pfn %u cannot be split: it is %s", command.pfn.value,
                       compound ? "part of a compound page" : "held by others too"),
                 0, 0, 0};
  }
  return Done{};
}

uint64_t Machine::state_hash() const {
  StateHash hash;
  hash.add(kmem::state_hash(mm_));
  hash_into(slab_, hash);
  hash_into(vmap_, hash);
  hash_into(dma_, hash);
  ram_.hash_into(hash);
  // A kernel that has said nothing has the hash that it had before there was a log.
  if (mm_.log.total() != 0) hash.add(uint64_t{mm_.log.taints()} << 32 | mm_.log.total());
  return hash.value();
}

void Machine::restore(const Snapshot& snapshot) {
  mm_ = snapshot.mm;
  mm_.moves.clear();
  mm_.trace = &trace_;
  slab_ = snapshot.slab;
  vmap_ = snapshot.vmap;
  dma_ = snapshot.dma;
  ram_.restore(snapshot.ram);
}

}  // namespace kmem
