#include "delivery/http_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

HttpResponse answer(int status, std::string body = {}) { return {status, std::move(body), {}}; }
SendReport report_of(std::size_t items, const HttpResponse& response) {
  return report_answer(items, response, is_silent_success(response));
}

TEST(ServerWords, AreTakenFromWhereServersPutThem) {
  EXPECT_EQ(server_words(answer(400, R"({"error":"database not found: \"x\""})")),
            "HTTP 400: database not found: \"x\"");
  EXPECT_EQ(server_words(answer(400, R"({"error":{"type":"t","reason":"r"},"status":400})")), "HTTP 400: t: r");
  EXPECT_EQ(server_words(answer(400, R"({"code":"invalid","message":"m"})")), "HTTP 400: m");
  EXPECT_EQ(server_words(answer(502, "<html>\nBad\x01 gateway")), "HTTP 502: <html> Bad  gateway");
  EXPECT_EQ(server_words(answer(503)), "HTTP 503");
  EXPECT_EQ(server_words(answer(500, R"({"error":{"reason":7}})")), "HTTP 500: {\"error\":{\"reason\":7}}");
  EXPECT_EQ(server_words(answer(502, "<html><head><title>502 Bad Gateway</title></head>")),
            "HTTP 502: 502 Bad Gateway");
  EXPECT_LT(server_words(answer(500, std::string(100'000, 'x'))).size(), 2100U);
}

TEST(ReportAnswer, FollowsTheTable) {
  EXPECT_TRUE(report_of(2, answer(204)).retryable.empty());
  for (const int status : {408, 429, 500, 502, 503, 504}) {
    const auto report = report_of(2, answer(status));
    EXPECT_THAT(report.retryable, ElementsAre(0, 1)) << status;
    EXPECT_EQ(report.retry, Retry::later) << status;
  }
  EXPECT_EQ(report_of(2, answer(413)).retry, Retry::smaller);
  for (const int status : {302, 401, 402, 403, 404, 405, 407, 410, 421, 423, 426, 999}) {
    EXPECT_EQ(report_of(2, answer(status)).retry, Retry::blocked) << status;
  }
  for (const int status : {400, 409, 415, 422}) EXPECT_EQ(report_of(2, answer(status)).rejected.size(), 2U);
}

TEST(ServerWords, HoldTheWholeChainOfCauses) {
  EXPECT_EQ(server_words(answer(400, R"({"error":{"root_cause":[{"type":"c","reason":"deepest"}],"type":"a",
      "reason":"outer","caused_by":{"type":"b","reason":"inner\nline","caused_by":{"type":"c","reason":"deepest"}}},
      "status":400})")),
            "HTTP 400: a: outer; caused by b: inner line; caused by c: deepest");
}

TEST(ReportAnswer, AWebPageIsNoStorage) {
  HttpResponse page = answer(200, "please log in");
  page.headers = {{"content-type", "text/html; charset=utf-8"}};
  EXPECT_EQ(report_of(2, page).retry, Retry::blocked);
  EXPECT_EQ(report_of(2, page).retryable.size(), 2U);
  EXPECT_EQ(report_of(2, answer(200, "<HTML><title>Portal</title>")).retry_reason,
            "it answers with a web page, HTTP 200: Portal; is this its address?");
}

TEST(ReportAnswer, WhatTheProtocolDoesNotCallSuccessIsBlocked) {
  const auto other = report_answer(2, answer(200, R"({"status":"ok"})"), false);
  EXPECT_EQ(other.retry, Retry::blocked);
  EXPECT_EQ(other.retryable.size(), 2U);
  EXPECT_EQ(other.retry_reason, "it answers HTTP 200: {\"status\":\"ok\"}; is this its address?");
  EXPECT_TRUE(report_answer(2, answer(200, "stored"), true).retryable.empty());
}

TEST(ReportAnswer, AStatusThatNobodyKnowsIsBlocked) {
  for (const int status : {199, 600, 999}) EXPECT_EQ(report_of(1, answer(status)).retry, Retry::blocked) << status;
}

TEST(ReportAnswer, TheWrongSchemeIsForAPersonToMend) {
  const auto go = report_of(2, answer(400, "Client sent an HTTP request to an HTTPS server.\n"));
  EXPECT_EQ(go.retry, Retry::blocked);
  EXPECT_THAT(go.retry_reason, ::testing::HasSubstr("https://"));
  const auto nginx = report_of(2, answer(400, "<html><title>400 No required SSL certificate was sent</title>"));
  EXPECT_EQ(nginx.retry, Retry::blocked);
  EXPECT_THAT(nginx.retry_reason, ::testing::HasSubstr("client_cert_file"));
}

TEST(ReportAnswer, PassesRetryAfterOn) {
  HttpResponse busy = answer(429);
  busy.headers = {{"retry-after", "9"}};
  EXPECT_EQ(report_of(1, busy).retry_after, 9s);
}

TEST(ReportNoAnswer, OnlyWhatMayPassIsTriedAgain) {
  EXPECT_EQ(report_no_answer(1, {ErrorCode::unreachable, "refused", true}).retry, Retry::later);
  EXPECT_EQ(report_no_answer(1, {ErrorCode::unreachable, "bad certificate", false}).retry, Retry::blocked);
}

}  // namespace
}  // namespace omniwriter
