#include "net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "net/gzip.h"
#include "support/fake_http_server.h"

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using testing::FakeHttpServer;
using testing::FakeReply;
using testing::FakeRequest;
using ::testing::HasSubstr;
using ::testing::Not;

FakeHttpServer::Handler always(const FakeReply& reply) {
  return [reply](const FakeRequest&) { return reply; };
}

TEST(HttpClient, SendsWhatItIsToldAndReturnsTheAnswer) {
  FakeHttpServer server(always({.status = 418, .body = "tea", .headers = {{"X-Kind", "pot"}}}));
  HttpClient client;
  HttpRequest request;
  request.method = "PUT";
  request.url = server.url() + "/a/b?c=d";
  request.headers = {{"Content-Type", "text/plain"}, {"X-Empty", ""}};
  request.body = "hello";
  request.login.username = "ann";
  request.login.password = Secret("s3cret");
  const auto response = client.send(request);
  ASSERT_TRUE(response) << response.error().message;
  EXPECT_EQ(response->status, 418);
  EXPECT_EQ(response->body, "tea");
  EXPECT_EQ(response->header("x-kind"), "pot");
  const auto seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "PUT");
  EXPECT_EQ(seen.target, "/a/b?c=d");
  EXPECT_EQ(seen.body, "hello");
  EXPECT_EQ(seen.header("Content-Type"), "text/plain");
  EXPECT_EQ(seen.header("Authorization"), "Basic YW5uOnMzY3JldA==");
  EXPECT_EQ(seen.header("Expect"), "");
  EXPECT_THAT(seen.header("User-Agent"), HasSubstr("omniwriter/"));
}

TEST(HttpClient, KeepsTheConnectionAndForgetsTheLastRequest) {
  FakeHttpServer server(always({}));
  HttpClient client;
  HttpRequest first;
  first.method = "POST";
  first.url = server.url();
  first.body = std::string_view("x");
  first.login.token = Secret("token");
  ASSERT_TRUE(client.send(first));
  HttpRequest second;
  second.url = server.url();
  ASSERT_TRUE(client.send(second));
  EXPECT_EQ(server.connections(), 1U);
  EXPECT_EQ(server.requests()[0].header("Authorization"), "Bearer token");
  EXPECT_EQ(server.requests()[1].method, "GET");
  EXPECT_EQ(server.requests()[1].body, "");
  EXPECT_EQ(server.requests()[1].header("Authorization"), "");
}

TEST(HttpClient, CompressesBodies) {
  FakeHttpServer server(always({}));
  HttpClient client;
  HttpRequest request;
  const std::string body(100'000, 'a');
  request.method = "POST";
  request.url = server.url();
  request.body = body;
  request.compress = true;
  ASSERT_TRUE(client.send(request));
  EXPECT_LT(server.requests()[0].body.size(), 1000U);
  EXPECT_EQ(server.requests()[0].plain_body(), body);
}

TEST(HttpClient, DoesNotFollowRedirects) {
  FakeHttpServer server(always({.status = 302, .headers = {{"Location", "/elsewhere"}}}));
  HttpClient client;
  HttpRequest request;
  request.url = server.url();
  const auto response = client.send(request);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 302);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpClient, TakesNoLongerAnswerThanWasAskedFor) {
  FakeReply reply{.body = std::string(1001, 'x')};
  FakeHttpServer server([&](const FakeRequest&) { return reply; });
  HttpClient client;
  HttpRequest request;
  request.url = server.url();
  request.max_answer_bytes = 1001;
  EXPECT_TRUE(client.send(request));
  request.max_answer_bytes = 1000;
  const auto whole = client.send(request);
  ASSERT_FALSE(whole);
  EXPECT_THAT(whole.error().message, HasSubstr("the answer is longer than 1000 bytes"));
  EXPECT_FALSE(whole.error().retryable);
  reply.status = 500;  // its beginning says enough
  const auto failure = client.send(request);
  ASSERT_TRUE(failure) << failure.error().message;
  EXPECT_EQ(failure->body.size(), 1000U);
}

