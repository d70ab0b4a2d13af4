#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "delivery/delivery.h"
#include "delivery/output_kind.h"
#include "outputs/statsd/settings.h"
#include "support/fake_clock.h"
#include "support/fake_listener.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_statsd();

namespace {

using namespace std::chrono_literals;
using testing::FakeListener;
using ::testing::HasSubstr;
using ::testing::Not;

class StatsdTest : public ::testing::Test {
 protected:
  std::unique_ptr<Output> make() {
    config_.labels = {{"team", "a|b,c"}};
    return std::move(*output_statsd().make(config_, listener_.address()));
  }
  std::string encoded(const omniwriter::Run& run) {
    std::string text;
    make()->encode(run, [&](const OutputItem& item) { text += item.bytes; });
    return text;
  }
  std::string live(const omniwriter::Run& run, SlotRange fresh) {
    std::string text;
    make()->encode_live(run, {fresh, {}}, [&](const OutputItem& item) { text += item.bytes; });
    return text;
  }
  FakeListener listener_{FakeListener::Kind::udp};
  Config config_;
};

TEST_F(StatsdTest, DogstatsdGetsTheTimelineWithItsTimes) {
  const std::string text = encoded(testing::sample_run());
  const std::string tags = ",test_name:checkout,testid:run-1,team:a_b_c\n";
  EXPECT_THAT(text, HasSubstr("load_test.interval.requests:4|g|T1769903940|#endpoint:GET_/" + tags));
  EXPECT_THAT(text, HasSubstr("load_test.interval_total.requests:10|g|T1769903940|#test_name:checkout"));
  EXPECT_THAT(text, HasSubstr("load_test.endpoint.requests:400|g|T1769904060|#endpoint:GET_/" + tags));
  EXPECT_THAT(text, HasSubstr("load_test.run.errors:40|g|T1769904060|#test_name:checkout"));
}

TEST_F(StatsdTest, OthersGetTheWholeRunInTheEnd) {
  config_.of<StatsdSettings>().flavour = StatsdFlavour::influx;
  std::string text = encoded(testing::sample_run());
  EXPECT_THAT(
      text, HasSubstr("load_test.endpoint.requests,endpoint=GET_/,test_name=checkout,testid=run-1,team=a_b_c:400|g\n"));
  EXPECT_THAT(text, Not(HasSubstr("interval")));
  EXPECT_THAT(text, Not(HasSubstr("|T")));
  config_.of<StatsdSettings>().flavour = StatsdFlavour::plain;
  text = encoded(testing::sample_run());
  EXPECT_THAT(text, HasSubstr("load_test.endpoint.checkout.GET__.requests:400|g\n"));
  EXPECT_THAT(text, HasSubstr("load_test.run.checkout.requests:1200|g\n"));
}

TEST_F(StatsdTest, WhileATestGoesOnOthersGetTheNewestSlot) {
  const SlotRange fresh{testing::kSampleRunStart, testing::kSampleRunStart + 10};
  const auto slots = [](const std::string& text) {
    std::size_t count = 0;
    for (auto at = text.find("interval_total.requests"); at != std::string::npos;
         at = text.find("interval_total.requests", at + 1)) {
      ++count;
    }
    return count;
  };
  EXPECT_EQ(slots(live(testing::sample_run(), fresh)), 10U);
  config_.of<StatsdSettings>().flavour = StatsdFlavour::influx;
  EXPECT_EQ(slots(live(testing::sample_run(), fresh)), 1U);
  EXPECT_THAT(live(testing::sample_run(), {0, 1}), HasSubstr("load_test.run.p95,")) << "nothing new but the whole";
}

// Servers clean names, each in its way: what may come out the same is told apart.
TEST_F(StatsdTest, DifferentEndpointsStayDifferent) {
  omniwriter::Run run = testing::sample_run();
  ASSERT_GE(run.series.size(), 3U);
  run.series[0].endpoint = "GET /a b";
  run.series[1].endpoint = "GET /a_b";
  run.series[2].endpoint = "other one";
  for (const StatsdFlavour flavour : {StatsdFlavour::dogstatsd, StatsdFlavour::influx, StatsdFlavour::plain}) {
    config_.of<StatsdSettings>().flavour = flavour;
    std::set<std::string> names;
    const std::string text = encoded(run);
    for (auto at = text.find("GET_"); at != std::string::npos; at = text.find("GET_", at + 1)) {
      names.insert(text.substr(at, text.find_first_of(",:.", at) - at));
    }
    EXPECT_EQ(names.size(), 2U);
    EXPECT_THAT(text, HasSubstr("other_one"));
    EXPECT_THAT(text, Not(HasSubstr("other_one_")));
  }
}

TEST_F(StatsdTest, EverythingArrivesInWholeLines) {
  testing::FakeClock clock;
  const auto output = make();
  const omniwriter::Run run = testing::wide_run(2, 5);  // no more than a receiver holds that is not looking
  EXPECT_TRUE(send_now(run, *output, {}, clock, 1).closed());
  const std::string sent = encoded(run);
  ASSERT_LT(sent.size(), 40'000U);
  // Datagrams have no line end behind the last line.
  const auto lines = static_cast<std::size_t>(std::ranges::count(sent, '\n'));
  std::string received = listener_.wait_for_bytes(sent.size() - lines);
  EXPECT_GT(received.size(), sent.size() - lines);
  EXPECT_LE(listener_.longest_datagram(), 1432U);
  EXPECT_GT(listener_.longest_datagram(), 1000U);
  std::string expected = sent;
  std::erase(expected, '\n');
  std::erase(received, '\n');
  EXPECT_EQ(received, expected);
}

TEST_F(StatsdTest, ALineThatFitsNoDatagramIsRejected) {
  const auto report =
      make()->send(std::vector<OutputItem>{{"a:1|g\n", 1}, {std::string(2000, 'x') + ":1|g\n", 1}, {"c:1|g\n", 1}}, 5s);
  ASSERT_EQ(report.rejected.size(), 1U);
  EXPECT_EQ(report.rejected[0].index, 1U);
  EXPECT_EQ(listener_.wait_for_bytes(11), "a:1|g\nc:1|g");
}

TEST_F(StatsdTest, PhasesChecksAndMetricsAreGaugesToo) {
  const auto run = testing::detailed_run();
  EXPECT_THAT(encoded(run),
              HasSubstr("load_test.check.failed:1|g|T1769903944|#check:status_is_200,test_name:checkout"));
  config_.of<StatsdSettings>().flavour = StatsdFlavour::influx;
  EXPECT_THAT(encoded(run),
              HasSubstr("load_test.run_check.passed,check=status_is_200,test_name=checkout,testid=run-1"));
  config_.of<StatsdSettings>().flavour = StatsdFlavour::plain;
  const std::string text = encoded(run);
  EXPECT_THAT(text, HasSubstr("load_test.run_phase.checkout.GET__.waiting.count:400|g\n"));
  EXPECT_THAT(text, HasSubstr("load_test.run_metric.checkout.stock.gauge.last:881|g\n"));
}

}  // namespace
}  // namespace omniwriter
