#include "ingest/slub_line.h"

#include "base/text.h"

namespace kmem {

namespace {

using Value = JsonLine::Value;

/// Most objects of a slab, and most slabs that a counter may name.
constexpr uint32_t kMostObjects = 32767;
constexpr uint32_t kMostSlabs = 1u << 24;

std::vector<uint16_t> read_indices(JsonLine& line, const Value& array, const char* key) {
  std::vector<uint16_t> indices;
  if (array.IsArray()) {
    for (const Value& value : array.GetArray()) {
      const bool fits = value.IsUint() && value.GetUint() <= kMostObjects;
      if (!fits) line.refuse("RecordingFormat", textf("\"%s\" must hold object numbers", key));
      indices.push_back(fits ? static_cast<uint16_t>(value.GetUint()) : uint16_t{0});
    }
  } else {
    line.refuse("RecordingFormat", textf("\"%s\" must be an array", key));
  }
  return indices;
}

CacheDump::SlabImage read_slab(JsonLine& line, const Value& value) {
  CacheDump::SlabImage slab;
  slab.pfn = line.u32(value, "pfn", INT32_MAX);
  slab.node = static_cast<uint8_t>(line.u32(value, "node", kMostNodes - 1));
  slab.objects = static_cast<uint16_t>(line.u32(value, "objects", kMostObjects));
  slab.inuse = static_cast<uint16_t>(line.u32(value, "inuse", kMostObjects));
  slab.frozen = line.u32(value, "frozen", 1) != 0;
  slab.freelist = read_indices(line, line.array(value, "fl"), "fl");
  return slab;
}

std::vector<CacheDump::SlabImage> read_slabs(JsonLine& line, const Value& parent) {
  std::vector<CacheDump::SlabImage> slabs;
  for (const Value& value : line.array(parent, "partial").GetArray()) {
    slabs.push_back(read_slab(line, value));
  }
  return slabs;
}

void read_sizes(JsonLine& line, const Value& root, KmemCache& cache) {
  cache.name = line.text(root, "name");
  cache.object_size = line.u32(root, "object_size", INT32_MAX);
  cache.size = line.u32(root, "size", INT32_MAX);
  cache.inuse = line.u32(root, "inuse");
  cache.offset = line.u32(root, "offset");
  cache.align = line.u32(root, "align", INT32_MAX);
  cache.flags = line.u32(root, "flags");
  cache.red_left_pad = line.u32(root, "red_left_pad");
  cache.oo.order = static_cast<Order>(line.u32(root, "order", kMaxOrder));
  cache.oo.objects = static_cast<uint16_t>(line.u32(root, "objects", kMostObjects));
  cache.min.order = static_cast<Order>(line.u32(root, "min_order", kMaxOrder));
  cache.min.objects = static_cast<uint16_t>(line.u32(root, "min_objects", kMostObjects));
  cache.min_partial = line.u32(root, "min_partial");
  cache.refcount = static_cast<int32_t>(line.i64(root, "refcount"));
  cache.allocflags = line.u32(root, "allocflags");
  cache.cpu_partial = line.u32_or(root, "cpu_partial", 0);
  cache.cpu_partial_slabs = line.u32_or(root, "cpu_partial_slabs", 0);
  const Value* const random = JsonLine::find(root, "random_seq");
  if (random != nullptr) cache.random_seq = read_indices(line, *random, "random_seq");
}

}  // namespace

CacheDump read_slub_line(JsonLine& line) {
  const Value& root = line.root();
  CacheDump dump;
  dump.line = line.line();
  read_sizes(line, root, dump.cache);
  const Value& cpu = line.member(root, "cpu");
  const Value& slab = line.member(cpu, "slab");
  if (!slab.IsNull()) dump.slab.push_back(read_slab(line, slab));
  dump.freelist = read_indices(line, line.array(cpu, "freelist"), "freelist");
  dump.partial = read_slabs(line, cpu);
  for (const Value& value : line.array(root, "nodes").GetArray()) {
    CacheDump::NodeImage node;
    node.node = static_cast<uint8_t>(line.u32(value, "node", kMostNodes - 1));
    node.nr_partial = line.u32(value, "nr_partial", kMostSlabs);
    node.nr_slabs = line.u32(value, "nr_slabs", kMostSlabs);
    node.total_objects = line.u32(value, "total_objects");
    node.partial = read_slabs(line, value);
    if (node.nr_partial != node.partial.size()) {
      line.refuse("RecordingFormat", "\"nr_partial\" does not equal the length of the list");
    }
    dump.nodes.push_back(std::move(node));
  }
  return dump;
}

}  // namespace kmem
