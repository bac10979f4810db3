#include <algorithm>

#include "report/json_view.h"
#include "report/json_writer.h"
#include "report/slab_counts.h"
#include "slab/kmalloc.h"
#include "slab/slab_common.h"
#include "slab/slab_index.h"
#include "slab/slub_freelist.h"

namespace kmem {

namespace {

/// More slabs than a person looks at; the table says how many there are.
constexpr size_t kMostSlabs = 400;

void write_row(JsonWriter& json, const SlabState& state, const KmemCache& cache) {
  const SlabCounts counts = count_slabs(state, cache);
  json.field("name", cache.name);
  json.field("objectSize", cache.object_size);
  json.field("size", cache.size);
  json.field("align", cache.align);
  json.field("order", cache.oo.order);
  json.field("perSlab", cache.oo.objects);
  json.field("active", static_cast<int64_t>(counts.objects - counts.free_objects));
  json.field("objects", static_cast<int64_t>(counts.objects));
  json.field("slabs", static_cast<int64_t>(counts.slabs));
  json.field("users", cache.refcount);
}

/// The slabs of one cache, list by list, with the place of each.
class CacheWriter {
 public:
  CacheWriter(JsonWriter& json, const Slub& slub, CacheId id)
      : json_(json), slub_(slub), id_(id), cache_(slub.cache(id)), seen_(slub.state.slabs.size()) {}

  void write_slabs() {
    json_.key("slabList");
    json_.begin_array();
    for (size_t cpu = 0; cpu < cache_.cpu.size(); ++cpu) {
      const auto number = static_cast<int64_t>(cpu);
      if (cache_.cpu[cpu].slab != kNoSlab) write(cache_.cpu[cpu].slab, "cpu", number);
      write_list(cache_.cpu[cpu].partial, "cpu partial", number);
    }
    for (const KmemCacheNode& node : cache_.node) write_list(node.first, "partial", -1);
    for (const SlabNode& node : cache_.lists) {
      write_list(node.partial.first, "partial", -1);
      write_list(node.free.first, "free", -1);
      write_list(node.full.first, "full", -1);
    }
    // SLUB keeps full slabs on no list: they are found again when one of their objects is freed.
    for (SlabId id = 0; id < slub_.state.slabs.size(); ++id) {
      const Slab& slab = slub_.slab(id);
      if (slab.page != kNoPage && slab.cache == id_ && !seen_[id]) write(id, "full", -1);
    }
    json_.end_array();
    json_.field("more", static_cast<int64_t>(written_ - std::min(written_, kMostSlabs)));
  }

  /// SLAB: what lies ready in arrays, the next to be taken first.
  void write_arrays() {
    json_.key("arrays");
    json_.begin_array();
    for (size_t cpu = 0; cpu < cache_.cpu_array.size(); ++cpu) {
      write_array(cache_.cpu_array[cpu], "cpu", cpu);
    }
    for (size_t node = 0; node < cache_.lists.size(); ++node) {
      write_array(cache_.lists[node].shared, "shared", node);
      for (const ArrayCache& alien : cache_.lists[node].alien) write_array(alien, "alien", node);
    }
    json_.end_array();
  }

 private:
  void write_list(SlabId first, const char* place, int64_t cpu) {
    for (SlabId id = first; id != kNoSlab; id = slub_.slab(id).next) write(id, place, cpu);
  }

  void write(SlabId id, const char* place, int64_t cpu) {
    const Slab& slab = slub_.slab(id);
    seen_[id] = true;
    written_ += 1;
    if (written_ > kMostSlabs) return;
    json_.begin();
    json_.field("pfn", slub_.mm.pfn(slab.page));
    json_.field("order", slab.order);
    json_.field("node", slab.node);
    json_.field("place", place);
    json_.field("cpu", cpu);
    json_.field("objects", slab.objects);
    json_.field("inuse", slab.inuse);
    json_.field("first", static_cast<int64_t>(object_at(cache_, slab, 0) - slab.base));
    json_.numbers("free", slub_.state.is_slab()
                              ? free_indices(slub_, slab)
                              : freelist_indices(slub_, cache_, slab, slab.freelist));
    const bool own =
        !slub_.state.is_slab() && cpu >= 0 && cache_.cpu[static_cast<size_t>(cpu)].slab == id;
    if (own) {
      const Kva next = cache_.cpu[static_cast<size_t>(cpu)].freelist;
      json_.numbers("own", freelist_indices(slub_, cache_, slab, next));
    } else {
      json_.numbers("own", std::vector<uint16_t>{});
    }
    json_.end();
  }

  void write_array(const ArrayCache& array, const char* of, size_t number) {
    if (array.limit == 0) return;
    json_.begin();
    json_.field("of", of);
    json_.field("number", static_cast<int64_t>(number));
    json_.field("limit", array.limit);
    json_.key("objects");
    json_.begin_array();
    std::for_each(array.entries.rbegin(), array.entries.rend(), [this](Kva object) {
      const Slab& slab = slub_.slab(virt_to_slab(slub_, object));
      json_.begin_array();
      json_.number(slub_.mm.pfn(slab.page));
      json_.number(object_index(cache_, slab, object));
      json_.end_array();
    });
    json_.end_array();
    json_.end();
  }

  JsonWriter& json_;
  const Slub& slub_;
  CacheId id_;
  const KmemCache& cache_;
  std::vector<bool> seen_;
  size_t written_ = 0;
};

}  // namespace

std::string caches_json(const Session& session) {
  const SlabState& state = session.machine().slab();
  JsonWriter json;
  json.begin_array();
  for (const KmemCache& cache : state.caches) {
    if (!cache.alive()) continue;
    json.begin();
    write_row(json, state, cache);
    json.end();
  }
  json.end_array();
  return json.take();
}

Result<std::string> cache_json(Session& session, const std::string& name) {
  const Slub slub = session.machine().slub();
  const CacheId id = find_cache(slub.state, name);
  if (id == kNoCache) return Error{"UnknownCache", "there is no cache \"" + name + "\""};
  const KmemCache& cache = slub.cache(id);
  JsonWriter json;
  json.begin();
  write_row(json, slub.state, cache);
  json.field("allocator", slub.state.is_slab() ? "SLAB" : "SLUB");
  json.field("freePointer", slub.state.is_slab() ? -1 : int64_t{cache.offset});
  CacheWriter writer(json, slub, id);
  writer.write_slabs();
  writer.write_arrays();
  json.end();
  return json.take();
}

}  // namespace kmem
