#include "bindings/batch_binding.h"

#include <cmath>

#include "base/text.h"
#include "ingest/user_command.h"
#include "mm/memblock.h"
#include "mm/page_alloc.h"

namespace kmem::bindings {

namespace {

constexpr uint32_t kMostWords = 1u << 26;
constexpr uint32_t kSlotMask = 0xffffffu;

bool is_whole(double value, double most) {
  return value >= 0 && value <= most && std::floor(value) == value;
}

}  // namespace

bool BatchBinding::refuse(Error error) {
  error_ = std::move(error);
  return false;
}

emscripten::val BatchBinding::buffer(double words) {
  commands_.assign(is_whole(words, kMostWords) ? static_cast<size_t>(words) : 0, 0);
  return emscripten::val(emscripten::typed_memory_view(commands_.size(), commands_.data()));
}

bool BatchBinding::boot_pristine(const std::string& json) {
  Result<PristineConfig> config = read_machine_config(json);
  if (!config) return refuse(config.error());
  // Batches call the reference kernel's functions directly.
  if (config->profile != &kLinux6_1_192) {
    return refuse(bad_machine(
        textf("profile is %s: accepted is 6.1.192 for batches", config->profile->name)));
  }
  Result<Mm> mm = boot_pristine_machine(*config);
  if (!mm) return refuse(mm.error());
  mm_.emplace(std::move(*mm));
  mm_->trace = &trace_;
  slots_.clear();
  return true;
}

uint32_t BatchBinding::exec(double count) {
  if (!mm_ || !is_whole(count, static_cast<double>(commands_.size() / 2))) {
    refuse({"NumberOutOfRange",
            textf("the number of commands is not 0 to %zu, which the buffer holds, or no machine "
                  "is booted",
                  commands_.size() / 2),
            0, 0, 0});
    return UINT32_MAX;
  }
  uint32_t failed = 0;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    const uint32_t slot = commands_[2 * i] & kSlotMask;
    const uint32_t order = commands_[2 * i] >> 24;
    const uint32_t what = commands_[2 * i + 1];
    if (slot >= slots_.size()) slots_.resize(slot + 1, kNoPage);
    if (what != kFree) {
      slots_[slot] = alloc_pages(*mm_, what, order, NodeId{0});
      failed += slots_[slot] == kNoPage ? 1 : 0;
    } else if (slots_[slot] != kNoPage) {
      free_pages(*mm_, slots_[slot], static_cast<Order>(order));
      slots_[slot] = kNoPage;
    }
  }
  return failed;
}

}  // namespace kmem::bindings
