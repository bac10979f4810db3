// A session whose calls of the object allocator come as JSON, as from the page.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "engine/support.h"
#include "ingest/user_command.h"

namespace kmem::test {

/// A small machine without random orders, one cache per request.
class SlabSession {
 public:
  explicit SlabSession(SlabAllocator allocator = SlabAllocator::slub)
      : SlabSession(config(allocator)) {}
  explicit SlabSession(const SlabConfig& config)
      : session(Session::from_machine(boot({zone_z().dump()}), NodeId{0}, "test", config)) {}

  static SlabConfig config(SlabAllocator allocator) {
    SlabConfig config;
    config.allocator = allocator;
    config.freelist_random = config.freelist_hardened = config.merge = false;
    return config;
  }

  /// @return the object, or the name of the refusal.
  std::string run(const std::string& json) {
    CacheRequest request;
    Result<Command> command = read_user_command(json, kLinux6_1_192, &request);
    if (!command) return command.error().name;
    const Status done = session.run(*command, request);
    if (!done) return done.error().name;
    EXPECT_EQ(verify(session.machine()), "");
    return place_text(last());
  }
  /// The object that the last call gave.
  ObjectPlace last() { return session.timeline().object(session.step() - 1); }
  std::string call() { return session.timeline().call_text(session.step() - 1); }
  /// `"pfn":32768,"offset":64` of an object.
  static std::string json_of(ObjectPlace place) {
    if (place.pfn == kNoPfn) return textf("\"offset\":%u", place.offset);
    return textf("\"pfn\":%u,\"offset\":%u", place.pfn.value, place.offset);
  }
  /// Events of the last call of this name, see events_text().
  std::string events(const std::string& name) {
    std::string out;
    std::istringstream lines(events_text(session.machine().records(), true));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(name + " ")) out += line + "\n";
    }
    return out;
  }
  uint8_t& byte(ObjectPlace place, uint32_t index) {
    const uint32_t at = place.offset + index;
    const Page first = session.machine().mm().map.pfn_to_page(place.pfn);
    auto bytes = session.machine().slub().ram.write({first.index + at / kPageSizeBytes});
    return (*bytes)[at % kPageSizeBytes];
  }
  void fill(ObjectPlace place, uint32_t bytes, uint8_t value) {
    for (uint32_t i = 0; i < bytes; ++i) byte(place, i) = value;
  }
  /// "3*5a 61*0": runs of equal bytes.
  std::string bytes(ObjectPlace place, uint32_t count) {
    std::string out;
    for (uint32_t i = 0; i < count;) {
      uint32_t end = i;
      while (end < count && byte(place, end) == byte(place, i)) end += 1;
      appendf(out, "%s%u*%x", out.empty() ? "" : " ", end - i, unsigned{byte(place, i)});
      i = end;
    }
    return out;
  }

  Session session;
};

}  // namespace kmem::test
