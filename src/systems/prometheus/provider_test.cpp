#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "support/fake_http_server.h"
#include "systems/plan.h"
#include "systems/prometheus/settings.h"

namespace omniwriter {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// tests/e2e provisions a real Prometheus.
class PrometheusProvision : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "omniwriter_XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    config_.of<PrometheusSettings>().url = server_.url();
    config_.of<PrometheusSettings>().rules_dir = folder_;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  SystemPlan run(PlanGoal goal, bool force = false) {
    return run_plan(config_, http_, {.goal = goal, .force = force}, "prometheus").at(0);
  }
  Action action(PlanGoal goal, bool force = false) {
    const SystemPlan plan = run(goal, force);
    EXPECT_FALSE(plan.error) << plan.error->message;
    return plan.changes.at(0).action;
  }
  [[nodiscard]] std::string text() const {
    std::ifstream stream(file());
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_ / "load_test_alerts.yml"; }

  std::filesystem::path folder_;
  testing::FakeReply reload_;
  std::string loaded_ = R"({"data":{"groups":[{"name":"load_test_alerts"}]}})";
  std::string ruler_group_;
  testing::FakeHttpServer server_{[this](const testing::FakeRequest& request) -> testing::FakeReply {
    if (request.target == "/-/reload") return reload_;
    if (request.target.starts_with("/api/v1/rules")) return {.body = loaded_};
    if (request.method == "GET")
      return ruler_group_.empty() ? testing::FakeReply{.status = 404} : testing::FakeReply{.body = ruler_group_};
    if (request.method == "POST") ruler_group_ = request.body;
    return {.status = 202};
  }};
  Config config_;
  HttpClient http_;
};

TEST_F(PrometheusProvision, WritesTheFileAndReloadsOnce) {
  EXPECT_EQ(action(PlanGoal::look), Action::create);
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_EQ(action(PlanGoal::apply), Action::create);
  EXPECT_THAT(text(), StartsWith("# Written by Omni Writer"));
  EXPECT_EQ(server_.requests().front().target, "/-/reload");
  const auto requests = server_.requests().size();
  EXPECT_EQ(action(PlanGoal::apply), Action::keep);
  EXPECT_EQ(server_.requests().size(), requests) << "nothing changed";
}

