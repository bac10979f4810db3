// The memory map: 16 bytes of metadata for every page frame.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/hash.h"
#include "base/units.h"
#include "mm/frame.h"
#include "mm/frame_state.h"
#include "mm/migratetype.h"

namespace kmem {

/// Why a page was refused by the free path ("BUG: Bad page state").
enum class BadPage : uint8_t {
  not_allocated = 1,  ///< free already, never handed out, or the inside of a block
  wrong_order = 2,    ///< handed out with another order
  not_ours = 3,       ///< in use since before the timeline: its owner is not known
  slab = 4,           ///< full of objects: it belongs to the object allocator
};

/// Frames that exist: kernel memory sections, laid one after another in the map.
/// @kernel struct mem_section, include/linux/mmzone.h (SPARSEMEM)
struct MemSection {
  Pfn start;
  uint32_t frames = 0;
  Page first;
};

/// Page frame metadata, indexed by Page: what a call touches is in one struct, so that a random
/// frame costs one cache line.
///
/// @kernel   struct page, include/linux/mm_types.h
/// @fidelity simplified: 16 bytes instead of 64; `refcount` has 16 bits; fields that only other
///           allocators use are kept by them.
///
/// The list links have room for `list_heads` more nodes behind the last page: every free list and
/// per-CPU list is a ring through its own head node, like struct list_head, so linking and
/// unlinking never branch.
class MemMap {
 public:
  /// Least alignment of sections. Machines with bigger blocks align their sections to those, so
  /// that the buddy of a page is the same XOR away here as on frame numbers.
  static constexpr uint32_t kSectionAlignment = 1u << kMaxOrder;

  /// @param sections ascending, not overlapping, start and length multiples of kSectionAlignment.
  /// @param pageblock_order log2(pages of a pageblock), less than kMostOrders.
  MemMap(std::span<const MemSection> sections, Order pageblock_order, uint32_t list_heads);

  [[nodiscard]] uint32_t size() const { return nr_pages_; }
  [[nodiscard]] std::span<const MemSection> sections() const { return sections_; }
  [[nodiscard]] Order pageblock_order() const { return pageblock_order_; }

  /// @return kNoPage when no section has the frame.
  [[nodiscard]] Page pfn_to_page(Pfn pfn) const {
    for (const MemSection& section : sections_) {
      const uint32_t offset = pfn.value - section.start.value;
      if (offset < section.frames) return {section.first.index + offset};
    }
    return kNoPage;
  }
  [[nodiscard]] Pfn page_to_pfn(Page page) const {
    return {page.index + chunk_shift_[page.index / kSectionAlignment]};
  }

  // ---- block heads: where a block is, and how big. ---------------------------------------------
  // The byte holds the order and, in the two top bits, whether the block is free.
  static constexpr uint8_t kInBuddy = 0x80;
  static constexpr uint8_t kInPcp = 0x40;
  static constexpr uint8_t kOrderMask = 0x0f;

  /// Whether `page` is the head of a free block of exactly `order` in zone `zone`.
  /// @kernel page_is_buddy(), mm/page_alloc.c
  /// @fidelity exact
  [[nodiscard]] bool is_buddy(Page page, Order order, uint8_t zone) const {
    constexpr uint64_t kBoth = frame_bits::kBlock.mask() | frame_bits::kZone.mask();
    return (frames_[page.index].word & kBoth) ==
           (frame_bits::kBlock.of(kInBuddy | order) | frame_bits::kZone.of(zone));
  }
  [[nodiscard]] bool in_buddy(Page page) const { return (block(page) & kInBuddy) != 0; }
  [[nodiscard]] bool in_pcp(Page page) const { return (block(page) & kInPcp) != 0; }
  [[nodiscard]] Order order(Page page) const { return block(page) & kOrderMask; }
  void set_buddy(Page page, Order order) { set(page, frame_bits::kBlock, kInBuddy | order); }
  void set_pcp(Page page, Order order) { set(page, frame_bits::kBlock, kInPcp | order); }
  void set_taken(Page page, Order order) { set(page, frame_bits::kBlock, order); }

