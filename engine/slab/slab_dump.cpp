// SLAB: a cache as a recording shows it, taken and loaded.
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

CacheDump::ArrayImage image_of(const Slub& slub, const KmemCache& cache, const ArrayCache& array) {
  CacheDump::ArrayImage image{array.limit, array.batchcount, array.touched, {}};
  for (const Kva object : array.entries) {
    const Slab& slab = slub.slab(virt_to_slab(slub, object));
    image.entries.push_back(
        {slub.mm.pfn(slab.page), static_cast<uint16_t>(object_index(cache, slab, object))});
  }
  return image;
}

void append_array(std::string& out, const char* what, const CacheDump::ArrayImage& array) {
  if (array.limit == 0) return;
  appendf(out, "%s: limit %u", what, array.limit);
  for (const CacheDump::ArrayImage::Entry& entry : array.entries) {
    appendf(out, " %u#%u", entry.pfn, unsigned{entry.index});
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
  if (cpu_id < cache.cpu_array.size()) {
    dump.array = image_of(slub, cache, cache.cpu_array[cpu_id]);
  }
  for (size_t i = 0; i < cache.lists.size(); ++i) {
    const SlabNode& node = cache.lists[i];
    CacheDump::NodeImage image;
    image.node = static_cast<uint8_t>(i);
    image.partial = images_of(slub, node.partial);
    image.full = images_of(slub, node.full);
    image.free = images_of(slub, node.free);
    image.counters = node;
    image.shared = image_of(slub, cache, node.shared);
    for (const ArrayCache& alien : node.alien) image.alien.push_back(image_of(slub, cache, alien));
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
  appendf(out, "cpu: batchcount %u touched %u\n", dump.array.batchcount,
          unsigned{dump.array.touched});
  append_array(out, "cpu array", dump.array);
  for (const CacheDump::NodeImage& node : dump.nodes) {
    const SlabNode& counters = node.counters;
    appendf(out, "node %u: total_slabs %u free_slabs %u free_objects %u free_limit %u\n",
            unsigned{node.node}, counters.total_slabs, counters.free_slabs, counters.free_objects,
            counters.free_limit);
    appendf(out, "node %u next: colour %u free_touched %u\n", unsigned{node.node},
            counters.colour_next, unsigned{counters.free_touched});
    append_slabs(out, "partial", node.partial);
    append_slabs(out, "full", node.full);
    append_slabs(out, "free", node.free);
    append_array(out, "shared array", node.shared);
    for (const CacheDump::ArrayImage& alien : node.alien) append_array(out, "alien array", alien);
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
    for (const CacheDump::NodeImage& node : dump_.nodes) {
      if (wrong_.empty()) load_arrays(node);
    }
    if (wrong_.empty()) load_array(dump_.array, cache_.cpu_array[dump_.cpu]);
    return std::move(wrong_);
  }

 private:
  void fail(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  void load_node(const CacheDump::NodeImage& image) {
    if (!wrong_.empty()) return;
    if (image.node >= cache_.lists.size()) {
      return fail(textf("has no node %u", unsigned{image.node}));
    }
    SlabNode& node = cache_.lists[image.node];
    load_list(image.partial, node, node.partial, image.node);
    load_list(image.full, node, node.full, image.node);
    load_list(image.free, node, node.free, image.node);
    const SlabNode& counters = image.counters;
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
    std::vector<bool> seen(objects);
    for (const uint16_t index : image.freelist) {
      if (index >= objects || seen[index]) {
        fail(textf("has object %u out of place among the free ones of the slab at pfn %u",
                   unsigned{index}, image.pfn));
        return kNoSlab;
      }
      seen[index] = true;
    }
    const SlabId id = adopt_slab(slub_, id_, image.pfn, cache_.oo, node, wrong_);
    if (id == kNoSlab) return kNoSlab;
    Slab& slab = slub_.slab(id);
    slab.inuse = image.inuse;
    slab.s_mem = image.s_mem;
    set_free_indices(slub_, cache_, slab, image.freelist);
    return id;
  }

  void load_arrays(const CacheDump::NodeImage& image) {
    SlabNode& node = cache_.lists[image.node];
    load_array(image.shared, node.shared);
    for (size_t i = 0; i < image.alien.size() && i < node.alien.size(); ++i) {
      load_array(image.alien[i], node.alien[i]);
    }
  }

  void load_array(const CacheDump::ArrayImage& image, ArrayCache& array) {
    if (image.entries.size() > array.limit) return fail("has an array that is too long");
    array.touched = image.touched;
    for (const CacheDump::ArrayImage::Entry& entry : image.entries) {
      const SlabId id = virt_to_slab(slub_, page_address({entry.pfn}));
      if (id == kNoSlab || slub_.slab(id).cache != id_ || entry.index >= cache_.oo.objects) {
        return fail(textf("has an array with an object at pfn %u that is not its own", entry.pfn));
      }
      array.entries.push_back(object_at(cache_, slub_.slab(id), entry.index));
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
