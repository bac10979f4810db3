#include "slab/slab.h"

namespace kmem {

namespace {

void add(const ArrayCache& array, StateHash& hash) {
  hash.add(uint64_t{array.limit} << 32 | uint64_t{array.batchcount} << 1 | array.touched);
  hash.add(array.entries.size());
  for (const Kva object : array.entries) hash.add(object);
}

void add(const SlabList& list, StateHash& hash) {
  hash.add(uint64_t{list.first} << 32 | list.last);
}

void add(const SlabNode& node, StateHash& hash) {
  add(node.partial, hash);
  add(node.full, hash);
  add(node.free, hash);
  hash.add(uint64_t{node.total_slabs} << 32 | node.free_slabs);
  hash.add(uint64_t{node.free_objects} << 32 | node.free_limit);
  hash.add(uint64_t{node.colour_next} << 1 | node.free_touched);
  add(node.shared, hash);
  for (const ArrayCache& alien : node.alien) add(alien, hash);
}

void add(const KmemCache& cache, StateHash& hash) {
  hash.add(uint64_t{cache.size} << 32 | static_cast<uint32_t>(cache.refcount));
  for (const KmemCacheCpu& cpu : cache.cpu) {
    hash.add(cpu.freelist);
    hash.add(uint64_t{cpu.slab} << 32 | cpu.partial);
  }
  for (const KmemCacheNode& node : cache.node) {
    hash.add(uint64_t{node.first} << 32 | node.last);
    hash.add(uint64_t{node.nr_partial} << 32 | node.nr_slabs);
    if (cache.has(slab_flags::kStoreUser)) add(node.full, hash);
  }
  for (const ArrayCache& array : cache.cpu_array) add(array, hash);
  for (const SlabNode& node : cache.lists) add(node, hash);
}

}  // namespace

void hash_into(const SlabState& state, StateHash& hash) {
  for (const KmemCache& cache : state.caches) add(cache, hash);
  for (const Slab& slab : state.slabs) {
    hash.add(uint64_t{slab.page.index} << 32 | slab.cache);
    hash.add(slab.freelist);
    hash.add(uint64_t{slab.inuse} << 32 | uint64_t{slab.objects} << 16 | slab.frozen);
    hash.add(uint64_t{slab.next} << 32 | slab.slabs);
    if (state.is_slab()) hash.add(slab.s_mem);
  }
  for (const Kva object : state.doubtful) hash.add(object);
  for (const Mempool& pool : state.mempools) {
    hash.add(uint64_t{pool.min_nr} << 32 | pool.elements.size());
    for (const Kva element : pool.elements) hash.add(element);
  }
  hash.add(state.random);
  hash.add(state.large_pages);
}

}  // namespace kmem