// A few kilobytes on the wire may be gigabytes.
TEST(HttpClient, APackedAnswerIsNoLongerThanAPlainOne) {
  const auto packed = gzip(std::string(std::size_t{4} << 20, '['));
  ASSERT_TRUE(packed);
  FakeHttpServer server(always({.body = *packed, .headers = {{"Content-Encoding", "gzip"}}}));
  HttpRequest request;
  request.url = server.url();
  const auto response = HttpClient().send(request);
  ASSERT_FALSE(response);
  EXPECT_THAT(response.error().message, HasSubstr("the answer is longer than 1048576 bytes"));
}

TEST(HttpClient, NoAnswerIsRetryableAndNamesNoSecret) {
  FakeHttpServer server(always({.cut_after_bytes = 0}));
  HttpClient client;
  HttpRequest request;
  request.url = server.url() + "/write?p=s3cret";
  request.login.username = "ann";
  request.login.password = Secret("s3cret");
  const auto response = client.send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::unreachable);
  EXPECT_TRUE(response.error().retryable);
  EXPECT_THAT(response.error().message, HasSubstr(server.url() + "/write"));
  EXPECT_THAT(response.error().message, Not(HasSubstr("s3cret")));
}

TEST(HttpClient, AnAnswerCutShortIsNoAnswer) {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n";
  for (std::size_t bytes = 0; bytes < head.size() + 11; ++bytes) {
    FakeHttpServer server(always({.body = "a long body", .cut_after_bytes = bytes}));
    HttpClient client;
    HttpRequest request;
    request.url = server.url();
    const auto response = client.send(request);
    ASSERT_FALSE(response) << bytes;
    EXPECT_TRUE(response.error().retryable) << bytes << response.error().message;
  }
}

TEST(HttpClient, ConnectionClosedBeforeReadingIsRetryable) {
  FakeHttpServer server(always({}));
  server.refuse_next(1);
  HttpClient client;
  HttpRequest request;
  request.url = server.url();
  const auto refused = client.send(request);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().retryable);
  EXPECT_TRUE(client.send(request));
}

TEST(HttpClient, SendsOnceWhatMustNotArriveTwice) {
  for (const bool once : {false, true}) {
    int requests = 0;
    FakeHttpServer server(
        [&](const FakeRequest&) { return ++requests == 2 ? FakeReply{.cut_after_bytes = 0} : FakeReply{}; });
    HttpClient client;
    HttpRequest request;
    request.method = "POST";
    request.url = server.url();
    request.body = "x";
    request.once = once;
    EXPECT_TRUE(client.send(request));
    EXPECT_EQ(client.send(request).has_value(), !once);  // the reply is lost
    EXPECT_EQ(server.requests().size(), once ? 2U : 3U);
  }
}

TEST(HttpClient, TimesOut) {
  FakeHttpServer server(always({.hold = true}));
  HttpClient client;
  HttpRequest request;
  request.url = server.url();
  request.timeout = 50ms;
  const auto response = client.send(request);
  ASSERT_FALSE(response);
  EXPECT_TRUE(response.error().retryable);
}

TEST(HttpClient, BreaksOffSoonWhenAskedTo) {
  FakeHttpServer server(always({.hold = true}));
  std::stop_source stop;
  HttpClient client(stop.get_token());
  HttpRequest request;
  request.url = server.url();
  request.timeout = 20s;
  const auto begun = std::chrono::steady_clock::now();
  const std::jthread asks([&] {
    std::this_thread::sleep_for(100ms);
    stop.request_stop();
  });
  for (int i = 0; i < 2; ++i) {  // the second one at once
    const auto response = client.send(request);
    ASSERT_FALSE(response);
    EXPECT_TRUE(response.error().retryable);
    EXPECT_THAT(response.error().message, HasSubstr("broken off"));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 2s);
}

