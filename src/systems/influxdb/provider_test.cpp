#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/fake_http_server.h"
#include "systems/influxdb/settings.h"
#include "systems/plan.h"

namespace omniwriter {
namespace {

using nlohmann::json;
using ::testing::EndsWith;
using ::testing::HasSubstr;

// tests/e2e provisions a real InfluxDB.
class InfluxDbProvision : public ::testing::Test {
 protected:
  InfluxDbProvision() { config_.of<InfluxDbSettings>().url = server_.url(); }

  SystemPlan run(PlanGoal goal, bool force = false) {
    return run_plan(config_, http_, {.goal = goal, .force = force}, "influxdb").at(0);
  }
  Action action(PlanGoal goal, bool force = false) {
    const SystemPlan plan = run(goal, force);
    EXPECT_FALSE(plan.error) << plan.error->message;
    return plan.changes.at(0).action;
  }

  testing::FakeReply answer(const testing::FakeRequest& request) {
    if (denied_ != 0) return {.status = denied_, .body = R"({"error":"authorization failed"})"};
    const auto series = [](const json& rows) -> testing::FakeReply {
      const json one{{"values", rows}};
      return {.body = json{{"results", json::array({{{"series", json::array({one})}}})}}.dump()};
    };
    if (request.target.find("SHOW%20DATABASES") != std::string::npos) {
      return series(exists_ ? json::array({json::array({"load_tests"})}) : json::array());
    }
    if (request.target.find("SHOW%20RETENTION") != std::string::npos) {
      return series(json::array({json::array({"autogen", retention_, "168h0m0s", 1, true})}));
    }
    exists_ = true;
    return {.body = R"({"results":[{"statement_id":0}]})"};
  }

  int denied_ = 0;
  bool exists_ = false;
  std::string retention_ = "0s";
  testing::FakeHttpServer server_{[this](const testing::FakeRequest& request) { return answer(request); }};
  Config config_;
  HttpClient http_;
};

TEST_F(InfluxDbProvision, CreatesTheDatabaseOnceAndNeverRemovesIt) {
  EXPECT_EQ(action(PlanGoal::look), Action::create);
  EXPECT_EQ(action(PlanGoal::apply), Action::create);
  EXPECT_THAT(server_.requests().back().target, EndsWith("CREATE%20DATABASE%20%22load_tests%22"));
  EXPECT_EQ(action(PlanGoal::apply), Action::keep);
  EXPECT_EQ(action(PlanGoal::destroy, true), Action::keep);
}

TEST_F(InfluxDbProvision, SetsTheRetentionButNotOverSomebodysChoice) {
  config_.of<InfluxDbSettings>().retention_days = 30;
  EXPECT_EQ(action(PlanGoal::apply), Action::create);
  EXPECT_THAT(server_.requests().back().target, HasSubstr("WITH%20DURATION%2030d"));
  EXPECT_EQ(action(PlanGoal::look), Action::update) << "kept for ever, as a delivery creates it";
  EXPECT_EQ(action(PlanGoal::apply), Action::update);
  EXPECT_THAT(server_.requests().back().target, HasSubstr("ALTER%20RETENTION%20POLICY%20%22autogen%22"));
  retention_ = "720h0m0s";
  EXPECT_EQ(action(PlanGoal::apply), Action::keep);
  retention_ = "24h0m0s";
  EXPECT_EQ(action(PlanGoal::apply), Action::drift);
  EXPECT_EQ(action(PlanGoal::apply, true), Action::update);
}

TEST_F(InfluxDbProvision, MissingRightsAreTold) {
  denied_ = 401;
  EXPECT_THAT(run(PlanGoal::apply).error.value_or(Error{}).message, HasSubstr("INFLUXDB_USERNAME"));
  denied_ = 403;
  EXPECT_THAT(run(PlanGoal::apply).error.value_or(Error{}).message, HasSubstr("may not do that"));
}

}  // namespace
}  // namespace omniwriter
