#include "slab/cache_dump.h"

#include "base/text.h"
#include "mm/compound.h"
#include "slab/slab_common.h"
#include "slab/slub_page.h"

namespace kmem {

namespace {

/// Whether the frames are in use, and by nobody that is known.
bool free_of_owners(const MemMap& map, Page page, uint32_t pages) {
  for (uint32_t i = 0; i < pages; ++i) {
    const Page each{page.index + i};
    const FrameKind kind = frame_kind(map.state(each));
    const bool ours = (map.flags(each) & MemMap::kSlab) != 0;
    if (ours || (kind != FrameKind::before && kind != FrameKind::hole)) return false;
  }
  return true;
}

Error format_error(const CacheDump& dump, const std::string& what) {
  return {"RecordingFormat", textf("line %u: %s", dump.line, what.c_str()), dump.line, 0, 0};
}

}  // namespace

CacheDump dump_cache(const Slub& slub, CacheId id, uint8_t cpu_id) {
  return slub.state.is_slab() ? dump_slab_cache(slub, id, cpu_id)
                              : dump_slub_cache(slub, id, cpu_id);
}

std::string cache_dump_text(const SlabState& state, const CacheDump& dump) {
  return state.is_slab() ? slab_dump_text(dump) : slub_dump_text(dump);
}

std::vector<uint32_t> slab_frames(const CacheDump& dump) {
  std::vector<uint32_t> frames;
  const auto add = [&frames](const std::vector<CacheDump::SlabImage>& slabs) {
    for (const CacheDump::SlabImage& slab : slabs) frames.push_back(slab.pfn);
  };
  add(dump.slab);
  add(dump.partial);
  for (const CacheDump::NodeImage& node : dump.nodes) {
    add(node.partial);
    add(node.full);
    add(node.free);
  }
  return frames;
}

std::optional<uint16_t> misplaced_index(const std::vector<uint16_t>& indices, uint32_t objects) {
  std::vector<bool> seen(objects);
  for (const uint16_t index : indices) {
    if (index >= objects || seen[index]) return index;
    seen[index] = true;
  }
  return std::nullopt;
}

SlabId adopt_slab(Slub& slub, CacheId id, uint32_t pfn, SlabOrder order, uint8_t node,
                  std::string& wrong) {
  MemMap& map = slub.mm.map;
  const KmemCache& cache = slub.cache(id);
  const Page page = map.pfn_to_page({pfn});
  const uint32_t pages = pages_in(order.order);
  if (page == kNoPage || page.index + pages > map.size() || !free_of_owners(map, page, pages)) {
    wrong = textf("has a slab at pfn %u, which is in use otherwise", pfn);
    return kNoSlab;
  }
  const SlabId slab = register_slab(slub, id, page, order.order, node);
  slub.slab(slab).objects = order.objects;
  if (map.zone(page) == kNoZone) return slab;
  map.set_taken(page, order.order);
  map.set_refcount(page, 1);
  const bool reclaimable = (cache.allocflags & gfp::kReclaimable) != 0;
  map.paint(page, FrameKind::allocated,
            reclaimable ? Migratetype::reclaimable : Migratetype::unmovable);
  if (order.order > 0) prep_compound_page(slub.mm, page, order.order);
  return slab;
}

Status load_cache(Slub& slub, const CacheDump& dump) {
  CacheId id = find_cache(slub.state, dump.cache.name);
  if (id == kNoCache) {
    const bool merge = slub.state.config.merge;
    slub.state.config.merge = false;
    const SlabFlags flags = dump.cache.flags & slab_flags::kPermitted;
    id = kmem_cache_create(slub, {dump.cache.name, dump.cache.object_size, dump.cache.align, flags,
                                  false, dump.cache.random_seq})
             .cache;
    slub.state.config.merge = merge;
  }
  if (id == kNoCache) return format_error(dump, "no such cache can be made");
  KmemCache& cache = slub.cache(id);
  if (cache.debugged() && !slub.state.is_slab()) {
    return format_error(
        dump, textf("cache %s has debugging, and bytes are not recorded", cache.name.c_str()));
  }
  if (dump.cache.random_seq.size() == cache.oo.objects) cache.random_seq = dump.cache.random_seq;
  const std::string wrong =
      slub.state.is_slab() ? load_slab_cache(slub, id, dump) : load_slub_cache(slub, id, dump);
  if (wrong.empty()) return Done{};
  return format_error(dump, textf("cache %s %s", cache.name.c_str(), wrong.c_str()));
}

}  // namespace kmem
