#include "judge/change_points.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>

namespace omniwriter {
namespace {

nlohmann::json read_json(const std::string& name) {
  std::ifstream file(OMNIWRITER_SOURCE_DIR "/src/judge/testdata/" + name);
  return nlohmann::json::parse(file);
}

std::vector<std::size_t> firsts_of(std::span<const double> values) {
  std::vector<std::size_t> firsts;
  for (const ChangePoint& point : change_points(values)) firsts.push_back(point.first);
  return firsts;
}

// Series of noise that is like its neighbour by `alike`, with steps of the level.
std::vector<double> series(unsigned seed, double alike, const std::vector<std::pair<std::size_t, double>>& steps,
                           std::size_t count = 100) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> values;
  double noise = normal(random);
  for (std::size_t at = 0; at < count; ++at) {
    if (at > 0) noise = alike * noise + std::sqrt(1 - alike * alike) * normal(random);
    double level = 100;
    for (const auto& [first, by] : steps) level *= at >= first ? 1 + by : 1;
    values.push_back(level * (1 + 0.01 * noise));
  }
  return values;
}

// As the benchmark scores it that the series come from: five people said where the changes are, and a point within five
// values of one of theirs is found. The beginning is a change that everybody finds.
double f1_of(const std::vector<std::set<std::int64_t>>& annotations, std::set<std::int64_t> found) {
  constexpr std::int64_t kMargin = 5;
  const auto hits = [&](const std::set<std::int64_t>& wanted) {
    std::set<std::int64_t> left = found;
    double count = 0;
    for (const std::int64_t at : wanted) {
      const auto nearest =
          std::ranges::min_element(left, {}, [&](std::int64_t one) { return std::pair(std::abs(one - at), one); });
      if (nearest == left.end() || std::abs(*nearest - at) > kMargin) continue;
      left.erase(nearest);
      ++count;
    }
    return count;
  };
  found.insert(0);
  std::set<std::int64_t> all;
  double recall = 0;
  for (std::set<std::int64_t> one : annotations) {
    one.insert(0);
    all.insert(one.begin(), one.end());
    recall += hits(one) / static_cast<double>(one.size()) / static_cast<double>(annotations.size());
  }
  const double precision = hits(all) / static_cast<double>(found.size());
  return 2 * precision * recall / (precision + recall);
}

double mean_of(const nlohmann::json& numbers) {
  double sum = 0;
  for (const auto& number : numbers) sum += number.get<double>();
  return sum / static_cast<double>(numbers.size());
}

TEST(ChangePoints, AreWherePeopleSeeThem) {
  const nlohmann::json data = read_json("tcpd.json");
  double sum = 0;
  for (const auto& one : data["series"]) {
    const auto firsts = firsts_of(one["values"].get<std::vector<double>>());
    const double f1 =
        f1_of(one["annotations"].get<std::vector<std::set<std::int64_t>>>(), {firsts.begin(), firsts.end()});
    sum += f1;
  }
  const double f1 = sum / static_cast<double>(data["series"].size());
  RecordProperty("f1", std::to_string(f1));
  EXPECT_GE(f1, 0.70);
  const auto& published = data["published_f1"];
  EXPECT_GE(f1, mean_of(published["ecp"]) + 0.05);  // E-divisive, which others use for benchmarks
  EXPECT_GE(f1, mean_of(published["pelt"]) - 0.05);
}

TEST(ChangePoints, OfARealHistoryAreThoseOfItsCommits) {
  const auto values = read_json("tigerbeetle.json").get<std::vector<double>>();
  ASSERT_EQ(values.size(), 365);
  EXPECT_EQ(firsts_of(values), (std::vector<std::size_t>{15, 61, 71, 95, 117, 131, 142, 148, 192, 212}));
}

TEST(ChangePoints, TellTheLevelsOnBothSides) {
  const auto points = change_points(series(1, 0, {{60, 0.1}}));
  ASSERT_EQ(points.size(), 1);
  EXPECT_EQ(points[0].first, 60);
  EXPECT_NEAR(points[0].before, 100, 0.5);
  EXPECT_NEAR(points[0].after, 110, 0.5);
  EXPECT_LT(points[0].p, 1e-4);
}

TEST(ChangePoints, AreNotSeenInNoise) {
  std::size_t normal = 0;
  std::size_t alike = 0;
  for (unsigned seed = 0; seed < 100; ++seed) {
    normal += firsts_of(series(seed, 0, {})).size();
    alike += firsts_of(series(seed, 0.5, {})).size();
  }
  EXPECT_LE(normal, 1);
  EXPECT_LE(alike, 10);
}

TEST(ChangePoints, LeaveLoneValuesAlone) {
  std::vector<double> values = series(3, 0, {{50, 0.06}});
  values[20] *= 1.5;
  values[80] *= 0.7;
  EXPECT_EQ(firsts_of(values), std::vector<std::size_t>{50});
}

TEST(ChangePoints, NeedAFewValues) {
  EXPECT_TRUE(change_points({}).empty());
  EXPECT_TRUE(change_points(std::vector<double>{1, 1, 5, 5}).empty());
  EXPECT_TRUE(change_points(std::vector<double>(50, 3.0)).empty());
  EXPECT_EQ(firsts_of(std::vector<double>{1, 1, 1, 1, 1, 2, 2, 2, 2, 2}), std::vector<std::size_t>{5});
}

}  // namespace
}  // namespace omniwriter
