#include "contest.h"

#include <vector>

namespace kmem_bench {

namespace {

std::unique_ptr<Allocator> make(Variant variant, const WorkloadShape& shape) {
  switch (variant) {
    case Variant::loop:
      return make_loop(shape);
    case Variant::textbook:
      return make_textbook(shape);
    case Variant::engine:
      return kmem::bench::make_engine(shape, false);
    case Variant::decisions:
      return kmem::bench::make_engine(shape, true);
    case Variant::untraced:
      return kmem_untraced::bench::make_engine(shape, false);
    case Variant::bare:
      return make_bare(shape);
  }
  return nullptr;
}

/// Which frames are in use, kept apart from every allocator.
class Ledger {
 public:
  explicit Ledger(const WorkloadShape& shape) : used_(shape.frames), block_in_(shape.frames) {
    block_in_.assign(shape.frames, kNoFrame);
  }

  void note(const Command command, const Allocator& allocator, Proof& proof) {
    uint32_t& block = block_in_[command.slot()];
    if (command.frees()) {
      if (block != kNoFrame) mark(block, command.order(), false);
      block = kNoFrame;
      return;
    }
    proof.allocations += 1;
    block = allocator.frame_in(command.slot());
    if (block == kNoFrame) {
      proof.failures += 1;
      return;
    }
    const uint32_t pages = 1u << command.order();
    proof.frames_allocated += pages;
    if (block % pages != 0 || block + pages > used_.size() || any_used(block, pages)) {
      proof.bad_blocks += 1;
      block = kNoFrame;
      return;
    }
    mark(block, command.order(), true);
  }
  [[nodiscard]] uint32_t free_frames() const {
    return static_cast<uint32_t>(used_.size()) - frames_used_;
  }

 private:
  [[nodiscard]] bool any_used(uint32_t first, uint32_t pages) const {
    for (uint32_t i = 0; i < pages; ++i) {
      if (used_[first + i]) return true;
    }
    return false;
  }
  void mark(uint32_t first, uint32_t order, bool used) {
    for (uint32_t i = 0; i < 1u << order; ++i) used_[first + i] = used;
    frames_used_ += used ? 1u << order : 0u - (1u << order);
  }

  std::vector<bool> used_;
  std::vector<uint32_t> block_in_;
  uint32_t frames_used_ = 0;
};

/// Frees for every block that is in use after `commands`.
Commands frees_of_live(const Commands& commands, uint32_t slots) {
  std::vector<Commands> last(slots);
  for (const Command command : commands) {
    last[command.slot()].clear();
    if (!command.frees()) last[command.slot()].push_back(command);
  }
  Commands frees;
  for (const Commands& each : last) {
    for (const Command command : each)
      frees.push_back(Command::free(command.slot(), command.order()));
  }
  return frees;
}

void append(std::string& json, const char* name, uint64_t value) {
  json += ",\"" + std::string(name) + "\":" + std::to_string(value);
}

std::string to_json(const WorkloadShape& shape, Variant variant, const Proof& proof) {
  std::string json = std::string("{\"workload\":\"") + shape.name + "\",\"variant\":\"" +
                     kVariantNames[static_cast<uint32_t>(variant)] + "\"";
  append(json, "allocations", proof.allocations);
  append(json, "failures", proof.failures);
  append(json, "framesAllocated", proof.frames_allocated);
  append(json, "badBlocks", proof.bad_blocks);
  append(json, "freeFrames", proof.free_frames);
  append(json, "freeFramesExpected", proof.free_frames_expected);
  append(json, "freeFramesEmpty", proof.free_frames_empty);
  append(json, "frames", shape.frames);
  return json + ",\"state\":\"" + proof.state + "\",\"wrong\":\"" + proof.wrong + "\"}";
}

}  // namespace

Contest::Contest(uint32_t workload) : workload_(workload) {
  const Commands prelude = workload_.prelude();
  for (uint32_t i = 0; i < kNrVariants; ++i) {
    allocators_[i] = make(static_cast<Variant>(i), shape());
    allocators_[i]->run(prelude);
  }
}

Proof prove(uint32_t number, Variant variant) {
  Workload workload(number);
  Commands commands = workload.prelude();
  Commands segment;
  workload.next_segment(workload.shape().segment, segment);
  commands.insert(commands.end(), segment.begin(), segment.end());

  const auto allocator = make(variant, workload.shape());
  Ledger ledger(workload.shape());
  Proof proof;
  for (const Command& command : commands) {
    allocator->run({&command, 1});
    ledger.note(command, *allocator, proof);
  }
  proof.free_frames = allocator->free_frames();
  proof.free_frames_expected = ledger.free_frames();
  proof.state = allocator->state();
  proof.wrong = allocator->verify();
  allocator->run(frees_of_live(commands, workload.slots()));
  proof.free_frames_empty = allocator->free_frames();
  return proof;
}

std::string proofs_json() {
  std::string json;
  for (uint32_t workload = 0; workload < kNrWorkloads; ++workload) {
    for (uint32_t i = static_cast<uint32_t>(Variant::textbook); i < kNrVariants; ++i) {
      const auto variant = static_cast<Variant>(i);
      json += json.empty() ? "[" : ",\n";
      json += to_json(shape_of(workload), variant, prove(workload, variant));
    }
  }
  return json + "]\n";
}

}  // namespace kmem_bench
