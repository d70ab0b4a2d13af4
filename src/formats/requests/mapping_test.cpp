#include "formats/requests/mapping.h"

#include <gtest/gtest.h>

namespace omniwriter::mapping {
namespace {

constexpr std::int64_t kStart = 1'795'447'776'590'000'000;

std::string padded(std::string text) { return text.append(8, '#'); }

std::optional<std::int64_t> epoch(const std::string& text) {
  const std::string bytes = padded(text);
  return read_epoch(std::string_view(bytes).substr(0, text.size()));
}

TEST(Mapping, EpochsAreToldByTheirMagnitude) {
  EXPECT_EQ(epoch("1795447776"), 1'795'447'776'000'000'000);
  EXPECT_EQ(epoch("1795447776590"), kStart);
  EXPECT_EQ(epoch("1795447776590123"), kStart + 123'000);
  EXPECT_EQ(epoch("1795447776590123456"), kStart + 123'456);
  EXPECT_EQ(epoch("1795447776.590123456789"), kStart + 123'456);
  EXPECT_EQ(epoch("1795447776590.5"), kStart + 500'000);
  EXPECT_EQ(epoch("1795447776590123.25"), kStart + 123'250);
  EXPECT_EQ(epoch("946684800"), 946'684'800'000'000'000);  // the first second of 2000
  for (const char* text : {"", "0", "12345678", "946684799", "17954477765", "99999999999", "1795447776x", "-1795447776",
                           "1795447776.", ".5", "17954477765901234567", "4102444801"}) {
    EXPECT_FALSE(epoch(text).has_value()) << text;
  }
}

TEST(Mapping, AmountsMayHaveExponents) {
  const auto amount = [](const std::string& text, unsigned decimals) {
    const std::string bytes = padded(text);
    return read_amount(std::string_view(bytes).substr(0, text.size()), decimals);
  };
  EXPECT_EQ(amount("12.5", 6), 12'500'000);
  EXPECT_EQ(amount("0", 9), 0);
  EXPECT_EQ(amount("12345678", 9), 12'345'678'000'000'000);
  EXPECT_EQ(amount("123456789.25", 3), 123'456'789'250);
  EXPECT_EQ(amount("1.123456789123", 9), 1'123'456'789);
  EXPECT_EQ(amount("1.99", 0), 1);
  EXPECT_EQ(amount("5e-05", 9), 50'000);
  EXPECT_EQ(amount("1.5E3", 0), 1500);
  for (const char* text :
       {"", "-1", "e5", "nan", "inf", "1e99", "1e", "0x10", "-1e-5", "1.", ".5", "1.2.3", ".", "1,5"}) {
    EXPECT_FALSE(amount(text, 9).has_value()) << text;
  }
}

TEST(Mapping, KnownNamesComeInAnyOrder) {
  const auto mapping = known_mapping({"status", "duration_us", "x", "endpoint", "timestamp", "users"});
  ASSERT_TRUE(mapping.has_value());
  EXPECT_EQ(mapping->of(Part::start), "timestamp");
  EXPECT_EQ(mapping->of(Part::duration), "duration_us");
  EXPECT_EQ(mapping->duration_decimals, 3U);
  EXPECT_TRUE(mapping->has(Part::users));
  EXPECT_FALSE(mapping->has(Part::error));
  EXPECT_FALSE(known_mapping({"timestamp", "duration_ms"}).has_value());
  EXPECT_FALSE(known_mapping({"timestamp", "duration", "endpoint"}).has_value());  // of what unit?
  EXPECT_FALSE(known_mapping({"timestamp", "duration_s", "duration_ms", "endpoint"}).has_value());
  EXPECT_FALSE(known_mapping({"start", "duration_s", "endpoint"}).has_value());
}

TEST(Mapping, ToldNamesAndUnits) {
  const auto mapping = told_mapping({"end=ts", "duration:us=took", "endpoint=request.uri"});
  ASSERT_TRUE(mapping.has_value());
  EXPECT_EQ(mapping->of(Part::end), "ts");
  EXPECT_EQ(mapping->of(Part::endpoint), "request.uri");
  EXPECT_EQ(mapping->duration_decimals, 3U);
  EXPECT_EQ(told_mapping({"start=a", "duration=elapsed_ms"})->duration_decimals, 6U);
}

TEST(Mapping, WhatIsToldWrongIsAUsageErrorThatSaysHow) {
  struct Case {
    std::vector<std::string> map;
    std::string says;
  };
  for (const Case& wrong : std::vector<Case>{{{"start"}, "pairs"},
                                             {{"start="}, "pairs"},
                                             {{"begin=ts"}, "bytes_received"},
                                             {{"start=ts"}, "duration:ms"},
                                             {{"duration:ms=d"}, "start or end"},
                                             {{"start=a", "end=b", "duration:ms=d"}, "start or end"},
                                             {{"start=a", "duration=d"}, "duration:ms=d"},
                                             {{"start=a", "duration:min=d"}, "min"},
                                             {{"start:ms=a", "duration:ms=d"}, "only duration"}}) {
    const auto mapping = told_mapping(wrong.map);
    ASSERT_FALSE(mapping.has_value());
    EXPECT_EQ(mapping.error().code, ErrorCode::usage);
    EXPECT_NE(mapping.error().message.find(wrong.says), std::string::npos) << mapping.error().message;
  }
}

}  // namespace
}  // namespace omniwriter::mapping
