#include "model/aggregator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace omniwriter {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'795'446'856 * kSecond;

struct Row {
  std::string endpoint;
  std::int64_t start_ns;
  std::int64_t duration_ns;
  std::string status;
  std::string error_type;
};

std::vector<Row> random_rows(std::uint64_t seed, std::size_t n, std::int64_t seconds, int endpoints = 6) {
  std::mt19937_64 random(seed);
  std::vector<Row> rows;
  for (std::size_t i = 0; i < n; ++i) {
    const bool failed = random() % 20 == 0;
    rows.push_back({"endpoint " + std::to_string(random() % static_cast<std::uint64_t>(endpoints)),
                    kStart + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(seconds * kSecond)),
                    static_cast<std::int64_t>(random() % (3 * kSecond)), failed ? "500" : "200",
                    failed ? "http_500" : ""});
  }
  return rows;
}

// `phases`: of each request so many, each a fraction of its time.
void add(Aggregator& aggregator, const std::vector<Row>& rows, std::size_t phases = 0) {
  SampleBatch batch;
  Aggregator::Feed feed;
  for (const Row& row : rows) {
    Sample sample;
    sample.start_ns = row.start_ns;
    sample.duration_ns = row.duration_ns;
    sample.bytes_received = 10;
    sample.bytes_sent = 1;
    sample.endpoint = batch.endpoint(row.endpoint);
    sample.outcome = batch.outcome(row.status, row.error_type);
    batch.samples.push_back(sample);
    for (std::size_t i = 0; i < phases; ++i)
      batch.detail_of_last().phase_ns[i] = row.duration_ns / (static_cast<std::int64_t>(i) + 2);
    if (batch.samples.size() == 100) {
      aggregator.add(batch, feed);
      batch.clear_samples();
    }
  }
  aggregator.add(batch, feed);
}

// Everything in a run that does not depend on the order of its samples.
void expect_same(const Run& a, const Run& b) {
  ASSERT_EQ(a.series.size(), b.series.size());
  EXPECT_EQ(a.interval_seconds, b.interval_seconds);
  EXPECT_EQ(a.phase_seconds, b.phase_seconds);
  EXPECT_EQ(a.started_ns, b.started_ns);
  EXPECT_EQ(a.ended_ns, b.ended_ns);
  EXPECT_EQ(a.active_users, b.active_users);
  for (std::size_t i = 0; i < a.series.size(); ++i) {
    EXPECT_EQ(a.series[i].endpoint, b.series[i].endpoint);
    EXPECT_EQ(a.series[i].total.response_time, b.series[i].total.response_time);
    EXPECT_EQ(a.by_status(a.series[i].total), b.by_status(b.series[i].total));
    EXPECT_EQ(a.errors(a.series[i].total), b.errors(b.series[i].total));
    ASSERT_EQ(a.series[i].timeline.count_slots(), b.series[i].timeline.count_slots());
    auto other = b.series[i].timeline.begin();
    for (const auto& [slot, tally] : a.series[i].timeline) {
      EXPECT_EQ(slot, other->first);
      EXPECT_EQ(tally.response_time, other->second.response_time);
      EXPECT_EQ(tally.bytes_received, other->second.bytes_received);
      ++other;
    }
  }
}

TEST(Aggregator, CountsEverySampleOnceInTotalsAndTimeline) {
  const auto rows = random_rows(1, 5000, 30);
  Aggregator aggregator;
  add(aggregator, rows);
  EXPECT_EQ(aggregator.samples(), rows.size());
  const omniwriter::Run run = aggregator.finish();

  EXPECT_EQ(run.total().samples(), rows.size());
  EXPECT_EQ(run.errors(run.total()),
            std::count_if(rows.begin(), rows.end(), [](const Row& row) { return !row.error_type.empty(); }));
  EXPECT_EQ(run.total().bytes_received, 10 * rows.size());
  EXPECT_EQ(run.started_ns, std::min_element(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
                              return a.start_ns < b.start_ns;
                            })->start_ns);

  std::uint64_t in_intervals = 0;
  std::int64_t last_start = 0;
  run.for_each_interval([&](std::int64_t start, std::uint32_t /*users*/,
                            const std::vector<omniwriter::Run::Cell>& cells) {
    EXPECT_GT(start, last_start);
    last_start = start;
    for (const omniwriter::Run::Cell& cell : cells) {
      in_intervals += cell.tally->samples();
      for (const auto& row : rows) {
        const bool inside = row.start_ns >= start * kSecond && row.start_ns < (start + run.interval_seconds) * kSecond;
        if (inside && row.endpoint == cell.series->endpoint) {
          EXPECT_GE(cell.tally->response_time.max_ns(), row.duration_ns);
        }
      }
    }
  });
  EXPECT_EQ(in_intervals, rows.size());
}

