#include "report/slab_messages.h"

#include "base/text.h"

namespace kmem {

namespace {

std::string create_failed(const CacheRequest& request, int32_t error) {
  const char* const name = request.name.c_str();
  if ((request.flags & slab_flags::kPanic) == 0) {
    return textf("kmem_cache_create_usercopy(%s) failed with error %d", name, error);
  }
  return textf(
      "Kernel panic - not syncing: kmem_cache_create_usercopy: Failed to create slab '%s'. "
      "Error %d",
      name, error);
}

/// "" when this decision is no affair of the log.
std::string message_of(const TraceRecord& record, const Session& session) {
  const SlabState& slab = session.machine().slab();
  const auto name = [&slab](uint32_t cache) { return slab.caches[cache].name.c_str(); };
  switch (record.event()) {
    case Event::kmem_cache_create: {
      const auto error = static_cast<int32_t>(record.field[5]);
      const Timeline& timeline = session.timeline();
      return error == 0
                 ? ""
                 : create_failed(timeline.request(timeline.command(session.step() - 1)), error);
    }
    case Event::kmem_cache_destroy:
      if (record.field[1] != 0 || record.field[2] != 1) return "";
      return textf("kmem_cache_destroy %s: Slab cache still has objects when called from 0x0",
                   name(record.field[0]));
    case Event::bad_object: {
      const auto reason = static_cast<BadObject>(record.aux());
      // Nobody looks without hardening, and the object goes home all the same.
      if (reason != BadObject::other_cache || !slab.config.freelist_hardened) return "";
      return textf("cache_from_obj: Wrong slab cache. %s but object is from %s",
                   name(record.field[2]), name(record.field[3]));
    }
    default:
      return "";
  }
}

}  // namespace

std::vector<std::string> slab_messages(const Session& session) {
  std::vector<std::string> lines;
  for (const TraceRecord& record : session.machine().records()) {
    std::string line = message_of(record, session);
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace kmem
