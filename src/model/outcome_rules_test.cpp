#include "model/outcome_rules.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace omniwriter {

namespace {

TEST(JmeterOutcome, SuccessKeepsTheHttpStatus) {
  EXPECT_EQ(jmeter_outcome("200", true), (Outcome{"200", ""}));
  EXPECT_EQ(jmeter_outcome("302", true), (Outcome{"302", ""}));
  EXPECT_EQ(jmeter_outcome("", true), (Outcome{"ok", ""}));
  EXPECT_EQ(jmeter_outcome("OK", true), (Outcome{"ok", ""}));
  EXPECT_EQ(jmeter_outcome("0200", true), (Outcome{"ok", ""}));
}

TEST(JmeterOutcome, FailureIsNamedByStatus) {
  EXPECT_EQ(jmeter_outcome("404", false), (Outcome{"404", "http_404"}));
  EXPECT_EQ(jmeter_outcome("503", false), (Outcome{"503", "http_503"}));
  EXPECT_EQ(jmeter_outcome("200", false), (Outcome{"200", "assertion"}));
  EXPECT_EQ(jmeter_outcome("302", false), (Outcome{"302", "assertion"}));
}

TEST(JmeterOutcome, JavaExceptionsGetCommonNames) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"java.net.SocketTimeoutException", "timeout"},
      {"org.apache.http.conn.ConnectTimeoutException", "timeout"},
      {"java.net.ConnectException", "connection_refused"},
      {"org.apache.http.conn.HttpHostConnectException", "connection_refused"},
      {"java.net.UnknownHostException", "dns"},
      {"org.apache.http.NoHttpResponseException", "connection_closed"},
      {"org.apache.http.ConnectionClosedException", "connection_closed"},
      {"java.net.SocketException", "connection_reset"},
      {"javax.net.ssl.SSLHandshakeException", "tls"},
      {"sun.security.ssl.SSLFooException", "tls"},
      {"java.net.NoRouteToHostException", "NoRouteToHostException"},
      {"com.example.Outer$InnerException", "InnerException"},
      {"java.net.SocketTimeoutException/Non HTTP response message: Read timed out", "timeout"},
      {"", "error"},
  };
  for (const auto& [name, type] : cases) {
    EXPECT_EQ(jmeter_outcome("Non HTTP response code: " + name, false), (Outcome{"error", type})) << name;
  }
}

TEST(JmeterOutcome, OtherCodesAreKeptAsCleanShortText) {
  EXPECT_EQ(jmeter_outcome("", false), (Outcome{"error", "error"}));
  EXPECT_EQ(jmeter_outcome("ORA-12541", false), (Outcome{"error", "ORA-12541"}));
  EXPECT_EQ(jmeter_outcome("two\nlines", false), (Outcome{"error", "two lines"}));
  EXPECT_EQ(jmeter_outcome(std::string(1000, 'x'), false).error_type, std::string(64, 'x'));
}

TEST(K6Outcome, ExpectedResponseDecides) {
  EXPECT_EQ(k6_outcome("200", "", "", "true"), (Outcome{"200", ""}));
  EXPECT_EQ(k6_outcome("404", "1404", "", "true"), (Outcome{"404", ""}));
  EXPECT_EQ(k6_outcome("404", "1404", "", "false"), (Outcome{"404", "http_404"}));
  EXPECT_EQ(k6_outcome("200", "", "", "false"), (Outcome{"200", "http_200"}));
}

TEST(K6Outcome, WithoutThatTagTheStatusDecides) {
  EXPECT_EQ(k6_outcome("200", "", "", ""), (Outcome{"200", ""}));
  EXPECT_EQ(k6_outcome("", "", "", ""), (Outcome{"ok", ""}));
  EXPECT_EQ(k6_outcome("500", "", "", ""), (Outcome{"500", "http_500"}));
  EXPECT_EQ(k6_outcome("0", "", "", ""), (Outcome{"error", "error"}));
  EXPECT_EQ(k6_outcome("0", "1050", "request timeout", ""), (Outcome{"error", "timeout"}));
}

