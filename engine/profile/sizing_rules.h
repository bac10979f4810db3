// How kernels of different ages size their zones: one row an age.
#pragma once

#include <cstdint>

namespace kmem {

/// What changed over the years in the formulas of mm/sizing.h.
struct SizingRules {
  /// Sizes follow present_pages; since 3.9 managed_pages, which the buddy lists really got.
  bool by_present_pages = false;
  /// Most that min_free_kbytes is set to at boot.
  int64_t min_free_kbytes_most = 262144;
  /// Since 4.6 the marks are at least watermark_scale_factor apart, not only a quarter of min.
  bool watermark_scale = true;
  /// Pages of which a per-CPU batch is at most a quarter: 512 KiB, 1 MiB since 4.19.
  uint32_t batch_pages_most = 256;
  /// Until 5.12 `high` is six batches (a batch of 0 switches the lists off); then the CPUs of the
  /// node share the low watermark.
  bool high_is_six_batches = false;
  /// Hot and cold lists with limits of their own, until 2.6.24.
  bool hot_and_cold = false;
  /// NR_FREE_PAGES is counted through per-CPU deltas (SMP kernels since 2.6.21).
  bool counter_deltas = true;
};

/// @fidelity exact: for the machines in tests/engine/zoneinfo_fixture_test.cpp, which names the
///           kernel of each; the ages in the comments are those of mainline, from memory.
inline constexpr SizingRules kSizing_2_6_18 = {.by_present_pages = true,
                                               .min_free_kbytes_most = 65536,
                                               .watermark_scale = false,
                                               .batch_pages_most = 128,
                                               .high_is_six_batches = true,
                                               .hot_and_cold = true,
                                               .counter_deltas = false};
inline constexpr SizingRules kSizing_3_0 = {.by_present_pages = true,
                                            .min_free_kbytes_most = 65536,
                                            .watermark_scale = false,
                                            .batch_pages_most = 128,
                                            .high_is_six_batches = true};
inline constexpr SizingRules kSizing_3_10 = {.min_free_kbytes_most = 65536,
                                             .watermark_scale = false,
                                             .batch_pages_most = 128,
                                             .high_is_six_batches = true};
inline constexpr SizingRules kSizing_4_9 = {
    .min_free_kbytes_most = 65536, .batch_pages_most = 128, .high_is_six_batches = true};
inline constexpr SizingRules kSizing_5_4 = {.min_free_kbytes_most = 65536,
                                            .high_is_six_batches = true};
inline constexpr SizingRules kSizing_6_1 = {};

}  // namespace kmem
