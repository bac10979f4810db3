#include "engine/slab_support.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "slab/slub_freelist.h"

namespace kmem::test {

namespace {

Machine machine_with(uint8_t possible_cpus, const SlabConfig& slab) {
  MmConfig config;
  config.nr_cpus = possible_cpus;
  config.cpus_of_node[0] = 1;
  Machine machine(boot({zone_z().dump()}, config), NodeId{0}, Gfp{0}, slab);
  EXPECT_TRUE(machine.ram().reserve());
  return machine;
}

}  // namespace

SlabConfig TestSlab::plain() {
  SlabConfig config;
  config.allocator = SlabAllocator::slab;
  config.freelist_random = config.freelist_hardened = config.merge = false;
  return config;
}

TestSlab::TestSlab(uint8_t possible_cpus, const SlabConfig& config)
    : machine_(machine_with(possible_cpus, config)) {}

CacheId TestSlab::create(const CacheRequest& request) {
  Slub slub = this->slub();
  cache_ = kmem_cache_create(slub, request).cache;
  named_.clear();
  return cache_;
}

Kva TestSlab::alloc() {
  Slub slub = this->slub();
  return kmem_cache_alloc_node(slub, cache_, gfp::kKernel, kAnyNode);
}

std::vector<Kva> TestSlab::alloc_many(uint32_t count) {
  std::vector<Kva> objects;
  for (uint32_t i = 0; i < count; ++i) objects.push_back(alloc());
  return objects;
}

void TestSlab::free(Kva object) {
  Slub slub = this->slub();
  kmem_cache_free(slub, cache_, object);
}

void TestSlab::free_all(const std::vector<Kva>& objects) {
  for (const Kva object : objects) free(object);
}

bool TestSlab::shrink() {
  Slub slub = this->slub();
  return kmem_cache_shrink(slub, cache_);
}

bool TestSlab::destroy() {
  Slub slub = this->slub();
  return kmem_cache_destroy(slub, cache_);
}

std::string TestSlab::geometry() {
  const KmemCache& cache = this->cache();
  const bool in_object = (cache.flags & slab_flags::kObjfreelist) != 0;
  const bool off_slab = (cache.flags & slab_flags::kOffSlab) != 0;
  const SlabLayout& layout = cache.layout;
  return textf(
      "size=%u align=%u num=%u order=%u colour=%u coff=%u flsz=%u mode=%s limit=%u batch=%u "
      "shared=%u freelimit=%u",
      cache.size, cache.align, unsigned{cache.oo.objects}, unsigned{cache.oo.order}, layout.colour,
      layout.colour_off, layout.freelist_size,
      in_object  ? "objfl"
      : off_slab ? "off"
                 : "on",
      layout.limit, layout.batchcount, layout.shared, cache.lists[0].free_limit);
}

std::string TestSlab::slab_name(const Slab& slab) {
  const auto known = std::find(named_.begin(), named_.end(), slab.base);
  const auto index = known - named_.begin();
  if (known == named_.end()) named_.push_back(slab.base);
  return {static_cast<char>('A' + index)};
}

std::string TestSlab::name(Kva object) {
  Slub slub = this->slub();
  const SlabId id = virt_to_slab(slub, object);
  if (id == kNoSlab) return textf("%llx", static_cast<unsigned long long>(object));
  const Slab& slab = slub.slab(id);
  return slab_name(slab) + textf("+%u", static_cast<unsigned>(object - slab.base));
}

std::string TestSlab::names(const std::vector<Kva>& objects) {
  std::string out;
  for (const Kva object : objects) out += (out.empty() ? "" : " ") + name(object);
  return out;
}

std::string TestSlab::cpu() {
  constexpr size_t kShown = 24;
  const ArrayCache& array = cache().cpu_array[0];
  std::string out = textf("cpu0 avail=%zu limit=%u batch=%u touched=%u [", array.entries.size(),
                          array.limit, array.batchcount, unsigned{array.touched});
  for (size_t i = 0; i < std::min(kShown, array.entries.size()); ++i) {
    out += " " + name(array.entries[i]);
  }
  return out + (array.entries.size() > kShown ? " ..]" : "]");
}

std::string TestSlab::list(const SlabList& list, bool with_counts) {
  Slub slub = this->slub();
  std::string out;
  for (SlabId id = list.first; id != kNoSlab; id = slub.slab(id).next) {
    const Slab& slab = slub.slab(id);
    out += " " + slab_name(slab);
    if (with_counts) appendf(out, "(%u/%u)", unsigned{slab.inuse}, unsigned{slab.objects});
  }
  return out;
}

std::string TestSlab::node() {
  const SlabNode& node = cache().lists[0];
  const bool shared = node.shared.limit != 0;
  return textf("node total=%u freeslabs=%u freeobjs=%u limit=%u shared=%d/%d partial",
               node.total_slabs, node.free_slabs, node.free_objects, node.free_limit,
               shared ? static_cast<int>(node.shared.entries.size()) : -1,
               shared ? static_cast<int>(node.shared.limit) : -1) +
         list(node.partial, true) + " | full" + list(node.full, false) + " | free" +
         list(node.free, false);
}

std::string TestSlab::wrong() { return verify(machine_); }

}  // namespace kmem::test