TEST(Aggregator, TheOrderOfSamplesDoesNotMatter) {
  auto rows = random_rows(2, 3000, 600);
  const AggregatorLimits tight{.max_series = 100, .timeline_bytes = 400'000};
  Aggregator forward(tight);
  add(forward, rows);
  std::shuffle(rows.begin(), rows.end(), std::mt19937_64(3));
  Aggregator shuffled(tight);
  add(shuffled, rows);
  const omniwriter::Run run = forward.finish();
  EXPECT_GT(run.interval_seconds, 1);  // the budget has bitten, or this proves little
  expect_same(run, shuffled.finish());
}

TEST(Aggregator, MergingRunsEqualsAggregatingAllSamples) {
  for (const std::size_t budget : {std::size_t{1} << 30, std::size_t{300'000}}) {
    const AggregatorLimits limits{.max_series = 100, .timeline_bytes = budget};
    const auto rows = random_rows(4, 4000, 900);
    std::vector<omniwriter::Run> parts;
    for (std::size_t part = 0; part < 3; ++part) {
      Aggregator aggregator(limits);
      add(aggregator, {rows.begin() + static_cast<std::ptrdiff_t>(part * 1000),
                       part == 2 ? rows.end() : rows.begin() + static_cast<std::ptrdiff_t>((part + 1) * 1000)});
      parts.push_back(aggregator.finish());
    }
    Aggregator whole(limits);
    add(whole, rows);
    const omniwriter::Run expected = whole.finish();
    for (const auto& order : {std::array{0, 1, 2}, std::array{2, 1, 0}, std::array{1, 2, 0}}) {
      Aggregator merged(limits);
      for (const int part : order) merged.merge(parts[static_cast<std::size_t>(part)]);
      expect_same(expected, merged.finish());
    }
  }
}

TEST(Aggregator, KeepsItsBudgetByDoublingTheInterval) {
  const AggregatorLimits limits{.max_series = 100, .timeline_bytes = 200'000};
  Aggregator aggregator(limits);
  add(aggregator, random_rows(5, 20'000, 20'000));
  EXPECT_LE(aggregator.timeline_bytes(), limits.timeline_bytes);
  const std::int64_t interval = aggregator.interval_seconds();
  EXPECT_GT(interval, 1);
  EXPECT_EQ(interval & (interval - 1), 0);
  EXPECT_EQ(aggregator.finish().total().samples(), 20'000U);
}

TEST(Aggregator, PhasesBecomeCoarserBeforeEndpointsDo) {
  const AggregatorLimits limits{.max_series = 100, .timeline_bytes = 4'000'000};
  auto rows = random_rows(6, 5'000, 10'000);
  Aggregator plain(limits);
  add(plain, rows);
  const omniwriter::Run without = plain.finish();
  ASSERT_EQ(without.interval_seconds, 1);
  Aggregator forward(limits);
  add(forward, rows, kPhases.size());
  EXPECT_LE(forward.timeline_bytes(), limits.timeline_bytes);
  const omniwriter::Run run = forward.finish();
  EXPECT_EQ(run.interval_seconds, 1);
  EXPECT_GT(run.phase_seconds, kShortestPhaseSeconds);
  EXPECT_EQ(run.total(SampleKind::blocked).samples(), rows.size());
  const Timeline& blocked = run.find("endpoint 1", SampleKind::blocked)->timeline;
  for (const auto& [slot, tally] : blocked) EXPECT_EQ((slot + 1) % run.phase_seconds, 0);

  std::shuffle(rows.begin(), rows.end(), std::mt19937_64(7));
  Aggregator shuffled(limits);
  add(shuffled, rows, kPhases.size());
  expect_same(run, shuffled.finish());
  Aggregator merged(limits);
  merged.merge(run);
  merged.merge(without);
  EXPECT_EQ(merged.finish().phase_seconds, run.phase_seconds);
}

TEST(Aggregator, ALongRunWithPhasesKeepsItsBudgetWhateverTheOrder) {
  const AggregatorLimits tight{.max_series = 100, .timeline_bytes = 600'000};
  auto rows = random_rows(8, 6'000, 40'000);
  Aggregator forward(tight);
  add(forward, rows, 3);
  EXPECT_LE(forward.timeline_bytes(), tight.timeline_bytes);
  const omniwriter::Run run = forward.finish();
  EXPECT_GT(run.interval_seconds, 1);
  EXPECT_GT(run.phase_seconds, kShortestPhaseSeconds);
  std::shuffle(rows.begin(), rows.end(), std::mt19937_64(9));
  Aggregator shuffled(tight);
  add(shuffled, rows, 3);
  expect_same(run, shuffled.finish());
}

// The outcomes of cells are part of their content.
TEST(Aggregator, ManyOutcomesKeepTheBudget) {
  const AggregatorLimits limits{.max_series = 1000, .timeline_bytes = 4'000'000};
  Aggregator aggregator(limits);
  SampleBatch batch;
  Aggregator::Feed feed;
  constexpr int kRounds = 300;
  for (int round = 0; round < kRounds; ++round) {
    for (int code = 0; code < 1000; ++code) {
      Sample& sample = batch.samples.emplace_back();
      sample.start_ns = kStart + round % 100 * kSecond;
      sample.endpoint = batch.endpoint(std::to_string(round));
      sample.outcome = batch.outcome(std::to_string(code), "");
    }
    aggregator.add(batch, feed);
    batch.clear_samples();
  }
  EXPECT_LE(aggregator.timeline_bytes(), limits.timeline_bytes);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.total().samples(), kRounds * 1000U);
  std::size_t entries = 0;
  std::uint64_t others = 0;
  for (const Series& series : run.series) {
    entries += series.total.outcomes.entries().size();
    for (const auto& [outcome, count] : series.total.outcomes.entries()) {
      if (run.outcomes[outcome].status == "__other__") others += count;
    }
  }
  EXPECT_LE(entries, 65'536U + kRounds);
  EXPECT_EQ(others, kRounds * 1000U - 65'536U) << "those of the first endpoints are told apart";
}

TEST(Aggregator, EndpointsBeyondTheBudgetAreVisibleAsOther) {
  Aggregator aggregator({.max_series = 10, .timeline_bytes = std::size_t{1} << 30});
  add(aggregator, random_rows(6, 5000, 10, 100));
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.series.size(), 11U);
  EXPECT_EQ(run.total().samples(), 5000U);
  const auto other = std::find_if(run.series.begin(), run.series.end(),
                                  [](const Series& series) { return series.endpoint == kOtherEndpoint; });
  ASSERT_NE(other, run.series.end());
  EXPECT_EQ(run.other_samples, other->total.samples());
  EXPECT_GT(run.other_samples, 4000U);
}

TEST(Aggregator, TransactionsAndSubResultsAreKeptApart) {
  SampleBatch batch;
  Aggregator::Feed feed;
  for (const SampleKind kind : {SampleKind::request, SampleKind::transaction, SampleKind::sub_result}) {
    Sample sample;
    sample.start_ns = kStart;
    sample.duration_ns = kSecond;
    sample.endpoint = batch.endpoint("same name");
    sample.outcome = batch.outcome("200", "");
    sample.kind = kind;
    batch.samples.push_back(sample);
  }
  Aggregator aggregator;
  aggregator.add(batch, feed);
  EXPECT_EQ(aggregator.samples(), 1U);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.series.size(), 3U);
  EXPECT_EQ(run.total().samples(), 1U);
  EXPECT_EQ(run.samples_of(SampleKind::transaction), 1U);
  EXPECT_EQ(run.samples_of(SampleKind::sub_result), 1U);
}

TEST(Aggregator, UsersOfSeveralFilesAreAddedWhereTheyOverlap) {
  const auto add_file = [](Aggregator& aggregator, std::int64_t from, std::int64_t to, std::uint32_t users) {
    SampleBatch batch;
    Aggregator::Feed feed;
    for (std::int64_t second = from; second < to; ++second) {
      batch.active_users.push_back({.time_ns = kStart + second * kSecond, .users = users});
    }
    aggregator.begin_file(std::to_string(users));
    aggregator.add(batch, feed);
  };
  Aggregator aggregator;
  add_file(aggregator, 0, 10, 20);
  add_file(aggregator, 5, 15, 30);
  EXPECT_EQ(aggregator.snapshot().active_users_max(), 50U);
  add_file(aggregator, 15, 20, 40);  // goes on where the second one ended
  // So does a file behind a run that was kept of the ones before.
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.active_users_max(), 50U);
  Aggregator behind;
  behind.merge(run);
  add_file(behind, 20, 25, 45);
  EXPECT_EQ(behind.finish().active_users_max(), 50U);
}

TEST(Aggregator, UsersOfManyGeneratorsKeepTheBudget) {
  Aggregator aggregator({.timeline_bytes = 100'000});
  SampleBatch batch;
  Aggregator::Feed feed;
  for (std::int64_t second = 0; second < 5000; ++second) {
    for (const std::uint64_t generator : {1U, 2U, 3U, 4U}) {
      batch.active_users.push_back({.time_ns = kStart + second * kSecond, .users = 5, .generator = generator});
    }
  }
  aggregator.add(batch, feed);
  EXPECT_GE(aggregator.interval_seconds(), 8);
  EXPECT_EQ(aggregator.finish().active_users_max(), 20U);
}

TEST(Aggregator, AnAggregatedRowCountsAsManySamples) {
  SampleBatch batch;
  Aggregator::Feed feed;
  Sample sample;
  sample.start_ns = kStart;
  sample.duration_ns = kSecond;
  sample.endpoint = batch.endpoint("a");
  sample.outcome = batch.outcome("200", "");
  sample.repeat = 7;
  batch.samples.push_back(sample);
  Aggregator aggregator;
  aggregator.add(batch, feed);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.total().samples(), 7U);
  EXPECT_EQ(run.total().response_time.sum_ns(), static_cast<std::uint64_t>(7 * kSecond));
  EXPECT_EQ(run.by_status(run.total()).front().second, 7U);
}

TEST(Aggregator, ActiveUsersAreTheMostInEachSlot) {
  SampleBatch batch;
  Aggregator::Feed feed;
  batch.active_users = {{kStart, 3}, {kStart + 1, 9}, {kStart + 2, 4}, {kStart + kSecond, 2}};
  Aggregator aggregator;
  aggregator.add(batch, feed);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.active_users,
            (std::map<std::int64_t, std::uint32_t>{{kStart / kSecond, 9}, {kStart / kSecond + 1, 2}}));
  EXPECT_EQ(run.active_users_max(), 9U);
}

TEST(SampleBatch, ManyDistinctOutcomesEndInOther) {
  SampleBatch batch;
  for (int i = 0; i < 10'000; ++i) batch.outcome("error", "type " + std::to_string(i));
  EXPECT_LE(batch.outcomes().size(), SampleBatch::kMaxOutcomes + 1);
  EXPECT_EQ(batch.outcomes()[batch.outcome("error", "a new one")], (Outcome{"error", "__other__"}));
  EXPECT_TRUE(batch.clear_tables_if_large());
  EXPECT_TRUE(batch.outcomes().empty());
}

SampleBatch batch_with_depth() {
  SampleBatch batch;
  const auto a = batch.endpoint("/a");
  const auto ok = batch.outcome("200", "");
  const auto bad = batch.outcome("500", "http_500");
  for (int i = 0; i < 10; ++i) {
    batch.samples.push_back(
        {.start_ns = (1000 + i) * kSecond, .duration_ns = kSecond / 10, .endpoint = a, .outcome = i == 9 ? bad : ok});
    SampleDetail& detail = batch.detail_of_last();
    detail.phase(SampleKind::waiting) = kSecond / 20 + i;
    if (i == 9) detail.message = batch.message("order 17 is gone");
  }
  batch.samples.push_back({.start_ns = 1000 * kSecond,
                           .endpoint = batch.endpoint("fast"),
                           .outcome = batch.failed(),
                           .kind = SampleKind::check});
  batch.samples.push_back({.start_ns = 1000 * kSecond,
                           .duration_ns = 3 * kNsPerUnit,
                           .endpoint = batch.endpoint("orders"),
                           .outcome = batch.passed(),
                           .kind = SampleKind::number});
  return batch;
}

TEST(Aggregator, PhasesAndMeasuresAreKeptApart) {
  const SampleBatch batch = batch_with_depth();
  Aggregator aggregator({.endpoint_names = nullptr});
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.total().samples(), 10U);
  EXPECT_EQ(run.samples_of(SampleKind::request), 10U);
  EXPECT_EQ(run.total(SampleKind::waiting).samples(), 10U);
  EXPECT_EQ(run.total(SampleKind::dns).samples(), 0U);
  const Series* waiting = run.find("/a", SampleKind::waiting);
  ASSERT_NE(waiting, nullptr);
  EXPECT_EQ(waiting->total.response_time.sum_ns(), 10U * (kSecond / 20) + 45);
  EXPECT_EQ(waiting->timeline.count_slots(), 2U);
  EXPECT_EQ(waiting->timeline.first(), 1007) << "the last second of 16";
  EXPECT_EQ(waiting->timeline.begin()->second.samples(), 8U);
  EXPECT_EQ(run.errors(run.find("fast", SampleKind::check)->total), 1U);
  EXPECT_EQ(run.all_requests.count_slots(), 10U);
  run.for_each_interval([](std::int64_t, std::uint32_t, const std::vector<omniwriter::Run::Cell>& cells) {
    ASSERT_EQ(cells.size(), 1U);
    EXPECT_EQ(cells.front().series->kind, SampleKind::request);
  });
  ASSERT_EQ(run.error_messages.size(), 1U);
  EXPECT_EQ(run.error_messages.front(),
            (ErrorMessage{"/a", "http_500", "order # is gone", 1, 1009 * kSecond, 1009 * kSecond, "order 17 is gone"}));

  Aggregator merged;
  merged.merge(run);
  merged.merge(run);
  const omniwriter::Run twice = merged.finish();
  EXPECT_EQ(twice.find("/a", SampleKind::waiting)->total.samples(), 20U);
  EXPECT_EQ(twice.error_messages.front().count, 2U);
}

TEST(Aggregator, ADimensionHasSoManyValues) {
  SampleBatch batch;
  const auto endpoint = batch.endpoint("/a");
  const auto ok = batch.outcome("200", "");
  for (int i = 0; i < 300; ++i) {
    batch.samples.push_back({.start_ns = kSecond, .duration_ns = kSecond, .endpoint = endpoint, .outcome = ok});
    SampleDetail& detail = batch.detail_of_last();
    detail.dimensions[0] = batch.endpoint("tenant=" + std::to_string(i)) + 1;
    detail.dimensions[1] = batch.endpoint("region=eu") + 1;
  }
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.total().samples(), 300U);
  EXPECT_EQ(run.find("region=eu", SampleKind::dimension)->total.samples(), 300U);
  EXPECT_EQ(run.find("tenant=99", SampleKind::dimension)->total.samples(), 1U);
  EXPECT_EQ(run.find("tenant=100", SampleKind::dimension), nullptr);
  EXPECT_EQ(run.find("tenant=__other__", SampleKind::dimension)->total.samples(), 200U);
}

// What a file says of a measure may come after its samples, as chunks are read at once.
TEST(Aggregator, WhatAMeasureIsMayBeToldLater) {
  Aggregator aggregator;
  Aggregator::Feed feed;
  SampleBatch batch = batch_with_depth();
  aggregator.add(batch, feed);
  EXPECT_NE(aggregator.snapshot().find("orders", SampleKind::number), nullptr);
  batch.clear_samples();
  batch.measure_kinds.emplace_back("orders", SampleKind::counter);
  aggregator.add(batch, feed);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.find("orders", SampleKind::number), nullptr);
  ASSERT_NE(run.find("orders", SampleKind::counter), nullptr);

  // Read on behind what is known: the kind is as before.
  Aggregator more;
  more.merge(run);
  batch = batch_with_depth();
  Aggregator::Feed another;
  more.add(batch, another);
  EXPECT_EQ(more.finish().find("orders", SampleKind::counter)->total.samples(), 2U);
}

TEST(Aggregator, ASnapshotIsTheRunSoFarAndChangesNothing) {
  const auto rows = random_rows(7, 5000, 60);
  const std::vector<Row> first(rows.begin(), rows.begin() + 3000);
  const std::vector<Row> second(rows.begin() + 3000, rows.end());
  Aggregator snapped;
  add(snapped, first);
  Aggregator alone;
  add(alone, first);
  expect_same(snapped.snapshot(), alone.finish());
  add(snapped, second);
  Aggregator whole;
  add(whole, rows);
  expect_same(snapped.finish(), whole.finish());
}

TEST(Aggregator, ASnapshotOfTheRecentPastHoldsItsSlotsAlone) {
  const auto rows = random_rows(8, 5000, 60);
  Aggregator aggregator;
  add(aggregator, rows);
  const std::int64_t from = kStart + 50 * kSecond;
  const auto recent = static_cast<std::uint64_t>(
      std::count_if(rows.begin(), rows.end(), [&](const Row& row) { return row.start_ns >= from; }));
  const omniwriter::Run run = aggregator.snapshot(from - kSecond / 2);  // a slot that began before is not whole
  EXPECT_EQ(run.total().samples(), recent);
  EXPECT_EQ(run.started_ns, from);
  EXPECT_EQ(run.ended_ns, aggregator.ended_ns());
}

TEST(Aggregator, TellsANameOfTheFileFromTheRest) {
  Aggregator aggregator({.max_series = 2});
  Aggregator::Feed feed;
  SampleBatch batch;
  for (const char* name : {"__other__", "/a", "/b", "/c"}) {
    Sample& sample = batch.samples.emplace_back();
    sample.endpoint = batch.endpoint(name);
    sample.outcome = batch.outcome("500", "__other__");
  }
  aggregator.add(batch, feed);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.other_samples, 2U);
  std::vector<std::string> names;
  for (const Series& series : run.series) names.push_back(series.endpoint);
  EXPECT_THAT(names, testing::UnorderedElementsAre("__other__ (as named)", "/a", "__other__"));
  EXPECT_EQ(run.outcomes.front(), (Outcome{"500", "__other__ (as named)"}));
}

TEST(Aggregator, KeepsLongNamesShortAndApart) {
  Aggregator aggregator;
  Aggregator::Feed feed;
  SampleBatch batch;
  for (const char last : {'a', 'b', 'b'}) {
    Sample& sample = batch.samples.emplace_back();
    sample.endpoint = batch.endpoint(std::string(1'000'000, 'n') + last);
    sample.outcome = batch.outcome(std::string(100'000, 's'), std::string(100'000, 'e') + last);
  }
  aggregator.add(batch, feed);
  const omniwriter::Run run = aggregator.finish();
  ASSERT_EQ(run.series.size(), 2U);
  EXPECT_EQ(run.outcomes.size(), 2U);
  for (const Series& series : run.series) EXPECT_LE(series.endpoint.size(), 2048U);
  for (const Outcome& outcome : run.outcomes) EXPECT_LE(outcome.status.size() + outcome.error_type.size(), 4096U);
}

TEST(SampleBatch, ForgetsTablesOfLongNamesSoon) {
  SampleBatch batch;
  for (int i = 0; i < 1000; ++i) batch.endpoint(std::to_string(i) + std::string(2000, 'n'));
  EXPECT_TRUE(batch.clear_tables_if_large());
}

void add_users(Aggregator& aggregator, const std::string& scenario, std::int64_t seconds, std::uint32_t users) {
  SampleBatch batch;
  Aggregator::Feed feed;
  for (std::int64_t second = 0; second < seconds; ++second) {
    const std::int64_t time_ns = kStart + second * kSecond;
    batch.active_users.push_back({.time_ns = time_ns, .users = 10});
    batch.active_users.push_back({.time_ns = time_ns, .users = users, .scenario = batch.endpoint(scenario) + 1});
  }
  aggregator.add(batch, feed);
}

TEST(Aggregator, UsersOfScenariosAreKeptBesideAll) {
  Aggregator aggregator;
  add_users(aggregator, "buy", 3, 4);
  add_users(aggregator, "look", 2, 6);
  const omniwriter::Run recent = aggregator.snapshot(kStart + 2 * kSecond);
  EXPECT_EQ(recent.users_by_scenario.size(), 1U) << "what there was before is not of the recent past";
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.active_users_max(), 10U);
  ASSERT_EQ(run.users_by_scenario.size(), 2U);
  EXPECT_EQ(run.users_by_scenario.at("buy").size(), 3U);
  EXPECT_EQ(run.users_by_scenario.at("look").at(kStart / kSecond), 6U);

  Aggregator merged;
  merged.merge(run);
  merged.begin_file("other");
  add_users(merged, "look", 3, 5);  // of another generator, at the same time
  const omniwriter::Run both = merged.finish();
  EXPECT_EQ(both.active_users_max(), 20U);
  EXPECT_EQ(both.users_by_scenario.at("buy"), run.users_by_scenario.at("buy"));
  EXPECT_EQ(both.users_by_scenario.at("look").at(kStart / kSecond), 11U);
}

