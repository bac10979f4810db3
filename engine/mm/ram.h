// The simulated RAM: real bytes, one range of linear memory, frame after frame.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "base/units.h"

namespace kmem {

struct Mm;

/// Bytes of every page frame, at page index * 4096.
///
/// The range is taken from the host when the first byte is written, and a frame's bytes are
/// meaningful only once it was written to: until then it reads as zero. So a machine of many
/// gigabytes costs nothing until somebody looks into it, and zeroing a page at allocation
/// (__GFP_ZERO, init_on_alloc) only forgets that it was written to.
///
/// @fidelity simplified: a frame that was never written reads as zero; real RAM holds garbage.
class Ram {
 public:
  explicit Ram(uint32_t frames) : frames_(frames) {}

  Ram(Ram&&) = default;
  Ram& operator=(Ram&&) = default;

  /// Whether any frame holds written bytes.
  [[nodiscard]] bool used() const { return touched_frames_ != 0; }
  [[nodiscard]] uint32_t touched_frames() const { return touched_frames_; }

  /// Bytes of one frame for writing, zeroed at the first touch.
  /// @return OutOfMemory when the host cannot give the range.
  Result<std::span<uint8_t>> write(Page page);
  /// Takes the whole range from the host now, so that frame_bytes() has something to give.
  /// @return OutOfMemory when the host cannot give it.
  Status reserve() const;
  /// Bytes of a frame and of those behind it, all written to before (not checked: the object
  /// allocator asks for every object).
  [[nodiscard]] uint8_t* frame_bytes(Page page) {
    return bytes_.get() + size_t{page.index} * kPageSizeBytes;
  }
  /// Bytes of one frame for reading; empty when it was never written (reads as zero).
  [[nodiscard]] std::span<const uint8_t> read(Page page) const;
  /// The next `frames` frames from `page` read as zero again.
  void forget(Page page, uint32_t frames);

  /// The bytes of one frame go to another one; the old frame reads as zero.
  void move(Page from, Page to);
  /// Who waits for a page may have others moved out of the way (Mm::moves): their bytes follow.
  /// @param earlier how many of the moves have been followed before.
  void follow(const Mm& mm, size_t earlier = 0);

  /// Written frames with their bytes: what a snapshot must keep.
  struct Saved {
    Page page;
    std::vector<uint8_t> bytes;
  };
  [[nodiscard]] std::vector<Saved> save() const;
  void restore(const std::vector<Saved>& frames);
  void hash_into(StateHash& hash) const;

 private:
  struct FreeBytes {
    void operator()(uint8_t* bytes) const;
  };
  [[nodiscard]] bool touched(Page page) const {
    return page.index < touched_.size() && touched_[page.index];
  }

  uint32_t frames_;
  uint32_t touched_frames_ = 0;
  // Having room for bytes is no change: they all still read as zero.
  mutable std::unique_ptr<uint8_t, FreeBytes> bytes_;
  mutable std::vector<bool> touched_;
};

}  // namespace kmem
