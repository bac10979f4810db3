#include "slab/krealloc.h"

#include <algorithm>
#include <cstring>

#include "mm/page_ref.h"
#include "slab/slub_freelist.h"

namespace kmem {

namespace {

/// Large blocks have bytes that the host has not given yet; they read as 0.
void zero_bytes(Slub& slub, Kva object, uint32_t from, uint32_t bytes) {
  for (uint32_t at = from; at < bytes;) {
    const Kva address = object + at;
    const auto offset = static_cast<uint32_t>(address & (kPageSizeBytes - 1));
    const uint32_t run = std::min(kPageSizeBytes - offset, bytes - at);
    const Page page = slub.mm.map.pfn_to_page(pfn_of(address));
    Result<std::span<uint8_t>> frame = slub.ram.write(page);
    KMEM_ASSERT(frame);
    std::memset((*frame).data() + offset, 0, run);
    at += run;
  }
}

void copy_bytes(Slub& slub, Kva from, Kva to, uint32_t bytes) {
  for (uint32_t at = 0; at < bytes;) {
    const auto source = static_cast<uint32_t>((from + at) & (kPageSizeBytes - 1));
    const auto target = static_cast<uint32_t>((to + at) & (kPageSizeBytes - 1));
    const uint32_t run = std::min({kPageSizeBytes - source, kPageSizeBytes - target, bytes - at});
    Result<std::span<uint8_t>> old = slub.ram.write(slub.mm.map.pfn_to_page(pfn_of(from + at)));
    Result<std::span<uint8_t>> fresh = slub.ram.write(slub.mm.map.pfn_to_page(pfn_of(to + at)));
    KMEM_ASSERT(old && fresh);
    std::memcpy((*fresh).data() + target, (*old).data() + source, run);
    at += run;
  }
}

void note(Slub& slub, Realloc outcome, uint64_t bytes, uint32_t had) {
  slub.mm.trace->decision(Event::krealloc, kNoZone, static_cast<uint8_t>(outcome),
                          static_cast<uint32_t>(std::min<uint64_t>(bytes, UINT32_MAX)), had);
}

}  // namespace

uint32_t ksize(const Slub& slub, Kva object) {
  using namespace slab_flags;
  if (object <= kZeroSizePtr) return 0;
  const SlabId id = virt_to_slab(slub, object);
  if (id == kNoSlab) {
    const Page page = compound_head(slub.mm, slub.mm.map.pfn_to_page(pfn_of(object)));
    return kPageSizeBytes << slub.mm.map.order(page);
  }
  const KmemCache& cache = slub.cache(slub.slab(id).cache);
  if (slub.state.is_slab() || (cache.flags & (kRedZone | kPoison)) != 0) return cache.object_size;
  // What follows the object's own bytes is not his to use.
  if ((cache.flags & (kTypesafeByRcu | kStoreUser)) != 0) return cache.inuse;
  return cache.size;
}

uint64_t kmalloc_size_roundup(const Slub& slub, uint64_t bytes) {
  if (bytes == 0 || bytes == UINT64_MAX) return bytes;
  if (bytes > kKmallocMaxCacheSize) return uint64_t{kPageSizeBytes} << kmalloc_order(bytes);
  const CacheId id = kmalloc_slab(slub.state, static_cast<uint32_t>(bytes), gfp::kKernel);
  return slub.cache(id).object_size;
}

std::optional<uint64_t> array_bytes(Slub& slub, uint64_t count, uint64_t bytes) {
  uint64_t product = 0;
  if (!__builtin_mul_overflow(count, bytes, &product)) return product;
  slub.mm.trace->decision(Event::kmalloc_overflow, kNoZone, 0, static_cast<uint32_t>(count),
                          static_cast<uint32_t>(count >> 32), static_cast<uint32_t>(bytes));
  return {};
}

Kva krealloc(Slub& slub, Kva object, uint64_t bytes, Gfp gfp, uint8_t node) {
  if (bytes == 0) {
    kfree(slub, object);
    return kZeroSizePtr;
  }
  if (object <= kZeroSizePtr) return kmalloc_node(slub, bytes, gfp, node);
  const uint32_t had = ksize(slub, object);
  if (bytes <= had) {
    note(slub, Realloc::same, bytes, had);
    const bool zeroed = slub.mm.config.profile->init_on_alloc || (gfp & gfp::kZero) != 0;
    if (zeroed) zero_bytes(slub, object, static_cast<uint32_t>(bytes), had);
    return object;
  }
  const Kva bigger = kmalloc_node(slub, bytes, gfp, node);
  note(slub, bigger == 0 ? Realloc::no_memory : Realloc::moved, bytes, had);
  if (bigger == 0) return 0;
  copy_bytes(slub, object, bigger, had);
  kfree(slub, object);
  return bigger;
}

void kfree_sensitive(Slub& slub, Kva object) {
  if (object > kZeroSizePtr) {
    const uint32_t bytes = ksize(slub, object);
    zero_bytes(slub, object, 0, bytes);
    slub.mm.trace->decision(Event::kfree_sensitive, kNoZone, 0, bytes);
  }
  kfree(slub, object);
}

}  // namespace kmem