TEST(Aggregator, UsersOfScenariosKeepTheBudgetAndAreSoMany) {
  Aggregator aggregator({.timeline_bytes = 100'000});
  for (int scenario = 0; scenario < 8; ++scenario) add_users(aggregator, std::to_string(scenario), 500, 4);
  EXPECT_GE(aggregator.interval_seconds(), 2);
  EXPECT_EQ(aggregator.finish().users_by_scenario.at("7").size(), 500U / 4);

  for (int scenario = 0; scenario < 120; ++scenario) add_users(aggregator, std::to_string(scenario), 1, 4);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.users_by_scenario.size(), 101U);
  EXPECT_EQ(run.users_by_scenario.at(std::string(kOtherEndpoint)).begin()->second, 20U * 4);
}

TEST(Aggregator, TheLastVerdictOfAToolCounts) {
  Aggregator aggregator;
  SampleBatch batch;
  Aggregator::Feed feed;
  batch.tool_verdicts = {{"http_req_duration", "p(95)<500", std::nullopt}, {"checks", "rate>0.9", true}};
  aggregator.add(batch, feed);
  batch.clear_samples();
  EXPECT_TRUE(batch.tool_verdicts.empty());
  batch.tool_verdicts = {{"checks", "rate>0.9", std::nullopt}, {"http_req_duration", "p(95)<500", false}};
  aggregator.add(batch, feed);
  const std::vector<ToolVerdict> expected{{"http_req_duration", "p(95)<500", false}, {"checks", "rate>0.9", true}};
  EXPECT_EQ(aggregator.snapshot().tool_verdicts, expected);
  const omniwriter::Run run = aggregator.finish();
  EXPECT_EQ(run.tool_verdicts, expected);

  Aggregator merged;
  merged.merge(run);
  batch.tool_verdicts = {{"checks", "rate>0.9", false}};
  for (int i = 0; i < 2000; ++i) batch.tool_verdicts.push_back({"", std::to_string(i), true});
  merged.add(batch, feed = {});
  const std::vector<ToolVerdict> told = merged.finish().tool_verdicts;
  ASSERT_EQ(told.size(), 1000U);
  EXPECT_EQ(told[1], (ToolVerdict{"checks", "rate>0.9", false}));
}

}  // namespace
}  // namespace omniwriter
