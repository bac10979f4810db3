// The engine in the race: a machine of one zone, so that it has exactly the baseline's frames.
// Compiled twice: see allocator.h.
#include "allocator.h"
#include "mm/memblock.h"
#include "mm/mm.h"
#include "mm/page_alloc.h"
#include "mm/sizing.h"
#include "mm/verify.h"
#include "mm/zone_boot.h"

namespace kmem::bench {

namespace {

/// Above 4 GiB, where x86-64 has its Normal zone.
constexpr uint32_t kFirstPfn = 0x100000;
constexpr NodeId kNode{0};

Mm boot_one_zone(uint32_t frames, Trace& trace) {
  SectionPlan plan;
  plan.add(kFirstPfn, kFirstPfn + frames);
  MmConfig config;
  Mm mm(config, {plan.sections(), config.pageblock_order, list_heads_of_zone(config.nr_cpus)});
  mm.trace = &trace;
  Zone& zone = mm.zones.emplace_back();
  zone.type = ZoneType::normal;
  zone.name = "Normal";
  zone.start_pfn = {kFirstPfn};
  zone.spanned_pages = zone.present_pages = frames;
  init_zone_lists(mm, zone, 0);
  assign_pages(mm, zone, kFirstPfn, kFirstPfn + frames);
  for (uint32_t i = 0; i < frames; i += config.pageblock_nr_pages()) {
    mm.map.set_pageblock_type({i}, Migratetype::movable);
  }
  free_pages_memory(mm, zone, kFirstPfn, kFirstPfn + frames);
  size_zones(mm, VmSysctl{}, config.thp);
  build_zonelists(mm);
  return mm;
}

class Engine final : public kmem_bench::Allocator {
 public:
  Engine(uint32_t frames, bool decisions) : mm_(boot_one_zone(frames, trace_)) {
    slots_.assign(frames, kNoPage);
    trace_.set_level(decisions ? TraceLevel::decision : TraceLevel::tracepoint);
  }

  uint32_t run(std::span<const kmem_bench::Command> commands) override {
    return kmem_bench::run_commands<Page>(
        commands, slots_.data(), kNoPage,
        [this](uint32_t order) { return alloc_pages(mm_, gfp::kKernel, order, kNode); },
        [this](Page page, uint32_t order) { free_pages(mm_, page, static_cast<Order>(order)); });
  }
  [[nodiscard]] uint32_t frame_in(uint32_t slot) const override {
    return slots_[slot] == kNoPage ? kmem_bench::kNoFrame : slots_[slot].index;
  }
  [[nodiscard]] uint32_t free_frames() const override {
    const Zone& zone = mm_.zones.front();
    uint32_t frames = static_cast<uint32_t>(zone.pcp.front().count());
    for (Order order = 0; order < kNrOrders; ++order) {
      for (uint32_t type = 0; type < kNrMigratetypes; ++type) {
        const uint32_t head = zone.free_head(order, static_cast<Migratetype>(type));
        for (uint32_t n = mm_.map.next(head); n != head; n = mm_.map.next(n)) {
          frames += pages_in(order);
        }
      }
    }
    return frames;
  }
  [[nodiscard]] std::string state() const override { return std::to_string(state_hash(mm_)); }
  // The state bytes are a part of it, so there is nothing to hold against them without the trace.
  [[nodiscard]] std::string verify() const override {
#ifdef KMEM_NO_TRACE
    return {};
#else
    return kmem::verify(mm_);
#endif
  }

 private:
  Trace trace_;
  Mm mm_;
  std::vector<Page> slots_;
};

}  // namespace

std::unique_ptr<kmem_bench::Allocator> make_engine(const kmem_bench::WorkloadShape& shape,
                                                   bool decisions) {
  return std::make_unique<Engine>(shape.frames, decisions);
}

}  // namespace kmem::bench

template decltype(&kmem::alloc_pages) volatile kmem_bench::kept_callable<&kmem::alloc_pages>;
template decltype(&kmem::free_pages) volatile kmem_bench::kept_callable<&kmem::free_pages>;
