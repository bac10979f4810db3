// SLAB: a cache as a recording shows it, taken and loaded.
#include <algorithm>

#include "base/text.h"
#include "slab/cache_dump.h"
#include "slab/kmalloc.h"
#include "slab/slab_index.h"
#include "slab/slab_lists.h"
#include "slab/slub_freelist.h"

namespace kmem {

namespace {

using SlabImages = std::vector<CacheDump::SlabImage>;

SlabImages images_of(const Slub& slub, const SlabList& list) {
  SlabImages images;
  for (SlabId id = list.first; id != kNoSlab; id = slub.slab(id).next) {
    const Slab& slab = slub.slab(id);
    images.push_back({slub.mm.pfn(slab.page), slab.node, slab.objects, slab.inuse, false,
                      free_indices(slub, slab), slab.s_mem});
  }
  return images;
}

void name_entries(const Slub& slub, const KmemCache& cache, ArrayCache& array) {
  for (Kva& entry : array.entries) {
    const Slab& slab = slub.slab(virt_to_slab(slub, entry));
    entry = array_entry(slub.mm.pfn(slab.page), object_index(cache, slab, entry));
  }
}

void append_array(std::string& out, const char* what, const ArrayCache& array) {
  if (array.limit == 0) return;
  appendf(out, "%s: limit %u touched %u", what, array.limit, unsigned{array.touched});
  for (const Kva entry : array.entries) {
    appendf(out, " %u#%u", pfn_of(entry).value, entry_index(entry));
  }
  out += '\n';
}

void append_slabs(std::string& out, const char* what, const SlabImages& slabs) {
  for (const CacheDump::SlabImage& slab : slabs) {
    appendf(out, "%s: slab %u active %u s_mem %u free:", what, slab.pfn, unsigned{slab.inuse},
            slab.s_mem);
    for (const uint16_t index : slab.freelist) appendf(out, " %u", unsigned{index});
    out += '\n';
  }
}

}  // namespace

CacheDump dump_slab_cache(const Slub& slub, CacheId id, uint8_t cpu_id) {
  const KmemCache& cache = slub.cache(id);
  CacheDump dump;
  dump.cache = cache;
  dump.cpu = cpu_id;
  if (cpu_id < cache.cpu_array.size()) dump.cache.cpu_array = {cache.cpu_array[cpu_id]};
  for (ArrayCache& array : dump.cache.cpu_array) name_entries(slub, cache, array);
  for (SlabNode& node : dump.cache.lists) {
    name_entries(slub, cache, node.shared);
    for (ArrayCache& alien : node.alien) name_entries(slub, cache, alien);
    CacheDump::NodeImage image;
    image.node = static_cast<uint8_t>(dump.nodes.size());
    image.partial = images_of(slub, node.partial);
    image.full = images_of(slub, node.full);
    image.free = images_of(slub, node.free);
    dump.nodes.push_back(std::move(image));
  }
  return dump;
}

std::string slab_dump_text(const CacheDump& dump) {
  const KmemCache& cache = dump.cache;
  const SlabLayout& layout = cache.layout;
  std::string out;
  appendf(out, "sizes: object_size %u size %u align %u\n", cache.object_size, cache.size,
          cache.align);
  appendf(out, "flags: 0x%x allocflags 0x%x\n", cache.flags, cache.allocflags);
  appendf(out, "slabs: order %u num %u colour %u colour_off %u freelist_size %u\n",
          unsigned{cache.oo.order}, unsigned{cache.oo.objects}, layout.colour, layout.colour_off,
          layout.freelist_size);
  appendf(out, "limits: limit %u batchcount %u shared %u\n", layout.limit, layout.batchcount,
          layout.shared);
  for (const ArrayCache& array : cache.cpu_array) {
    appendf(out, "cpu: batchcount %u\n", array.batchcount);
    append_array(out, "cpu array", array);
  }
  for (const CacheDump::NodeImage& node : dump.nodes) {
    if (node.node >= cache.lists.size()) continue;
    const SlabNode& counters = cache.lists[node.node];
    appendf(out, "node %u: total_slabs %u free_slabs %u free_objects %u free_limit %u\n",
            unsigned{node.node}, counters.total_slabs, counters.free_slabs, counters.free_objects,
            counters.free_limit);
    appendf(out, "node %u next: colour %u free_touched %u\n", unsigned{node.node},
            counters.colour_next, unsigned{counters.free_touched});
    append_slabs(out, "partial", node.partial);
    append_slabs(out, "full", node.full);
    append_slabs(out, "free", node.free);
    append_array(out, "shared array", counters.shared);
    for (const ArrayCache& alien : counters.alien) append_array(out, "alien array", alien);
  }
  return out;
}

namespace {

/// Builds the slabs and arrays of one dump; the first thing that is wrong ends it.
class CacheLoader {
 public:
  CacheLoader(Slub& slub, const CacheDump& dump, CacheId id)
      : slub_(slub), dump_(dump), id_(id), cache_(slub.cache(id)) {}

