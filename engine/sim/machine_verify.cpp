#include "dma/dma.h"
#include "mm/verify.h"
#include "sim/machine.h"
#include "slab/slub_verify.h"
#include "vmalloc/vmap.h"

namespace kmem {

std::string verify(Machine& machine) {
  std::string wrong = verify(machine.mm());
  if (wrong.empty()) wrong = verify(machine.slub());
  if (wrong.empty()) wrong = verify(machine.vmap());
  return wrong.empty() ? verify(machine.dma()) : wrong;
}

}  // namespace kmem
