// One booted machine: the facade over the allocators, and the only place that refuses calls.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "dma/dma_pool.h"
#include "mm/mm.h"
#include "mm/page_alloc.h"
#include "mm/ram.h"
#include "sim/command.h"
#include "slab/kmalloc.h"
#include "vmalloc/vmalloc.h"

namespace kmem {

/// Why a pointer was not freed: the kernel would corrupt its lists, warn or stop.
enum class BadObject : uint8_t {
  not_an_object = 1,  ///< no address that any allocation gives
  free_already = 2,   ///< on a free list
  other_cache = 3,    ///< "Wrong slab cache": freed all the same, to the cache that it is from
  not_ours = 4,       ///< pages of the page allocator, or in use since before the timeline
  in_reserve = 5,     ///< a mempool keeps it
};

/// A machine, its RAM and the record of what its last call did.
class Machine {
 public:
  /// @param node  node that allocations ask for.
  /// @param forced_gfp flags OR-ed into every request (a recording's __GFP_THISNODE).
  Machine(Mm mm, NodeId node, Gfp forced_gfp, const SlabConfig& slab = {});

  Machine(Machine&& other) noexcept;
  Machine& operator=(Machine&&) = delete;

  [[nodiscard]] const Mm& mm() const { return mm_; }
  [[nodiscard]] Mm& mm() { return mm_; }
  [[nodiscard]] Trace& trace() { return trace_; }
  [[nodiscard]] const Trace& trace() const { return trace_; }
  /// What the trace has of this step, oldest first.
  [[nodiscard]] std::vector<TraceRecord> records() const {
    return trace_.records([this](uint32_t page) { return mm_.pfn({page}); });
  }
  [[nodiscard]] const Ram& ram() const { return ram_; }
  /// What the kernel has printed.
  [[nodiscard]] const KernelLog& log() const { return mm_.log; }
  [[nodiscard]] const SlabState& slab() const { return slab_; }
  /// The object allocator at work on this machine.
  [[nodiscard]] Slub slub() { return {mm_, ram_, slab_}; }
  [[nodiscard]] const VmapState& areas() const { return vmap_; }
  /// vmalloc at work on this machine.
  [[nodiscard]] Vmap vmap() { return {slub(), vmap_}; }

  [[nodiscard]] const DmaState& dma_state() const { return dma_; }
  /// DMA at work on this machine.
  [[nodiscard]] Dma dma() { return {slub(), dma_, node_}; }

  /// Whether the command makes sense at all; nothing is run.
  /// @return OrderOutOfRange, UnknownGfpFlag, UnsupportedOperation, PfnOutOfRange, CommandFormat,
  ///         UnknownCache, UnknownPool.
  [[nodiscard]] Status check(const Command& command) const;

  /// Runs a checked command.
  /// @param freed   block that a free gives back.
  /// @param results receives results_of(command) page frames, kNoPfn for NULL.
  /// @return false when a free was refused as "Bad page state"; the machine is unchanged then.
  bool run(const Command& command, Pfn freed, std::span<Pfn> results);

  /// Runs a checked call of the object allocator.
  /// @param request what a create asks for.
  /// @param place   object that the call is given; for an allocation that is replayed, where the
  ///                real kernel's object was.
  /// @return the object that an allocation gives.
  ObjectPlace run_slab(const Command& command, const CacheRequest& request, ObjectPlace place);
  /// Runs a checked call that is about many objects.
  /// @return the objects that an allocation gives.
  std::vector<ObjectPlace> run_slab_bulk(const Command& command);
  /// Runs a checked call that answers a number of bytes.
  /// @param place object that it asks about.
  uint64_t run_slab_query(const Command& command, ObjectPlace place);
  /// Runs a checked call about a mempool.
  /// @param place   element that a free gives back.
  /// @param results receives whether a create made the pool, see results_of().
  /// @return the element that an allocation gives.
  ObjectPlace run_mempool(const Command& command, ObjectPlace place, std::span<Pfn> results);
  /// Runs a checked call of vmalloc.
  /// @param place   area that a free gives back.
  /// @param results receives the page frames of an allocation, kNoPfn for NULL.
  /// @param recorded for an allocation that is replayed, the page frames of the real kernel.
  /// @return the area that an allocation gives.
  ObjectPlace run_area(const Command& command, ObjectPlace place, std::span<Pfn> results,
                       std::span<const Pfn> recorded = {});
  /// Runs a checked call about DMA memory.
  /// @param place   pages or block that a free gives back.
  /// @param results receives what dma_set_mask and dma_pool_create answer, see results_of().
  /// @return the pages or the block that an allocation gives.
  ObjectPlace run_dma(const Command& command, ObjectPlace place, std::span<Pfn> results);
  /// Takes over what a recording says about the device.
  void set_dma_device(const DmaDevice& device) { dma_.device = device; }
  /// Whether a request makes sense at all. @return CommandFormat, UnsupportedOperation.
  [[nodiscard]] static Status check_request(const CacheRequest& request);
  /// The cache that a command names; kNoCache when it does not exist (any more).
  [[nodiscard]] CacheId cache_of(const Command& command) const;

