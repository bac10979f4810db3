// What happened during a run: a fixed ring of 32-byte records, cheap enough to be always on.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/units.h"

namespace kmem {

/// Ids of trace_events.def.
enum class Event : uint8_t {
#define KMEM_EVENT(id, name, level, tracepoint, aux, f0, f1, f2, f3, f4, f5) name = id,
#include "trace/trace_events.def"
#undef KMEM_EVENT
};

/// Number of fields by event id.
inline constexpr std::array<uint8_t, 256> kNrFields = [] {
  constexpr auto used = [](const char* name) { return name[0] == '_' && name[1] == 0 ? 0 : 1; };
  std::array<uint8_t, 256> fields{};
#define KMEM_EVENT(id, name, level, tracepoint, aux, f0, f1, f2, f3, f4, f5) \
  fields[id] = used(#f0) + used(#f1) + used(#f2) + used(#f3) + used(#f4) + used(#f5);
#include "trace/trace_events.def"
#undef KMEM_EVENT
  return fields;
}();

/// Fields that records of `event` have; the others are 0.
constexpr uint32_t nr_fields(Event event) { return kNrFields[static_cast<uint8_t>(event)]; }

/// How much is recorded. The level never changes what the machine does.
enum class TraceLevel : uint8_t {
  off,
  tracepoint,  ///< the kernel's own tracepoints
  decision,    ///< and every check with its numbers
};

/// Zone index for events that belong to no zone.
inline constexpr uint8_t kNoZone = 0xff;

/// One record. Word 0 packs id, cpu, zone and aux from the lowest byte up, so that the ring can be
/// handed to JavaScript as it is.
struct alignas(32) TraceRecord {
  uint32_t head = 0;
  uint32_t step = 0;
  std::array<uint32_t, 6> field{};

  [[nodiscard]] Event event() const { return static_cast<Event>(head & 0xffu); }
  [[nodiscard]] uint8_t cpu() const { return static_cast<uint8_t>(head >> 8); }
  [[nodiscard]] uint8_t zone() const { return static_cast<uint8_t>(head >> 16); }
  [[nodiscard]] uint8_t aux() const { return static_cast<uint8_t>(head >> 24); }
};
static_assert(sizeof(TraceRecord) == 32);

/// Ring of the newest records. Older ones are overwritten and counted as lost.
class alignas(kHostCacheLine) Trace {
 public:
  /// Records kept; a power of two. One command rarely makes more than a few hundred.
  static constexpr uint32_t kCapacity = 1u << 14;

  Trace() : ring_(kCapacity) {}

  void set_level(TraceLevel level) { level_ = level; }
  [[nodiscard]] TraceLevel level() const { return level_; }
#ifdef KMEM_NO_TRACE
  [[nodiscard]] static constexpr bool decisions() { return false; }
#else
  [[nodiscard]] bool decisions() const { return level_ == TraceLevel::decision; }
#endif

  /// Starts the records of step `step`; everything recorded before is dropped.
  void begin_step(uint32_t step) {
    step_ = step;
    written_ = 0;
  }
  void set_cpu(uint8_t cpu) { cpu_bits_ = static_cast<uint32_t>(cpu) << 8; }

  /// One of the kernel's tracepoints.
  template <typename... Fields>
  void tracepoint(Event event, uint8_t zone, uint8_t aux, Fields... fields) {
#ifndef KMEM_NO_TRACE
    KMEM_ASSERT(sizeof...(Fields) >= nr_fields(event));
    if (level_ != TraceLevel::off) [[likely]]
      write(event, zone, aux, fields...);
#endif
  }

  /// The tracepoint of an ordinary call, of which most recordings and all loads consist: what it
  /// takes is at hand there. Written even when nothing is recorded, as asking would cost more.
  /// @param site site_of() the CPU and the zone.
  /// @param page index in the map; records() makes a frame number of it.
  template <typename... Fields>
  void ordinary(Event event, uint32_t site, uint32_t page, Fields... fields) {
#ifndef KMEM_NO_TRACE
    KMEM_ASSERT(1 + sizeof...(Fields) >= nr_fields(event));
    fill<1 + sizeof...(Fields)>(next(), static_cast<uint32_t>(event) | site, page,
                                static_cast<uint32_t>(fields)...);
#endif
  }
  /// CPU and zone as ordinary() wants them.
  static constexpr uint32_t site_of(uint8_t cpu, uint8_t zone) {
    return static_cast<uint32_t>(cpu) << 8 | static_cast<uint32_t>(zone) << 16 | kOfPage;
  }

  /// One decision. Callers that must compute the fields first ask decisions() themselves.
  template <typename... Fields>
  void decision(Event event, uint8_t zone, uint8_t aux, Fields... fields) {
#ifndef KMEM_NO_TRACE
    KMEM_ASSERT(sizeof...(Fields) >= nr_fields(event));
    if (level_ == TraceLevel::decision) [[unlikely]]
      write_decision(event, zone, aux, fields...);
#endif
  }

  /// One decision, for callers that have asked decisions().
  template <typename... Fields>
  void decided(Event event, uint8_t zone, uint8_t aux, Fields... fields) {
#ifndef KMEM_NO_TRACE
    KMEM_ASSERT(sizeof...(Fields) >= nr_fields(event));
    write(event, zone, aux, fields...);
#endif
  }

  /// Records of this step in order, oldest first; none when nothing is recorded. Copied, because
  /// the ring wraps.
  /// @param frame_number makes a frame number of a page's index.
  template <typename FrameNumber>
  [[nodiscard]] std::vector<TraceRecord> records(FrameNumber frame_number) const {
    std::vector<TraceRecord> records = kept();
    for (TraceRecord& record : records) {
      if ((record.head & kOfPage) == 0) continue;
      record.head &= ~kOfPage;
      record.field[0] = frame_number(record.field[0]);
    }
    return records;
  }
  /// Records of this step that were overwritten.
  [[nodiscard]] uint32_t lost() const {
    return level_ != TraceLevel::off && written_ > kCapacity ? written_ - kCapacity : 0;
  }

 private:
  /// A record as it is kept: the header and six fields, two a word, because writing twice as much
  /// costs less than writing twice.
  struct alignas(32) Words : std::array<uint64_t, 4> {};

  /// A bit that no event's id has: field 0 is the index of a page still.
  static constexpr uint32_t kOfPage = 1u << 7;
#define KMEM_EVENT(id, name, level, tracepoint, aux, f0, f1, f2, f3, f4, f5) \
  static_assert((id) < kOfPage, "no room for event " #name);
#include "trace/trace_events.def"
#undef KMEM_EVENT

  [[nodiscard]] std::vector<TraceRecord> kept() const;
  /// Room for one more record.
  Words& next() {
    Words& words = ring_[written_ & (kCapacity - 1)];
    written_ += 1;
    return words;
  }

  // Kept out of line: the callers' ordinary way, without decisions, stays short.
  template <typename... Fields>
  [[gnu::noinline]] void write_decision(Event event, uint8_t zone, uint8_t aux, Fields... fields) {
    write(event, zone, aux, fields...);
  }
  template <typename... Fields>
  void write(Event event, uint8_t zone, uint8_t aux, Fields... fields) {
    static_assert(sizeof...(Fields) <= 6);
    const uint32_t head = static_cast<uint32_t>(event) | cpu_bits_ |
                          static_cast<uint32_t>(zone) << 16 | static_cast<uint32_t>(aux) << 24;
    fill<sizeof...(Fields)>(next(), head, static_cast<uint32_t>(fields)...);
  }
  // A product, as clang-tidy 14 thinks that this shift loses bits.
  static uint64_t pair(uint32_t low, uint32_t high) {
    constexpr uint64_t kUpper = uint64_t{UINT32_MAX} + 1;
    return high * kUpper + low;
  }
  // The words behind the last field are left as they are: nobody looks at most of what is written
  // here, and records() knows how many fields an event has.
  template <size_t kFields>
  static void fill(Words& words, uint32_t head, uint32_t f0 = 0, uint32_t f1 = 0, uint32_t f2 = 0,
                   uint32_t f3 = 0, uint32_t f4 = 0, uint32_t f5 = 0) {
    words[0] = pair(head, f0);
    if constexpr (kFields > 1) words[1] = pair(f1, f2);
    if constexpr (kFields > 3) words[2] = pair(f3, f4);
    if constexpr (kFields > 5) words[3] = f5;
  }

  std::vector<Words> ring_;
  uint32_t written_ = 0;
  uint32_t step_ = 0;
  TraceLevel level_ = TraceLevel::tracepoint;
  uint32_t cpu_bits_ = 0;  ///< where TraceRecord::head has them
};

}  // namespace kmem