TEST_F(PrometheusProvision, FollowsTheConfigurationAndKeepsWhatPeopleEdit) {
  EXPECT_EQ(action(PlanGoal::apply), Action::create);
  config_.alerts[0].threshold = 0.5;
  EXPECT_EQ(action(PlanGoal::apply), Action::update);
  EXPECT_THAT(text(), HasSubstr("> 0.5"));

  std::string edited = text();
  edited.replace(edited.find("> 0.5"), 5, "> 0.7");
  std::ofstream(file()) << edited;
  EXPECT_EQ(action(PlanGoal::apply), Action::drift);
  EXPECT_EQ(action(PlanGoal::destroy), Action::drift);
  EXPECT_THAT(text(), HasSubstr("> 0.7"));
  EXPECT_EQ(action(PlanGoal::apply, true), Action::update);
  EXPECT_EQ(action(PlanGoal::destroy), Action::remove);
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(PrometheusProvision, SomebodyElsesFileIsLeftAlone) {
  std::ofstream(file()) << "not: [yaml";
  EXPECT_EQ(action(PlanGoal::apply), Action::drift);
  EXPECT_EQ(text(), "not: [yaml");
}

TEST_F(PrometheusProvision, TellsWhatAPersonHasToDo) {
  reload_ = {.status = 403, .body = "Lifecycle API is not enabled."};
  EXPECT_THAT(run(PlanGoal::apply).note.value_or(""), HasSubstr("--web.enable-lifecycle"));
  reload_ = {};
  loaded_ = R"({"data":{"groups":[]}})";
  config_.alerts[0].threshold = 0.1;
  EXPECT_THAT(run(PlanGoal::apply).note.value_or(""), HasSubstr("rule_files"));
  reload_ = {.status = 500, .body = "couldn't load configuration"};
  config_.alerts[0].threshold = 0.2;
  EXPECT_THAT(run(PlanGoal::apply).error.value_or(Error{}).message, HasSubstr("couldn't load configuration"));
  config_.of<PrometheusSettings>().rules_dir = folder_ / "missing";
  EXPECT_THAT(run(PlanGoal::apply).error.value_or(Error{}).message, HasSubstr("is no folder"));
}

TEST_F(PrometheusProvision, WritesToARuler) {
  config_.of<PrometheusSettings>().rules_dir.clear();
  config_.of<PrometheusSettings>().ruler_url = server_.url() + "/config/v1/rules";
  EXPECT_EQ(action(PlanGoal::apply), Action::create);
  EXPECT_EQ(server_.requests().back().target, "/config/v1/rules/omniwriter");
  EXPECT_EQ(action(PlanGoal::apply), Action::keep);
  config_.alerts[1].threshold = 3;
  EXPECT_EQ(action(PlanGoal::apply), Action::update);
  ruler_group_.replace(ruler_group_.find("> 3"), 3, "> 4");
  EXPECT_EQ(action(PlanGoal::apply), Action::drift);
  EXPECT_EQ(action(PlanGoal::destroy, true), Action::remove);
  EXPECT_EQ(server_.requests().back().target, "/config/v1/rules/omniwriter/load_test_alerts");
}

TEST_F(PrometheusProvision, NothingInARulerIsForReceiversToPrint) {
  config_.of<PrometheusSettings>().rules_dir.clear();
  config_.of<PrometheusSettings>().ruler_url = server_.url() + "/config/v1/rules";
  EXPECT_EQ(action(PlanGoal::apply), Action::create);
  for (const auto& rule : nlohmann::json::parse(ruler_group_)["rules"]) {
    EXPECT_THAT(rule["annotations"].dump() + rule["labels"].dump(), Not(HasSubstr("applied")));
  }
  // Where an older version kept it.
  auto group = nlohmann::json::parse(ruler_group_);
  for (auto& rule : group["rules"]) {
    rule["expr"] = "vector(0)";
    rule["annotations"].erase("dashboard");
  }
  const std::string applied = fingerprint(group);
  for (auto& rule : group["rules"]) rule["annotations"]["omniwriter_applied"] = applied;
  ruler_group_ = group.dump();
  EXPECT_EQ(action(PlanGoal::apply), Action::update);
  EXPECT_EQ(action(PlanGoal::apply), Action::keep);
}

// Grafana and others may evaluate them instead, and a file without rules is nothing to keep.
TEST_F(PrometheusProvision, WithoutAnyAlertTheFileGoes) {
  EXPECT_EQ(action(PlanGoal::apply), Action::create);
  for (AlertRule& rule : config_.alerts) rule.enabled = false;
  EXPECT_EQ(action(PlanGoal::look), Action::remove);
  EXPECT_TRUE(std::filesystem::exists(file()));
  EXPECT_EQ(action(PlanGoal::apply), Action::remove);
  EXPECT_FALSE(std::filesystem::exists(file()));
  EXPECT_TRUE(run(PlanGoal::apply).changes.empty());
  std::ofstream(file()) << "groups: []";
  EXPECT_EQ(action(PlanGoal::apply), Action::drift) << "somebody else's";
}

TEST_F(PrometheusProvision, AnotherLanguageIsNoChange) {
  config_.lang = Language::en;
  EXPECT_EQ(action(PlanGoal::apply), Action::create);
  config_.lang = Language::pt_br;
  EXPECT_EQ(action(PlanGoal::apply), Action::keep);
  config_.alerts[0].threshold = 0.5;
  EXPECT_EQ(action(PlanGoal::apply), Action::update);
  EXPECT_THAT(text(), HasSubstr("Error rate of"));
  EXPECT_EQ(action(PlanGoal::apply, true), Action::update);
  EXPECT_THAT(text(), HasSubstr("A taxa de erro de"));
}

}  // namespace
}  // namespace omniwriter
