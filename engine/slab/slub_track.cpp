#include "slab/slub_track.h"

#include <cstring>

#include "base/text.h"
#include "slab/slub_freelist.h"
#include "slab/slub_geometry.h"

namespace kmem {

namespace {

/// Where kernel code lies; each call site gets a few bytes of it.
constexpr uint64_t kFirstSite = 0xffffffff81000000;
constexpr uint64_t kSiteBytes = 16;
/// The process that makes all calls.
constexpr uint32_t kPid = 1;

constexpr size_t kBothTracks = size_t{2} * kTrackBytes;

static_assert(sizeof(Track) == kTrackBytes);

uint64_t address_of_caller(Slub& slub) {
  std::vector<std::string>& sites = slub.state.call_sites;
  size_t index = 0;
  while (index < sites.size() && sites[index] != slub.caller) index += 1;
  if (index == sites.size()) sites.emplace_back(slub.caller);
  return kFirstSite + index * kSiteBytes;
}

uint8_t* track_bytes(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva object,
                     TrackItem item) {
  const uint32_t place = info_end(cache) + static_cast<uint32_t>(item) * kTrackBytes;
  return bytes_at(slub, slab, object + place);
}

}  // namespace

uint32_t tracks_end(const KmemCache& cache) {
  if (!cache.has(slab_flags::kStoreUser)) return info_end(cache);
  const bool orig_size = cache.has(slab_flags::kKmalloc);
  return info_end(cache) + 2 * kTrackBytes + (orig_size ? kOrigSizeBytes : 0);
}

Track get_track(const Slub& slub, const KmemCache& cache, const Slab& slab, Kva object,
                TrackItem item) {
  Track track;
  std::memcpy(&track, track_bytes(slub, cache, slab, object, item), sizeof track);
  return track;
}

void set_track(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object, TrackItem item) {
  if (!cache.has(slab_flags::kStoreUser)) return;
  Track track;
  track.addr = address_of_caller(slub);
  track.cpu = slub.mm.cpu.value;
  track.pid = kPid;
  track.when = slub.state.jiffies;
  std::memcpy(track_bytes(slub, cache, slab, object, item), &track, sizeof track);
}

void init_tracking(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object) {
  if (!cache.has(slab_flags::kStoreUser)) return;
  std::memset(track_bytes(slub, cache, slab, object, TrackItem::alloc), 0, kBothTracks);
}

void set_orig_size(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object) {
  if (!cache.has(slab_flags::kStoreUser) || !cache.has(slab_flags::kKmalloc)) return;
  const uint32_t size = slub.orig_size != 0 ? slub.orig_size : cache.object_size;
  const Kva place = object + info_end(cache) + kBothTracks;
  std::memcpy(bytes_at(slub, slab, place), &size, sizeof size);
}

std::string symbol_text(const SlabState& state, uint64_t address) {
  const uint64_t index = (address - kFirstSite) / kSiteBytes;
  // Somebody wrote over it: an address that belongs to nothing is shown as a number.
  if (address < kFirstSite || index >= state.call_sites.size()) {
    return textf("0x%llx", static_cast<unsigned long long>(address));
  }
  return textf("%s+0x%x/0x%x", state.call_sites[static_cast<size_t>(index)].c_str(),
               static_cast<unsigned>((address - kFirstSite) % kSiteBytes),
               static_cast<unsigned>(kSiteBytes));
}

std::string caller_text(Slub& slub) { return symbol_text(slub.state, address_of_caller(slub)); }

}  // namespace kmem