  // ---- fields of struct page ------------------------------------------------------------------
  /// Zone index, kNoZone for holes.
  [[nodiscard]] uint8_t zone(Page page) const {
    return static_cast<uint8_t>(get(page, frame_bits::kZone));
  }
  void set_zone(Page page, uint8_t zone) { set(page, frame_bits::kZone, zone); }

  /// The type remembered while a page is on a per-CPU list (page->index in the kernel); it may
  /// differ from the pageblock's type.
  [[nodiscard]] Migratetype cached_type(Page page) const {
    return static_cast<Migratetype>(get(page, frame_bits::kCachedType));
  }
  void set_cached_type(Page page, Migratetype type) {
    set(page, frame_bits::kCachedType, index_of(type));
  }

  [[nodiscard]] uint16_t refcount(Page page) const {
    return static_cast<uint16_t>(get(page, frame_bits::kRefcount));
  }
  void set_refcount(Page page, uint16_t count) { set(page, frame_bits::kRefcount, count); }

  /// Flag bits that other parts of the kernel keep in page->flags.
  static constexpr uint16_t kHead = 1u << 0;        ///< first page of a compound page
  static constexpr uint16_t kTail = 1u << 1;        ///< other page of a compound page
  static constexpr uint16_t kLru = 1u << 2;         ///< on an LRU list
  static constexpr uint16_t kMovableOps = 1u << 3;  ///< driver page that can be migrated
  static constexpr uint16_t kSlab = 1u << 4;        ///< part of a slab, every page of it marked
  [[nodiscard]] uint16_t flags(Page page) const {
    return static_cast<uint16_t>(get(page, frame_bits::kFlags));
  }
  void set_flags(Page page, uint16_t flags) { set(page, frame_bits::kFlags, flags); }

  /// Number of the slab that a page marked kSlab belongs to. A page in use is on no list, so its
  /// link has room for it.
  [[nodiscard]] uint32_t slab(Page page) const { return frames_[page.index].next; }
  void set_slab(Page page, uint32_t slab) { frames_[page.index].next = slab; }

  // ---- frame states, for the eye --------------------------------------------------------------
  /// First page of the block that `page` is in. Blocks are aligned, so every candidate from the
  /// biggest down is the first page of one, until one is found that reaches `page`.
  [[nodiscard]] Page block_head(Page page) const;
  /// State byte of a page, wherever in its block it lies.
  [[nodiscard]] uint8_t state(Page page) const;
  /// State bytes of all pages. Only the first page of a block keeps one (frame_state.h), so that
  /// colouring a block costs the same whatever its order; this fills in the others.
  /// @param states size() bytes.
  void states_into(std::span<uint8_t> states) const;
  /// Colours the block of which `page` is the first one. Compiled out together with the trace to
  /// measure what they cost.
  void paint(Page page, FrameKind kind, Migratetype type) {
    uint64_t& word = frames_[page.index].word;
    word = (word & ~kPainted) | painted(kind, type);
  }

  /// The first page of a block is given back without the others: they stay in use, and nobody has
  /// them.
  void leave_tails(Page page);

  // ---- pageblocks -----------------------------------------------------------------------------
  /// @kernel   get_pageblock_migratetype(), include/linux/pageblock-flags.h
  /// @fidelity exact
  [[nodiscard]] Migratetype pageblock_type(Page page) const {
    return static_cast<Migratetype>(pageblock_[page.index >> pageblock_order_] & kTypeMask);
  }
  void set_pageblock_type(Page page, Migratetype type) {
    uint8_t& bits = pageblock_[page.index >> pageblock_order_];
    bits = static_cast<uint8_t>((bits & ~kTypeMask) | static_cast<uint8_t>(type));
  }
  /// Compaction's "nothing to move here" hint.
  /// @kernel PB_migrate_skip, include/linux/pageblock-flags.h
  [[nodiscard]] bool pageblock_skip(Page page) const {
    return (pageblock_[page.index >> pageblock_order_] & kSkipBit) != 0;
  }
  void set_pageblock_skip(Page page, bool skip) {
    uint8_t& bits = pageblock_[page.index >> pageblock_order_];
    bits = static_cast<uint8_t>(skip ? bits | kSkipBit : bits & ~kSkipBit);
  }

