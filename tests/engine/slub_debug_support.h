// A cache with debugging on a small machine: calls, stray writes, and what the kernel says to them.
#pragma once

#include <string>
#include <vector>

#include "engine/slub_support.h"
#include "slab/slub_debug.h"

namespace kmem::test {

/// One cache "t" on the machine of TestSlub; every call is one tick of the tracks' clock.
class DebugCache {
 public:
  DebugCache(uint32_t object_size, SlabFlags flags, const SlabConfig& config = TestSlub::plain(),
             bool ctor = false);

  Kva alloc();
  std::vector<Kva> alloc_many(uint32_t count);
  void free(Kva object);
  SlubValidation validate();
  /// A driver with a bad pointer.
  void write(Kva address, uint8_t value);
  [[nodiscard]] uint8_t read(Kva address);
  /// `count` bytes from `address` on as "6b 6b a5".
  std::string bytes(Kva address, uint32_t count);

  /// What was printed since the last time it was asked, with the addresses of the first slab as in
  /// the recording (ffff888002a08000), and of the second (ffff888002a09000).
  std::string log();
  /// The same without what is the same in every report: rulers, empty lines, CPU, bytes.
  std::string reasons();

  [[nodiscard]] TestSlub& test() { return test_; }
  [[nodiscard]] KmemCache& cache() { return test_.slub().cache(id_); }
  [[nodiscard]] CacheId id() const { return id_; }
  std::string name(Kva object) { return test_.name(object); }
  /// "partial A(4/30) full B(30/30) slabs 2".
  std::string lists();
  std::string wrong() { return test_.wrong(); }

 private:
  uint8_t& byte(Kva address);
  std::string list(SlabId first);
  /// A slab frame seen for the first time gets the next of the recording's.
  void learn(Kva object);

  TestSlub test_;
  CacheId id_ = kNoCache;
  std::vector<Kva> bases_;
  uint32_t read_ = 0;
};

}  // namespace kmem::test
