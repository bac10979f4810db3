// A call into the kernel, as data: what a journal keeps and what a recording contains.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"
#include "mm/gfp.h"
#include "mm/page_alloc.h"
#include "slab/slab_common.h"

namespace kmem {

enum class Op : uint8_t {
  alloc_pages,
  get_free_pages,
  get_zeroed_page,
  alloc_pages_exact,
  alloc_pages_bulk,
  alloc_movable_page,  ///< alloc_pages of order 0, then marked migratable
  free_block,          ///< __free_pages
  free_pages,          ///< by address
  free_pages_exact,
  put_page,
  get_page,
  split_page,
  drain_local_pages,
  memset,  ///< fills bytes of one frame
  /// Fills bytes from anywhere in one frame on, over as many frames as it takes: what a driver with
  /// a bad pointer does.
  write_bytes,
  vmalloc,
  vzalloc,
  vfree,
  dma_set_mask,  ///< dma_set_mask_and_coherent()
  dma_alloc_coherent,
  dma_free_coherent,
  dma_pool_create,
  dma_pool_destroy,
  dma_pool_alloc,
  dma_pool_free,
  kmem_cache_create,
  kmem_cache_destroy,
  kmem_cache_shrink,
  validate_slab_cache,  ///< 1 written to /sys/kernel/slab/NAME/validate
  kmem_cache_alloc,
  kmalloc,
  kmem_cache_free,
  kfree,
  kzalloc,
  kcalloc,
  kmalloc_array,
  krealloc,
  krealloc_array,
  ksize,
  kmalloc_size_roundup,
  kfree_sensitive,
  kmem_cache_zalloc,
  kmem_cache_alloc_bulk,
  kmem_cache_free_bulk,
  kfree_bulk,
  mempool_create_slab_pool,
  mempool_create_kmalloc_pool,
  mempool_create_page_pool,
  mempool_alloc,
  mempool_free,
  mempool_resize,
  mempool_destroy,
};

/// Calls of the object allocator.
constexpr bool is_slab_call(Op op) { return op >= Op::kmem_cache_create; }
/// kmalloc() by any of its names: what it gives is freed with kfree().
constexpr bool is_kmalloc(Op op) {
  return op == Op::kmalloc || (op >= Op::kzalloc && op <= Op::krealloc_array);
}
/// Calls on arrays, which have `count` elements of `amount` bytes.
constexpr bool is_array_call(Op op) {
  return op == Op::kcalloc || op == Op::kmalloc_array || op == Op::krealloc_array;
}
/// Calls that are given an object, by its place, and give one.
constexpr bool reallocates(Op op) { return op == Op::krealloc || op == Op::krealloc_array; }
/// Calls about pools with a reserve.
constexpr bool is_mempool_call(Op op) { return op >= Op::mempool_create_slab_pool; }
constexpr bool creates_mempool(Op op) {
  return op >= Op::mempool_create_slab_pool && op <= Op::mempool_create_page_pool;
}
constexpr bool allocates_object(Op op) {
  return is_kmalloc(op) || op == Op::kmem_cache_alloc || op == Op::kmem_cache_zalloc ||
         op == Op::kmem_cache_alloc_bulk || op == Op::mempool_alloc;
}
constexpr bool frees_object(Op op) {
  return op == Op::kmem_cache_free || op == Op::kfree || op == Op::kfree_sensitive ||
         op == Op::mempool_free;
}
/// Calls that are given one object.
constexpr bool takes_object(Op op) {
  return frees_object(op) || reallocates(op) || op == Op::ksize;
}
/// Calls that are given Command::objects.
constexpr bool frees_objects(Op op) {
  return op == Op::kmem_cache_free_bulk || op == Op::kfree_bulk;
}
/// Calls that answer a number of bytes.
constexpr bool answers_bytes(Op op) { return op == Op::ksize || op == Op::kmalloc_size_roundup; }
/// Calls about areas of virtual addresses.
constexpr bool is_area_call(Op op) { return op >= Op::vmalloc && op <= Op::vfree; }
constexpr bool allocates_area(Op op) { return op == Op::vmalloc || op == Op::vzalloc; }
/// Calls about memory that a device uses too.
constexpr bool is_dma_call(Op op) { return op >= Op::dma_set_mask && op <= Op::dma_pool_free; }
constexpr bool allocates_dma(Op op) {
  return op == Op::dma_alloc_coherent || op == Op::dma_pool_alloc;
}
constexpr bool frees_dma(Op op) { return op == Op::dma_free_coherent || op == Op::dma_pool_free; }
/// Calls that give a place in a frame, and calls that are given one.
constexpr bool allocates_place(Op op) { return allocates_object(op) || allocates_dma(op); }
constexpr bool frees_place(Op op) { return frees_object(op) || frees_dma(op); }
/// Calls on a cache that was made before.
constexpr bool names_cache(Op op) {
  return (op >= Op::kmem_cache_destroy && op <= Op::kmem_cache_alloc) ||
         op == Op::kmem_cache_free ||
         (op >= Op::kmem_cache_zalloc && op <= Op::kmem_cache_free_bulk) ||
         op == Op::mempool_create_slab_pool;
}
constexpr bool is_allocation(Op op) {
  return op <= Op::alloc_movable_page || allocates_place(op) || allocates_area(op);
}
constexpr bool is_free(Op op) {
  return (op >= Op::free_block && op <= Op::put_page) || frees_place(op) || frees_objects(op);
}
/// Calls on a block that was handed out before.
constexpr bool names_block(Op op) { return op >= Op::free_block && op <= Op::split_page; }

/// "This free names its block by page frame, not by the call that allocated it."
inline constexpr uint32_t kNoAllocation = UINT32_MAX;

/// Command::cache of a cache that nobody created: this bit and its CacheId.
inline constexpr uint32_t kBootCache = 0x80000000;

/// Where an object is: first frame of its slab or block, and bytes from there. NULL has no frame
/// and offset 0, ZERO_SIZE_PTR no frame and offset 16. An area has its first page, counted from
/// VMALLOC_START, in place of the frame.
struct ObjectPlace {
  Pfn pfn = kNoPfn;
  uint32_t offset = 0;
  bool operator==(const ObjectPlace&) const = default;
};

/// One call. Every page that an allocating call may return has an allocation id, counted through
/// the timeline, so that a recorded free finds its block without any table of slots.
struct Command {
  Op op = Op::drain_local_pages;
  /// As asked for; allocations of 11 and more are the kernel's affair to refuse.
  uint32_t order = 0;
  Gfp gfp = 0;
  /// Bytes (exact calls, memset, write_bytes, kmalloc, vmalloc, DMA; of one element of an array),
  /// pages (bulk). dma_set_mask: the mask's lower half, the upper one being in offset.
  uint32_t amount = 0;
  /// Allocations: id of the first page they return. Frees: id of the block, or kNoAllocation.
  uint32_t allocation = kNoAllocation;
  /// Frees, krealloc, ksize, memset and write_bytes by page frame. vfree: page, counted from
  /// VMALLOC_START.
  Pfn pfn = kNoPfn;
  /// memset, write_bytes: byte value and offset from the frame's start. Frees of objects and areas:
  /// bytes from the start of the frame, of the page.
  uint8_t value = 0;
  uint32_t offset = 0;
  /// Which call of the timeline created the cache, counted from 0; or kBootCache and a CacheId.
  /// Calls about a DMA pool: its number, by creation.
  uint32_t cache = 0;
  /// Elements of an array, of the reserve of a mempool, objects of a bulk call.
  /// kmalloc_size_roundup: bytes.
  uint64_t count = 0;
  /// What a bulk call frees.
  std::vector<ObjectPlace> objects = {};
  /// Number of a mempool, by creation.
  uint32_t pool = 0;
  /// dma_pool_create().
  uint32_t align = 0;
  uint32_t boundary = 0;
  /// Whether other threads may get the CPU during the call (false: preemption is off).
  bool may_schedule = true;
  /// Line of the recording, 0 when the user typed it.
  uint32_t line = 0;
};

/// In place of a frame, what a call answers that returns 0 or an error.
inline constexpr Pfn kDone{0};
inline constexpr Pfn kRefused = kNoPfn;
/// The mask of a dma_set_mask.
constexpr uint64_t mask_of(const Command& command) {
  return uint64_t{command.offset} << 32 | command.amount;
}

/// Pages that an allocating command may return: how many allocation ids it has. Calls that return 0
/// or an error have one too; dma_set_mask two more, for the halves of the mask that then holds.
/// Calls that answer a number of bytes have two, for its halves.
constexpr uint32_t results_of(const Command& command) {
  if (command.op == Op::dma_set_mask) return 3;
  if (command.op == Op::dma_pool_create || creates_mempool(command.op)) return 1;
  // Both halves of the number.
  if (answers_bytes(command.op)) return 2;
  if (command.op == Op::kmem_cache_alloc_bulk) return static_cast<uint32_t>(command.count);
  if (!is_allocation(command.op)) return 0;
  if (allocates_area(command.op)) return std::max(pages_for(command.amount), 1u);
  return command.op == Op::alloc_pages_bulk ? command.amount : 1;
}

/// The address of an object; 0 for NULL, 16 for ZERO_SIZE_PTR.
Kva object_address(ObjectPlace place);
/// Where an object is that the allocators gave.
ObjectPlace place_of(const Slub& slub, Kva object);
/// "NULL", or "pfn 0x1234 + 56".
std::string place_text(ObjectPlace place);
/// An address that somebody gives to vfree(), of an area or not, as pages and bytes from
/// VMALLOC_START; and back. One address counts as
/// NULL besides 0: that of page UINT32_MAX, 16 TiB in.
ObjectPlace area_place(Kva address);
Kva area_address(ObjectPlace place);
/// Address of an area: "NULL", or "0xffffc90000001000".
std::string area_text(ObjectPlace place);

/// The call as C, e.g. "alloc_pages(GFP_KERNEL, 3)".
/// @param place block or object that a free names, where known.
/// @param request what kmem_cache_create() is asked for; for other calls the name of their cache.
std::string call_text(const Command& command, ObjectPlace place,
                      const KernelProfile& profile = kLinux6_1_192,
                      const CacheRequest& request = {});

/// Name of the function called.
const char* op_name(Op op);

}  // namespace kmem
