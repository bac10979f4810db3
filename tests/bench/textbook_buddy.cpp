#include "textbook_buddy.h"

#include <bit>
#include <cstdlib>

namespace kmem_bench {

namespace {

constexpr size_t kArenaAlignment = 4096;

std::byte* new_arena(size_t bytes) {
  void* memory = std::aligned_alloc(kArenaAlignment, bytes);
  if (memory == nullptr) std::abort();
  return static_cast<std::byte*>(memory);
}

}  // namespace

void BareBuddy::Free::operator()(std::byte* memory) const { std::free(memory); }

BareBuddy::BareBuddy(uint32_t frames, uint32_t frame_bytes, uint32_t most_order)
    : frames_(frames),
      frame_shift_(static_cast<uint32_t>(std::countr_zero(frame_bytes))),
      most_order_(most_order),
      arena_(new_arena(static_cast<size_t>(frames) * frame_bytes)),
      bits_(frames / 4),  // 2 * frames places, 8 a byte
      heads_(most_order + 1) {
  for (Node& head : heads_) head.previous = head.next = &head;
  // Highest first: the last one pushed is the first one handed out.
  for (uint32_t block = frames >> most_order; block > 0; --block) {
    push(most_order, block_at((frames >> most_order) - 1 + block - 1, most_order));
  }
}

BareBuddy::Node* BareBuddy::block_at(uint32_t place, uint32_t order) const {
  const size_t frame = static_cast<size_t>(place - ((frames_ >> order) - 1)) << order;
  return reinterpret_cast<Node*>(arena_.get() + (frame << frame_shift_));
}

bool BareBuddy::flip(uint32_t pair) {
  const auto mask = static_cast<uint8_t>(1u << (pair & 7));
  return ((bits_[pair >> 3] ^= mask) & mask) != 0;
}

void BareBuddy::push(uint32_t order, Node* block) {
  Node& head = heads_[order];
  block->previous = &head;
  block->next = head.next;
  head.next->previous = block;
  head.next = block;
}

void* BareBuddy::alloc(uint32_t wanted) {
  uint32_t order = wanted;
  while (order <= most_order_ && heads_[order].next == &heads_[order]) order += 1;
  if (order > most_order_) return nullptr;
  Node* const block = heads_[order].next;
  heads_[order].next = block->next;
  block->next->previous = &heads_[order];

  uint32_t place = place_of(block, order);
  if (order < most_order_) flip((place - 1) / 2);
  while (order > wanted) {
    order -= 1;
    flip(place);
    place = 2 * place + 1;
    push(order, block_at(place + 1, order));
  }
  return block;
}

void BareBuddy::free(void* block, uint32_t order) {
  uint32_t place = place_of(block, order);
  while (order < most_order_ && !flip((place - 1) / 2)) {
    const Node* const buddy = block_at(((place - 1) ^ 1) + 1, order);
    buddy->previous->next = buddy->next;
    buddy->next->previous = buddy->previous;
    place = (place - 1) / 2;
    order += 1;
  }
  push(order, block_at(place, order));
}

uint32_t BareBuddy::free_frames() const {
  uint32_t frames = 0;
  for (uint32_t order = 0; order <= most_order_; ++order) {
    const Node* const head = &heads_[order];
    for (const Node* block = head->next; block != head; block = block->next) frames += 1u << order;
  }
  return frames;
}

uint32_t TextbookBuddy::order_for(size_t bytes) const {
  uint32_t order = 0;
  for (size_t size = frame_bytes_; size < bytes + kHeaderBytes; size *= 2) order += 1;
  return order;
}

// One call each, as the engine's two.
[[gnu::flatten]] void* TextbookBuddy::malloc(size_t bytes) {
  void* const block = buddy_.alloc(order_for(bytes));
  if (block == nullptr) return nullptr;
  *static_cast<uint64_t*>(block) = bytes;
  return static_cast<std::byte*>(block) + kHeaderBytes;
}

[[gnu::flatten]] void TextbookBuddy::free(void* memory) {
  void* const block = static_cast<std::byte*>(memory) - kHeaderBytes;
  buddy_.free(block, order_for(static_cast<size_t>(*static_cast<uint64_t*>(block))));
}

}  // namespace kmem_bench
