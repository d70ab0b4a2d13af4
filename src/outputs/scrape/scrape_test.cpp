#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "delivery/delivery.h"
#include "delivery/output_kind.h"
#include "delivery/run_delivery.h"
#include "net/http_client.h"
#include "outputs/scrape/settings.h"
#include "support/fake_clock.h"
#include "support/faulty_disk.h"
#include "support/sample_runs.h"

namespace omniwriter {

const OutputKind& output_scrape();

namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ScrapeTest : public ::testing::Test {
 protected:
  ScrapeTest() { config_.delivery.give_up_after = 400ms; }

  void make(const std::string& target = "127.0.0.1:0") {
    auto made = output_scrape().make(config_, target);
    ASSERT_TRUE(made) << made.error().message;
    output_ = *std::move(made);
    ASSERT_TRUE(output_->prepare());
    const std::string notice = output_->startup_message();
    ASSERT_THAT(notice, StartsWith("http://127.0.0.1:"));
    EXPECT_EQ(output_->startup_message(), "") << "said once";
    url_ = notice.substr(0, notice.find("/metrics"));
  }

  [[nodiscard]] Result<HttpResponse> fetch(std::vector<std::pair<std::string, std::string>> headers = {},
                                           const std::string& path = "/metrics", const std::string& method = "GET") {
    HttpRequest request;
    request.method = method;
    request.url = url_ + path;
    request.headers = std::move(headers);
    return client_.send(request);
  }

  SendReport send(const omniwriter::Run& run, bool live, std::chrono::milliseconds timeout = 200ms) {
    std::vector<OutputItem> items;
    const auto keep = [&](OutputItem item) { items.push_back(std::move(item)); };
    live ? output_->encode_live(run, {}, keep) : output_->encode(run, keep);
    EXPECT_EQ(items.size(), 1U);
    return output_->send(items, timeout);
  }
  [[nodiscard]] static bool accepted(const SendReport& report) {
    return report.rejected.empty() && report.retryable.empty();
  }

  Config config_;
  omniwriter::Run run_ = testing::sample_run();
  std::unique_ptr<Output> output_;
  std::string url_;
  HttpClient client_;
};

TEST_F(ScrapeTest, ALiveStateWaitsForNobody) {
  make();
  EXPECT_EQ(fetch()->body, "");
  EXPECT_TRUE(accepted(send(run_, true)));
  const auto answer = fetch();
  EXPECT_EQ(answer->header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(answer->body, HasSubstr("endpoint=\"GET /\",status=\"200\",testid=\"run-1\"} 400\n"));
  EXPECT_THAT(answer->body, Not(HasSubstr("# EOF")));
}

TEST_F(ScrapeTest, TheFinalStateIsAcceptedOnceItWasScraped) {
  config_.delivery.give_up_after = 60s;  // a busy machine may take a while to begin the scrape
  make();
  EXPECT_TRUE(accepted(send(testing::wide_run(1, 1), true)));
  EXPECT_TRUE(fetch()) << "of a state that is not the final one";
  const auto begun = std::chrono::steady_clock::now();
  const SendReport report = send(run_, false);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 200ms);
  EXPECT_THAT(report.retryable, ElementsAre(0));
  EXPECT_THAT(report.retry_reason, HasSubstr("nobody scraped the final state from " + url_));

  std::ignore = fetch({}, "/metrics", "HEAD");
  std::ignore = fetch({}, "/");
  EXPECT_FALSE(accepted(send(run_, false))) << "these do not count";
  std::jthread scraper([&] { EXPECT_THAT(fetch()->body, HasSubstr("} 400\n")); });
  EXPECT_TRUE(accepted(send(run_, false, 60s)));
  scraper.join();
  EXPECT_FALSE(fetch()) << "nobody listens any more";
}

TEST_F(ScrapeTest, AFinalStateThatWasScrapedWhileItWasLiveIsShownAsWellButKnown) {
  make();
  EXPECT_TRUE(accepted(send(run_, true)));
  EXPECT_TRUE(fetch());
  std::this_thread::sleep_for(200ms);  // the server notes what was fetched once the answer is gone
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(accepted(send(run_, false)));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 200ms);
}

TEST_F(ScrapeTest, AbortEndsTheWait) {
  config_.delivery.give_up_after = 60s;
  make();
  output_->abort();
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(accepted(send(run_, false, 60s)));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 30s);
}

