#include "mm/ram.h"

#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "mm/mm.h"

namespace kmem {

void Ram::FreeBytes::operator()(uint8_t* bytes) const { std::free(bytes); }

Status Ram::reserve() const {
  if (bytes_) return Done{};
  const uint64_t size = uint64_t{frames_} * kPageSizeBytes;
  // Not calloc: it would touch the whole range, and frames are zeroed when they are first used.
  void* range = size <= SIZE_MAX ? std::malloc(static_cast<size_t>(size)) : nullptr;
  if (range == nullptr) {
    return Error{"OutOfMemory",
                 textf("the host cannot give %u MiB for the simulated RAM's bytes",
                       frames_ >> (20 - kPageShift)),
                 0, 0, 0};
  }
  bytes_.reset(static_cast<uint8_t*>(range));
  touched_ = std::vector<bool>(frames_);
  return Done{};
}

Result<std::span<uint8_t>> Ram::write(Page page) {
  KMEM_ASSERT(page.index < frames_);
  Status reserved = reserve();
  if (!reserved) return reserved.error();
  uint8_t* const frame = bytes_.get() + size_t{page.index} * kPageSizeBytes;
  if (!touched_[page.index]) {
    std::memset(frame, 0, kPageSizeBytes);
    touched_[page.index] = true;
    touched_frames_ += 1;
  }
  return std::span<uint8_t>(frame, kPageSizeBytes);
}

std::span<const uint8_t> Ram::read(Page page) const {
  KMEM_ASSERT(page.index < frames_);
  if (!touched(page)) return {};
  return {bytes_.get() + size_t{page.index} * kPageSizeBytes, kPageSizeBytes};
}

void Ram::forget(Page page, uint32_t frames) {
  if (!used()) return;
  for (uint32_t i = page.index; i < page.index + frames; ++i) {
    if (!touched_[i]) continue;
    touched_[i] = false;
    touched_frames_ -= 1;
  }
}

void Ram::move(Page from, Page to) {
  if (!touched(from)) {
    forget(to, 1);
    return;
  }
  // The range exists: `from` was written to.
  auto bytes = write(to);
  std::memcpy((*bytes).data(), read(from).data(), kPageSizeBytes);
  forget(from, 1);
}

void Ram::follow(const Mm& mm, size_t earlier) {
  for (size_t i = earlier; i < mm.moves.size(); ++i) move(mm.moves[i].from, mm.moves[i].to);
}

std::vector<Ram::Saved> Ram::save() const {
  std::vector<Saved> saved;
  for (uint32_t i = 0; i < touched_.size(); ++i) {
    if (!touched_[i]) continue;
    const auto bytes = read({i});
    saved.push_back({{i}, {bytes.begin(), bytes.end()}});
  }
  return saved;
}

void Ram::restore(const std::vector<Saved>& frames) {
  forget({0}, static_cast<uint32_t>(touched_.size()));
  for (const Saved& frame : frames) {
    // The range exists: the frame could not have been saved without it.
    auto bytes = write(frame.page);
    std::memcpy((*bytes).data(), frame.bytes.data(), kPageSizeBytes);
  }
}

void Ram::hash_into(StateHash& hash) const {
  for (uint32_t i = 0; i < touched_.size(); ++i) {
    if (!touched_[i]) continue;
    hash.add(i);
    const auto bytes = read({i});
    for (uint32_t at = 0; at < kPageSizeBytes; at += 8) {
      uint64_t word = 0;
      std::memcpy(&word, bytes.data() + at, sizeof word);
      hash.add(word);
    }
  }
}

}  // namespace kmem
