#include "engine/slub_debug_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "base/text.h"
#include "slab/slub_freelist.h"

namespace kmem::test {

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
    text.replace(at, from.size(), to);
  }
}

/// All but the last three digits: the page.
std::string page_digits(Kva address) {
  return textf("%016llx", static_cast<unsigned long long>(address)).substr(0, 13);
}

constexpr Kva kRecorded = 0xffff888002a08000;
constexpr Kva kVmemmap = 0xffffea0000000000;

std::string struct_page(Kva base) {
  const Kva page = kVmemmap + uint64_t{pfn_of(base).value} * 64;
  return textf("Slab 0x%016llx", static_cast<unsigned long long>(page));
}

}  // namespace

DebugCache::DebugCache(uint32_t object_size, SlabFlags flags, const SlabConfig& config, bool ctor)
    : test_(config) {
  id_ = test_.create({"t", object_size, 0, flags, ctor, {}});
  test_.use(id_);
}

void DebugCache::learn(Kva object) {
  if (object == 0) return;
  Slub slub = test_.slub();
  const Kva base = slub.slab(virt_to_slab(slub, object)).base;
  if (std::find(bases_.begin(), bases_.end(), base) == bases_.end()) bases_.push_back(base);
}

Kva DebugCache::alloc() {
  Slub slub = test_.slub();
  slub.caller = "kmem_cache_alloc";
  slub.state.jiffies += 1;
  const Kva object = kmem_cache_alloc_node(slub, id_, gfp::kKernel, kAnyNode);
  test_.name(object);
  learn(object);
  return object;
}

std::vector<Kva> DebugCache::alloc_many(uint32_t count) {
  std::vector<Kva> objects;
  for (uint32_t i = 0; i < count; ++i) objects.push_back(alloc());
  return objects;
}

void DebugCache::free(Kva object) {
  Slub slub = test_.slub();
  slub.caller = "kmem_cache_free";
  slub.state.jiffies += 1;
  kmem_cache_free(slub, id_, object);
}

SlubValidation DebugCache::validate() {
  Slub slub = test_.slub();
  return validate_slab_cache(slub, id_);
}

uint8_t& DebugCache::byte(Kva address) {
  const Page page = test_.machine().mm().map.pfn_to_page(pfn_of(address));
  return (*test_.slub().ram.write(page))[address % kPageSizeBytes];
}

void DebugCache::write(Kva address, uint8_t value) { byte(address) = value; }

uint8_t DebugCache::read(Kva address) { return byte(address); }

std::string DebugCache::bytes(Kva address, uint32_t count) {
  std::string out;
  for (uint32_t i = 0; i < count; ++i) {
    appendf(out, "%s%02x", i == 0 ? "" : " ", unsigned{byte(address + i)});
  }
  return out;
}

std::string DebugCache::log() {
  const KernelLog& log = test_.machine().log();
  std::string text = log.text(read_);
  read_ = log.total();
  for (size_t i = 0; i < bases_.size(); ++i) {
    const Kva recorded = kRecorded + i * kPageSizeBytes;
    replace_all(text, page_digits(bases_[i]), page_digits(recorded));
    replace_all(text, struct_page(bases_[i]), struct_page(recorded));
  }
  return text;
}

std::string DebugCache::reasons() {
  std::string out;
  std::istringstream lines(log());
  for (std::string line; std::getline(lines, line);) {
    const bool kept = line.starts_with("BUG ") || line.starts_with("FIX ") ||
                      line.starts_with("0x") || line.starts_with("SLUB");
    if (!kept) continue;
    const size_t taint = line.starts_with("BUG ") ? line.find(" (") : std::string::npos;
    if (taint != std::string::npos) line.erase(taint, line.find("):") + 1 - taint);
    out += line + "\n";
  }
  return out;
}

std::string DebugCache::list(SlabId first) {
  std::string out;
  Slub slub = test_.slub();
  for (SlabId id = first; id != kNoSlab; id = slub.slab(id).next) {
    const Slab& slab = slub.slab(id);
    const std::string object = test_.name(slab.base);
    appendf(out, " %c(%u/%u)", object[0], unsigned{slab.inuse}, unsigned{slab.objects});
  }
  return out;
}

std::string DebugCache::lists() {
  const KmemCacheNode& node = cache().node[0];
  EXPECT_EQ(cache().cpu[0].slab, kNoSlab) << "a cache with debugging has no slabs of CPUs";
  return "partial" + list(node.first) + " full" + list(node.full.first) +
         textf(" nr_partial %u slabs %u objects %u", node.nr_partial, node.nr_slabs,
               node.total_objects);
}

}  // namespace kmem::test
