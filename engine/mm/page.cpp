#include "mm/page.h"

#include <cstring>

#include "trace/trace.h"

namespace kmem {

MemMap::MemMap(std::span<const MemSection> sections, Order pageblock_order, uint32_t list_heads)
    : pageblock_order_(pageblock_order) {
  KMEM_ASSERT(pageblock_order < kMostOrders);
  for (MemSection section : sections) {
    KMEM_ASSERT(section.start.value % kSectionAlignment == 0);
    KMEM_ASSERT(section.frames % kSectionAlignment == 0 && section.frames > 0);
    KMEM_ASSERT(sections_.empty() ||
                section.start.value >= sections_.back().start.value + sections_.back().frames);
    section.first = Page{nr_pages_};
    sections_.push_back(section);
    chunk_shift_.insert(chunk_shift_.end(), section.frames / kSectionAlignment,
                        section.start.value - nr_pages_);
    nr_pages_ += section.frames;
  }
  const size_t nodes = nr_pages_ + list_heads;
  Frame hole;
  hole.word = frame_bits::kZone.of(kNoZone);
  frames_.resize(nodes, hole);
  // An empty ring points at itself.
  for (uint32_t node = nr_pages_; node < nodes; ++node) {
    frames_[node].next = frames_[node].prev = node;
  }
  pageblock_.resize(nr_pages_ >> pageblock_order_);
}

Page MemMap::block_head(Page page) const {
  for (Order order = kMostOrders - 1; order > 0; --order) {
    const Page head{page.index & ~(pages_in(order) - 1)};
    if (page.index - head.index < pages_in(this->order(head))) return head;
  }
  return page;
}

uint8_t MemMap::state(Page page) const {
  const Page head = block_head(page);
  const auto state = static_cast<uint8_t>(get(head, frame_bits::kState));
  return page.index == head.index ? state : state & ~kFrameHeadBit;
}

void MemMap::states_into(std::span<uint8_t> states) const {
  KMEM_ASSERT(states.size() == nr_pages_);
  for (uint32_t i = 0; i < nr_pages_;) {
    const auto state = static_cast<uint8_t>(get({i}, frame_bits::kState));
    const uint32_t pages = pages_in(order({i}));
    KMEM_ASSERT(pages <= nr_pages_ - i);
    states[i] = state;
    // One page is by far the most frequent block, and the fill has a start-up cost.
    if (pages > 1) std::memset(&states[i + 1], state & ~kFrameHeadBit, pages - 1);
    i += pages;
  }
}

void MemMap::leave_tails(Page page) {
  const uint32_t pages = pages_in(order(page));
  const uint32_t inside = get(page, frame_bits::kState) & ~uint32_t{kFrameHeadBit};
  set_taken(page, 0);
  for (uint32_t i = 1; i < pages; ++i) {
    set_taken({page.index + i}, 0);
    set({page.index + i}, frame_bits::kState, inside);
  }
}

void MemMap::hash_into(StateHash& hash) const {
  std::vector<uint8_t> states(nr_pages_);
  states_into(states);
  for (uint32_t i = 0; i < nr_pages_; ++i) {
    // Links of a page that is on no list are left-overs, so they are not state.
    const Frame& frame = frames_[i];
    const bool linked = in_buddy({i}) || in_pcp({i});
    hash.add(linked ? uint64_t{frame.next} << 32 | frame.prev : 0);
    hash.add(uint64_t{refcount({i})} << 48 | uint64_t{flags({i})} << 32 |
             uint64_t{block({i})} << 24 | uint64_t{linked ? index_of(cached_type({i})) : 0} << 16 |
             uint64_t{zone({i})} << 8 | states[i]);
  }
  for (size_t node = nr_pages_; node < frames_.size(); ++node) {
    hash.add(uint64_t{frames_[node].next} << 32 | frames_[node].prev);
  }
  for (const uint8_t bits : pageblock_) hash.add(bits);
}

}  // namespace kmem
