#include "pipeline/http_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

HttpResponse answer(int status, std::string body = {}) { return {status, std::move(body), {}}; }

TEST(ServerWords, AreTakenFromWhereServersPutThem) {
  EXPECT_EQ(server_words(answer(400, R"({"error":"database not found: \"x\""})")),
            "HTTP 400: database not found: \"x\"");
  EXPECT_EQ(server_words(answer(400, R"({"error":{"type":"t","reason":"r"},"status":400})")), "HTTP 400: t: r");
  EXPECT_EQ(server_words(answer(400, R"({"code":"invalid","message":"m"})")), "HTTP 400: m");
  EXPECT_EQ(server_words(answer(502, "<html>\nBad\x01 gateway")), "HTTP 502: <html> Bad  gateway");
  EXPECT_EQ(server_words(answer(503)), "HTTP 503");
  EXPECT_EQ(server_words(answer(500, R"({"error":{"reason":7}})")), "HTTP 500: {\"error\":{\"reason\":7}}");
  EXPECT_LT(server_words(answer(500, std::string(100'000, 'x'))).size(), 600U);
}

TEST(ReportAnswer, FollowsTheTable) {
  EXPECT_TRUE(report_answer(2, answer(204)).retryable.empty());
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    const auto report = report_answer(2, answer(status));
    EXPECT_THAT(report.retryable, ElementsAre(0, 1)) << status;
    EXPECT_EQ(report.retry, Retry::later) << status;
  }
  EXPECT_EQ(report_answer(2, answer(413)).retry, Retry::smaller);
  for (const int status : {302, 401, 403, 404}) EXPECT_EQ(report_answer(2, answer(status)).retry, Retry::blocked);
  for (const int status : {400, 405, 409, 415, 422}) EXPECT_EQ(report_answer(2, answer(status)).rejected.size(), 2U);
}

TEST(ReportAnswer, PassesRetryAfterOn) {
  HttpResponse busy = answer(429);
  busy.headers = {{"retry-after", "9"}};
  EXPECT_EQ(report_answer(1, busy).retry_after, 9s);
}

TEST(ReportNoAnswer, OnlyWhatMayPassIsTriedAgain) {
  EXPECT_EQ(report_no_answer(1, {ErrorCode::unreachable, "refused", true}).retry, Retry::later);
  EXPECT_EQ(report_no_answer(1, {ErrorCode::unreachable, "bad certificate", false}).retry, Retry::blocked);
}

}  // namespace
}  // namespace omniwriter
