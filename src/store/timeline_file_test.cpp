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

void add(Aggregator& aggregator, const std::vector<Sample>& samples, std::size_t phases = 0) {
  SampleBatch batch;
  Aggregator::Feed feed;
  for (int i = 0; i < kEndpoints; ++i) batch.endpoint("endpoint " + std::to_string(i));
  batch.outcome("200", "");
  batch.outcome("500", "http_500");
  for (const Sample& sample : samples) {
    batch.samples.push_back(sample);
    for (std::size_t i = 0; i < phases; ++i) {
      batch.detail_of_last().phase_ns[i] = sample.duration_ns / (static_cast<std::int64_t>(i) + 2);
    }
    if (batch.samples.size() < 500) continue;
    aggregator.add(batch, feed);
    batch.clear_samples();
  }
  aggregator.add(batch, feed);
}

void expect_same(const Run& a, const Run& b) {
  EXPECT_EQ(a.interval_seconds, b.interval_seconds);
  EXPECT_EQ(a.phase_seconds, b.phase_seconds);
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

void expect_same(const Timeline& a, const Timeline& b) {
  ASSERT_EQ(a.count_slots(), b.count_slots());
  for (auto x = a.begin(), y = b.begin(); x != Timeline::end(); ++x, ++y) {
    ASSERT_EQ(x->first, y->first);
    ASSERT_EQ(x->second.response_time, y->second.response_time);
    ASSERT_EQ(x->second.bytes_received, y->second.bytes_received);
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

TEST_F(TimelineFileTest, PhasesBecomeCoarserWhateverTheOrder) {
  constexpr std::size_t kPhasesTold = kPhases.size();
  for (const std::size_t budget : {std::size_t{3'000'000}, std::size_t{600'000}}) {
    auto samples = samples_of(5'000, 900);
    Aggregator forward(limits(budget));
    add(forward, samples, kPhasesTold);
    EXPECT_LE(forward.timeline_bytes(), budget);
    const omniwriter::Run so_far = forward.snapshot();
    const omniwriter::Run expected = forward.finish();
    EXPECT_EQ(expected.interval_seconds > 1, budget < 1'000'000) << expected.interval_seconds;
    EXPECT_GT(expected.phase_seconds, kShortestPhaseSeconds);
    expect_same(so_far, expected);
    for (const SampleKind phase : {SampleKind::blocked, SampleKind::receiving}) {
      EXPECT_EQ(expected.samples_of(phase), samples.size());
    }
    std::shuffle(samples.begin(), samples.end(), std::mt19937_64(3));
    Aggregator shuffled(limits(budget));
    add(shuffled, samples, kPhasesTold);
    expect_same(shuffled.finish(), expected);
    Aggregator in_memory({.timeline_bytes = budget});
    add(in_memory, samples, kPhasesTold);
    expect_same(in_memory.finish(), expected);
    Aggregator merged(limits(budget));
    merged.merge(expected);
    expect_same(merged.finish(), expected);
  }
}

TEST_F(TimelineFileTest, AllRequestsStayNarrow) {
  auto samples = samples_of(20'000, 900);
  Aggregator in_memory({.timeline_bytes = std::size_t{1} << 30});
  add(in_memory, samples);
  const omniwriter::Run narrow = in_memory.finish();
  for (const std::size_t budget : {std::size_t{1'500'000}, std::size_t{150'000}}) {
    Aggregator aggregator(limits(budget));
    add(aggregator, samples);
    const omniwriter::Run so_far = aggregator.snapshot();
    const omniwriter::Run wide = aggregator.finish();
    EXPECT_GT(wide.interval_seconds, 1);
    EXPECT_EQ(wide.all_interval_seconds, 1);
    expect_same(wide.all_requests, narrow.all_requests);
    expect_same(so_far.all_requests, narrow.all_requests);
    expect_same(so_far, wide);

    std::map<std::int64_t, Tally> of_endpoints;
    wide.for_each_interval([&](std::int64_t start, std::uint32_t, const std::vector<Run::Cell>& cells) {
      of_endpoints.emplace(start / wide.interval_seconds, wide.interval_total(start, cells));
    });
    std::map<std::int64_t, Tally> of_all;
    wide.for_each_total([&](std::int64_t slot, const Tally& total) { of_all.emplace(slot, total); });
    expect_same(Timeline(of_all), Timeline(of_endpoints));
    EXPECT_EQ(wide.slots().first, of_endpoints.begin()->first);
    EXPECT_EQ(wide.slots().end, of_endpoints.rbegin()->first + 1);
    std::map<std::int64_t, Tally> lately;
    const std::int64_t from = of_all.rbegin()->first - 1;
    wide.for_each_total([&](std::int64_t slot, const Tally& total) { lately.emplace(slot, total); }, {.first = from});
    EXPECT_EQ(lately.size(), 2U);
    EXPECT_EQ(lately[from].response_time, of_all[from].response_time);

    std::shuffle(samples.begin(), samples.end(), std::mt19937_64(3));
    Aggregator shuffled(limits(budget));
    add(shuffled, samples);
    const omniwriter::Run same = shuffled.finish();
    expect_same(same, wide);
    expect_same(same.all_requests, narrow.all_requests);
  }
}

TEST_F(TimelineFileTest, LatelyIsKnownInNarrowSlotsToo) {
  const auto samples = samples_of(20'000, 900);
  Aggregator aggregator(limits(1'500'000));
  add(aggregator, samples);
  const omniwriter::Run lately = aggregator.snapshot(kStart + 600 * kSecond);
  const omniwriter::Run whole = aggregator.finish();
  std::map<std::int64_t, Tally> expected;
  for (auto at = whole.all_requests.lower_bound(lately.started_ns / kSecond); at != Timeline::end(); ++at) {
    expected.emplace(at->first, at->second);
  }
  expect_same(lately.all_requests, Timeline(expected));
  std::uint64_t requests = 0;
  for (const auto& [slot, tally] : lately.all_requests) requests += tally.samples();
  EXPECT_EQ(lately.total().samples(), requests);
}

TEST_F(TimelineFileTest, MergedWideRunsStayNarrowInAll) {
  const auto samples = samples_of(20'000, 900);
  for (const std::size_t budget : {std::size_t{1'500'000}, std::size_t{150'000}}) {
    Aggregator whole(limits(budget));
    add(whole, samples);
    const omniwriter::Run expected = whole.finish();
    Aggregator merged(limits(budget));
    for (const std::size_t part : {2U, 0U, 1U, 3U}) {
      Aggregator aggregator(limits(part == 1 ? std::size_t{1} << 30 : budget / 4));
      const auto begin = samples.begin() + static_cast<std::ptrdiff_t>(part * 5000);
      add(aggregator, {begin, begin + 5000});
      merged.merge(aggregator.finish());
    }
    const omniwriter::Run run = merged.finish();
    EXPECT_GE(run.interval_seconds, expected.interval_seconds);
    EXPECT_EQ(run.all_interval_seconds, 1);
    expect_same(run.all_requests, expected.all_requests);
    std::uint64_t in_timeline = 0;
    for (const Series& series : run.series) {
      for (const auto& [slot, tally] : series.timeline) in_timeline += tally.samples();
    }
    EXPECT_EQ(in_timeline, samples.size());
    EXPECT_EQ(run.total().response_time, expected.total().response_time);
  }
}

// Three days of seconds; what is longer, or has few enough slots to be kept as it is, is as wide as it must be.
TEST_F(TimelineFileTest, AllRequestsOfAWeekAreWider) {
  auto samples = samples_of(20'000, 7 * 86'400);
  for (const bool shuffle : {false, true}) {
    if (shuffle) std::shuffle(samples.begin(), samples.end(), std::mt19937_64(3));
    Aggregator aggregator(limits(400'000));
    add(aggregator, samples);
    const omniwriter::Run run = aggregator.finish();
    EXPECT_GT(run.interval_seconds, 4);
    EXPECT_EQ(run.all_interval_seconds, 4);
    Aggregator roomy(limits(std::size_t{1} << 30));
    add(roomy, samples);
    EXPECT_EQ(roomy.finish().all_interval_seconds, 1);
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
    add(aggregator, samples, 2);
    EXPECT_LE(aggregator.timeline_bytes(), std::size_t{40} << 20);
    const omniwriter::Run run = aggregator.finish();
    EXPECT_EQ(run.samples_of(SampleKind::dns), samples.size());
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
