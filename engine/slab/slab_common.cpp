#include "slab/slab_common.h"

#include <algorithm>

#include "base/text.h"
#include "mm/page_alloc.h"
#include "slab/slab_align.h"
#include "slab/slab_cache.h"
#include "slab/slab_geometry.h"
#include "slab/slub_freelist.h"
#include "slab/slub_geometry.h"
#include "slab/slub_page.h"
#include "slab/slub_report.h"

namespace kmem {

namespace {

constexpr int32_t kTooBig = -7;
constexpr int32_t kExists = -17;
constexpr int32_t kInvalid = -22;

uint32_t nr_nodes(const Mm& mm) {
  return std::max<uint32_t>(static_cast<uint32_t>(mm.zonelists.size()), mm.config.nr_online_nodes);
}

uint64_t ram_pages(const Mm& mm) {
  uint64_t pages = 0;
  for (const Zone& zone : mm.zones) pages += zone.managed_pages;
  return pages;
}

// With 'O' in slub_debug, caches whose objects would need more pages for it are left as they are.
// @kernel kmem_cache_open(), mm/slub.c
bool lay_out_for_slub(const SlabConfig& config, KmemCache& cache, uint32_t nr_cpus) {
  if (!calculate_sizes(cache, config, nr_cpus)) return false;
  const bool raised = order_for(cache.size) > order_for(cache.object_size);
  if (!config.slub_debug.spare_higher_orders || !raised) return true;
  cache.flags &= ~slab_flags::kMetadata;
  return calculate_sizes(cache, config, nr_cpus);
}

bool lay_out(const Slub& slub, KmemCache& cache) {
  const uint32_t nr_cpus = slub.mm.config.nr_cpus;
  if (!slub.state.is_slab()) return lay_out_for_slub(slub.state.config, cache, nr_cpus);
  cache.flags &= ~slab_flags::kUnknownToSlab;
  return calculate_slab_layout(cache, slub.state, slab_max_order(ram_pages(slub.mm)), nr_cpus);
}

/// @return false when no slab can hold such an object.
bool add_cache(Slub& slub, KmemCache cache) {
  SlabState& state = slub.state;
  if (!lay_out(slub, cache)) return false;
  cache.random = next_random(state);
  if (state.is_slab()) {
    cache.cpu_array.resize(slub.mm.config.nr_cpus);
    cache.lists.resize(nr_nodes(slub.mm));
    set_up_cache(slub, cache);
  } else {
    cache.cpu.resize(slub.mm.config.nr_cpus);
    cache.node.resize(nr_nodes(slub.mm));
  }
  if (cache.random_seq.size() != cache.oo.objects) init_cache_random_seq(state, cache);
  state.caches.push_back(std::move(cache));
  return true;
}

/// What the cache is asked to be, and what slub_debug makes of it.
SlabFlags flags_of(const SlabState& state, const CacheRequest& request) {
  if (state.is_slab()) return request.flags;
  return kmem_cache_flags(state.config.slub_debug, request.flags, request.name);
}

bool is_mergeable(const SlabState& state, const CacheRequest& request) {
  return state.config.merge && !request.ctor &&
         (flags_of(state, request) & slab_flags::kNeverMerge) == 0;
}

// @kernel find_mergeable(), mm/slab_common.c
CacheId find_mergeable(const SlabState& state, const CacheRequest& request) {
  using namespace slab_flags;
  if (!is_mergeable(state, request)) return kNoCache;
  uint32_t size = align_up(request.object_size, kWord);
  const uint32_t align = calculate_alignment(request.flags, request.align, size);
  size = align_up(size, align);
  for (CacheId id = 0; id < state.caches.size(); ++id) {
    const KmemCache& cache = state.caches[id];
    const bool mergeable = cache.refcount > 0 && !cache.ctor && cache.usersize == 0 &&
                           (cache.flags & kNeverMerge) == 0;
    if (!mergeable || size > cache.size || ((request.flags ^ cache.flags) & kMergeSame) != 0) {
      continue;
    }
    const bool aligned = !state.is_slab() || (align <= cache.align && cache.align % align == 0);
    const bool fits = (cache.size & ~(align - 1)) == cache.size && cache.size - size < kWord;
    if (aligned && fits) return id;
  }
  return kNoCache;
}

/// kmalloc caches, smallest index first, as they are created.
struct KmallocSize {
  uint32_t bytes;
  const char* text;
};
constexpr KmallocSize kSizes[kNrKmallocSizes] = {
    {8, "8"},     {16, "16"},   {32, "32"},   {64, "64"},   {96, "96"},
    {128, "128"}, {192, "192"}, {256, "256"}, {512, "512"}, {1024, "1k"},
    {2048, "2k"}, {4096, "4k"}, {8192, "8k"},
};

struct KmallocKind {
  const char* prefix;
  SlabFlags flags;
};
constexpr KmallocKind kKinds[kNrKmallocTypes] = {
    {"kmalloc-", 0},
    {"kmalloc-cg-", slab_flags::kAccount},
    {"kmalloc-rcl-", slab_flags::kReclaimAccount},
    {"dma-kmalloc-", slab_flags::kCacheDma},
};

// @kernel create_boot_cache(), mm/slab_common.c
CacheId create_boot_cache(Slub& slub, std::string name, uint32_t size, SlabFlags flags) {
  KmemCache cache;
  cache.name = std::move(name);
  cache.object_size = size;
  // Powers of two are aligned to themselves: callers of kmalloc rely on it.
  const bool power = (size & (size - 1)) == 0;
  cache.align = calculate_alignment(flags, power ? size : kWord, size);
  cache.flags = slub.state.is_slab()
                    ? flags
                    : kmem_cache_flags(slub.state.config.slub_debug, flags, cache.name);
  cache.refcount = -1;
  KMEM_ASSERT(add_cache(slub, std::move(cache)));
  return static_cast<CacheId>(slub.state.caches.size() - 1);
}

/// The plain cache that the structures of other caches come from: SLAB makes it first.
constexpr uint32_t kNodeSizeIndex = 5;

void create_kmalloc_cache(Slub& slub, uint32_t type, uint32_t index) {
  SlabState& state = slub.state;
  CacheId& place = state.kmalloc[type][index];
  if (place != kNoCache) return;
  SlabFlags flags = kKinds[type].flags | slab_flags::kKmalloc;
  if (state.is_slab()) flags |= slab_flags::kHwcacheAlign;
  place = create_boot_cache(slub, std::string(kKinds[type].prefix) + kSizes[index].text,
                            kSizes[index].bytes, flags);
  KmemCache& cache = slub.cache(place);
  // Objects of any kind may be copied to user space as a whole.
  cache.usersize = cache.object_size;
  // With memory cgroups nothing else may ever share the plain caches.
  const bool plain = type == static_cast<uint32_t>(KmallocType::normal);
  cache.refcount = plain && state.config.memcg ? -1 : 1;
}

}  // namespace

CacheId find_cache(const SlabState& state, const std::string& name) {
  for (size_t i = state.caches.size(); i-- > 0;) {
    if (state.caches[i].alive() && state.caches[i].name == name) return static_cast<CacheId>(i);
  }
  return kNoCache;
}

void kmem_cache_init(Slub& slub) {
  SlabState& state = slub.state;
  state.random = state.config.seed;
  const bool slab = state.is_slab();
  for (auto& caches : state.kmalloc) caches.fill(kNoCache);
  // The kernel's own structures, with the sizes of Debian's build; SLAB has no cache for nodes.
  create_boot_cache(slub, "kmem_cache", slab ? 128 : 232, slab_flags::kHwcacheAlign);
  if (slab) {
    create_kmalloc_cache(slub, 0, kNodeSizeIndex);
  } else {
    create_boot_cache(slub, "kmem_cache_node", 64, slab_flags::kHwcacheAlign);
  }
  const uint32_t smallest = slab ? 2 : 0;
  for (uint32_t type = 0; type < kNrKmallocTypes; ++type) {
    if (type == static_cast<uint32_t>(KmallocType::cgroup) && !state.config.memcg) continue;
    for (uint32_t i = smallest; i < kNrKmallocSizes; ++i) create_kmalloc_cache(slub, type, i);
    for (uint32_t i = 0; i < smallest; ++i) state.kmalloc[type][i] = state.kmalloc[type][smallest];
  }
}

namespace {

void print_creation_failure(Mm& mm, const CacheRequest& request, int32_t error) {
  const char* const name = request.name.c_str();
  if ((request.flags & slab_flags::kPanic) == 0) {
    mm.log.print(textf("kmem_cache_create_usercopy(%s) failed with error %d", name, error));
  } else {
    mm.log.print(
        textf("Kernel panic - not syncing: kmem_cache_create_usercopy: Failed to create slab "
              "'%s'. Error %d",
              name, error));
  }
}

}  // namespace

CacheCreated kmem_cache_create(Slub& slub, const CacheRequest& request) {
  SlabState& state = slub.state;
  CacheCreated created;
  const CacheId merged = find_mergeable(state, request);
  if ((request.flags & ~slab_flags::kPermitted) != 0) {
    created.error = kInvalid;
  } else if (merged != kNoCache) {
    KmemCache& cache = state.caches[merged];
    cache.refcount += 1;
    cache.object_size = std::max(cache.object_size, request.object_size);
    cache.inuse = std::max(cache.inuse, align_up(request.object_size, kWord));
    created = {merged, 0, true};
  } else if (!state.is_slab() && !is_mergeable(state, request) &&
             find_cache(state, request.name) != kNoCache) {
    // Its directory in sysfs has the cache's own name, and is there already.
    created.error = kExists;
  } else {
    KmemCache cache;
    cache.name = request.name;
    cache.object_size = request.object_size;
    cache.flags = flags_of(state, request) & ~slab_flags::kMemSpread;
    cache.align = calculate_alignment(cache.flags, request.align, request.object_size);
    cache.ctor = request.ctor;
    cache.ctor_value = request.ctor_value;
    cache.refcount = 1;
    cache.random_seq = request.random_seq;
    if (add_cache(slub, std::move(cache))) {
      created.cache = static_cast<CacheId>(state.caches.size() - 1);
    } else {
      created.error = state.is_slab() ? kTooBig : kInvalid;
    }
  }
  if (created.error != 0) print_creation_failure(slub.mm, request, created.error);
  const bool made = created.cache != kNoCache;
  const KmemCache* const cache = made ? &state.caches[created.cache] : nullptr;
  slub.mm.trace->decision(Event::kmem_cache_create, kNoZone, made ? cache->oo.order : Order{0},
                          created.cache, request.object_size, made ? cache->size : 0,
                          made ? uint32_t{cache->oo.objects} : 0, uint32_t{created.merged},
                          created.error);
  return created;
}

bool kmem_cache_destroy(Slub& slub, CacheId id) {
  KmemCache& cache = slub.cache(id);
  KMEM_ASSERT(cache.refcount > 0);
  bool gone = true;
  if (cache.refcount > 1) {
    cache.refcount -= 1;
  } else {
    gone = kmem_cache_shutdown(slub, id);
    if (gone) cache.refcount = 0;
  }
  if (!gone) {
    print_warning(slub.mm,
                  textf("kmem_cache_destroy %s: Slab cache still has objects when called from %s",
                        cache.name.c_str(), caller_text(slub).c_str()),
                  "mm/slab_common.c:493 kmem_cache_destroy");
  }
  slub.mm.trace->decision(Event::kmem_cache_destroy, kNoZone, 0, id, uint32_t{gone},
                          static_cast<uint32_t>(cache.refcount));
  return gone;
}

}  // namespace kmem
