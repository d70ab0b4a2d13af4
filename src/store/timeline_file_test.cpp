#include "store/timeline_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "formats/run_codec/run_codec.h"
#include "model/aggregator.h"

namespace omniwriter {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'795'446'856 * kSecond;
constexpr int kEndpoints = 7;

std::vector<Sample> samples_of(std::size_t n, std::int64_t seconds) {
  std::mt19937_64 random(1);
  std::vector<Sample> samples(n);
  for (std::size_t i = 0; i < n; ++i) {
    samples[i].start_ns = kStart + static_cast<std::int64_t>(i) * (seconds * kSecond / static_cast<std::int64_t>(n));
    samples[i].duration_ns = static_cast<std::int64_t>(random() % (3 * kSecond));
    samples[i].endpoint = static_cast<std::uint32_t>(random() % kEndpoints);
    samples[i].outcome = static_cast<std::uint16_t>(random() % 2);
    samples[i].bytes_received = 10;
  }
  return samples;
}

void add(Aggregator& aggregator, const std::vector<Sample>& samples) {
  SampleBatch batch;
  Aggregator::Feed feed;
  for (int i = 0; i < kEndpoints; ++i) batch.endpoint("endpoint " + std::to_string(i));
  batch.outcome("200", "");
  batch.outcome("500", "http_500");
  for (const Sample& sample : samples) {
    batch.samples.push_back(sample);
    if (batch.samples.size() < 500) continue;
    aggregator.add(batch, feed);
    batch.clear_samples();
  }
  aggregator.add(batch, feed);
}

void expect_same(const Run& a, const Run& b) {
  EXPECT_EQ(a.interval_seconds, b.interval_seconds);
  ASSERT_EQ(a.series.size(), b.series.size());
  for (std::size_t i = 0; i < a.series.size(); ++i) {
    EXPECT_EQ(a.series[i].endpoint, b.series[i].endpoint);
    EXPECT_EQ(a.series[i].total.response_time, b.series[i].total.response_time);
    ASSERT_EQ(a.series[i].timeline.count_slots(), b.series[i].timeline.count_slots());
    for (auto x = a.series[i].timeline.begin(), y = b.series[i].timeline.begin(); x != Timeline::end(); ++x, ++y) {
      ASSERT_EQ(x->first, y->first);
      ASSERT_EQ(x->second.response_time, y->second.response_time);
      ASSERT_EQ(a.by_status(x->second), b.by_status(y->second));
      ASSERT_EQ(x->second.bytes_received, y->second.bytes_received);
    }
  }
}

// A disk that is full after so many blocks.
class FullDisk final : public TimelineKeeper {
 public:
  explicit FullDisk(int blocks) : blocks_(blocks), file_("/tmp") {}
  std::shared_ptr<const TimelineBlock> keep(const std::map<std::int64_t, Tally>& slots) override {
    return blocks_-- > 0 ? file_.keep(slots) : nullptr;
  }
  [[nodiscard]] std::uint64_t bytes() const override { return file_.bytes(); }
  [[nodiscard]] std::unique_ptr<TimelineKeeper> make_another() const override { return std::make_unique<FullDisk>(0); }

 private:
  int blocks_;
  TimelineFile file_;
};

class TimelineFileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "omniwriter-timeline-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] AggregatorLimits limits(std::size_t timeline_bytes, std::size_t memory_bytes = 0) const {
    return {.timeline_bytes = timeline_bytes,
            .open_bytes = 100'000,
            .keeper = std::make_shared<TimelineFile>(folder_, memory_bytes)};
  }

  std::filesystem::path folder_;
};

