#include "systems/grafana/dashboard_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "systems/grafana/settings.h"
#include "systems/influxdb/settings.h"
#include "systems/prometheus/settings.h"

namespace omniwriter {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class DashboardLinkTest : public ::testing::Test {
 protected:
  DashboardLinkTest() {
    config_.of<GrafanaSettings>().url = "http://grafana:3000/base/";
    config_.of<InfluxDbSettings>().url = "http://influxdb:8086";
    run_.info.test_name = "a/b & c=d";
    run_.info.run_id = "20261123T151416Z-ef3714";
    run_.started_ns = 1'795'446'856'700'000'000;
    run_.ended_ns = 1'795'446'874'100'000'000;
  }
  Config config_;
  omniwriter::Run run_;
};

TEST_F(DashboardLinkTest, NamesTheRunAndItsTime) {
  EXPECT_EQ(dashboard_link(config_, run_),
            "http://grafana:3000/base/d/omniwriter-main?var-datasource=omniwriter-influxdb&var-test=a%2Fb%20%26%20c%3Dd"
            "&var-run=20261123T151416Z-ef3714&from=1795446856000&to=1795446875000");
  EXPECT_THAT(live_dashboard_link(config_, run_), HasSubstr("&from=1795446856000&to=now"));
  EXPECT_EQ(dashboard_link(config_), "http://grafana:3000/base/d/omniwriter-main?var-datasource=omniwriter-influxdb");
}

TEST_F(DashboardLinkTest, CoversWholeTimeSlots) {
  run_.interval_seconds = 4;
  EXPECT_THAT(dashboard_link(config_, run_), HasSubstr("&from=1795446856000&to=1795446876000"));
}

// It knows a run since it was told of it.
TEST_F(DashboardLinkTest, InPrometheusTheTimeOfDeliveryIsInView) {
  config_.of<PrometheusSettings>().url = "http://prometheus:9090";
  EXPECT_THAT(dashboard_link(config_, run_, run_.ended_ns + 3600'000'000'000), HasSubstr("&to=1795450535000"));
  EXPECT_THAT(dashboard_link(config_, run_), HasSubstr("&to=1795446935000"));
}

TEST_F(DashboardLinkTest, NamesTheDataSourceOfTheUser) {
  config_.of<GrafanaSettings>().datasource_name = "Our InfluxDB";
  EXPECT_THAT(dashboard_link(config_, run_), HasSubstr("var-datasource=Our%20InfluxDB&"));
  config_.of<GrafanaSettings>().datasource_uid = "abc";
  EXPECT_THAT(dashboard_link(config_, run_), HasSubstr("var-datasource=abc&"));
  EXPECT_EQ(grafana::datasource_uid(config_, "elasticsearch"), "omniwriter-elasticsearch");
  config_.of<GrafanaSettings>().datasource = "elasticsearch";
  EXPECT_EQ(grafana::chosen_datasource(config_), "elasticsearch") << "it needs no address here";
  EXPECT_EQ(grafana::datasource_uid(config_, "elasticsearch"), "abc");
}

TEST_F(DashboardLinkTest, ThereIsNoneWithoutGrafanaOrWithoutResultsInIt) {
  config_.of<InfluxDbSettings>().url.clear();
  EXPECT_EQ(dashboard_link(config_, run_), "");
  config_.of<GrafanaSettings>().datasource = "prometheus";
  EXPECT_EQ(dashboard_link(config_, run_), "");
  config_.of<PrometheusSettings>().url = "http://prometheus:9090";
  EXPECT_THAT(dashboard_link(config_, run_), Not(HasSubstr("@")));
  config_.of<GrafanaSettings>().url.clear();
  EXPECT_EQ(dashboard_link(config_, run_), "");
}

}  // namespace
}  // namespace omniwriter
