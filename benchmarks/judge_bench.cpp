// How well runs are compared: false alarms and the share of slow-downs found, for several scatters and numbers of runs.
// The table of docs/judge.md. `make bench-judge`

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "judge/comparison.h"
#include "support/simulated_runs.h"

namespace {

using namespace omniwriter;
using testing::Scatter;
using testing::SimulatedTest;

struct Design {
  std::size_t base;
  std::size_t candidate;
};

// Of so many comparisons, those with the verdict "worse"; of equal runs, "better" is as false.
struct Counts {
  int worse = 0;
  int better = 0;
  int steady = 0;
};

Counts count(SimulatedTest& test, const Design& design, const Scatter& scatter, const SimulatedTest::Slowdown& slowdown,
             int comparisons, bool show_alarms = false) {
  Counts counts;
  for (int i = 0; i < comparisons; ++i) {
    test.shuffle();
    const auto base = test.draw(design.base, scatter, SimulatedTest::none());
    const auto candidate = test.draw(design.candidate, scatter, slowdown);
    const Comparison comparison = compare(base, candidate);
    if (show_alarms &&
        (comparison.verdict == ComparisonVerdict::worse || comparison.verdict == ComparisonVerdict::better)) {
      fmt::print(stderr, "{}: {}\n", name_of(comparison.verdict), comparison.reasons.front());
    }
    counts.worse += comparison.verdict == ComparisonVerdict::worse ? 1 : 0;
    counts.better += comparison.verdict == ComparisonVerdict::better ? 1 : 0;
    counts.steady += comparison.verdict == ComparisonVerdict::no_change ? 1 : 0;
  }
  return counts;
}

double percent(int of, int all) { return 100.0 * of / all; }

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"measures how well runs are compared"};
  int equal = 2000;
  int slowed = 200;
  double seconds = 600;
  std::size_t simulated = 400;
  std::string only;
  app.add_option("--equal", equal, "comparisons of equal runs");
  app.add_option("--slowed", slowed, "comparisons with a slow-down");
  app.add_option("--seconds", seconds, "length of a run");
  app.add_option("--simulated", simulated, "runs to draw from");
  app.add_option("--only", only, "one row: \"2+1 % 10 v 1\"");
  bool alarms = false;
  app.add_flag("--alarms", alarms, "say what the false alarms were, on stderr");
  CLI11_PARSE(app, argc, argv);

  SimulatedTest test(1, simulated, seconds);
  fmt::print(
      "| scatter | baseline v new | false alarms % | no change % | all slower by 5/10/20 % | one endpoint by 5/10/20 % "
      "|\n");
  fmt::print("|---|---|---|---|---|---|\n");
  for (const Scatter& scatter :
       {Scatter{0.005, 0.0025}, Scatter{0.01, 0.005}, Scatter{0.02, 0.01}, Scatter{0.05, 0.02}}) {
    for (const Design& design : {Design{1, 1}, Design{3, 1}, Design{5, 1}, Design{10, 1}, Design{5, 5}}) {
      const std::string row = fmt::format("{:g}+{:g} % {} v {}", scatter.common * 100, scatter.endpoint * 100,
                                          design.base, design.candidate);
      if (!only.empty() && only != row) continue;
      const Counts same = count(test, design, scatter, SimulatedTest::none(), equal, alarms);
      fmt::print("| {:g}+{:g} % | {} v {} | {:.2f} | {:.0f} |", scatter.common * 100, scatter.endpoint * 100,
                 design.base, design.candidate, percent(same.worse + same.better, equal), percent(same.steady, equal));
      for (const auto& slowdown : {SimulatedTest::of_all, SimulatedTest::of_one}) {
        std::string found;
        for (const double times : {1.05, 1.1, 1.2}) {
          const Counts counts = count(test, design, scatter, slowdown(times), slowed);
          found += fmt::format("{}{:.0f}", found.empty() ? " " : "/", percent(counts.worse, slowed));
        }
        fmt::print("{} |", found);
      }
      fmt::print("\n");
      std::fflush(stdout);
    }
  }
}
