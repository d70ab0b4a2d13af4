// Holds what inputs tell of phases and checks to tests/corpus/phases.csv, which tests/corpus/phases.py makes of the
// same files by other means.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reading/reader.h"

namespace omniwriter {
namespace {

Run read(const std::string& file) {
  Aggregator aggregator{AggregatorLimits{}};
  const auto report = read_file(OMNIWRITER_SOURCE_DIR "/" + file, aggregator, {});
  EXPECT_TRUE(report) << file;
  return aggregator.finish();
}

// One line of phases.csv for each phase and each check of a run.
std::string told(const std::string& file, const Run& run) {
  std::map<std::string, std::string> lines;
  for (const SampleKind phase : kPhases) {
    const Tally total = run.total(phase);
    if (total.samples() == 0) continue;
    const std::string name(name_of(phase));
    lines[name] = file + "," + name + ",," + std::to_string(total.samples()) + ",," +
                  std::to_string(total.response_time.sum_ns()) + "\n";
  }
  std::map<std::string, std::string> checks;
  for (const Series& series : run.series) {
    if (series.kind != SampleKind::check) continue;
    checks[series.endpoint] = file + ",check," + series.endpoint + "," + std::to_string(series.total.samples()) + "," +
                              std::to_string(run.errors(series.total)) + ",\n";
  }
  std::string text;
  for (const auto& [name, line] : lines) text += line;
  for (const auto& [name, line] : checks) text += line;
  return text;
}

TEST(Phases, AreThoseOfTheFiles) {
  std::ifstream stream(OMNIWRITER_SOURCE_DIR "/tests/corpus/phases.csv");
  std::string line;
  std::getline(stream, line);
  std::vector<std::pair<std::string, std::string>> expected;  // of each file
  while (std::getline(stream, line)) {
    const std::string file = line.substr(0, line.find(','));
    if (expected.empty() || expected.back().first != file) expected.emplace_back(file, "");
    expected.back().second += line + "\n";
  }
  EXPECT_GT(expected.size(), 10U);
  for (const auto& [file, lines] : expected) EXPECT_EQ(told(file, read(file)), lines);
}

}  // namespace
}  // namespace omniwriter
