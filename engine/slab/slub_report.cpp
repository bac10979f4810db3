#include "slab/slub_report.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "slab/slub_freelist.h"

namespace kmem {

namespace {

constexpr uint32_t kRuler = 77;
constexpr uint32_t kBytesInRow = 16;
/// Of a bigger object the rest is not shown.
constexpr uint32_t kMostBytesShown = 4096;
constexpr Kva kVmemmap = 0xffffea0000000000;
constexpr uint64_t kStructPageBytes = 64;
/// Bits of page->flags: what the page is, and above all of them its zone.
constexpr uint64_t kPgSlab = uint64_t{1} << 9;
constexpr uint64_t kPgHead = uint64_t{1} << 16;
constexpr uint32_t kZoneShift = 62;

std::string hex(Kva address) {
  return textf("0x%016llx", static_cast<unsigned long long>(address));
}

void print(Slub& slub, std::string line) { slub.mm.log.print(std::move(line)); }

uint32_t offset_of(const Slab& slab, Kva address) {
  return static_cast<uint32_t>(address - slab.base);
}

/// A report begins: the event, the counter, the header.
/// @kernel slab_bug(), mm/slub.c
void slab_bug(Slub& slub, SlabId id, Kva place, SlubReport reason, const std::string& text) {
  Slab& slab = slub.slab(id);
  // What is left over at the end is nobody's damage.
  if (reason != SlubReport::objects_remain) slab.damaged = true;
  slub.state.slab_errors += 1;
  slub.mm.trace->decision(Event::slub_report, slub.mm.map.zone(slab.page),
                          static_cast<uint8_t>(reason), slab.cache, slub.mm.pfn(slab.page),
                          offset_of(slab, place), slub.mm.log.total());
  print(slub, std::string(kRuler, '='));
  print(slub, textf("BUG %s (%s): %s", slub.cache(slab.cache).name.c_str(),
                    slub.mm.log.taint_text().c_str(), text.c_str()));
  print(slub, std::string(kRuler, '-'));
  print(slub, "");
}

// @kernel print_slab_info(), mm/slub.c
void print_slab_info(Slub& slub, const Slab& slab) {
  const Kva page = kVmemmap + uint64_t{slub.mm.pfn(slab.page)} * kStructPageBytes;
  // Slabs of a node that a recording does not show are in no zone.
  const uint8_t index = slub.mm.map.zone(slab.page);
  const auto zone = index == kNoZone ? 0 : static_cast<uint64_t>(slub.mm.zones[index].type);
  const bool head = slab.order > 0;
  const uint64_t flags = zone << kZoneShift | kPgSlab | (head ? kPgHead : 0);
  print(slub, textf("Slab %s objects=%u used=%u fp=%s flags=0x%llx(slab%s|zone=%u)",
                    hex(page).c_str(), unsigned{slab.objects}, unsigned{slab.inuse},
                    hex(slab.freelist).c_str(), static_cast<unsigned long long>(flags),
                    head ? "|head" : "", static_cast<unsigned>(zone)));
}

/// A report ends: where the CPU was, and that this kernel is not to be trusted any more.
void end_report(Slub& slub) {
  print(slub, textf("CPU: %u PID: 1 Comm: init %s %s #1 ", unsigned{slub.mm.cpu.value},
                    slub.mm.log.taint_text().c_str(), slub.mm.config.profile->release));
  slub.mm.log.add_taint(Taint::bad_page);
}

/// @kernel print_section(), mm/slub.c, print_hex_dump(), lib/hexdump.c
void print_section(Slub& slub, const Slab& slab, const char* what, Kva start, uint32_t bytes) {
  const uint8_t* const at = bytes_at(slub, slab, start);
  for (uint32_t row = 0; row < bytes; row += kBytesInRow) {
    const uint32_t in_row = std::min(kBytesInRow, bytes - row);
    std::string digits;
    std::string characters;
    for (uint32_t i = row; i < row + in_row; ++i) {
      appendf(digits, "%02x ", unsigned{at[i]});
      characters += at[i] >= ' ' && at[i] <= '~' ? static_cast<char>(at[i]) : '.';
    }
    const Kva address = start + row;
    print(slub, textf("%s%016llx: %-48s %s", what, static_cast<unsigned long long>(address),
                      digits.c_str(), characters.c_str()));
  }
}

void print_track(Slub& slub, const Track& track, const char* what) {
  if (track.addr == 0) return;
  print(slub,
        textf("%s in %s age=%llu cpu=%u pid=%d", what, symbol_text(slub.state, track.addr).c_str(),
              static_cast<unsigned long long>(slub.state.jiffies - track.when), track.cpu,
              static_cast<int>(track.pid)));
}

void print_trailer(Slub& slub, const Slab& slab, Kva object) {
  const KmemCache& cache = slub.cache(slab.cache);
  print_tracking(slub, cache, slab, object);
  print_slab_info(slub, slab);
  print(slub, textf("Object %s @offset=%u fp=%s", hex(object).c_str(), offset_of(slab, object),
                    hex(read_freepointer(slub, cache, slab, object)).c_str()));
  print(slub, "");
  const uint32_t size = cache.object_size;
  const bool red_zone = cache.has(slab_flags::kRedZone);
  if (red_zone) {
    print_section(slub, slab, "Redzone  ", object - cache.red_left_pad, cache.red_left_pad);
  } else if (object > slab.base + kBytesInRow) {
    print_section(slub, slab, "Bytes b4 ", object - kBytesInRow, kBytesInRow);
  }
  print_section(slub, slab, "Object   ", object, std::min(size, kMostBytesShown));
  if (red_zone) print_section(slub, slab, "Redzone  ", object + size, cache.inuse - size);
  const uint32_t used = tracks_end(cache);
  const uint32_t slot = cache.size - cache.red_left_pad;
  if (used < slot) print_section(slub, slab, "Padding  ", object + used, slot - used);
}

void restore_bytes(Slub& slub, const Slab& slab, const Damage& damage, const char* what,
                   uint8_t value) {
  slab_fix(slub, slab, SlubRepair::restored, damage.first,
           textf("Restoring %s %s-%s=0x%x", what, hex(damage.first).c_str(),
                 hex(damage.last).c_str(), unsigned{value}));
  std::memset(bytes_at(slub, slab, damage.first), value,
              static_cast<size_t>(damage.last - damage.first + 1));
}

}  // namespace

void print_tracking(Slub& slub, const KmemCache& cache, const Slab& slab, Kva object) {
  if (!cache.has(slab_flags::kStoreUser)) return;
  print_track(slub, get_track(slub, cache, slab, object, TrackItem::alloc), "Allocated");
  print_track(slub, get_track(slub, cache, slab, object, TrackItem::free), "Freed");
}

void slab_err(Slub& slub, SlabId id, SlubReport reason, const std::string& text) {
  slab_bug(slub, id, slub.slab(id).base, reason, text);
  print_slab_info(slub, slub.slab(id));
  end_report(slub);
}

void object_err(Slub& slub, SlabId id, Kva object, SlubReport reason, const std::string& text) {
  slab_bug(slub, id, object, reason, text);
  print_trailer(slub, slub.slab(id), object);
  end_report(slub);
}

bool check_bytes_and_report(Slub& slub, SlabId id, Kva object, const Guard& guard) {
  const Slab& slab = slub.slab(id);
  const Kva start = object + static_cast<Kva>(static_cast<int64_t>(guard.offset));
  const Damage damage = find_damage(slub, slab, start, guard.bytes, guard.value);
  if (!damage.found) return true;
  slab_bug(slub, id, damage.first, guard.reason, textf("%s overwritten", guard.what));
  print(slub, textf("%s-%s @offset=%u. First byte 0x%x instead of 0x%x", hex(damage.first).c_str(),
                    hex(damage.last).c_str(), offset_of(slab, damage.first), unsigned{damage.got},
                    unsigned{guard.value}));
  print_trailer(slub, slab, object);
  end_report(slub);
  restore_bytes(slub, slab, damage, guard.what, guard.value);
  return false;
}

void slab_pad_check(Slub& slub, SlabId id) {
  const Slab& slab = slub.slab(id);
  const KmemCache& cache = slub.cache(slab.cache);
  const uint32_t tail = tail_bytes(cache, slab);
  if (!cache.has(slab_flags::kPoison) || tail == 0) return;
  const Kva start = slab.base + slab_bytes(slab) - tail;
  const Damage damage = find_damage(slub, slab, start, tail, poison::kInuse);
  if (!damage.found) return;
  slab_err(slub, id, SlubReport::slab_padding,
           textf("Padding overwritten. %s-%s @offset=%u", hex(damage.first).c_str(),
                 hex(damage.last).c_str(), offset_of(slab, damage.first)));
  print_section(slub, slab, "Padding ", start, tail);
  restore_bytes(slub, slab, damage, "slab padding", poison::kInuse);
}

void slab_fix(Slub& slub, const Slab& slab, SlubRepair repair, Kva place, const std::string& text) {
  slub.state.slab_errors += 1;
  slub.mm.trace->decision(Event::slub_fix, slub.mm.map.zone(slab.page),
                          static_cast<uint8_t>(repair), slab.cache, slub.mm.pfn(slab.page),
                          offset_of(slab, place), slub.mm.log.total());
  print(slub, textf("FIX %s: %s", slub.cache(slab.cache).name.c_str(), text.c_str()));
}

void trace_object(Slub& slub, const Slab& slab, Kva object, const char* what) {
  const KmemCache& cache = slub.cache(slab.cache);
  if (!cache.has(slab_flags::kTrace)) return;
  print(slub, textf("TRACE %s %s %s inuse=%u fp=%s", cache.name.c_str(), what, hex(object).c_str(),
                    unsigned{slab.inuse}, hex(slab.freelist).c_str()));
  print_section(slub, slab, "Object   ", object, std::min(cache.object_size, kMostBytesShown));
}

void print_warning(Mm& mm, const std::string& text, const char* place) {
  mm.log.print("------------[ cut here ]------------");
  mm.log.print(text);
  mm.log.print(textf("WARNING: CPU: %u PID: 1 at %s", unsigned{mm.cpu.value}, place));
  mm.log.print(textf("CPU: %u PID: 1 Comm: init %s %s #1 ", unsigned{mm.cpu.value},
                     mm.log.taint_text().c_str(), mm.config.profile->release));
  mm.log.print("---[ end trace 0000000000000000 ]---");
  mm.log.add_taint(Taint::warn);
}

}  // namespace kmem
