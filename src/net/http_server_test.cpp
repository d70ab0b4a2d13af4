#include "net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "net/http_client.h"

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::StartsWith;

/// A client that says what a test wants, however wrong.
class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&at), sizeof(at)), 0);
  }
  ~RawClient() { ::close(socket_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void say(std::string_view text) const { std::ignore = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }
  /// All that comes until the server closes.
  [[nodiscard]] std::string hear() const {
    std::string heard;
    std::array<char, 65536> part{};
    while (true) {
      pollfd entry{socket_, POLLIN, 0};
      if (::poll(&entry, 1, 10'000) != 1) return heard + "(still open)";
      const ssize_t n = ::recv(socket_, part.data(), part.size(), 0);
      if (n <= 0) return heard;
      heard.append(part.data(), static_cast<std::size_t>(n));
    }
  }

 private:
  int socket_;
};

class HttpServerTest : public ::testing::Test {
 protected:
  void start(HttpServerLimits limits) {
    auto server = HttpServer::listen(
        {"127.0.0.1", 0},
        [this](const ServedRequest& request) {
          return ServedReply{.headers = {{"X-Path", request.path}}, .body = body_, .sent = [this] { ++sent_; }};
        },
        limits);
    ASSERT_TRUE(server) << server.error().message;
    server_ = *std::move(server);
  }
  void SetUp() override { start({}); }

  [[nodiscard]] Result<HttpResponse> get(const std::string& path = "/x?y=z") {
    HttpRequest request;
    request.url = "http://127.0.0.1:" + std::to_string(server_->port()) + path;
    return HttpClient().send(request);
  }

  std::string body_ = "hello";
  std::atomic<int> sent_ = 0;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersOverAConnectionThatStays) {
  const RawClient client(server_->port());
  client.say("GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nHEAD /c HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string heard = client.hear();
  EXPECT_THAT(heard,
              StartsWith("HTTP/1.1 200 OK\r\nX-Path: /a\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello"
                         "HTTP/1.1 200 OK\r\nX-Path: /c\r\n"));
  EXPECT_THAT(heard, EndsWith("Content-Length: 5\r\nConnection: close\r\n\r\n"));
  EXPECT_EQ(sent_, 2);
}

TEST_F(HttpServerTest, NonsenseIsRefused) {
  for (const auto& [said, status] : std::vector<std::pair<std::string, std::string>>{
           {"what is this\r\n\r\n", "400"},
           {"GET / HTTP/1.1\r\n" + std::string(100'000, 'a') + ": b\r\n\r\n", "431"},
           {"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "400"}}) {
    const RawClient client(server_->port());
    client.say(said);
    EXPECT_THAT(client.hear(), StartsWith("HTTP/1.1 " + status)) << said.substr(0, 30);
  }
  EXPECT_EQ(get()->body, "hello");
}

TEST_F(HttpServerTest, ABodyIsNotReadAndDoesNotEatTheAnswer) {
  const RawClient client(server_->port());
  client.say("POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_THAT(client.hear(), EndsWith("Connection: close\r\n\r\nhello"));
}

TEST_F(HttpServerTest, WhoSaysNothingIsLetGo) {
  server_.reset();
  start({.request_timeout = 100ms});
  const RawClient silent(server_->port());
  const RawClient slow(server_->port());
  slow.say("GET / HT");
  EXPECT_EQ(silent.hear(), "");
  EXPECT_EQ(slow.hear(), "");
}

TEST_F(HttpServerTest, ManyWhoSayNothingKeepNobodyOut) {
  std::vector<std::unique_ptr<RawClient>> silent;
  silent.reserve(200);
  for (int i = 0; i < 200; ++i) silent.push_back(std::make_unique<RawClient>(server_->port()));
  for (int i = 0; i < 10; ++i) {
    const auto answer = get();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->body, "hello");
  }
  EXPECT_EQ(silent.front()->hear(), "") << "who waited longest had to go";
}

TEST_F(HttpServerTest, WhoDoesNotReadHoldsUpNobodyAndCountsAsNotSent) {
  server_.reset();
  body_.assign(std::size_t{32} << 20, 'x');
  start({.reply_timeout = 500ms});
  {
    const RawClient deaf(server_->port());
    deaf.say("GET / HTTP/1.1\r\n\r\n");
    // The client takes 16 MiB and cuts the rest.
    std::ignore = get();
    const std::string heard = (std::this_thread::sleep_for(700ms), deaf.hear());
    EXPECT_LT(heard.size(), body_.size());
  }
  EXPECT_EQ(sent_, 0);
  server_.reset();
  body_ = "short";
  start({});
  EXPECT_EQ(get()->body, "short");
  server_.reset();
  EXPECT_LE(sent_, 1) << "told behind the last byte, so perhaps not any more";
}

TEST_F(HttpServerTest, EndsWhateverClientsDo) {
  const RawClient silent(server_->port());
  const RawClient slow(server_->port());
  slow.say("GET / HT");
  EXPECT_TRUE(get());
  const auto begun = std::chrono::steady_clock::now();
  server_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s);
}

TEST_F(HttpServerTest, SaysWhyItCannotListen) {
  const HostPort taken{"127.0.0.1", server_->port()};
  const auto second = HttpServer::listen(taken, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::busy);
  EXPECT_EQ(second.error().message, "cannot listen on " + taken.text() + ": Address already in use");
  server_.reset();
  EXPECT_TRUE(HttpServer::listen(taken, {})) << "at once free again";
  EXPECT_FALSE(HttpServer::listen({"192.0.2.1", 0}, {})) << "no address of this machine";
}

TEST(ListenPlace, IsThisMachineAloneUnlessToldOtherwise) {
  EXPECT_EQ(parse_listen_place("9464")->text(), "127.0.0.1:9464");
  EXPECT_EQ(parse_listen_place(":9464")->text(), "127.0.0.1:9464");
  EXPECT_EQ(parse_listen_place("0")->text(), "127.0.0.1:0");
  EXPECT_EQ(parse_listen_place("0.0.0.0:80")->text(), "0.0.0.0:80");
  EXPECT_EQ(parse_listen_place("[::1]:80")->text(), "[::1]:80");
  for (const char* wrong : {"", ":", "a", "a:", "a:b", "a:-1", "a:65536", "::1", "u:p@a:1", "a:1/x", "http://a:1"}) {
    EXPECT_FALSE(parse_listen_place(wrong)) << wrong;
  }
  for (const char* host : {"localhost", "127.0.0.1", "127.9.9.9", "::1"}) EXPECT_TRUE(is_loopback(host)) << host;
  for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "example", ""}) EXPECT_FALSE(is_loopback(host)) << host;
}

}  // namespace
}  // namespace omniwriter
