#include "allocator.h"
#include "textbook_buddy.h"

namespace kmem_bench {

namespace {

/// Order of the biggest block: the engine's, so that both split and merge equally far.
constexpr uint32_t kTextbookMostOrder = 10;

template <typename Buddy>
class InArena : public Allocator {
 public:
  explicit InArena(const WorkloadShape& shape)
      : buddy_(shape.frames, shape.frame_bytes, kTextbookMostOrder), slots_(shape.frames) {}

  [[nodiscard]] uint32_t frame_in(uint32_t slot) const override {
    return slots_[slot] == nullptr ? kNoFrame : buddy_.frame_of(slots_[slot]);
  }
  [[nodiscard]] uint32_t free_frames() const override { return buddy_.free_frames(); }

 protected:
  Buddy buddy_;
  std::vector<void*> slots_;
};

class Bare final : public InArena<BareBuddy> {
 public:
  using InArena::InArena;
  uint32_t run(std::span<const Command> commands) override {
    return run_commands<void*>(
        commands, slots_.data(), nullptr, [this](uint32_t order) { return buddy_.alloc(order); },
        [this](void* block, uint32_t order) { buddy_.free(block, order); });
  }
};

class Textbook final : public InArena<TextbookBuddy> {
 public:
  explicit Textbook(const WorkloadShape& shape) : InArena(shape), frame_bytes_(shape.frame_bytes) {}
  uint32_t run(std::span<const Command> commands) override {
    return run_commands<void*>(
        commands, slots_.data(), nullptr,
        [this](uint32_t order) {
          return buddy_.malloc((frame_bytes_ << order) - TextbookBuddy::kHeaderBytes);
        },
        [this](void* block, uint32_t) { buddy_.free(block); });
  }

 private:
  size_t frame_bytes_;
};

class Loop final : public Allocator {
 public:
  explicit Loop(const WorkloadShape& shape) : slots_(shape.frames, kNoFrame) {}

  uint32_t run(std::span<const Command> commands) override {
    return run_commands<uint32_t>(
        commands, slots_.data(), kNoFrame, [](uint32_t order) { return order; },
        [this](uint32_t block, uint32_t order) { freed_ += block ^ order; });
  }
  [[nodiscard]] uint32_t frame_in(uint32_t slot) const override { return slots_[slot]; }
  [[nodiscard]] uint32_t free_frames() const override { return freed_; }

 private:
  std::vector<uint32_t> slots_;
  uint32_t freed_ = 0;
};

}  // namespace

template decltype(&BareBuddy::alloc) volatile kept_callable<&BareBuddy::alloc>;
template decltype(&BareBuddy::free) volatile kept_callable<&BareBuddy::free>;
template decltype(&TextbookBuddy::malloc) volatile kept_callable<&TextbookBuddy::malloc>;
template decltype(&TextbookBuddy::free) volatile kept_callable<&TextbookBuddy::free>;

std::unique_ptr<Allocator> make_textbook(const WorkloadShape& shape) {
  return std::make_unique<Textbook>(shape);
}

std::unique_ptr<Allocator> make_bare(const WorkloadShape& shape) {
  return std::make_unique<Bare>(shape);
}

std::unique_ptr<Allocator> make_loop(const WorkloadShape& shape) {
  return std::make_unique<Loop>(shape);
}

}  // namespace kmem_bench
