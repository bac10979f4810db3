// Small machines with SLAB for tests, and pictures of one cache as the recorded sequences have
// them.
#pragma once

#include <string>
#include <vector>

#include "engine/support.h"
#include "slab/kmalloc.h"
#include "slab/slab_common.h"

namespace kmem::test {

/// An object allocator as in the recorded sequences: no random order, no merging, one CPU. Slabs
/// are called A, B, ... in the order in which pictures first show them.
class TestSlab {
 public:
  /// @param possible_cpus of which one runs, as in the recordings.
  explicit TestSlab(uint8_t possible_cpus = 1, const SlabConfig& config = plain());
  static SlabConfig plain();

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] Slub slub() { return machine_.slub(); }
  [[nodiscard]] KmemCache& cache() { return machine_.slub().cache(cache_); }
  [[nodiscard]] CacheId id() const { return cache_; }

  /// The calls below use the last cache made, and its slabs are named from A again.
  CacheId create(const CacheRequest& request);
  void create(uint32_t size) { create({"t", size, 0, 0, false, {}}); }
  Kva alloc();
  std::vector<Kva> alloc_many(uint32_t count);
  void free(Kva object);
  void free_all(const std::vector<Kva>& objects);
  bool shrink();
  bool destroy();

  /// "size=256 align=8 num=16 order=0 colour=0 coff=64 flsz=16 mode=objfl limit=120 ..."
  std::string geometry();
  /// "A+256" for an object, several with spaces between.
  std::string name(Kva object);
  std::string names(const std::vector<Kva>& objects);
  /// "cpu0 avail=2 limit=120 batch=60 touched=1 [ A+0 A+256]"; 24 objects are shown.
  std::string cpu();
  /// "node total=3 freeslabs=1 freeobjs=17 limit=136 shared=-1/-1 partial B(1/16) | full A | free
  /// C"
  std::string node();
  /// What verify() says about pages and objects.
  std::string wrong();

 private:
  std::string slab_name(const Slab& slab);
  std::string list(const SlabList& list, bool with_counts);

  Machine machine_;
  CacheId cache_ = kNoCache;
  std::vector<Kva> named_;
};

}  // namespace kmem::test
