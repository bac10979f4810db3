// The native race, as a Google Benchmark program: `kmem_bench [--repetitions=N]`, or
// `kmem_bench --proof` for what the allocators did. One repetition runs every allocator on the same
// segments, turn by turn, and reports CPU nanoseconds a call of each and the ratios between them,
// so that whatever else the computer does during a repetition slows all of them alike.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "contest.h"
#include "mm/memblock.h"

namespace {

/// Bytes that operator new has given out, for the metadata of a machine.
size_t bytes_given_out = 0;

}  // namespace

void* operator new(size_t bytes) {
  bytes_given_out += bytes;
  if (void* memory = std::malloc(bytes)) return memory;
  std::abort();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace kmem_bench {

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The contest of the benchmark that runs at present; a big one is not made anew for every
/// repetition, and two of them would not help the cache.
Contest& contest_of(uint32_t workload) {
  static std::optional<Contest> contest;
  static uint32_t present = kNrWorkloads;
  if (present != workload) {
    contest.reset();
    contest.emplace(workload);
    present = workload;
  }
  return *contest;
}

void run_workload(benchmark::State& state, uint32_t workload) {
  Contest& contest = contest_of(workload);
  std::array<double, kNrVariants> seconds{};
  double calls = 0;
  uint32_t turn = 0;
  for (auto _ : state) {
    contest.next_segment();
    calls += contest.commands();
    for (uint32_t i = 0; i < kNrVariants; ++i) {
      // Nobody always runs behind the same neighbour.
      const uint32_t who = (i + turn) % kNrVariants;
      const double began = cpu_seconds();
      contest.run(static_cast<Variant>(who));
      const double took = cpu_seconds() - began;
      seconds[who] += took;
      if (static_cast<Variant>(who) == Variant::engine) state.SetIterationTime(took);
    }
    turn += 1;
  }
  for (uint32_t i = 0; i < kNrVariants; ++i) {
    state.counters[std::string(kVariantNames[i]) + "_ns"] = 1e9 * seconds[i] / calls;
  }
  const auto of = [&seconds](Variant v) { return seconds[static_cast<uint32_t>(v)]; };
  state.counters["ratio"] = of(Variant::engine) / of(Variant::textbook);
  state.counters["ratio_decisions"] = of(Variant::decisions) / of(Variant::textbook);
  state.counters["trace_cost"] = of(Variant::engine) / of(Variant::untraced);
}

/// P5: everything that a machine of 4 GiB keeps, divided by its frames.
void metadata(benchmark::State& state) {
  for (auto _ : state) {
    kmem::Result<kmem::Mm> mm = kmem::boot_pristine_machine({.memory_mib = 4096});
    const kmem::Mm copy = *mm;  // exactly what it keeps, without what booting needed in between
    const size_t after_boot = bytes_given_out;
    const kmem::Mm second = copy;
    state.counters["bytes_per_frame"] =
        static_cast<double>(bytes_given_out - after_boot) / static_cast<double>(copy.map.size());
    benchmark::DoNotOptimize(second.map.size());
  }
}

double quartile(const std::vector<double>& values, double share) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
}

void register_all(int repetitions) {
  for (uint32_t workload = 0; workload < kNrWorkloads; ++workload) {
    benchmark::RegisterBenchmark(shape_of(workload).name, run_workload, workload)
        ->UseManualTime()
        ->Iterations(kNrVariants)
        ->Repetitions(repetitions)
        ->Unit(benchmark::kMillisecond)
        ->ComputeStatistics("q1", [](const auto& v) { return quartile(v, 0.25); })
        ->ComputeStatistics("q3", [](const auto& v) { return quartile(v, 0.75); });
  }
  benchmark::RegisterBenchmark("metadata", metadata)->Iterations(1);
}

}  // namespace

}  // namespace kmem_bench

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--proof") == 0) {
    std::fputs(kmem_bench::proofs_json().c_str(), stdout);
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  int repetitions = 9;
  constexpr const char* kOption = "--repetitions=";
  if (argc > 1 && std::strncmp(argv[argc - 1], kOption, std::strlen(kOption)) == 0) {
    repetitions = std::atoi(argv[argc - 1] + std::strlen(kOption));
    argc -= 1;
  }
  kmem_bench::register_all(std::max(repetitions, 1));
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