  /// Pages in use that changed their frame during the last call, oldest first.
  [[nodiscard]] std::span<const PageMove> moves() const { return mm_.moves; }

  /// Hash over pages, zones and RAM.
  [[nodiscard]] uint64_t state_hash() const;

  struct Snapshot {
    Mm mm;
    SlabState slab;
    VmapState vmap;
    DmaState dma;
    std::vector<Ram::Saved> ram;
  };
  [[nodiscard]] Snapshot snapshot() const { return {mm_, slab_, vmap_, dma_, ram_.save()}; }
  void restore(const Snapshot& snapshot);

 private:
  Page run_allocation(const Command& command, std::span<Pfn> results);
  bool run_free(const Command& command, Page page);
  void unmark_movable(Page page);
  bool run_on_block(const Command& command, Page page);
  [[nodiscard]] Status check_block(const Command& command) const;
  [[nodiscard]] Status check_written(const Command& command) const;
  [[nodiscard]] BadPage why_bad(const Command& command, Page page) const;
  bool refuse(const Command& command, Page page, BadPage reason);
  [[nodiscard]] Status check_dma(const Command& command) const;
  [[nodiscard]] bool has_dma_pool(const Command& command) const;
  void free_dma(Dma& dma, const Command& command, ObjectPlace place);
  [[nodiscard]] Status check_slab(const Command& command) const;
  [[nodiscard]] Status check_place(ObjectPlace place) const;
  [[nodiscard]] Status check_mempool(const Command& command) const;
  [[nodiscard]] bool is_good_element(const Command& command, ObjectPlace place);
  /// @return false when the call names a cache that does not exist.
  bool begin_slab_call(const Command& command);
  /// The object allocator, called by this command.
  Slub slub_for(const Command& command);
  Kva alloc_object(Slub& slub, const Command& command, Kva given);
  void free_object(const Command& command, ObjectPlace place);
  void free_objects(Slub& slub, const Command& command);
  /// Whether a call may be given this object; if not, says why.
  bool is_good(const Command& command, ObjectPlace place);
  /// Tells when an object that goes back to `cache` is another's.
  void note_other_cache(Kva object, CacheId cache);
  /// @param owner cache of an object that another cache is said to have.
  void note_bad_object(BadObject reason, ObjectPlace place, CacheId cache, CacheId owner = 0);
  [[nodiscard]] BadObject why_bad_object(Op op, Kva object);
  void move_bytes();
  void init_on_alloc(Page page, uint32_t pages, Gfp gfp);
  /// Whose rules the calls follow: the one place where the kernels part.
  [[nodiscard]] bool is_2_6_18() const;
  Page alloc_block(Gfp gfp, uint32_t order);
  void run_memset(const Command& command);
  void run_write(const Command& command);

  Trace trace_;
  Mm mm_;
  Ram ram_;
  SlabState slab_;
  VmapState vmap_;
  DmaState dma_;
  NodeId node_;
  Gfp forced_gfp_;
};

/// Everything that holds between any two calls, checked from scratch: pages, objects, areas, DMA.
/// @return "" or the first thing that is wrong, in words.
/// @fidelity invented
std::string verify(Machine& machine);

}  // namespace kmem
