#include "formats/sample_codec/sample_codec.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace omniwriter {
namespace {

SampleBlock block_of(std::size_t samples, std::int64_t unit_ns) {
  std::mt19937_64 random(7);
  SampleBlock block{.first = 123'456'789'012,
                    .names = {{"/orders/{id}", "/orders/17"}, {"login", "login"}, {"", ""}},
                    .outcomes = {{"200", ""}, {"500", "http_500"}},
                    .samples = {}};
  for (std::size_t i = 0; i < samples; ++i) {
    Sample sample;
    sample.start_ns = (1'700'000'000'000 + static_cast<std::int64_t>(random() % 100'000)) * unit_ns;
    sample.duration_ns = static_cast<std::int64_t>(random() % 10'000) * unit_ns;
    sample.bytes_received = random();
    sample.bytes_sent = random() % 1000;
    sample.endpoint = static_cast<std::uint32_t>(random() % block.names.size());
    sample.outcome = static_cast<std::uint16_t>(random() % block.outcomes.size());
    sample.repeat = static_cast<std::uint32_t>(1 + random() % 3);
    block.samples.push_back(sample);
  }
  return block;
}

void expect_same(const SampleBlock& a, const SampleBlock& b) {
  EXPECT_EQ(a.first, b.first);
  EXPECT_EQ(a.names, b.names);
  EXPECT_EQ(a.outcomes, b.outcomes);
  ASSERT_EQ(a.samples.size(), b.samples.size());
  for (std::size_t i = 0; i < a.samples.size(); ++i) {
    EXPECT_EQ(a.samples[i].start_ns, b.samples[i].start_ns);
    EXPECT_EQ(a.samples[i].duration_ns, b.samples[i].duration_ns);
    EXPECT_EQ(a.samples[i].bytes_received, b.samples[i].bytes_received);
    EXPECT_EQ(a.samples[i].bytes_sent, b.samples[i].bytes_sent);
    EXPECT_EQ(a.samples[i].endpoint, b.samples[i].endpoint);
    EXPECT_EQ(a.samples[i].outcome, b.samples[i].outcome);
    EXPECT_EQ(a.samples[i].repeat, b.samples[i].repeat);
  }
}

TEST(SampleCodec, GivesBackWhatItWasGiven) {
  for (const std::int64_t unit : {std::int64_t{1'000'000}, std::int64_t{1}}) {
    const SampleBlock block = block_of(1000, unit);
    const auto decoded = decode_sample_block(encode_sample_block(block));
    ASSERT_TRUE(decoded) << decoded.error().message;
    expect_same(*decoded, block);
  }
  const auto empty = decode_sample_block(encode_sample_block({}));
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->samples.empty());
}

TEST(SampleCodec, TakesTheWidestTimesThereAre) {
  SampleBlock block = block_of(2, 1);
  block.samples[0].start_ns = std::numeric_limits<std::int64_t>::min() + 1;
  block.samples[1].start_ns = std::numeric_limits<std::int64_t>::max();
  block.samples[1].duration_ns = std::numeric_limits<std::int64_t>::max();
  const auto decoded = decode_sample_block(encode_sample_block(block));
  ASSERT_TRUE(decoded) << decoded.error().message;
  expect_same(*decoded, block);
}

TEST(SampleCodec, KeepsAMillisecondSampleInAFewBytes) {
  SampleBlock block = block_of(SampleBlock::kMaxSamples / 4, 1'000'000);
  for (Sample& sample : block.samples) sample.bytes_received %= 10'000;
  EXPECT_LT(encode_sample_block(block).size(), block.samples.size() * 12);
}

TEST(SampleCodec, WhatIsDamagedIsAnError) {
  const std::string good = encode_sample_block(block_of(50, 1));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(decode_sample_block(good.substr(0, size)));
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    std::ignore = decode_sample_block(bad);  // anything but a crash
  }
}

}  // namespace
}  // namespace omniwriter
