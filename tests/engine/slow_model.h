// Two models of the page allocator that share no code and no idea with the engine.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "engine/support.h"

namespace kmem::test {

/// Who owns each frame, as a plain table: it knows nothing of lists, orders of lists, or
/// watermarks. It says whether what the engine handed out can be right at all.
class OwnershipModel {
 public:
  /// A block in somebody's hands. Pages of an exact allocation are blocks of one page.
  struct Block {
    Order order = 0;
    bool compound = false;
    uint32_t references = 1;
  };

  /// Pageblocks that not everybody may use, or nobody.
  enum class Fence : uint8_t { none, cma, isolated };

  explicit OwnershipModel(const Mm& mm);

  /// By first frame.
  [[nodiscard]] const std::map<uint32_t, Block>& blocks() const { return blocks_; }
  /// Single pages in somebody's hands that follow each other from `pfn` on.
  [[nodiscard]] uint32_t singles_from(uint32_t pfn) const;

  /// Enters the results of an allocation. @return "" or why they cannot be right.
  std::string allocated(const Mm& mm, const Command& command, std::span<const uint32_t> pfns,
                        uint8_t node);
  /// Whether the kernel would take this free, get_page, put_page or split_page.
  [[nodiscard]] bool may_run(const Command& command) const;
  /// Enters such a call that was taken.
  void ran(const Command& command);
  /// A page in use changed its frame. @return "" or why that cannot be right.
  std::string moved(uint32_t from, uint32_t to);

  /// Who may use the pageblock of this frame.
  [[nodiscard]] Fence fence(uint32_t pfn) const {
    const uint32_t block = pfn / pageblock_pages_;
    return block < fences_.size() ? fences_[block] : Fence::none;
  }
  void set_fence(uint32_t pfn, Fence fence);
  /// Whether a block in somebody's hands that covers [pfn, pfn + pages) is bigger than that.
  [[nodiscard]] bool held_by_more(uint32_t pfn, uint32_t pages) const;

  /// A request for a single page failed. @return "" or why it cannot be right.
  [[nodiscard]] std::string failed(const Mm& mm, const Command& command, uint8_t node) const;
  /// Compares every frame, reference and counter. @return "" or the first thing that is wrong.
  [[nodiscard]] std::string compare(const Mm& mm) const;

 private:
  enum class Owner : uint8_t { nobody, allocator, user };
  struct ZoneFrames {
    uint32_t start = 0;
    uint8_t node = 0;
    ZoneType type = ZoneType::normal;
    std::vector<Owner> owner;
  };

  /// What the flags of a request say, by the bits of its kernel.
  struct Wish {
    ZoneType highest = ZoneType::normal;
    bool movable = false;
    bool this_node = false;
  };

  [[nodiscard]] Wish wish_of(const Command& command) const;
  [[nodiscard]] bool may_use(uint32_t pfn, const Wish& wish) const {
    const Fence who = fence(pfn);
    return who == Fence::none || (who == Fence::cma && wish.movable);
  }
  [[nodiscard]] std::string compare_fences(const Mm& mm, std::span<const uint8_t> states) const;
  Owner* find(uint32_t pfn);
  /// First frame of the block that a reference to `pfn` holds; kNull when there is none.
  [[nodiscard]] uint32_t holder(uint32_t pfn) const;
  std::string take(uint32_t pfn, uint32_t pages, const Command& command, uint8_t node);
  void give_back(uint32_t pfn, uint32_t pages);
  void drop(uint32_t pfn, bool whole);
  [[nodiscard]] std::string compare_zone(const Mm& mm, const ZoneFrames& frames,
                                         std::span<const uint8_t> states) const;

  bool old_ = false;  ///< 2.6.18
  bool has_dma32_ = true;
  bool grouping_ = true;
  uint32_t pageblock_pages_ = 1;
  std::vector<ZoneFrames> zones_;
  /// By number of the pageblock, counted from frame 0; those not here are open to all.
  std::vector<Fence> fences_;
  std::map<uint32_t, Block> blocks_;
  int64_t free_pages_ = 0;
};

/// The buddy system of one zone and one migratetype, without per-CPU lists: eleven lists of block
/// numbers and nothing else. It predicts every page frame number.
class BuddyModel {
 public:
  /// @param lists free blocks of each order, head first.
  explicit BuddyModel(std::array<std::vector<uint32_t>, kNrOrders> lists)
      : lists_(std::move(lists)) {}

  /// @return pfn, or kNull.
  uint32_t alloc(uint32_t order);
  void free(uint32_t pfn, uint32_t order);
  [[nodiscard]] const std::array<std::vector<uint32_t>, kNrOrders>& lists() const { return lists_; }

 private:
  [[nodiscard]] bool has(uint32_t pfn, uint32_t order) const;

  std::array<std::vector<uint32_t>, kNrOrders> lists_;
};

}  // namespace kmem::test
