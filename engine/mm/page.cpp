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
  state_.resize(nr_pages_);
  pageblock_.resize(nr_pages_ >> pageblock_order_);
}

void MemMap::paint_tail(uint8_t* first, Order order, uint8_t inside) {
  first[1] = inside;
  if (order == 1) return;
  first[2] = first[3] = inside;
  if (order == 2) return;
  // In words, as blocks are aligned: most fills are too short to be worth a call of memset.
  const uint64_t word = inside * uint64_t{0x0101010101010101};
  std::memset(first + 4, inside, 4);
  for (uint32_t i = sizeof(word); i < pages_in(order); i += sizeof(word)) {
    std::memcpy(first + i, &word, sizeof(word));
  }
}

void MemMap::hash_into(StateHash& hash) const {
  for (uint32_t i = 0; i < nr_pages_; ++i) {
    // Links of a page that is on no list are left-overs, so they are not state.
    const Frame& frame = frames_[i];
    const bool linked = in_buddy({i}) || in_pcp({i});
    hash.add(linked ? uint64_t{frame.next} << 32 | frame.prev : 0);
    hash.add(uint64_t{refcount({i})} << 48 | uint64_t{flags({i})} << 32 |
             uint64_t{block({i})} << 24 | uint64_t{linked ? index_of(cached_type({i})) : 0} << 16 |
             uint64_t{zone({i})} << 8 | state_[i]);
  }
  for (size_t node = nr_pages_; node < frames_.size(); ++node) {
    hash.add(uint64_t{frames_[node].next} << 32 | frames_[node].prev);
  }
  for (const uint8_t bits : pageblock_) hash.add(bits);
}

}  // namespace kmem
