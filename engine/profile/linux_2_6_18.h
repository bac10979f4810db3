// GFP flags of Linux 2.6.18: fewer than today, and with other values.
#pragma once

#include <cstdint>

namespace kmem::gfp_2_6_18 {

#define KMEM_GFP(constant, name, value, text) inline constexpr uint32_t constant = value;
#define KMEM_GFP_COMPOSITE(constant, name, value, text) KMEM_GFP(constant, name, value, text)
#include "profile/gfp_flags_2_6_18.def"
#undef KMEM_GFP
#undef KMEM_GFP_COMPOSITE

/// All bits that exist in this kernel.
inline constexpr uint32_t kAllBits = 0x3fff7;

}  // namespace kmem::gfp_2_6_18
