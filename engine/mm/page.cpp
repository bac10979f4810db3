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
  next_.resize(nodes);
  prev_.resize(nodes);
  // An empty ring points at itself.
  for (uint32_t node = nr_pages_; node < nodes; ++node) next_[node] = prev_[node] = node;
  refcount_.resize(nr_pages_);
  flags_.resize(nr_pages_);
  block_.resize(nr_pages_);
  cached_type_.resize(nr_pages_);
  zone_.resize(nr_pages_, kNoZone);
  state_.resize(nr_pages_);
  pageblock_.resize(nr_pages_ >> pageblock_order_);
}

void MemMap::paint_tail(uint8_t* first, Order order, uint8_t inside) {
  std::memset(first + 1, inside, pages_in(order) - 1);
}

void MemMap::hash_into(StateHash& hash) const {
  for (uint32_t i = 0; i < nr_pages_; ++i) {
    // Links of a page that is on no list are left-overs, so they are not state.
    const bool linked = (block_[i] & (kInBuddy | kInPcp)) != 0;
    hash.add(linked ? uint64_t{next_[i]} << 32 | prev_[i] : 0);
    hash.add(uint64_t{refcount_[i]} << 48 | uint64_t{flags_[i]} << 32 | uint64_t{block_[i]} << 24 |
             uint64_t{linked ? cached_type_[i] : uint8_t{0}} << 16 | uint64_t{zone_[i]} << 8 |
             state_[i]);
  }
  for (size_t node = nr_pages_; node < next_.size(); ++node) {
    hash.add(uint64_t{next_[node]} << 32 | prev_[node]);
  }
  for (const uint8_t bits : pageblock_) hash.add(bits);
}

}  // namespace kmem