  // ---- links ----------------------------------------------------------------------------------
  [[nodiscard]] uint32_t next(uint32_t node) const { return frames_[node].next; }
  [[nodiscard]] uint32_t prev(uint32_t node) const { return frames_[node].prev; }
  /// Puts `page` between two neighbours of a ring.
  void link(Page page, uint32_t before, uint32_t after) {
    Frame* const frames = frames_.data();
    frames[before].next = page.index;
    frames[page.index].set_links(after, before);
    frames[after].prev = page.index;
  }
  /// Takes the first page off the ring of `head`, which must not be empty.
  void unlink_first(uint32_t head, Page page) {
    Frame* const frames = frames_.data();
    const uint32_t after = frames[page.index].next;
    frames[head].next = after;
    frames[after].prev = head;
  }
  void unlink(Page page) {
    Frame* const frames = frames_.data();
    const uint32_t before = frames[page.index].prev;
    const uint32_t after = frames[page.index].next;
    frames[before].next = after;
    frames[after].prev = before;
  }

  // ---- single pages between a per-CPU list and their holder -----------------------------------
  /// Takes the first page off the ring of `head`, which must not be empty, for one holder.
  /// @param type what it was asked for as.
  void take_single(uint32_t head, Page page, Migratetype type) {
    constexpr uint64_t kChanged =
        frame_bits::kRefcount.mask() | frame_bits::kBlock.mask() | kPainted;
    uint64_t& word = frames_[page.index].word;
    word = (word & ~kChanged) | frame_bits::kRefcount.of(1) | frame_bits::kBlock.of(0) |
           painted(FrameKind::allocated, type);
    unlink_first(head, page);
  }
  /// Puts a page that nobody holds any more at the head of a ring.
  void put_single(Page page, uint32_t head, Migratetype type) {
    constexpr uint64_t kChanged = frame_bits::kRefcount.mask() | frame_bits::kBlock.mask() |
                                  frame_bits::kCachedType.mask() | kPainted;
    uint64_t& word = frames_[page.index].word;
    word = (word & ~kChanged) | frame_bits::kRefcount.of(0) | frame_bits::kBlock.of(kInPcp) |
           frame_bits::kCachedType.of(index_of(type)) | painted(FrameKind::pcp, type);
    link(page, head, next(head));
  }

  /// Adds every field of every page to `hash`; links of list heads included.
  void hash_into(StateHash& hash) const;
  /// Bytes of metadata for one frame, pageblock bits not counted.
  [[nodiscard]] static constexpr uint32_t bytes_per_frame() { return sizeof(Frame); }

 private:
  static constexpr uint8_t kTypeMask = 0x7;
  static constexpr uint8_t kSkipBit = 0x8;

  [[nodiscard]] uint32_t get(Page page, FrameBits bits) const {
    return static_cast<uint32_t>((frames_[page.index].word & bits.mask()) >> bits.shift);
  }
  void set(Page page, FrameBits bits, uint32_t value) {
    uint64_t& word = frames_[page.index].word;
    word = (word & ~bits.mask()) | bits.of(value);
  }
  [[nodiscard]] uint8_t block(Page page) const {
    return static_cast<uint8_t>(get(page, frame_bits::kBlock));
  }

#ifdef KMEM_NO_TRACE
  static constexpr uint64_t kPainted = 0;
  static constexpr uint64_t painted(FrameKind /*kind*/, Migratetype /*type*/) { return 0; }
#else
  static constexpr uint64_t kPainted = frame_bits::kState.mask();
  static constexpr uint64_t painted(FrameKind kind, Migratetype type) {
    return frame_bits::kState.of(frame_state(kind, type) | kFrameHeadBit);
  }
#endif

  /// One for each page, then the heads of the lists, which are nothing but links.
  std::vector<Frame> frames_;
  std::vector<uint8_t> pageblock_;
  Order pageblock_order_;
  uint32_t nr_pages_ = 0;
  // Difference pfn - page index for each run of kSectionAlignment pages.
  std::vector<uint32_t> chunk_shift_;
  std::vector<MemSection> sections_;
};

}  // namespace kmem
