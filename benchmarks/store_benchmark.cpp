// Saving and loading a long run: 12 endpoints, an hour of seconds, 100 samples in each cell.

#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>

#include "formats/run_codec/run_codec.h"
#include "omniwriter/run.h"
#include "store/run_store.h"

namespace omniwriter {
namespace {

constexpr int kEndpoints = 12;
constexpr int kSamplesACell = 100;

Run long_run(std::int64_t seconds) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> milliseconds(5.0, 0.6);
  Run run;
  run.info = {"benchmark-run", "benchmark", "jmeter", {"results.jtl"}, {}};
  run.started_ns = 1'795'000'000'000'000'000;
  run.ended_ns = run.started_ns + seconds * 1'000'000'000;
  run.outcomes = {{"200", ""}, {"500", "http_500"}};
  for (int i = 0; i < kEndpoints; ++i) {
    Series& series = run.series.emplace_back();
    series.endpoint = "endpoint " + std::to_string(i);
    std::map<std::int64_t, Tally> slots;
    for (std::int64_t second = 0; second < seconds; ++second) {
      Tally& cell = slots[1'795'000'000 + second];
      for (int sample = 0; sample < kSamplesACell; ++sample) {
        cell.response_time.add(static_cast<std::int64_t>(milliseconds(random)) * 1'000'000);
        cell.outcomes.add(random() % 100 == 0 ? 1 : 0, 1);
        cell.bytes_received += 1234;
      }
      series.total.merge(cell);
    }
    series.timeline = Timeline(std::move(slots));
  }
  for (std::int64_t second = 0; second < seconds; ++second) run.active_users[1'795'000'000 + second] = 50;
  return run;
}

class Folder {
 public:
  Folder() {
    std::string pattern = std::filesystem::temp_directory_path() / "store_benchmark_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::filesystem::path file() const { return path_ / "runs.db"; }

 private:
  std::filesystem::path path_;
};

void encode_timelines(benchmark::State& state) {
  const Run run = long_run(state.range(0));
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const Series& series : run.series) {
      TimelineBlockWriter out;
      for (const auto& [slot, tally] : series.timeline) out.add(slot, tally);
      bytes += out.size();
    }
  }
  state.counters["bytes"] = static_cast<double>(bytes);
}
BENCHMARK(encode_timelines)->Arg(3600)->Unit(benchmark::kMillisecond);

// Opens, saves and closes, as `ingest` does. Each save goes to a fresh file, so that none pays for deleting another.
void save_run(benchmark::State& state) {
  const Run run = long_run(state.range(0));
  std::uintmax_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const Folder folder;
    state.ResumeTiming();
    {
      const auto store = RunStore::open(folder.file());
      if (!store || !(*store)->save(run)) return state.SkipWithError("cannot save");
    }
    state.PauseTiming();
    bytes = std::filesystem::file_size(folder.file());
    state.ResumeTiming();
  }
  state.counters["file_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(save_run)->Arg(3600)->Arg(43200 / kEndpoints * 2)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

void load_run(benchmark::State& state) {
  const Folder folder;
  const auto store = RunStore::open(folder.file());
  if (!store || !(*store)->save(long_run(state.range(0)))) return state.SkipWithError("cannot save");
  for (auto _ : state) benchmark::DoNotOptimize((*store)->load("benchmark-run"));
}
BENCHMARK(load_run)->Arg(3600)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

// What `runs list` costs once the history is long.
void list_runs(benchmark::State& state) {
  const Folder folder;
  const auto store = RunStore::open(folder.file());
  Run run = long_run(10);
  for (int i = 0; i < 200; ++i) {
    run.info.run_id = "run-" + std::to_string(i);
    if (!store || !(*store)->save(run)) return state.SkipWithError("cannot save");
  }
  for (auto _ : state) benchmark::DoNotOptimize((*store)->list());
}
BENCHMARK(list_runs)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace omniwriter
