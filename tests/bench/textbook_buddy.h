// The baseline: a buddy allocator as textbooks draw it, and as small C libraries build it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace kmem_bench {

/// One bit a pair of buddies, and doubly linked free lists whose nodes lie in the free frames.
///
/// The bit of a pair is flipped by every allocation and every free of one of the two, so it is
/// set when exactly one of them is taken: a free that clears it can merge. Nothing is stored about
/// a block in use: the caller says the order again when freeing, as the kernel's callers do.
class BareBuddy {
 public:
  /// @param frames a power of two; @param most_order order of the biggest block.
  BareBuddy(uint32_t frames, uint32_t frame_bytes, uint32_t most_order);

  /// @return nullptr when no block is big enough.
  void* alloc(uint32_t order);
  void free(void* block, uint32_t order);

  [[nodiscard]] uint32_t frame_of(const void* block) const {
    return static_cast<uint32_t>(static_cast<const std::byte*>(block) - arena_.get()) >>
           frame_shift_;
  }
  /// Frames on the lists, counted by walking them.
  [[nodiscard]] uint32_t free_frames() const;

 private:
  struct Node {
    Node* previous;
    Node* next;
  };

  // Place of a block in the tree of all blocks: the biggest block's is 0, halves of i are 2i + 1
  // and 2i + 2. The bit of a pair is kept at the place of the block that they are halves of.
  [[nodiscard]] uint32_t place_of(const void* block, uint32_t order) const {
    return (frames_ >> order) - 1 + (frame_of(block) >> order);
  }
  [[nodiscard]] Node* block_at(uint32_t place, uint32_t order) const;
  bool flip(uint32_t pair);
  void push(uint32_t order, Node* block);

  uint32_t frames_;
  uint32_t frame_shift_;
  uint32_t most_order_;
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte, Free> arena_;
  std::vector<uint8_t> bits_;
  std::vector<Node> heads_;
};

/// The same as a library would offer it: sizes in bytes, and each block begins with a header that
/// says how big it is, so that free() needs no more than the address.
///
/// (Evan Wallace's buddy-malloc made this design well known; written anew, no code of it.)
class TextbookBuddy {
 public:
  static constexpr uint32_t kHeaderBytes = sizeof(uint64_t);

  TextbookBuddy(uint32_t frames, uint32_t frame_bytes, uint32_t most_order)
      : buddy_(frames, frame_bytes, most_order), frame_bytes_(frame_bytes) {}

  /// @return nullptr when no block is big enough.
  void* malloc(size_t bytes);
  void free(void* memory);

  [[nodiscard]] uint32_t frame_of(const void* memory) const { return buddy_.frame_of(memory); }
  [[nodiscard]] uint32_t free_frames() const { return buddy_.free_frames(); }

 private:
  [[nodiscard]] uint32_t order_for(size_t bytes) const;

  BareBuddy buddy_;
  uint32_t frame_bytes_;
};

}  // namespace kmem_bench