TEST(K6Outcome, ErrorCodesGetCommonNames) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"1000", "k6_1000"},
      {"1020", "k6_1020"},
      {"1050", "timeout"},
      {"1100", "dns"},
      {"1101", "dns"},
      {"1110", "blocked"},
      {"1111", "blocked"},
      {"1200", "k6_1200"},
      {"1211", "timeout"},
      {"1212", "connection_refused"},
      {"1220", "connection_reset"},
      {"1300", "tls"},
      {"1311", "tls"},
      {"1404", "http_404"},
      {"1503", "http_503"},
      {"1600", "http2"},
      {"1650", "http2"},
      {"1701", "k6_1701"},
  };
  for (const auto& [code, type] : cases) {
    EXPECT_EQ(k6_outcome("0", code, "", "false"), (Outcome{"error", type})) << code;
  }
  EXPECT_EQ(k6_outcome("0", "1000", "Get \"http://x/\": EOF", "false"), (Outcome{"error", "connection_closed"}));
  EXPECT_EQ(k6_outcome("0", "", "no code", "false"), (Outcome{"error", "no code"}));
}

TEST(GatlingOutcome, MessagesGetCommonNames) {
  EXPECT_EQ(gatling_outcome(true, "anything"), (Outcome{"ok", ""}));
  EXPECT_EQ(gatling_outcome(false, "status.find.is(200), but actually found 500"), (Outcome{"500", "http_500"}));
  EXPECT_EQ(gatling_outcome(false, "status.find.in(200,201), but actually found 302"), (Outcome{"302", "assertion"}));
  const std::vector<std::pair<std::string, std::string>> cases{
      {"status.find.is(200), but actually found nothing", "assertion"},
      {"jsonPath($.id).find.exists, found nothing", "assertion"},
      {"Request timeout to 127.0.0.1/127.0.0.1:18080 after 280 ms", "timeout"},
      {"i.n.c.ConnectTimeoutException: connection timed out: a/10.0.0.1:80", "timeout"},
      {"j.n.UnknownHostException: nowhere", "dns"},
      {"j.n.s.SSLHandshakeException: bad", "tls"},
      {"j.n.ConnectException: Connection refused", "connection_refused"},
      {"i.n.c.u.Errors$NativeIoException: recvAddress(..) failed: Connection reset by peer", "connection_reset"},
      {"j.i.IOException: Premature close", "connection_closed"},
      {"something\nelse", "something else"},
      {"", "error"},
  };
  for (const auto& [message, name] : cases) EXPECT_EQ(gatling_outcome(false, message), (Outcome{"error", name}));
}

TEST(OutcomeRules, AStatusAlone) {
  EXPECT_EQ(http_outcome("200"), (Outcome{"200", ""}));
  EXPECT_EQ(http_outcome("399"), (Outcome{"399", ""}));
  EXPECT_EQ(http_outcome("400"), (Outcome{"400", "http_400"}));
  EXPECT_EQ(http_outcome("502"), (Outcome{"502", "http_502"}));
  EXPECT_EQ(http_outcome("000"), (Outcome{"error", "000"}));
  EXPECT_EQ(http_outcome(""), (Outcome{"error", "error"}));
}

TEST(VegetaOutcome, ErrorsGetCommonNames) {
  EXPECT_EQ(vegeta_outcome("200", ""), (Outcome{"200", ""}));
  EXPECT_EQ(vegeta_outcome("302", ""), (Outcome{"302", ""}));
  EXPECT_EQ(vegeta_outcome("101", "101 Switching Protocols"), (Outcome{"101", "http_101"}));
  EXPECT_EQ(vegeta_outcome("503", "503 Service Unavailable"), (Outcome{"503", "http_503"}));
  const std::vector<std::pair<std::string, std::string>> cases{
      {"Get \"http://a/EOF\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)", "timeout"},
      {"Get \"http://a/timeout\": EOF", "connection_closed"},
      {"Get \"http://a/\": dial tcp: lookup a: no such host", "dns"},
      {"Get \"http://a/\": dial tcp 127.0.0.1:1: connect: connection refused", "connection_refused"},
      {"Get \"http://a/\": read tcp 127.0.0.1:1: connection reset by peer", "connection_reset"},
      {"Get \"https://a/\": x509: certificate signed by unknown authority", "tls"},
      {"Get \"http://a/?token=secret\": something else", "something else"},
      {"", "error"},
  };
  for (const auto& [error, name] : cases) EXPECT_EQ(vegeta_outcome("0", error), (Outcome{"error", name}));
}

}  // namespace
}  // namespace omniwriter
