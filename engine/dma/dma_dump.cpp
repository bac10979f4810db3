#include "dma/dma_dump.h"

#include <algorithm>

#include "base/text.h"

namespace kmem {

namespace {

unsigned long long wide(uint64_t number) { return number; }

void append_device(std::string& out, const DmaDevice& device) {
  appendf(out, "coherent_mask: %llx\ndma_mask: %llx\nbus_limit: %llx\n", wide(device.coherent_mask),
          wide(device.dma_mask), wide(device.bus_limit));
  constexpr const char* kNames[] = {"dma", "dma32", "kernel"};
  for (size_t i = 0; i < device.atomic_pools.size(); ++i) {
    const DmaAtomicPool& pool = device.atomic_pools[i];
    appendf(out, "atomic_pool_%s: size %u avail %u chunks", kNames[i], pool.size, pool.avail);
    for (const auto& [first, end] : pool.chunks) appendf(out, " %u-%u", first, end);
    out += '\n';
  }
}

}  // namespace

DmaDump dump_dma(const Mm& mm, const DmaState& state, uint32_t pool) {
  DmaDump dump;
  dump.pool = pool;
  dump.device = state.device;
  if (pool >= state.pools.size()) return dump;
  const DmaPool& from = state.pools[pool];
  dump.size = from.size;
  dump.allocation = from.allocation;
  dump.boundary = from.boundary;
  for (const DmaPage& page : from.pages) {
    const Pfn pfn = mm.map.page_to_pfn(page.page);
    dump.pages.push_back({pfn.value,
                          DmaAddr{pfn.value} << kPageShift,
                          page.in_use,
                          {page.free.rbegin(), page.free.rend()}});
  }
  // The newest page is the head of the list.
  std::reverse(dump.pages.begin(), dump.pages.end());
  return dump;
}

std::string dma_dump_text(const DmaDump& dump) {
  std::string out;
  if (dump.pool == DmaDump::kDevice) {
    append_device(out, dump.device);
    return out;
  }
  appendf(out, "size: %u\nallocation: %u\nboundary: %u\ndescriptors: %u %u\n", dump.size,
          dump.allocation, dump.boundary, dump.pool_bytes, dump.page_bytes);
  for (const DmaDump::Piece& piece : dump.pages) {
    appendf(out, "page %u: handle %llx in_use %u free", piece.pfn, wide(piece.handle),
            piece.in_use);
    for (const uint32_t offset : piece.free) appendf(out, " %u", offset);
    out += '\n';
  }
  return out;
}

}  // namespace kmem
