/// What every system must do, whatever it is. A new one is in the suite once it is registered.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>

#include "delivery/output_kind.h"
#include "support/fake_clock.h"
#include "systems/data_source.h"
#include "systems/plan.h"
#include "systems/system.h"

namespace omniwriter {
namespace {

using ::testing::HasSubstr;

constexpr const char* kAddress = "http://127.0.0.1:1";

class SystemConformance : public ::testing::TestWithParam<const System*> {
 protected:
  /// With this system alone, by the environment.
  static Config config() {
    // Rather than one that lies here.
    const std::string file = ::testing::TempDir() + "systems-" + std::to_string(::getpid()) + ".json";
    std::ofstream(file) << "{}";
    const auto loaded = load_config(file, [](const std::string& name) -> std::optional<std::string> {
      return name == GetParam()->setting ? std::optional(kAddress) : std::nullopt;
    });
    EXPECT_TRUE(loaded) << loaded.error().message;
    std::remove(file.c_str());
    return loaded.value_or(Config{});
  }
};
INSTANTIATE_TEST_SUITE_P(Systems, SystemConformance, ::testing::ValuesIn(systems()),
                         [](const auto& tested) { return std::string(tested.param->name); });

TEST_P(SystemConformance, IsSwitchedOnByItsAddress) {
  EXPECT_TRUE(GetParam()->url(Config{}).empty());
  EXPECT_FALSE(is_configured(Config{}, GetParam()->name));
  EXPECT_EQ(GetParam()->url(config()), kAddress);
  for (const System* other : systems()) {
    EXPECT_EQ(is_configured(config(), other->name), other == GetParam() || other->name == GetParam()->part_of);
  }
}

TEST_P(SystemConformance, IsFoundByItsName) {
  EXPECT_EQ(find_system(GetParam()->name), GetParam());
  EXPECT_EQ(title_of(GetParam()->name), GetParam()->title);
  const System* const whole = find_system(whole_of(GetParam()->name));
  ASSERT_NE(whole, nullptr);
  EXPECT_TRUE(whole->part_of.empty());
}

TEST_P(SystemConformance, WithoutAnAnswerSaysWhichSettingToCorrect) {
  HttpClient http;
  const auto states = check_systems(config(), http, testing::FakeClock(), GetParam()->name);
  const auto state = std::ranges::find(states, GetParam()->name, &SystemState::system);
  ASSERT_NE(state, states.end());
  EXPECT_FALSE(state->reachable);
  ASSERT_EQ(state->findings.size(), 1U);
  EXPECT_THAT(state->findings[0].remedy.en, HasSubstr(GetParam()->setting));
  EXPECT_EQ(run_plan(config(), http, {}, GetParam()->name).size(), GetParam()->provider == nullptr ? 0U : 1U);
}

TEST_P(SystemConformance, HasTheOutputThatItIsWrittenTo) {
  if (!GetParam()->takes_updates && GetParam()->records == nullptr) GTEST_SKIP();
  const auto output = std::ranges::find(output_kinds(), GetParam()->name, &OutputKind::name);
  ASSERT_NE(output, output_kinds().end());
  EXPECT_EQ((*output)->configured_target(config()), kAddress);
}

TEST_P(SystemConformance, IsADataSourceWithQueriesForEveryPanel) {
  const DataSource* const source = GetParam()->data_source;
  if (source == nullptr) GTEST_SKIP();
  EXPECT_EQ(source->members(config())["url"], kAddress);
  const Config with = config();
  const auto queries = source->queries(with);
  for (auto view = grafana::View::requests; view <= grafana::View::active_alerts;
       view = static_cast<grafana::View>(static_cast<int>(view) + 1)) {
    EXPECT_FALSE(queries->targets(view).empty()) << static_cast<int>(view);
  }
}

TEST(Systems, AreToldApart) {
  std::set<std::string_view> names;
  std::set<std::string_view> titles;
  std::set<int> ranks;
  std::size_t sources = 0;
  for (const System* system : systems()) {
    names.insert(system->name);
    titles.insert(system->title);
    if (system->data_source == nullptr) continue;
    ranks.insert(system->data_source->rank);
    ++sources;
  }
  EXPECT_EQ(names.size(), systems().size());
  EXPECT_EQ(titles.size(), systems().size());
  EXPECT_EQ(ranks.size(), sources);
}

}  // namespace
}  // namespace omniwriter
