#include "slab/cache_dump.h"

#include "base/text.h"
#include "slab/slub_freelist.h"
#include "slab/slub_partial.h"

namespace kmem {

namespace {

CacheDump::SlabImage image_of(const Slub& slub, const KmemCache& cache, SlabId id) {
  const Slab& slab = slub.slab(id);
  return {slub.mm.pfn(slab.page),
          slab.node,
          slab.objects,
          slab.inuse,
          slab.frozen,
          freelist_indices(slub, cache, slab, slab.freelist)};
}

std::vector<CacheDump::SlabImage> images_of(const Slub& slub, const KmemCache& cache,
                                            SlabId first) {
  std::vector<CacheDump::SlabImage> images;
  for (SlabId id = first; id != kNoSlab; id = slub.slab(id).next) {
    images.push_back(image_of(slub, cache, id));
  }
  return images;
}

void append_indices(std::string& out, const std::vector<uint16_t>& indices) {
  for (const uint16_t index : indices) appendf(out, " %u", unsigned{index});
  out += '\n';
}

void append_slabs(std::string& out, const char* what,
                  const std::vector<CacheDump::SlabImage>& slabs) {
  for (const CacheDump::SlabImage& slab : slabs) {
    appendf(out, "%s: slab %u node %u in use %u of %u%s, free:", what, slab.pfn,
            unsigned{slab.node}, unsigned{slab.inuse}, unsigned{slab.objects},
            slab.frozen ? " frozen" : "");
    append_indices(out, slab.freelist);
  }
}

}  // namespace

CacheDump dump_slub_cache(const Slub& slub, CacheId id, uint8_t cpu_id) {
  const KmemCache& cache = slub.cache(id);
  CacheDump dump;
  dump.cache = cache;
  dump.cpu = cpu_id;
  if (cpu_id < cache.cpu.size()) {
    const KmemCacheCpu& cpu = cache.cpu[cpu_id];
    if (cpu.slab != kNoSlab) {
      dump.slab.push_back(image_of(slub, cache, cpu.slab));
      dump.freelist = freelist_indices(slub, cache, slub.slab(cpu.slab), cpu.freelist);
    }
    dump.partial = images_of(slub, cache, cpu.partial);
  }
  for (size_t i = 0; i < cache.node.size(); ++i) {
    const KmemCacheNode& node = cache.node[i];
    dump.nodes.push_back({static_cast<uint8_t>(i), node.nr_partial, node.nr_slabs,
                          node.total_objects, images_of(slub, cache, node.first)});
  }
  return dump;
}

std::string slub_dump_text(const CacheDump& dump) {
  const KmemCache& cache = dump.cache;
  std::string out;
  appendf(out, "sizes: object_size %u size %u inuse %u offset %u align %u red_left_pad %u\n",
          cache.object_size, cache.size, cache.inuse, cache.offset, cache.align,
          cache.red_left_pad);
  appendf(out, "flags: 0x%x refcount %d allocflags 0x%x\n", cache.flags, cache.refcount,
          cache.allocflags);
  appendf(out, "orders: %u with %u objects, at least %u with %u\n", unsigned{cache.oo.order},
          unsigned{cache.oo.objects}, unsigned{cache.min.order}, unsigned{cache.min.objects});
  appendf(out, "limits: min_partial %u cpu_partial %u cpu_partial_slabs %u\n", cache.min_partial,
          cache.cpu_partial, cache.cpu_partial_slabs);
  append_slabs(out, "cpu slab", dump.slab);
  out += "cpu freelist:";
  append_indices(out, dump.freelist);
  append_slabs(out, "cpu partial", dump.partial);
  for (const CacheDump::NodeImage& node : dump.nodes) {
    appendf(out, "node %u: nr_partial %u nr_slabs %u total_objects %u\n", unsigned{node.node},
            node.nr_partial, node.nr_slabs, node.total_objects);
    append_slabs(out, "node partial", node.partial);
  }
  return out;
}

namespace {

/// Builds the slabs of one dump; the first thing that is wrong ends it.
class CacheLoader {
 public:
  CacheLoader(Slub& slub, const CacheDump& dump, CacheId id)
      : slub_(slub), dump_(dump), id_(id), cache_(slub.cache(id)) {}

  std::string load() {
    if (dump_.nodes.size() > cache_.node.size() || dump_.cpu >= cache_.cpu.size()) {
      fail("has more nodes or CPUs than this machine");
    }
    KmemCacheCpu& cpu = slub_.cpu(cache_);
    if (!dump_.slab.empty()) {
      cpu.slab = add(dump_.slab[0], true);
      if (wrong_.empty()) cpu.freelist = link(cpu.slab, dump_.freelist);
    }
    // From the last of the chain, so that each finds the one behind it.
    for (size_t i = dump_.partial.size(); i-- > 0 && wrong_.empty();) {
      const SlabId slab = add(dump_.partial[i], true);
      if (slab != kNoSlab) put_cpu_partial(slub_, cache_, slab, false);
    }
    for (const CacheDump::NodeImage& node : dump_.nodes) load_node(node);
    return std::move(wrong_);
  }

 private:
  void fail(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  void load_node(const CacheDump::NodeImage& node) {
    if (!wrong_.empty()) return;
    if (node.node >= cache_.node.size()) return fail(textf("has no node %u", unsigned{node.node}));
    for (const CacheDump::SlabImage& image : node.partial) {
      const SlabId slab = add(image, false);
      if (slab == kNoSlab) return;
      if (image.node != node.node) return fail("lists a slab on another node");
      add_partial(slub_, cache_, slab, PartialPlace::tail);
    }
    // Full slabs are on no list; they only count.
    cache_.node[node.node].nr_slabs = node.nr_slabs;
    cache_.node[node.node].total_objects = node.total_objects;
  }

  SlabId add(const CacheDump::SlabImage& image, bool frozen) {
    const bool whole = image.objects == cache_.oo.objects;
    if ((!whole && image.objects != cache_.min.objects) || image.inuse > image.objects ||
        image.freelist.size() != size_t{image.objects} - image.inuse || image.frozen != frozen ||
        image.node >= cache_.node.size()) {
      fail(textf("has a slab at pfn %u whose counters are impossible", image.pfn));
      return kNoSlab;
    }
    const SlabId id =
        adopt_slab(slub_, id_, image.pfn, whole ? cache_.oo : cache_.min, image.node, wrong_);
    if (id == kNoSlab) return kNoSlab;
    Slab& slab = slub_.slab(id);
    slab.inuse = image.inuse;
    slab.frozen = frozen;
    slab.freelist = link(id, image.freelist);
    return id;
  }

  Kva link(SlabId id, const std::vector<uint16_t>& indices) {
    const Slab& slab = slub_.slab(id);
    if (const auto index = misplaced_index(indices, slab.objects)) {
      fail(textf("has object %u out of place on the free list of the slab at pfn %u",
                 unsigned{*index}, slub_.mm.pfn(slab.page)));
      return 0;
    }
    return link_freelist(slub_, cache_, slab, indices);
  }

  Slub& slub_;
  const CacheDump& dump_;
  CacheId id_;
  KmemCache& cache_;
  std::string wrong_;
};

}  // namespace

std::string load_slub_cache(Slub& slub, CacheId id, const CacheDump& dump) {
  return CacheLoader(slub, dump, id).load();
}

}  // namespace kmem