TEST(HttpClient, SendsSeveralRequestsAtOnceOverConnectionsThatItKeeps) {
  FakeHttpServer server([](const FakeRequest& request) { return FakeReply{.body = request.target}; });
  HttpClient client;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        HttpRequest request;
        request.url = server.url() + "/" + std::to_string(i);
        const auto response = client.send(request);
        ASSERT_TRUE(response) << response.error().message;
        EXPECT_EQ(response->body, "/" + std::to_string(i));
      });
    }
  }
  EXPECT_EQ(server.requests().size(), 12U);
  EXPECT_LE(server.connections(), 4U);
}

TEST(HttpClient, RefusesWhatIsNoPlainHttpUrl) {
  HttpClient client;
  HttpRequest request;
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/x", "http://", "", "http://ann:s3cret@127.0.0.1/"}) {
    request.url = url;
    const auto response = client.send(request);
    ASSERT_FALSE(response) << url;
    EXPECT_FALSE(response.error().retryable) << url;
    EXPECT_THAT(response.error().message, Not(HasSubstr("s3cret")));
  }
}

TEST(HttpClient, RefusesHeadersWithLineBreaks) {
  HttpClient client;
  HttpRequest request;
  request.url = "http://127.0.0.1:1/";
  request.headers = {{"X-A", "b\r\nX-C: d"}};
  const auto response = client.send(request);
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, ErrorCode::usage);
}

TEST(HttpClient, AnErrorThatRepeatsTheLoginHoldsNoSecret) {
  testing::FakeHttpServer server([](const testing::FakeRequest& request) -> testing::FakeReply {
    return {.status = 401, .body = "no: " + request.header("Authorization") + " pass-word glsa_token"};
  });
  HttpClient client;
  HttpRequest request;
  request.url = server.url();
  request.login.token = Secret("glsa_token");
  EXPECT_EQ(client.send(request)->body, "no: Bearer *** pass-word ***");
  request.login.token = {};
  request.login.username = "ann";
  request.login.password = Secret("pass-word");
  EXPECT_EQ(client.send(request)->body, "no: Basic *** *** glsa_token");
}

TEST(HttpResponse, ReadsRetryAfter) {
  const auto after = [](std::string value) {
    HttpResponse response;
    response.headers = {{"retry-after", std::move(value)}};
    return response.retry_after(std::chrono::system_clock::from_time_t(784'111'777));  // Sun, 06 Nov 1994 08:49:37 GMT
  };
  EXPECT_EQ(after("7"), 7s);
  EXPECT_EQ(after("Sun, 06 Nov 1994 08:49:47 GMT"), 10s);
  EXPECT_EQ(after("Sun, 06 Nov 1994 08:49:00 GMT"), 0s);
  EXPECT_EQ(after("86400"), 1h);
  EXPECT_EQ(after("99999999999999999999999"), 1h);
  EXPECT_EQ(after("-3"), 0s);
  EXPECT_EQ(after("soon"), 0s);
  EXPECT_EQ(HttpResponse().retry_after({}), 0s);
}

TEST(HttpResponse, TellsTheTimeOfTheServer) {
  HttpResponse response;
  EXPECT_FALSE(response.date());
  response.headers = {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  EXPECT_EQ(response.date(), std::chrono::sys_seconds(784'111'777s));
  response.headers = {{"date", "now"}};
  EXPECT_FALSE(response.date());
}

TEST(Url, EncodesAndJoins) {
  EXPECT_EQ(url_encode("a-Z_0.~ /\xc3\xa9"), "a-Z_0.~%20%2F%C3%A9");
  EXPECT_EQ(join_url("http://h", "/p"), "http://h/p");
  EXPECT_EQ(join_url("http://h/", "/p?q"), "http://h/p?q");
  EXPECT_EQ(join_url("http://h/base//", "p"), "http://h/base/p");
}

}  // namespace
}  // namespace omniwriter
