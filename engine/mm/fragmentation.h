// How much of the free memory is too scattered to serve a request.
#pragma once

#include "mm/zone.h"

namespace kmem {

/// Would a failure at `order` be due to fragmentation (towards 1000) or to too little memory
/// (towards 0)? -1000 when it would not fail.
/// @kernel   fragmentation_index(), mm/vmstat.c
/// @fidelity exact
int fragmentation_index(const Zone& zone, Order order);

/// Part of the free memory, in 1/1000, that cannot serve a request of `order`.
/// @kernel   unusable_free_index(), mm/vmstat.c
/// @fidelity exact
int unusable_free_index(const Zone& zone, Order order);

}  // namespace kmem
