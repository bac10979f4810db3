// Goal: short sequences of calls do with SLAB what they did on a real Linux 6.1.192, with and
// without an array that the CPUs of the node share.
// Method: each sequence runs again; the objects handed out and the state of the cache in between
// are written as the recording has them, and every line of it must be there.
#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "base/text.h"
#include "conformance/gz_file.h"
#include "engine/slab_support.h"

namespace kmem::test {
namespace {

class Sequences {
 public:
  explicit Sequences(uint8_t possible_cpus) : slab_(possible_cpus) {}

  std::string run() {
    out_ = "START cpu=0 ncpu=1 present=1\n";
    first_allocations();
    flush();
    colours();
    out_ += "=== L4 size 2048/4096/8192/16384\n";
    for (const uint32_t size : {2048u, 4096u, 8192u, 16384u, 5000u, 600u}) few_objects(size);
    free_limit();
    leak();
    partial_lists();
    return out_ + "END\n";
  }

 private:
  void create(uint32_t size, bool ctor = false) {
    slab_.create({"t", size, 0, 0, ctor, {}});
    out_ += textf("CFG os=%u al=0 fl=%u : %s\n", size, 0u, slab_.geometry().c_str());
  }
  std::vector<Kva> alloc(const char* label, uint32_t count) {
    const std::vector<Kva> objects = slab_.alloc_many(count);
    out_ += textf("%s: %s\n", label, slab_.names(objects).c_str());
    return objects;
  }
  void state(const char* label) {
    out_ += textf("  %s %s\n  %s %s\n", label, slab_.cpu().c_str(), label, slab_.node().c_str());
    EXPECT_EQ(slab_.wrong(), "");
  }
  void shrink() { out_ += textf("shrink=%d\n", slab_.shrink() ? 1 : 0); }
  void destroy() { EXPECT_TRUE(slab_.destroy()); }

  void first_allocations() {
    out_ += "=== L1 first allocs size 256\n";
    create(256);
    state("fresh");
    std::vector<Kva> objects = slab_.alloc_many(1);
    state("a1");
    const std::vector<Kva> more = slab_.alloc_many(39);
    objects.insert(objects.end(), more.begin(), more.end());
    out_ += "alloc40: " + slab_.names(objects) + "\n";
    state("a40");
    slab_.free_all(objects);
    state("freed40");
    shrink();
    state("shrunk");
    destroy();
  }

  void flush() {
    out_ += "=== L2 size 1000 \n";
    create(1000);
    const std::vector<Kva> objects = alloc("alloc60", 60);
    state("a60");
    for (size_t i = 0; i < objects.size(); ++i) {
      slab_.free(objects[i]);
      if (i % 10 == 9) state("f10");
    }
    const std::vector<Kva> again = alloc("again30", 30);
    state("again");
    slab_.free_all(again);
    shrink();
    state("shrunk");
    destroy();
  }

  void colours() {
    out_ += "=== L3 colour progression size 1200\n";
    create(1200);
    const std::vector<Kva> objects = alloc("alloc100", 100);
    state("a100");
    slab_.free_all(objects);
    state("freed");
    destroy();
  }

  void few_objects(uint32_t size) {
    create(size);
    const std::vector<Kva> objects = alloc("al", 14);
    state("al");
    slab_.free_all(objects);
    state("fr");
    destroy();
  }

  void free_limit() {
    out_ += "=== L5 flush and free_limit size 128\n";
    create(128);
    std::vector<Kva> objects = slab_.alloc_many(700);
    out_ += "first20: " + slab_.names({objects.begin(), objects.begin() + 20}) + "\n";
    state("a700");
    for (uint32_t freed = 1; freed <= objects.size(); ++freed) {
      slab_.free(objects[freed - 1]);
      for (const uint32_t shown : {1u, 120u, 121u, 301u, 501u, 700u}) {
        if (freed == shown) state("f");
      }
    }
    shrink();
    destroy();
  }

  void leak() {
    out_ += "=== L6 ctor size 100, destroy with leak\n";
    create(100, true);
    const std::vector<Kva> objects = alloc("al", 5);
    state("al");
    EXPECT_FALSE(slab_.destroy());
    out_ += "destroyed\n";
  }

  void partial_lists() {
    out_ += "=== L7 partial list order size 700\n";
    create(700);
    const std::vector<Kva> objects = alloc("al", 66);
    state("al");
    std::vector<Kva> odd;
    for (size_t i = 0; i < objects.size(); ++i) {
      if (i % 2 == 0) slab_.free(objects[i]);
      if (i % 2 == 1) odd.push_back(objects[i]);
    }
    state("free even");
    shrink();
    state("shr");
    const std::vector<Kva> again = alloc("re", 33);
    state("re");
    slab_.free_all(odd);
    slab_.free_all(again);
    state("end");
  }

  TestSlab slab_;
  std::string out_;
};

/// The recorded text with what was cut into several lines put together again.
std::string read_sequences(const char* name) {
  Result<std::string> text =
      read_gz_file(textf("%s/conformance/slab_geometry/%s.txt.gz", KMEM_TEST_DATA, name));
  if (!text) return text.error().message;
  std::istringstream lines(*text);
  std::string out;
  std::string label;
  for (std::string line; std::getline(lines, line);) {
    const std::string this_label = line.substr(0, line.find(": ") + 2);
    const bool objects = line[0] != ' ' && !line.starts_with("CFG") && line.find(": ") < 12;
    if (objects && this_label == label) {
      out.back() = ' ';
      line = line.substr(label.size());
    }
    label = objects ? this_label : "";
    out += line + "\n";
  }
  return out;
}

TEST(SlabSequences, AreTheKernels) {
  EXPECT_EQ(Sequences(1).run(), read_sequences("slab-6.1.192-sequences"));
}

TEST(SlabSequences, WithASharedArrayAreTheKernels) {
  EXPECT_EQ(Sequences(2).run(), read_sequences("slab-6.1.192-sequences-shared"));
}

}  // namespace
}  // namespace kmem::test