  std::string load() {
    if (dump_.nodes.size() > cache_.lists.size() || dump_.cpu >= cache_.cpu_array.size()) {
      return "has more nodes or CPUs than this machine";
    }
    if ((cache_.flags & slab_flags::kOffSlab) != 0) {
      return "keeps its indices off slab, at addresses that a recording does not tell";
    }
    for (const CacheDump::NodeImage& node : dump_.nodes) load_node(node);
    for (const ArrayCache& array : dump_.cache.cpu_array) {
      load_array(array, cache_.cpu_array[dump_.cpu]);
    }
    for (const CacheDump::NodeImage& node : dump_.nodes) load_arrays(node.node);
    return std::move(wrong_);
  }

 private:
  void fail(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  void load_node(const CacheDump::NodeImage& image) {
    if (!wrong_.empty()) return;
    if (image.node >= std::min(cache_.lists.size(), dump_.cache.lists.size())) {
      return fail(textf("has no node %u", unsigned{image.node}));
    }
    SlabNode& node = cache_.lists[image.node];
    load_list(image.partial, node, node.partial, image.node);
    load_list(image.full, node, node.full, image.node);
    load_list(image.free, node, node.free, image.node);
    const SlabNode& counters = dump_.cache.lists[image.node];
    if (node.total_slabs != counters.total_slabs || node.free_slabs != counters.free_slabs ||
        node.free_objects != counters.free_objects) {
      fail("has counters that do not equal its lists");
    }
    node.colour_next = counters.colour_next;
    node.free_touched = counters.free_touched;
  }

  void load_list(const SlabImages& images, SlabNode& node, const SlabList& list, uint8_t node_id) {
    for (const CacheDump::SlabImage& image : images) {
      if (!wrong_.empty()) return;
      const SlabId id = add(image, node_id);
      if (id == kNoSlab) return;
      const Slab& slab = slub_.slab(id);
      if (&list_of(node, slab) != &list) return fail("has a slab on the wrong list");
      push_back(slub_, list_of(node, slab), id);
      node.total_slabs += 1;
      node.free_slabs += slab.inuse == 0 ? 1 : 0;
      node.free_objects += uint32_t{slab.objects} - slab.inuse;
    }
  }

  SlabId add(const CacheDump::SlabImage& image, uint8_t node) {
    const uint32_t bytes = kPageSizeBytes << cache_.oo.order;
    const uint32_t objects = cache_.oo.objects;
    if (image.inuse > objects || image.freelist.size() != objects - image.inuse ||
        image.s_mem > bytes - objects * cache_.size) {
      fail(textf("has a slab at pfn %u whose counters are impossible", image.pfn));
      return kNoSlab;
    }
    if (const auto index = misplaced_index(image.freelist, objects)) {
      fail(textf("has object %u out of place among the free ones of the slab at pfn %u",
                 unsigned{*index}, image.pfn));
      return kNoSlab;
    }
    const SlabId id = adopt_slab(slub_, id_, image.pfn, cache_.oo, node, wrong_);
    if (id == kNoSlab) return kNoSlab;
    Slab& slab = slub_.slab(id);
    slab.inuse = image.inuse;
    slab.s_mem = image.s_mem;
    set_free_indices(slub_, cache_, slab, image.freelist);
    return id;
  }

  void load_arrays(uint8_t node_id) {
    if (!wrong_.empty()) return;
    const SlabNode& from = dump_.cache.lists[node_id];
    SlabNode& node = cache_.lists[node_id];
    load_array(from.shared, node.shared);
    for (size_t i = 0; i < std::min(from.alien.size(), node.alien.size()); ++i) {
      load_array(from.alien[i], node.alien[i]);
    }
  }

  void load_array(const ArrayCache& from, ArrayCache& array) {
    if (from.entries.size() > array.limit) return fail("has an array that is too long");
    array.touched = from.touched;
    for (const Kva entry : from.entries) {
      const SlabId id = virt_to_slab(slub_, entry);
      const uint32_t index = entry_index(entry);
      if (id == kNoSlab || slub_.slab(id).cache != id_ || index >= cache_.oo.objects) {
        return fail(textf("has an array with an object at pfn %u that is not its own",
                          pfn_of(entry).value));
      }
      array.entries.push_back(object_at(cache_, slub_.slab(id), index));
    }
  }

  Slub& slub_;
  const CacheDump& dump_;
  CacheId id_;
  KmemCache& cache_;
  std::string wrong_;
};

}  // namespace

std::string load_slab_cache(Slub& slub, CacheId id, const CacheDump& dump) {
  return CacheLoader(slub, dump, id).load();
}

}  // namespace kmem