TEST_F(TimelineFileTest, WhatIsClosedComesBack) {
  const auto samples = samples_of(20'000, 900);
  Aggregator in_memory({.timeline_bytes = std::size_t{1} << 30});
  add(in_memory, samples);
  const omniwriter::Run expected = in_memory.finish();
  for (const std::size_t memory_bytes : {std::size_t{0}, std::size_t{20'000}, std::size_t{1} << 30}) {
    Aggregator aggregator(limits(std::size_t{1} << 30, memory_bytes));
    add(aggregator, samples);
    expect_same(aggregator.snapshot(), expected);
    const omniwriter::Run run = aggregator.finish();
    aggregator = Aggregator();  // the run outlives all else
    expect_same(run, expected);
  }
}

TEST_F(TimelineFileTest, TheOrderOfSamplesDoesNotMatter) {
  for (const std::size_t budget : {std::size_t{1} << 30, std::size_t{1'500'000}}) {
    auto samples = samples_of(20'000, 900);
    Aggregator forward(limits(budget));
    add(forward, samples);
    const omniwriter::Run expected = forward.finish();
    EXPECT_EQ(expected.interval_seconds > 1, budget < 2'000'000) << expected.interval_seconds;
    std::shuffle(samples.begin(), samples.end(), std::mt19937_64(3));
    Aggregator shuffled(limits(budget));
    add(shuffled, samples);
    expect_same(shuffled.finish(), expected);
    Aggregator in_memory({.timeline_bytes = budget});
    add(in_memory, samples);
    expect_same(in_memory.finish(), expected);
  }
}

TEST_F(TimelineFileTest, OneSampleOfAnotherCenturyIsNoHindrance) {
  for (const std::int64_t away_ns : {-kStart, 2 * kStart}) {
    auto samples = samples_of(20'000, 900);
    samples[100].start_ns += away_ns;
    Aggregator aggregator(limits(std::size_t{1} << 30));
    add(aggregator, samples);
    Aggregator in_memory({.timeline_bytes = std::size_t{1} << 30});
    add(in_memory, samples);
    expect_same(aggregator.finish(), in_memory.finish());
  }
}

TEST_F(TimelineFileTest, WhatHappenedLatelyIsKnownWhateverIsClosed) {
  auto samples = samples_of(20'000, 900);
  Aggregator aggregator(limits(std::size_t{1} << 30));
  add(aggregator, samples);
  const omniwriter::Run recent = aggregator.snapshot(kStart + 600 * kSecond);
  const auto expected =
      std::ranges::count_if(samples, [](const Sample& s) { return s.start_ns >= kStart + 600 * kSecond; });
  EXPECT_EQ(recent.total().samples(), static_cast<std::uint64_t>(expected));
}

TEST_F(TimelineFileTest, AFullDiskCostsResolutionAndNoSample) {
  const auto samples = samples_of(160'000, 60'000);
  for (const int blocks : {0, 5, 60}) {
    Aggregator aggregator(
        {.timeline_bytes = std::size_t{1} << 30, .open_bytes = 100'000, .keeper = std::make_shared<FullDisk>(blocks)});
    add(aggregator, samples);
    EXPECT_LE(aggregator.timeline_bytes(), std::size_t{40} << 20);
    const omniwriter::Run run = aggregator.finish();
    EXPECT_GT(run.interval_seconds, 1);
    EXPECT_EQ(run.total().samples(), samples.size());
    std::uint64_t in_timeline = 0;
    run.for_each_total([&](std::int64_t /*slot*/, const Tally& tally) { in_timeline += tally.samples(); });
    EXPECT_EQ(in_timeline, samples.size());
  }
}

TEST_F(TimelineFileTest, LeavesNothingBehind) {
  Aggregator aggregator(limits(std::size_t{1} << 30));
  add(aggregator, samples_of(20'000, 900));
  EXPECT_TRUE(std::filesystem::is_empty(folder_)) << "the file has no name, so a kill leaves nothing either";
}

TEST_F(TimelineFileTest, WithoutAFolderThereIsNoBlock) {
  TimelineFile file(folder_ / "missing", 0);
  EXPECT_EQ(file.keep({{1, Tally()}}), nullptr);
  TimelineBlockWriter out;
  out.add(1, Tally());
  const auto block = file.keep_encoded(std::move(out).seal(), {1, 2}, 1);
  ASSERT_NE(block, nullptr) << "what is stored can be read all the same";
  EXPECT_TRUE(block->read()->next());
}

}  // namespace
}  // namespace omniwriter