TEST_F(ScrapeTest, SpeaksWhatTheScraperAsksFor) {
  make();
  EXPECT_TRUE(accepted(send(run_, true)));
  const auto open_metrics = fetch({{"Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"}});
  EXPECT_EQ(open_metrics->header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_THAT(open_metrics->body, HasSubstr("# TYPE load_test_requests counter\n"));
  EXPECT_THAT(open_metrics->body, EndsWith("# EOF\n"));
  const auto packed = fetch({{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(packed->header("content-encoding"), "gzip");
  EXPECT_EQ(packed->body, fetch()->body) << "curl unpacks it";
  EXPECT_LT(std::stoul(std::string(packed->header("content-length"))), packed->body.size() / 2);
}

TEST_F(ScrapeTest, OtherPathsAndMethodsAreTold) {
  make();
  EXPECT_EQ(fetch({}, "/other")->status, 404);
  EXPECT_THAT(fetch({}, "/")->body, HasSubstr("/metrics"));
  const auto posted = fetch({}, "/metrics", "POST");
  EXPECT_EQ(posted->status, 405);
  EXPECT_EQ(posted->header("allow"), "GET, HEAD");
  const auto head = fetch({}, "/metrics", "HEAD");
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->body, "");
}

TEST_F(ScrapeTest, WantsTheTokenWhereThereIsOne) {
  config_.of<ScrapeSettings>().token = Secret("s3cret");
  make();
  for (const char* wrong :
       {"", "Bearer", "Bearer s3cre", "Bearer s3cret2", "Bearer  s3cret", "Basic s3cret", "s3cret"}) {
    const auto answer = fetch({{"Authorization", wrong}});
    EXPECT_EQ(answer->status, 401) << wrong;
    EXPECT_THAT(std::string(answer->header("www-authenticate")), StartsWith("Bearer")) << wrong;
  }
  EXPECT_EQ(fetch({{"Authorization", "bearer s3cret"}})->status, 200);
  EXPECT_EQ(fetch({}, "/other")->status, 401);
}

TEST_F(ScrapeTest, WithoutATokenNoOtherMachineIsLetIn) {
  for (const char* target : {"0.0.0.0:0", "[::]:0", "example.com:80", "10.0.0.1:80"}) {
    const auto made = output_scrape().make(config_, target);
    ASSERT_FALSE(made) << target;
    EXPECT_EQ(made.error().code, ErrorCode::usage);
    EXPECT_THAT(made.error().message, HasSubstr("OMNIWRITER_SCRAPE_TOKEN"));
  }
  config_.of<ScrapeSettings>().token = Secret("s3cret");
  EXPECT_TRUE(output_scrape().make(config_, "0.0.0.0:0"));
}

TEST_F(ScrapeTest, NobodyScrapesAndTheRestIsPendingInTime) {
  make();
  testing::FakeClock clock;
  const DeliveryOptions options{.request_timeout = 150ms, .give_up_after = 0ms};
  const auto entry = send_now(run_, *output_, options, clock, 1);
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("nobody scraped")));
  EXPECT_TRUE(fetch()) << "and it is there as long as the program goes on";
}

TEST_F(ScrapeTest, APortThatIsTakenLeavesAllPendingAtOnce) {
  make();
  const auto second = output_scrape().make(config_, url_.substr(std::string("http://").size()));
  ASSERT_TRUE(second);
  testing::FakeClock clock;
  const auto entry = send_now(run_, **second, {}, clock, 1);
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(entry.problems, ElementsAre(HasSubstr("Address already in use")));
  EXPECT_THAT(clock.sleeps(), ElementsAre());
}

TEST_F(ScrapeTest, ShowsTheLedgerOfAllOutputs) {
  make();
  auto board = std::make_shared<LedgerBoard>();
  output_->show_ledger(board);
  board->post("influxdb", {1200, 700, 100});
  board->post("scrape", {1200, 0, 0});
  EXPECT_TRUE(accepted(send(run_, true)));
  EXPECT_THAT(fetch()->body, EndsWith("omniwriter_ledger_samples{output=\"influxdb\",state=\"read\"} 1200\n"
                                      "omniwriter_ledger_samples{output=\"influxdb\",state=\"accepted\"} 700\n"
                                      "omniwriter_ledger_samples{output=\"influxdb\",state=\"rejected\"} 100\n"
                                      "omniwriter_ledger_samples{output=\"influxdb\",state=\"pending\"} 400\n"
                                      "omniwriter_ledger_samples{output=\"scrape\",state=\"read\"} 1200\n"
                                      "omniwriter_ledger_samples{output=\"scrape\",state=\"accepted\"} 0\n"
                                      "omniwriter_ledger_samples{output=\"scrape\",state=\"rejected\"} 0\n"
                                      "omniwriter_ledger_samples{output=\"scrape\",state=\"pending\"} 1200\n"));
  board->post("influxdb", {1200, 1100, 100});
  EXPECT_THAT(fetch({{"Accept", "application/openmetrics-text"}})->body,
              HasSubstr("output=\"influxdb\",state=\"pending\"} 0\n"));
}

}  // namespace
}  // namespace omniwriter
