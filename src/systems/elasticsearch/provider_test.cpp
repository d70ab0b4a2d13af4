#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/fake_http_server.h"
#include "systems/elasticsearch/settings.h"
#include "systems/plan.h"

namespace omniwriter {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

// tests/e2e provisions a real Elasticsearch, which has no lifecycles.
class ElasticsearchProvision : public ::testing::Test {
 protected:
  ElasticsearchProvision() { config_.of<ElasticsearchSettings>().url = server_.url(); }

  SystemPlan run(PlanGoal goal, bool force = false) {
    return run_plan(config_, http_, {.goal = goal, .force = force}, "elasticsearch").at(0);
  }
  std::vector<Action> actions(PlanGoal goal, bool force = false) {
    const SystemPlan plan = run(goal, force);
    EXPECT_FALSE(plan.error) << plan.error->message;
    std::vector<Action> result;
    result.reserve(plan.changes.size());
    for (const Change& change : plan.changes) result.push_back(change.action);
    return result;
  }

  testing::FakeReply answer(const testing::FakeRequest& request) {
    if (denied_ != 0) return {.status = denied_, .body = R"({"error":{"reason":"no rights"}})"};
    const std::string& path = request.target;
    if (path == "/_index_template" || (path == "/_ilm/policy" && lifecycles_)) return {.body = "{}"};
    if (path == "/_ilm/policy") return {.status = 400};
    if (request.method == "PUT") {
      stored_[path] = json::parse(request.body);
      return {.body = R"({"acknowledged":true})"};
    }
    if (request.method == "DELETE") {
      stored_.erase(path);
      return {.body = R"({"acknowledged":true})"};
    }
    if (!stored_.contains(path)) return {.status = 404, .body = "{}"};
    if (path.starts_with("/_ilm")) return {.body = json{{"load-tests", stored_[path]}}.dump()};
    const json list = json::array({{{"name", "load-tests"}, {"index_template", stored_[path]}}});
    return {.body = json{{"index_templates", list}}.dump()};
  }

  int denied_ = 0;
  bool lifecycles_ = true;
  std::map<std::string, json> stored_;
  testing::FakeHttpServer server_{[this](const testing::FakeRequest& request) { return answer(request); }};
  Config config_;
  HttpClient http_;
};

TEST_F(ElasticsearchProvision, MakesTemplateAndLifecycleOnce) {
  config_.of<ElasticsearchSettings>().retention_days = 30;
  EXPECT_EQ(actions(PlanGoal::apply), (std::vector{Action::create, Action::create}));
  EXPECT_EQ(stored_["/_ilm/policy/load-tests"]["policy"]["phases"]["delete"]["min_age"], "30d");
  EXPECT_EQ(stored_["/_index_template/load-tests"]["template"]["settings"]["index"]["lifecycle"]["name"], "load-tests");
  EXPECT_EQ(actions(PlanGoal::apply), (std::vector{Action::keep, Action::keep}));
}

TEST_F(ElasticsearchProvision, KeepsWhatPeopleChange) {
  EXPECT_EQ(actions(PlanGoal::apply), std::vector{Action::create});
  stored_["/_index_template/load-tests"]["template"]["settings"]["index"]["number_of_shards"] = "3";
  EXPECT_EQ(actions(PlanGoal::apply), std::vector{Action::drift});
  EXPECT_EQ(actions(PlanGoal::destroy), std::vector{Action::drift});
  EXPECT_EQ(actions(PlanGoal::apply, true), std::vector{Action::update});
  EXPECT_EQ(actions(PlanGoal::destroy), std::vector{Action::remove});
  EXPECT_TRUE(stored_.empty());
}

TEST_F(ElasticsearchProvision, SaysWhereThereAreNoLifecycles) {
  config_.of<ElasticsearchSettings>().retention_days = 30;
  lifecycles_ = false;
  const SystemPlan plan = run(PlanGoal::apply);
  EXPECT_EQ(plan.changes.size(), 1U);
  EXPECT_THAT(plan.note.value_or(""), HasSubstr("retention.elasticsearch_days"));
}

TEST_F(ElasticsearchProvision, MissingRightsAreTold) {
  denied_ = 403;
  EXPECT_THAT(run(PlanGoal::apply).error.value_or(Error{}).message, HasSubstr("no rights"));
  denied_ = 401;
  EXPECT_THAT(run(PlanGoal::apply).error.value_or(Error{}).message, HasSubstr("login"));
}

}  // namespace
}  // namespace omniwriter
