// Small machines with two CPUs for tests of the object allocator, and pictures of one cache.
#pragma once

#include <string>
#include <vector>

#include "engine/support.h"
#include "slab/kmalloc.h"
#include "slab/slab_common.h"

namespace kmem::test {

/// An object allocator as in the recordings of short sequences: no random order, no hardening, no
/// merging, two CPUs. Slabs are called A, B, ... in the order in which the test meets them.
class TestSlub {
 public:
  explicit TestSlub(const SlabConfig& config = plain());
  static SlabConfig plain();

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] Slub slub() { return machine_.slub(); }
  /// The CPU that makes the next calls.
  void on_cpu(uint8_t cpu) { machine_.mm().cpu = {cpu}; }

  CacheId create(const CacheRequest& request);
  /// A plain cache of objects of this size; the calls below use the last one made.
  void create(uint32_t size) { cache_ = create({"t", size, 0, 0, false, {}}); }
  /// Another cache for the calls below.
  void use(CacheId cache) { cache_ = cache; }
  Kva alloc();
  std::vector<Kva> alloc_many(uint32_t count);
  void free(Kva object);
  void free_all(const std::vector<Kva>& objects, size_t first, size_t last);
  bool shrink();

  /// "A+256" for an object.
  std::string name(Kva object);
  std::string names(const std::vector<Kva>& objects);
  /// "A(16/16) own 0,256 others - chain B(14/16) C(1/16)": the slab of the CPU with its own free
  /// objects and with those that others freed, then the CPU's chain.
  std::string cpu(uint8_t cpu = 0);
  /// "partial A(1/16) B(2/16) slabs 4 objects 64"
  std::string node();
  /// What verify() says about pages and objects.
  std::string wrong();

 private:
  std::string slab_name(const Slab& slab);
  std::string slab_text(SlabId id);
  std::string offsets(const Slab& slab, Kva first);

  Machine machine_;
  CacheId cache_ = kNoCache;
  std::vector<Kva> named_;
};

}  // namespace kmem::test
