#include "ingest/slab_line.h"

#include "base/text.h"

namespace kmem {

namespace {

using Value = JsonLine::Value;

/// Most objects of a slab, and most of anything that a counter may name.
constexpr uint32_t kMostObjects = 255;
constexpr uint32_t kMost = 1u << 24;

uint16_t read_index(JsonLine& line, const Value& value, const char* key) {
  if (value.IsUint() && value.GetUint() < kMostObjects) {
    return static_cast<uint16_t>(value.GetUint());
  }
  line.refuse("RecordingFormat", textf("\"%s\" must hold object numbers", key));
  return 0;
}

std::vector<CacheDump::SlabImage> read_list(JsonLine& line, const Value& node, const char* key,
                                            uint32_t num) {
  std::vector<CacheDump::SlabImage> slabs;
  for (const Value& value : line.array(node, key).GetArray()) {
    CacheDump::SlabImage slab;
    slab.pfn = line.u32(value, "pfn", INT32_MAX);
    slab.node = static_cast<uint8_t>(line.u32(node, "node", kMostNodes - 1));
    slab.objects = static_cast<uint16_t>(num);
    slab.inuse = static_cast<uint16_t>(line.u32(value, "active", kMostObjects));
    slab.s_mem = line.u32(value, "s_mem", INT32_MAX);
    for (const Value& index : line.array(value, "fl").GetArray()) {
      slab.freelist.push_back(read_index(line, index, "fl"));
    }
    slabs.push_back(std::move(slab));
  }
  return slabs;
}

ArrayCache read_array(JsonLine& line, const Value& value) {
  ArrayCache array;
  if (value.IsNull()) return array;
  array.limit = line.u32(value, "limit", kMost);
  array.batchcount = line.u32(value, "batchcount");
  array.touched = line.u32(value, "touched", 1) != 0;
  for (const Value& pair : line.array(value, "entries").GetArray()) {
    if (!pair.IsArray() || pair.Size() != 2) {
      line.refuse("RecordingFormat", "\"entries\" must hold pairs of a pfn and an object number");
      return array;
    }
    const uint32_t pfn = line.pfn(pair[0], "entries", false);
    array.entries.push_back(array_entry(pfn, read_index(line, pair[1], "entries")));
  }
  return array;
}

void read_sizes(JsonLine& line, const Value& root, KmemCache& cache) {
  cache.name = line.text(root, "name");
  cache.object_size = line.u32(root, "object_size", INT32_MAX);
  cache.size = line.u32(root, "size", INT32_MAX);
  cache.align = line.u32(root, "align", INT32_MAX);
  cache.flags = line.u32(root, "flags");
  cache.allocflags = line.u32(root, "allocflags");
  cache.oo.order = static_cast<Order>(line.u32(root, "order", kMaxOrder));
  cache.oo.objects = static_cast<uint16_t>(line.u32(root, "num", kMostObjects));
  SlabLayout& layout = cache.layout;
  layout.colour = line.u32(root, "colour");
  layout.colour_off = line.u32(root, "colour_off");
  layout.freelist_size = line.u32(root, "freelist_size");
  layout.limit = line.u32(root, "limit");
  layout.batchcount = line.u32(root, "batchcount");
  layout.shared = line.u32(root, "shared");
}

SlabNode read_counters(JsonLine& line, const Value& value) {
  SlabNode node;
  node.total_slabs = line.u32(value, "total_slabs", kMost);
  node.free_slabs = line.u32(value, "free_slabs", kMost);
  node.free_objects = line.u32(value, "free_objects");
  node.free_limit = line.u32(value, "free_limit");
  node.colour_next = line.u32(value, "colour_next");
  node.free_touched = line.u32(value, "free_touched", 1) != 0;
  node.shared = read_array(line, line.member(value, "shared"));
  for (const Value& alien : line.array(value, "alien").GetArray()) {
    node.alien.push_back(read_array(line, alien));
  }
  return node;
}

}  // namespace

CacheDump read_slab_line(JsonLine& line) {
  const Value& root = line.root();
  CacheDump dump;
  dump.line = line.line();
  read_sizes(line, root, dump.cache);
  dump.cache.cpu_array = {read_array(line, line.member(root, "cpu"))};
  const uint32_t num = dump.cache.oo.objects;
  for (const Value& value : line.array(root, "nodes").GetArray()) {
    CacheDump::NodeImage node;
    node.node = static_cast<uint8_t>(line.u32(value, "node", kMostNodes - 1));
    node.partial = read_list(line, value, "partial", num);
    node.full = read_list(line, value, "full", num);
    node.free = read_list(line, value, "free", num);
    // Other nodes may be missing.
    if (dump.cache.lists.size() <= node.node) dump.cache.lists.resize(size_t{node.node} + 1);
    dump.cache.lists[node.node] = read_counters(line, value);
    dump.nodes.push_back(std::move(node));
  }
  return dump;
}

}  // namespace kmem
