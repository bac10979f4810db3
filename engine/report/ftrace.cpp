#include "report/ftrace.h"

#include "base/text.h"
#include "base/units.h"
#include "mm/gfp.h"

namespace kmem {

namespace {

/// Where x86-64 maps the array of struct page, and how big each is.
constexpr uint64_t kVmemmapBase = 0xffffea0000000000ull;
constexpr uint64_t kStructPageBytes = 64;

/// "page=... pfn=...": the common start of every event; a failed allocation has neither.
std::string page_text(uint32_t pfn) {
  if (pfn == kNoPfn.value) return "page=0000000000000000 pfn=0x0";
  const uint64_t page = kVmemmapBase + pfn * kStructPageBytes;
  return textf("page=%016llx pfn=0x%x", static_cast<unsigned long long>(page), pfn);
}

const KmemCache* cache_of(const SlabState* slab, CacheId id) {
  return slab != nullptr && id < slab->caches.size() ? &slab->caches[id] : nullptr;
}

/// "kmalloc: call_site=... ptr=...", the events about objects.
std::string object_text(const TraceRecord& record, const SlabState* slab, const char* name) {
  const auto& field = record.field;
  const Kva base = field[0] == kNoPfn.value ? 0 : page_address({field[0]});
  const unsigned long long address = base + field[1];
  std::string out = textf("%s: call_site=0x0 ptr=%016llx", name, address);
  if (record.event() == Event::kfree) return out;
  const bool frees = record.event() == Event::kmem_cache_free;
  const KmemCache* const cache = cache_of(slab, frees ? field[2] : field[5]);
  if (frees) return out + " name=" + (cache != nullptr ? cache->name : "");
  const bool paid = (field[4] & gfp::kAccount) != 0 ||
                    (record.event() == Event::kmem_cache_alloc && cache != nullptr &&
                     (cache->flags & slab_flags::kAccount) != 0);
  appendf(out, " bytes_req=%u bytes_alloc=%u gfp_flags=%s node=%d accounted=%s", field[2], field[3],
          gfp_names(field[4]).c_str(), record.aux() == kAnyNode ? -1 : int{record.aux()},
          paid ? "true" : "false");
  return out;
}

}  // namespace

std::optional<std::string> ftrace_event_text(const TraceRecord& record, uint32_t pageblock_order,
                                             const SlabState* slab) {
  const auto& field = record.field;
  const std::string page = page_text(field[0]);
  const char* const start = page.c_str();
  const unsigned order = record.aux();
  switch (record.event()) {
    case Event::mm_page_alloc:
      return textf("mm_page_alloc: %s order=%u migratetype=%u gfp_flags=%s", start, order, field[2],
                   gfp_names(field[1]).c_str());
    case Event::mm_page_free:
      return textf("mm_page_free: %s order=%u", start, order);
    case Event::mm_page_free_batched:
      return textf("mm_page_free_batched: %s order=0", start);
    case Event::mm_page_alloc_zone_locked:
      return textf("mm_page_alloc_zone_locked: %s order=%u migratetype=%u percpu_refill=%u", start,
                   order, field[1], field[2]);
    case Event::mm_page_pcpu_drain:
      return textf("mm_page_pcpu_drain: %s order=%u migratetype=%u", start, order, field[1]);
    case Event::mm_page_alloc_extfrag:
      return textf(
          "mm_page_alloc_extfrag: %s alloc_order=%u fallback_order=%u pageblock_order=%u "
          "alloc_migratetype=%u fallback_migratetype=%u fragmenting=%u "
          "change_ownership=%u",
          start, order, field[1], pageblock_order, field[2], field[3], field[4], field[5]);
    case Event::kmalloc:
      return object_text(record, slab, "kmalloc");
    case Event::kfree:
      return object_text(record, slab, "kfree");
    case Event::kmem_cache_alloc:
      return object_text(record, slab, "kmem_cache_alloc");
    case Event::kmem_cache_free:
      return object_text(record, slab, "kmem_cache_free");
    default:
      return std::nullopt;
  }
}

}  // namespace kmem
