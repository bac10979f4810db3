#include "sim/command.h"

#include "base/assert.h"
#include "base/text.h"
#include "sim/slab_call_text.h"
#include "vmalloc/vmap.h"

namespace kmem {

const char* op_name(Op op) {
  if (is_slab_call(op)) return slab_op_name(op);
  switch (op) {
    case Op::alloc_pages:
    case Op::alloc_movable_page:
      return "alloc_pages";
    case Op::get_free_pages:
      return "__get_free_pages";
    case Op::get_zeroed_page:
      return "get_zeroed_page";
    case Op::alloc_pages_exact:
      return "alloc_pages_exact";
    case Op::alloc_pages_bulk:
      return "alloc_pages_bulk";
    case Op::free_block:
      return "__free_pages";
    case Op::free_pages:
      return "free_pages";
    case Op::free_pages_exact:
      return "free_pages_exact";
    case Op::put_page:
      return "put_page";
    case Op::get_page:
      return "get_page";
    case Op::split_page:
      return "split_page";
    case Op::drain_local_pages:
      return "drain_local_pages";
    case Op::memset:
      return "memset";
    case Op::write_bytes:
      return "write_bytes";
    case Op::vmalloc:
      return "vmalloc";
    case Op::vzalloc:
      return "vzalloc";
    case Op::vfree:
      return "vfree";
    case Op::dma_set_mask:
      return "dma_set_mask_and_coherent";
    case Op::dma_alloc_coherent:
      return "dma_alloc_coherent";
    case Op::dma_free_coherent:
      return "dma_free_coherent";
    case Op::dma_pool_create:
      return "dma_pool_create";
    case Op::dma_pool_destroy:
      return "dma_pool_destroy";
    case Op::dma_pool_alloc:
      return "dma_pool_alloc";
    case Op::dma_pool_free:
      return "dma_pool_free";
    default:
      break;
  }
  KMEM_ASSERT(false);
}

std::string place_text(ObjectPlace place) {
  if (place.pfn != kNoPfn) return textf("pfn 0x%x + %u", place.pfn.value, place.offset);
  return place.offset == kZeroSizePtr ? "ZERO_SIZE_PTR" : "NULL";
}

std::string area_text(ObjectPlace place) {
  const Kva address = area_address(place);
  return address == 0 ? "NULL" : textf("0x%llx", static_cast<unsigned long long>(address));
}

namespace {

/// A page's number has 52 bits, of which the upper 20 stand in front of the offset's 12.
constexpr uint32_t kPlacePageBits = 32;
constexpr uint32_t kHighShift = kPlacePageBits + kPageShift;

}  // namespace

ObjectPlace area_place(Kva address) {
  if (address == 0) return {};
  const uint64_t bytes = address - kVmallocStart;
  const auto high = static_cast<uint32_t>(bytes >> kHighShift);
  return {Pfn{static_cast<uint32_t>(bytes >> kPageShift)},
          high << kPageShift | (static_cast<uint32_t>(bytes) & (kPageSizeBytes - 1))};
}

Kva area_address(ObjectPlace place) {
  if (place == ObjectPlace{}) return 0;
  const Kva high = Kva{place.offset >> kPageShift} << kHighShift;
  return kVmallocStart + high + (Kva{place.pfn.value} << kPageShift) +
         (place.offset & (kPageSizeBytes - 1));
}

namespace {

std::string dma_call_text(const Command& command, ObjectPlace place, const std::string& flags) {
  const char* const name = op_name(command.op);
  switch (command.op) {
    case Op::dma_set_mask:
      return textf("%s(dev, 0x%llx)", name, static_cast<unsigned long long>(mask_of(command)));
    case Op::dma_alloc_coherent:
      return textf("%s(dev, %u, &handle, %s)", name, command.amount, flags.c_str());
    case Op::dma_free_coherent:
      return textf("%s(dev, %u, %s)", name, command.amount, place_text(place).c_str());
    case Op::dma_pool_create:
      return textf("%s(\"pool-%u\", dev, %u, %u, %u)", name, command.cache, command.amount,
                   command.align, command.boundary);
    case Op::dma_pool_alloc:
      return textf("%s(pool-%u, %s, &handle)", name, command.cache, flags.c_str());
    case Op::dma_pool_free:
      return textf("%s(pool-%u, %s)", name, command.cache, place_text(place).c_str());
    default:
      return textf("%s(pool-%u)", name, command.cache);
  }
}

}  // namespace

std::string call_text(const Command& command, ObjectPlace place, const KernelProfile& profile,
                      const CacheRequest& request) {
  const Pfn freed = place.pfn;
  const char* const name = op_name(command.op);
  const std::string flags = gfp_names(command.gfp, profile);
  if (is_slab_call(command.op)) return slab_call_text(command, place, flags, request);
  if (is_dma_call(command.op)) return dma_call_text(command, place, flags);
  switch (command.op) {
    case Op::alloc_pages:
    case Op::get_free_pages:
      return textf("%s(%s, %u)", name, flags.c_str(), command.order);
    case Op::alloc_movable_page:
      return textf("%s(%s, 0) /* migratable */", name, flags.c_str());
    case Op::get_zeroed_page:
      return textf("%s(%s)", name, flags.c_str());
    case Op::alloc_pages_exact:
      return textf("%s(%u, %s)", name, command.amount, flags.c_str());
    case Op::alloc_pages_bulk:
      return textf("%s(%s, %u)", name, flags.c_str(), command.amount);
    case Op::free_block:
    case Op::split_page:
    case Op::free_pages:
      return textf("%s(pfn 0x%x, %u)", name, freed.value, command.order);
    case Op::free_pages_exact:
      return textf("%s(pfn 0x%x, %u)", name, freed.value, command.amount);
    case Op::put_page:
    case Op::get_page:
      return textf("%s(pfn 0x%x)", name, freed.value);
    case Op::drain_local_pages:
      return textf("%s(NULL)", name);
    case Op::memset:
    case Op::write_bytes:
      return textf("%s(pfn 0x%x + %u, 0x%02x, %u)", name, command.pfn.value, command.offset,
                   unsigned{command.value}, command.amount);
    case Op::vmalloc:
    case Op::vzalloc:
      return textf("%s(%u)", name, command.amount);
    case Op::vfree:
      return textf("%s(%s)", name, area_text(place).c_str());
    default:
      break;
  }
  KMEM_ASSERT(false);
}

}  // namespace kmem
