#include "net/sockets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_clock.h"
#include "support/fake_listener.h"

namespace omniwriter {
namespace {

using namespace std::chrono_literals;
using testing::FakeListener;
using ::testing::HasSubstr;

TEST(HostPort, ReadsNamesAndAddresses) {
  EXPECT_EQ(parse_host_port("graphite:2003")->text(), "graphite:2003");
  EXPECT_EQ(parse_host_port("127.0.0.1:1")->port, 1);
  EXPECT_EQ(parse_host_port("[::1]:8125")->host, "::1");
  EXPECT_EQ(parse_host_port("[::1]:8125")->text(), "[::1]:8125");
  for (const char* bad : {"", "graphite", ":2003", "graphite:", "graphite:0", "graphite:65536", "graphite:2003/x",
                          "http://graphite:2003", "u:p@graphite:2003", "[::1]", "::1", "a b:1", "graphite:2003?x"}) {
    const auto parsed = parse_host_port(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, ErrorCode::usage);
    EXPECT_THAT(parsed.error().message, ::testing::Not(HasSubstr("u:p")));
  }
}

TEST(SendOverTcp, IsDoneOnceTheOtherSideHasReadAll) {
  FakeListener listener(FakeListener::Kind::tcp);
  const std::string much(std::size_t{3} << 20, 'x');
  ASSERT_TRUE(send_over_tcp({"127.0.0.1", listener.port()}, much, 10s));
  EXPECT_EQ(listener.received(), much);
}

TEST(SendOverTcp, TellsWhatWentWrong) {
  const auto error = [](FakeListener::Manner manner) {
    FakeListener listener(FakeListener::Kind::tcp, manner);
    const auto sent = send_over_tcp({"127.0.0.1", listener.port()}, "a 1 1\n", 300ms);
    EXPECT_FALSE(sent);
    return sent.error();
  };
  EXPECT_THAT(error(FakeListener::Manner::holds).message, HasSubstr("does not close"));
  EXPECT_TRUE(error(FakeListener::Manner::holds).retryable);
  EXPECT_THAT(error(FakeListener::Manner::answers).message, HasSubstr("answers"));
  EXPECT_FALSE(error(FakeListener::Manner::answers).retryable);
}

TEST(SendOverTcp, NobodyThereIsRetryable) {
  std::uint16_t port = 0;
  {
    port = FakeListener(FakeListener::Kind::tcp).port();
  }
  const auto sent = send_over_tcp({"127.0.0.1", port}, "x", 1s);
  ASSERT_FALSE(sent);
  EXPECT_TRUE(sent.error().retryable);
  EXPECT_THAT(sent.error().message, HasSubstr("127.0.0.1:"));
}

TEST(UdpSender, SendsDatagramsAndPauses) {
  FakeListener listener(FakeListener::Kind::udp);
  testing::FakeClock clock;
  UdpSender sender({"127.0.0.1", listener.port()}, clock);
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(sender.send(std::string(1000, 'x')));
  EXPECT_EQ(listener.wait_for_bytes(40'000).size(), 40'000U);
  EXPECT_EQ(clock.sleeps().size(), 9U);
}

TEST(UdpSender, NoticesThatNobodyListensHere) {
  std::uint16_t port = 0;
  {
    port = FakeListener(FakeListener::Kind::udp).port();
  }
  testing::FakeClock clock;
  UdpSender sender({"127.0.0.1", port}, clock);
  Result<void> sent;
  for (int i = 0; i < 100 && sent; ++i) sent = sender.send("x");
  ASSERT_FALSE(sent);
  EXPECT_TRUE(sent.error().retryable);
}

}  // namespace
}  // namespace omniwriter
