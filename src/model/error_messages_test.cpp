#include "model/error_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace omniwriter {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ErrorMessages, NothingSecretStays) {
  EXPECT_EQ(masked_message("Get \"https://user:pa55@shop.example/a/b?token=abc&x=1\": EOF"),
            "Get \"https://***@shop.example/a/b?***\": EOF");
  EXPECT_EQ(masked_message("request failed: Authorization: Bearer abc.def"),
            "request failed: Authorization: Bearer ***");
  EXPECT_EQ(masked_message("{\"password\": \"hunter2\", \"user\": \"ann\"}"),
            "{\"password\": \"***\", \"user\": \"ann\"}");
  EXPECT_EQ(masked_message("api_key=hunter2 refused"), "api_key=*** refused");
  EXPECT_EQ(masked_message("session_token= hunter2 refused"), "session_token= *** refused");
  EXPECT_EQ(masked_message("key AKIAIOSFODNN7EXAMPLEX is unknown"), "key *** is unknown");
  EXPECT_EQ(masked_message("got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig"), "got ***");
  EXPECT_EQ(masked_message("order 123e4567-e89b-12d3-a456-426614174000 is gone"),
            "order 123e4567-e89b-12d3-a456-426614174000 is gone");
  EXPECT_EQ(masked_message("dial tcp 10.0.0.7:443: connect: connection refused"),
            "dial tcp 10.0.0.7:443: connect: connection refused");
}

TEST(ErrorMessages, IsOneLineOfBoundedLength) {
  EXPECT_EQ(masked_message("first\n  second\xff"), "first   second?");
  EXPECT_LE(masked_message(std::string(1'000'000, 'x')).size(), 300U);
  EXPECT_EQ(masked_message(""), "");
}

TEST(ErrorMessages, IdsAndNumbersAreLeftOut) {
  EXPECT_EQ(normalised_message("order 123e4567-e89b-12d3-a456-426614174000 of user42 is gone"),
            "order # of user# is gone");
  EXPECT_EQ(normalised_message("dial tcp 10.0.0.7:443: refused"), "dial tcp #.#.#.#:#: refused");
  EXPECT_EQ(normalised_message("expected 200, got 503 after 1234 ms at 7fe3b0c4a1"),
            "expected 200, got 503 after # ms at #");
  EXPECT_EQ(normalised_message("127.0.0.1:500 said 404."), "#.#.#.#:# said 404.");
  EXPECT_EQ(normalised_message("Non HTTP response message: Connection refused"),
            "Non HTTP response message: Connection refused");
}

TEST(ErrorMessages, CountsWithFirstLastAndAnExample) {
  ErrorMessages messages;
  const auto add = [&](std::string_view endpoint, std::string_view text, std::int64_t at, std::uint64_t times = 1) {
    messages.add(endpoint, "timeout", messages.id_of(text), text, at, times);
  };
  add("/a", "timeout after 7001 ms", 30);
  add("/a", "timeout after 7002 ms", 10, 2);
  add("/a", "timeout after 7003 ms", 20);
  add("/b", "timeout after 7003 ms", 5);
  const std::vector<ErrorMessage> expected{{"/a", "timeout", "timeout after # ms", 4, 10, 30, "timeout after 7002 ms"},
                                           {"/b", "timeout", "timeout after # ms", 1, 5, 5, "timeout after 7003 ms"}};
  EXPECT_EQ(messages.list(), expected);

  ErrorMessages merged;
  for (const ErrorMessage& message : expected) merged.add(message);
  merged.add({"/a", "timeout", "timeout after # ms", 1, 3, 3, "timeout after 1 ms"});
  EXPECT_EQ(merged.list().front(),
            (ErrorMessage{"/a", "timeout", "timeout after # ms", 5, 3, 30, "timeout after 1 ms"}));
}

TEST(ErrorMessages, WhatThereIsNoPlaceForIsCounted) {
  ErrorMessages messages;
  std::uint64_t all = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string text = "no ";
    for (int n = i; n > 0; n /= 26) text += static_cast<char>('a' + n % 26);
    messages.add("/" + std::to_string(i % 10), "error", messages.id_of(text), text, i, 1);
    ++all;
  }
  const auto list = messages.list();
  EXPECT_LE(list.size(), ErrorMessages::kMaxEntries + 10);
  std::uint64_t counted = 0;
  for (const ErrorMessage& message : list) counted += message.count;
  EXPECT_EQ(counted, all);
  EXPECT_EQ(list.front().message, kOtherEndpoint);
}

}  // namespace
}  // namespace omniwriter
