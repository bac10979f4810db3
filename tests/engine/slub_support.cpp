#include "engine/slub_support.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"
#include "slab/slub_freelist.h"

namespace kmem::test {

namespace {

Machine two_cpus(const SlabConfig& slab) {
  MmConfig config;
  config.nr_cpus = 2;
  Machine machine(boot({zone_z().dump()}, config), NodeId{0}, Gfp{0}, slab);
  EXPECT_TRUE(machine.ram().reserve());
  return machine;
}

}  // namespace

SlabConfig TestSlub::plain() {
  SlabConfig config;
  config.freelist_random = config.freelist_hardened = config.merge = false;
  return config;
}

TestSlub::TestSlub(const SlabConfig& config) : machine_(two_cpus(config)) {}

CacheId TestSlub::create(const CacheRequest& request) {
  Slub slub = this->slub();
  return kmem_cache_create(slub, request).cache;
}

Kva TestSlub::alloc() {
  Slub slub = this->slub();
  const Kva object = kmem_cache_alloc_node(slub, cache_, gfp::kKernel, kAnyNode);
  name(object);
  return object;
}

std::vector<Kva> TestSlub::alloc_many(uint32_t count) {
  std::vector<Kva> objects;
  for (uint32_t i = 0; i < count; ++i) objects.push_back(alloc());
  return objects;
}

void TestSlub::free(Kva object) {
  Slub slub = this->slub();
  kmem_cache_free(slub, cache_, object);
}

void TestSlub::free_all(const std::vector<Kva>& objects, size_t first, size_t last) {
  for (size_t i = first; i <= last; ++i) free(objects[i]);
}

bool TestSlub::shrink() {
  Slub slub = this->slub();
  return kmem_cache_shrink(slub, cache_);
}

std::string TestSlub::slab_name(const Slab& slab) {
  const auto known = std::find(named_.begin(), named_.end(), slab.base);
  const auto index = known - named_.begin();
  if (known == named_.end()) named_.push_back(slab.base);
  return {static_cast<char>('A' + index)};
}

std::string TestSlub::name(Kva object) {
  Slub slub = this->slub();
  const SlabId id = virt_to_slab(slub, object);
  if (id == kNoSlab) return textf("%llx", static_cast<unsigned long long>(object));
  const Slab& slab = slub.slab(id);
  return slab_name(slab) + textf("+%u", static_cast<unsigned>(object - slab.base));
}

std::string TestSlub::names(const std::vector<Kva>& objects) {
  std::string out;
  for (const Kva object : objects) out += (out.empty() ? "" : " ") + name(object);
  return out;
}

std::string TestSlub::slab_text(SlabId id) {
  const Slab& slab = slub().slab(id);
  return slab_name(slab) + textf("(%u/%u)", unsigned{slab.inuse}, unsigned{slab.objects});
}

std::string TestSlub::offsets(const Slab& slab, Kva first) {
  Slub slub = this->slub();
  const KmemCache& cache = slub.cache(cache_);
  std::string out;
  for (const uint16_t index : freelist_indices(slub, cache, slab, first)) {
    if (!out.empty()) out += ',';
    if (std::count(out.begin(), out.end(), ',') == 5) return out + "..";
    appendf(out, "%u", index * cache.size);
  }
  return out.empty() ? "-" : out;
}

std::string TestSlub::cpu(uint8_t cpu_id) {
  Slub slub = this->slub();
  const KmemCacheCpu& cpu = slub.cache(cache_).cpu[cpu_id];
  std::string out = "no slab";
  if (cpu.slab != kNoSlab) {
    const Slab& slab = slub.slab(cpu.slab);
    out = slab_text(cpu.slab) + " own " + offsets(slab, cpu.freelist) + " others " +
          offsets(slab, slab.freelist);
  }
  out += " chain";
  for (SlabId id = cpu.partial; id != kNoSlab; id = slub.slab(id).next) out += " " + slab_text(id);
  return out;
}

std::string TestSlub::node() {
  Slub slub = this->slub();
  const KmemCacheNode& node = slub.cache(cache_).node[0];
  std::string out = "partial";
  for (SlabId id = node.first; id != kNoSlab; id = slub.slab(id).next) out += " " + slab_text(id);
  return out + textf(" slabs %u objects %u", node.nr_slabs, node.total_objects);
}

std::string TestSlub::wrong() { return verify(machine_); }

}  // namespace kmem::test
