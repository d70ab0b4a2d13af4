#include "judge/run_digest.h"

#include <gtest/gtest.h>

#include "support/sample_runs.h"

namespace omniwriter {
namespace {

TEST(RunDigest, HoldsEachRequestOnce) {
  const omniwriter::Run run = testing::sample_run();
  const RunDigest digest = digest_of(run);
  EXPECT_TRUE(digest.has_samples);
  EXPECT_EQ(digest.info.run_id, "run-1");
  EXPECT_EQ(digest.started_ns, run.started_ns);
  EXPECT_EQ(digest.duration_seconds(), run.duration_seconds());
  EXPECT_EQ(digest.all.total().response_time, run.total().response_time);
  EXPECT_EQ(digest.all.total().errors, testing::kSampleRunErrors);
  ASSERT_EQ(digest.endpoints.size(), 3);  // no transactions
  std::uint64_t samples = 0;
  for (const EndpointDigest& endpoint : digest.endpoints) {
    const Series* series = run.find(endpoint.endpoint, SampleKind::request);
    ASSERT_TRUE(series);
    EXPECT_EQ(endpoint.total().response_time, series->total.response_time);
    EXPECT_EQ(endpoint.total().errors, run.errors(series->total));
    samples += endpoint.total().response_time.count();
  }
  EXPECT_EQ(samples, testing::kSampleRunRequests);
}

TEST(RunDigest, CutsARunIntoBatchesOfEqualLength) {
  const RunDigest digest = digest_of(testing::sample_run());
  for (const BatchDigest& batch : digest.all.batches) EXPECT_EQ(batch.response_time.count(), 120);
}

TEST(RunDigest, IsTheSameFromNarrowAndFromWideSlots) {
  omniwriter::Run run;
  run.interval_seconds = 10;
  run.all_interval_seconds = 1;
  Series series{.endpoint = "a", .kind = SampleKind::request, .total = {}, .timeline = {}};
  std::map<std::int64_t, Tally> wide;
  std::map<std::int64_t, Tally> narrow;
  for (std::int64_t second = 0; second < 200; ++second) {
    narrow[1000 + second].response_time.add(1'000'000 + second);
    wide[100 + second / 10].response_time.add(1'000'000 + second);
    series.total.response_time.add(1'000'000 + second);
  }
  series.timeline = wide;
  run.series.push_back(series);
  run.all_requests = narrow;
  const RunDigest digest = digest_of(run);
  for (std::size_t at = 0; at < kBatches; ++at) {
    EXPECT_EQ(digest.all.batches[at].response_time, digest.endpoints[0].batches[at].response_time) << at;
  }
}

TEST(RunDigest, KeepsWhatAToolToldWithoutSamples) {
  omniwriter::Run run = testing::sample_run();
  ReportedTotal reported{.total = run.total(), .timeline = {}, .throughput_rps = {}};
  reported.total.reported =
      std::make_shared<ReportedTimes>(ReportedTimes{.quantiles = {{0.95, 0.5}}, .relative_error = {}});
  run.reported = reported;
  const RunDigest digest = digest_of(run);
  EXPECT_FALSE(digest.has_samples);
  EXPECT_EQ(digest.all.total().response_time.count(), testing::kSampleRunRequests);
  ASSERT_TRUE(digest.all.reported);
  EXPECT_EQ(digest.all.reported->quantiles.size(), 1);
  EXPECT_EQ(digest.endpoints.size(), 3);
}

TEST(RunDigest, OfNothingIsEmpty) {
  const RunDigest digest = digest_of(omniwriter::Run{});
  EXPECT_EQ(digest.all.total().response_time.count(), 0);
  EXPECT_TRUE(digest.endpoints.empty());
}

}  // namespace
}  // namespace omniwriter
