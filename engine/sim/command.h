// A call into the kernel, as data: what a journal keeps and what a recording contains.
#pragma once

#include <cstdint>
#include <string>

#include "base/units.h"
#include "mm/gfp.h"

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
};

constexpr bool is_allocation(Op op) { return op <= Op::alloc_movable_page; }
constexpr bool is_free(Op op) { return op >= Op::free_block && op <= Op::put_page; }
/// Calls on a block that was handed out before.
constexpr bool names_block(Op op) { return op >= Op::free_block && op <= Op::split_page; }

/// "This free names its block by page frame, not by the call that allocated it."
inline constexpr uint32_t kNoAllocation = UINT32_MAX;

/// One call. Every page that an allocating call may return has an allocation id, counted through
/// the timeline, so that a recorded free finds its block without any table of slots.
struct Command {
  Op op = Op::drain_local_pages;
  /// As asked for; allocations of 11 and more are the kernel's affair to refuse.
  uint32_t order = 0;
  Gfp gfp = 0;
  /// Bytes (exact calls, memset), pages (bulk).
  uint32_t amount = 0;
  /// Allocations: id of the first page they return. Frees: id of the block, or kNoAllocation.
  uint32_t allocation = kNoAllocation;
  /// Frees and memset by page frame.
  Pfn pfn = kNoPfn;
  /// memset: byte value and offset in the frame.
  uint8_t value = 0;
  uint32_t offset = 0;
  /// Whether other threads may get the CPU during the call (false: preemption is off).
  bool may_schedule = true;
  /// Line of the recording, 0 when the user typed it.
  uint32_t line = 0;
};

/// Pages that an allocating command may return: how many allocation ids it has.
constexpr uint32_t results_of(const Command& command) {
  if (!is_allocation(command.op)) return 0;
  return command.op == Op::alloc_pages_bulk ? command.amount : 1;
}

/// The call as C, e.g. "alloc_pages(GFP_KERNEL, 3)".
/// @param freed block that a free names, where known.
std::string call_text(const Command& command, Pfn freed,
                      const KernelProfile& profile = kLinux6_1_192);

/// Name of the function called.
const char* op_name(Op op);

}  // namespace kmem
