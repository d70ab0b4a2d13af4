#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_http_server.h"
#include "systems/grafana/dashboards.h"
#include "systems/grafana/settings.h"
#include "systems/plan.h"
#include "systems/prometheus/settings.h"

namespace omniwriter {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

// tests/e2e provisions a Grafana that answers as a real one was recorded to; here is what that one never held.
class GrafanaProvision : public ::testing::Test {
 protected:
  GrafanaProvision() {
    config_.of<GrafanaSettings>().url = server_.url();
    config_.of<PrometheusSettings>().url = "http://prometheus";
  }
  Change change_of(const std::string& id, PlanGoal goal = PlanGoal::look) {
    const SystemPlan plan = run_plan(config_, http_, {.goal = goal}, "grafana").at(0);
    for (const Change& change : plan.changes) {
      if (change.id == id) return change;
    }
    return {.system = {}, .kind = {}, .id = {}, .title = {}, .action = Action::skip, .details = {}};
  }

  std::map<std::string, json> there_;
  testing::FakeHttpServer server_{[this](const testing::FakeRequest& request) -> testing::FakeReply {
    if (request.target == "/api/health") return {.body = R"({"database":"ok","version":"12.2.0"})"};
    if (request.method != "GET") return {.status = 201, .body = "{}"};
    const auto found = there_.find(request.target);
    return found == there_.end() ? testing::FakeReply{.status = 404} : testing::FakeReply{.body = found->second.dump()};
  }};
  Config config_;
  HttpClient http_;
};

constexpr const char* kRule = "omniwriter-low-throughput";
constexpr const char* kRulePath = "/api/v1/provisioning/alert-rules/omniwriter-low-throughput";

// A version before this one put the mark where every receiver printed it, and took it of the content as it was.
TEST_F(GrafanaProvision, AMarkOfAnOlderVersionIsKnown) {
  json old = grafana::alert_rule(config_, config_.alerts[2], "prometheus");
  old["annotations"]["description"] = "Throughput is {{ printf \"%.4g\" $values.B.Value }}";
  const std::string applied = fingerprint(old);
  old["annotations"]["omniwriter_applied"] = applied;
  there_[kRulePath] = old;
  EXPECT_EQ(change_of(kRule).action, Action::update);
  EXPECT_EQ(change_of(kRule, PlanGoal::apply).action, Action::update);
  for (const auto& request : server_.requests()) {
    if (request.method == "PUT" && request.target == kRulePath) {
      EXPECT_THAT(json::parse(request.body)["annotations"].dump(), Not(HasSubstr("omniwriter_applied")));
    }
  }
  there_[kRulePath]["labels"]["severity"] = "page";
  EXPECT_EQ(change_of(kRule).action, Action::drift);
}

TEST_F(GrafanaProvision, TheMarkIsNothingThatReceiversPrint) {
  (void)change_of(kRule, PlanGoal::apply);
  int rules = 0;
  for (const auto& request : server_.requests()) {
    if (request.method != "POST" || request.target != "/api/v1/provisioning/alert-rules") continue;
    ++rules;
    const json rule = json::parse(request.body);
    EXPECT_THAT(rule["annotations"].dump() + rule["labels"].dump(), Not(HasSubstr("pplied")));
    there_["/api/v1/provisioning/alert-rules/" + rule["uid"].get<std::string>()] = rule;
  }
  EXPECT_EQ(rules, 4);
  EXPECT_EQ(change_of(kRule).action, Action::keep);
  there_[kRulePath]["isPaused"] = true;
  EXPECT_EQ(change_of(kRule).action, Action::drift);
}

TEST_F(GrafanaProvision, ARuleThatIsProvisionedFromAFileIsLeftAlone) {
  there_[kRulePath] = grafana::alert_rule(config_, config_.alerts[2], "prometheus");
  there_[kRulePath]["provenance"] = "file";
  EXPECT_EQ(change_of(kRule).action, Action::keep);
  there_[kRulePath]["for"] = "5m";
  const Change change = change_of(kRule, PlanGoal::apply);
  EXPECT_EQ(change.action, Action::drift);
  EXPECT_THAT(change.details.at(0), HasSubstr("read-only"));
}

}  // namespace
}  // namespace omniwriter
