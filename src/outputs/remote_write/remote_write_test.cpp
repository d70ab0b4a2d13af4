#include "formats/remote_write/remote_write.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <snappy.h>

#include "delivery/output_kind.h"
#include "delivery/run_delivery.h"
#include "support/fake_clock.h"
#include "support/fake_http_server.h"
#include "support/faulty_disk.h"
#include "support/sample_runs.h"
#include "systems/prometheus/settings.h"

namespace omniwriter {

const OutputKind& output_remote_write();

namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakeReply;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class RemoteWriteOutput : public ::testing::Test {
 protected:
  RemoteWriteOutput() {
    config_.of<RemoteWriteSettings>().token = Secret("t0ken-of-the-receiver");
    config_.of<RemoteWriteSettings>().headers = {{"X-Scope-OrgID", "team-1"}};
    output_ = std::move(*output_remote_write().make(config_, server_.url() + "/api/v1/write"));
  }
  LedgerEntry deliver_run() { return send_now(run_, *output_, options_, clock_, 1); }
  [[nodiscard]] std::vector<FakeRequest> writes() const {
    auto requests = server_.requests();
    std::erase_if(requests, [](const FakeRequest& request) { return request.method != "POST"; });
    return requests;
  }
  [[nodiscard]] static bool is_version_2(const FakeRequest& request) {
    return request.header("X-Prometheus-Remote-Write-Version") == "2.0.0";
  }
  [[nodiscard]] static std::string plain(const FakeRequest& request) {
    std::string body;
    EXPECT_TRUE(snappy::Uncompress(request.body.data(), request.body.size(), &body));
    return body;
  }
  static FakeReply version_2_ok(int samples = 1'000'000) {
    return {.status = 204,
            .headers = {{"X-Prometheus-Remote-Write-Samples-Written", std::to_string(samples)},
                        {"X-Prometheus-Remote-Write-Histograms-Written", "0"}}};
  }

  std::map<std::string, std::string> status_;  // answers of /api/v1/status
  std::function<FakeReply(const FakeRequest&)> on_write_ = [](const FakeRequest&) { return FakeReply{.status = 204}; };
  testing::FakeHttpServer server_{[this](const FakeRequest& request) {
    if (request.method == "POST") return on_write_(request);
    const auto found = status_.find(request.target.substr(request.target.rfind('/') + 1));
    return found == status_.end() ? FakeReply{.status = 404} : FakeReply{.body = found->second};
  }};
  omniwriter::Run run_ = testing::sample_run();
  Config config_;
  DeliveryOptions options_{.request_timeout = 5s, .give_up_after = 10s};
  testing::FakeClock clock_;
  std::unique_ptr<Output> output_;
};

TEST_F(RemoteWriteOutput, TriesVersion2AndBelievesOnlyItsHeaders) {
  EXPECT_TRUE(deliver_run().closed());
  const auto requests = writes();
  EXPECT_EQ(requests[0].target, "/api/v1/write");
  EXPECT_EQ(requests[0].header("Content-Type"), "application/x-protobuf;proto=io.prometheus.write.v2.Request");
  EXPECT_EQ(requests[0].header("Content-Encoding"), "snappy");
  EXPECT_EQ(requests[0].header("Authorization"), "Bearer t0ken-of-the-receiver");
  EXPECT_EQ(requests[0].header("X-Scope-OrgID"), "team-1");
  EXPECT_EQ(requests[1].header("Content-Type"), "application/x-protobuf");
  EXPECT_EQ(requests[1].header("X-Prometheus-Remote-Write-Version"), "0.1.0");
  for (std::size_t i = 1; i < requests.size(); ++i) EXPECT_FALSE(is_version_2(requests[i]));
  // At the start, at the end of each of 120 slots, the final state, the end.
  EXPECT_EQ(requests.size(), 1U + 1 + 120 + 1 + 1) << "no request holds two moments";
}

TEST_F(RemoteWriteOutput, StaysWithVersion2WhereItIsKnown) {
  on_write_ = [](const FakeRequest&) { return version_2_ok(); };
  EXPECT_TRUE(deliver_run().closed());
  for (const auto& request : writes()) EXPECT_TRUE(is_version_2(request));
}

TEST_F(RemoteWriteOutput, OlderReceiversRefuseVersion2) {
  for (const int status : {400, 415}) {
    on_write_ = [&](const FakeRequest& request) { return FakeReply{.status = is_version_2(request) ? status : 200}; };
    output_ = std::move(*output_remote_write().make(config_, server_.url()));
    EXPECT_TRUE(deliver_run().closed()) << status;
    EXPECT_EQ(writes().back().target, "/api/v1/write") << "the usual path";
  }
}

TEST_F(RemoteWriteOutput, WhatVersion2DidNotStoreIsLookedFor) {
  on_write_ = [](const FakeRequest& request) {
    return version_2_ok(plain(request).find("login") == std::string::npos ? 1'000'000 : 3);
  };
  const auto entry = deliver_run();
  EXPECT_EQ(entry.rejected, 400U);
  EXPECT_EQ(entry.accepted, 800U);
  EXPECT_THAT(entry.problems, Contains(HasSubstr("the server stored 3 of ")));
}

TEST_F(RemoteWriteOutput, NativeHistogramsGoWhereTheyAreKnown) {
  const auto has_natives = [this] {
    // The series of the native histogram is the only one of this name, and has a histogram.
    std::string body = plain(writes().back());
    const std::array<std::string_view, 1> items{body};
    return make_write_request(items, {}).histograms != 0;
  };
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_FALSE(has_natives()) << "version 1.0 of who knows what";

  status_["flags"] = R"({"data":{"enable-feature":"native-histograms"}})";
  output_ = std::move(*output_remote_write().make(config_, server_.url()));
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_TRUE(has_natives());

  on_write_ = [&](const FakeRequest&) {
    return has_natives() ? FakeReply{.status = 400, .body = "native histograms are disabled"} : FakeReply{};
  };
  output_ = std::move(*output_remote_write().make(config_, server_.url()));
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_FALSE(has_natives());
}

TEST_F(RemoteWriteOutput, WhatTheServerHasAlreadyIsNoFailure) {
  on_write_ = [](const FakeRequest&) { return FakeReply{.status = 400, .body = "out of order sample"}; };
  EXPECT_TRUE(deliver_run().closed());
  EXPECT_EQ(writes().size(), 124U) << "it is not asked of each series";
}

TEST_F(RemoteWriteOutput, ARunThatIsTooOldIsNotBegun) {
  // The newest sample is five hours younger than the run.
  const std::int64_t newest = (testing::kSampleRunStart + 5 * 3600) * 1000;
  status_["tsdb"] = R"({"data":{"headStats":{"maxTime":)" + std::to_string(newest) + "}}}";
  status_["config"] = R"({"data":{"yaml":"storage:\n  tsdb:\n    out_of_order_time_window: 2h\n"}})";
  const auto entry = deliver_run();
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_THAT(writes(), IsEmpty());
  EXPECT_THAT(entry.problems, ElementsAre(AllOf(HasSubstr("began at 2026-01-31T23:59:00.000Z"),
                                                HasSubstr("nothing from before 2026-02-01T02:59:00.000Z"),
                                                HasSubstr("out_of_order_time_window to at least 6h"),
                                                HasSubstr("replay"), HasSubstr("create-blocks-from openmetrics"))));

  status_["config"] = R"({"data":{"yaml":"storage:\n  tsdb:\n    out_of_order_time_window: 6h\n"}})";
  EXPECT_TRUE(deliver_run().closed()) << "mended";
}

TEST_F(RemoteWriteOutput, WhereTheServerTellsOnlyWhenWrittenItStopsAtOnce) {
  on_write_ = [](const FakeRequest&) { return FakeReply{.status = 400, .body = "too old sample"}; };
  const auto entry = deliver_run();
  EXPECT_EQ(entry.pending, testing::kSampleRunRequests);
  EXPECT_EQ(writes().size(), 2U) << "one of each version";
  EXPECT_THAT(entry.problems, ElementsAre(AllOf(HasSubstr("too old sample"), HasSubstr("replay"))));
}

TEST_F(RemoteWriteOutput, WhatWasToldLiveIsNotToldAgain) {
  std::vector<Destination> destinations;
  destinations.push_back({"http://server", std::move(output_)});
  testing::FaultyDisk disk;
  Spool spool(disk, "/spool", 1 << 30, 7);
  const std::int64_t half = testing::kSampleRunStart + 60;
  options_.news = [](const DeliveryNews& news) {
    if (news.what == DeliveryNews::What::fails) ADD_FAILURE() << news.text;
  };
  RunDelivery live(run_.info.run_id, destinations, spool, options_, clock_);
  live.publish(std::make_shared<omniwriter::Run>(run_), half);
  while (writes().size() < 1 + 1 + 60) std::this_thread::yield();
  const auto ledger = live.finish(run_, Start::fresh);
  EXPECT_TRUE(ledger[0].closed());
  EXPECT_EQ(ledger[0].accepted, testing::kSampleRunRequests);
  EXPECT_EQ(writes().size(), 1U + 1 + 120 + 1 + 1);
}

TEST_F(RemoteWriteOutput, WhatIsWrongWithOneItemStaysWrong) {
  on_write_ = [](const FakeRequest& request) {
    return plain(request).find("login") == std::string::npos ? FakeReply{.status = 204}
                                                             : FakeReply{.status = 400, .body = "no such label"};
  };
  for (int i = 0; i < 2; ++i) EXPECT_EQ(deliver_run().rejected, 400U) << i;
}

TEST_F(RemoteWriteOutput, RealTimeIsTheEndOfTheSlot) {
  EXPECT_TRUE(deliver_run().closed());
  const auto requests = writes();
  EXPECT_EQ(time_series_head(plain(requests[1])).time_ms, testing::kSampleRunStart * 1000);
  EXPECT_EQ(time_series_head(plain(requests[2])).time_ms, (testing::kSampleRunStart + 1) * 1000);
  EXPECT_THAT(plain(requests[2]), Not(HasSubstr("t0ken")));
}

}  // namespace
}  // namespace omniwriter
