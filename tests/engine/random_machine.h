// Small machines of many shapes, and random calls on them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/slow_model.h"
#include "engine/support.h"

namespace kmem::test {

/// One kind of machine, small enough to be verified from scratch after every call.
struct MachineShape {
  const char* name;
  MmConfig config;
  std::vector<ZoneDump> (*zones)(const MmConfig& config);
  uint32_t share_percent = 100;  ///< of an equal share of the calls
  bool expects_boost = false;
  bool expects_highatomic = false;
  /// Now and then a pageblock is set apart, and made usable again later.
  bool isolates = false;
};

const std::vector<MachineShape>& machine_shapes();
uint32_t shape_count();

/// A machine that is called at random: memory fills up and empties again, in phases.
class RandomMachine {
 public:
  RandomMachine(const MachineShape& shape, uint64_t seed);

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] uint8_t node() const { return node_; }

  /// A call that check() accepts; about one in a hundred is a mistake that the kernel would report.
  Command next_command(const OwnershipModel& model);

  /// Sets a pageblock apart or makes one usable again, if the shape and the dice say so.
  void maybe_isolate(OwnershipModel& model);
  [[nodiscard]] uint32_t isolations() const { return isolations_; }

  /// Every HighAtomic pageblock is counted. @return "" or what is wrong.
  [[nodiscard]] std::string check_reserves() const;

 private:
  Command allocation();
  Command free_of(const OwnershipModel& model);
  Command reference_to(const OwnershipModel& model);
  Command mistake();
  /// A block in somebody's hands; there must be one.
  std::map<uint32_t, OwnershipModel::Block>::const_iterator random_block(
      const OwnershipModel& model);
  uint32_t random_pfn();
  Zone& zone_with(uint32_t pfn);
  [[nodiscard]] bool may_isolate(const OwnershipModel& model, uint32_t pfn);
  void drain_all_pages();

  struct Isolated {
    uint32_t pfn;
    Migratetype type;
    OwnershipModel::Fence fence;
  };

  Random random_;
  uint8_t node_;
  Machine machine_;
  uint32_t calls_ = 0;
  bool filling_ = true;
  bool old_;
  bool isolates_;
  std::vector<Isolated> isolated_;
  uint32_t isolations_ = 0;
};

}  // namespace kmem::test
