#include "support/report_runs.h"

#include <fmt/format.h>

#include <array>

#include "model/aggregator.h"

namespace omniwriter::testing {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kStart = 1'795'447'776;  // 2026-11-23T15:29:36Z

// The same on every machine, unlike the distributions of <random>.
class Random {
 public:
  std::uint64_t below(std::uint64_t limit) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return (state_ >> 33) % limit;
  }

 private:
  std::uint64_t state_ = 42;
};

Run finish(const SampleBatch& batch, RunInfo info) {
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  Run run = aggregator.finish();
  run.info = std::move(info);
  return run;
}

Run few_samples(const std::vector<std::string>& endpoints, const Outcome& failure, RunInfo info) {
  SampleBatch batch;
  for (std::int64_t i = 0; i < 10; ++i) {
    for (std::size_t endpoint = 0; endpoint < endpoints.size(); ++endpoint) {
      Sample sample;
      sample.start_ns = kStart * kNsPerSecond + i * kNsPerSecond / 5;
      sample.duration_ns = (10 + static_cast<std::int64_t>(endpoint)) * kNsPerMs;
      sample.endpoint = batch.endpoint(endpoints[endpoint]);
      sample.outcome = i == 0 ? batch.outcome(failure.status, failure.error_type) : batch.outcome("200", "");
      batch.samples.push_back(sample);
    }
  }
  return finish(batch, std::move(info));
}

}  // namespace

Run shop_run() {
  struct Page {
    const char* endpoint;
    std::uint64_t weight;      // how often it is asked for
    std::uint64_t typical_us;  // median response time
    std::uint64_t failures;    // of 10,000
  };
  constexpr std::array kPages{Page{"GET /", 20, 45'000, 0},
                              Page{"GET /api/v1/products", 25, 120'000, 5},
                              Page{"GET /api/v1/products/{id}", 30, 80'000, 2},
                              Page{"GET /api/v1/products/{id}/reviews?page=1&size=50&sort=newest", 8, 310'000, 30},
                              Page{"POST /api/v1/cart/items", 7, 95'000, 10},
                              Page{"POST /api/v1/checkout", 3, 1'250'000, 350},
                              Page{"GET /busca?q=ação", 4, 420'000, 20},
                              Page{"GET /カート/注文確認", 2, 150'000, 0},
                              Page{"GET /healthz", 1, 750, 0}};
  std::uint64_t weights = 0;
  for (const Page& page : kPages) weights += page.weight;

  SampleBatch batch;
  Random random;
  constexpr std::int64_t kSeconds = 602;
  for (std::int64_t second = 0; second < kSeconds; ++second) {
    const auto users = static_cast<std::uint32_t>(20 + second / 3);
    const std::int64_t requests = 10 + users / 2;
    batch.active_users.push_back({(kStart + second) * kNsPerSecond, users});
    for (std::int64_t i = 0; i < requests; ++i) {
      std::uint64_t draw = random.below(weights);
      const Page* page = kPages.data();
      while (draw >= page->weight) draw -= (page++)->weight;
      Sample sample;
      sample.start_ns = (kStart + second) * kNsPerSecond + i * kNsPerSecond / requests;
      // A long tail to the right, and slower under load.
      const std::uint64_t spread = 50 + random.below(60) + random.below(60);
      const std::uint64_t tail = random.below(100) == 0 ? 6 : random.below(20) == 0 ? 3 : 1;
      const std::uint64_t load = 100 + users / 2;
      sample.duration_ns = static_cast<std::int64_t>(page->typical_us * spread * tail * load / 10);
      sample.bytes_received = 500 + random.below(20'000);
      sample.bytes_sent = 180 + random.below(200);
      sample.endpoint = batch.endpoint(page->endpoint);
      sample.outcome = batch.outcome("200", "");
      if (random.below(10'000) < page->failures) {
        const std::uint64_t how = random.below(10);
        sample.outcome = how < 6   ? batch.outcome("500", "http_500")
                         : how < 9 ? batch.outcome("error", "timeout")
                                   : batch.outcome("200", "assertion");
      }
      batch.samples.push_back(sample);
    }
    Sample repeated;
    repeated.start_ns = (kStart + second) * kNsPerSecond;
    repeated.duration_ns = 2 * kNsPerSecond;
    repeated.endpoint = batch.endpoint("checkout flow");
    repeated.outcome = batch.outcome("200", "");
    repeated.kind = SampleKind::transaction;
    batch.samples.push_back(repeated);
    if (second % 2 == 0) {
      repeated.kind = SampleKind::sub_result;
      repeated.endpoint = batch.endpoint("GET /-0");
      batch.samples.push_back(repeated);
    }
  }
  Run run = finish(batch, {"20261123T152936Z-7f3a",
                           "black-friday",
                           "jmeter",
                           {"results/black-friday.jtl"},
                           {{"branch", "main"}, {"commit", "0b95e3a"}}});
  run.bad_records = 7;
  run.bad_record_reports = {{"results/black-friday.jtl", 1042, "12 columns where the header has 17"},
                            {"results/black-friday.jtl", 1043, "elapsed is not a number: \"abc\""},
                            {"results/black-friday.jtl", 9001, "timeStamp is empty"},
                            {"results/black-friday.jtl", 20'411, "quote without an end"},
                            {"results/black-friday.jtl", 20'412, "12 columns where the header has 17"},
                            {"results/black-friday.jtl", 20'500, "12 columns where the header has 17"},
                            {"results/black-friday.jtl", 36'112, "record cut off at the end of the file"}};
  return run;
}

std::vector<LedgerEntry> shop_ledger() {
  const std::uint64_t samples = shop_run().total().samples();
  return {{"prometheus", samples, 0, 0, 1, 0, {}},
          {"influxdb", samples - 12, 12, 0, 5418, 2, {"partial write: field type conflict on field \"count\""}},
          {"elasticsearch", samples - 5000, 0, 5000, 4900, 9, {"no answer within 10 s", "HTTP 503"}}};
}

Run measured_run(std::string_view prefix) {
  SampleBatch batch;
  const auto named = [&](std::string_view name) { return fmt::format("{}{}", prefix, name); };
  const auto add = [&](std::string_view name, SampleKind kind, std::int64_t at_ns, std::int64_t value_ns,
                       std::uint16_t outcome) {
    batch.samples.push_back({.start_ns = at_ns,
                             .duration_ns = value_ns,
                             .endpoint = batch.endpoint(named(name)),
                             .outcome = outcome,
                             .kind = kind});
  };
  const std::uint16_t ok = batch.outcome("200", "");
  for (std::int64_t i = 0; i < 600; ++i) {
    const std::int64_t at = kStart * kNsPerSecond + i * kNsPerSecond / 10;
    const bool is_checkout = i % 10 >= 8;
    const bool fails = i % 50 == 9;  // of checkouts, every tenth
    const bool opens = i % 20 == 0;
    const std::int64_t waiting = (is_checkout ? 400 : i % 10 < 5 ? 30 : 80) * kNsPerMs + i % 7 * kNsPerMs;
    const std::int64_t receiving = (i % 10 >= 5 && !is_checkout ? 12 : 2) * kNsPerMs;
    std::int64_t sum = waiting + receiving + kNsPerMs / 10;
    const std::string_view endpoint = is_checkout ? "POST /checkout" : i % 10 < 5 ? "GET /" : "GET /products";
    const std::uint16_t outcome = !fails         ? ok
                                  : i % 100 == 9 ? batch.outcome("0", "timeout")
                                                 : batch.outcome("503", "http_503");
    add(endpoint, SampleKind::request, at, sum, outcome);
    SampleDetail& detail = batch.detail_of_last();
    detail.phase(SampleKind::blocked) = opens ? 13 * kNsPerMs : kNsPerMs / 100;  // k6 has connecting and TLS in it
    detail.phase(SampleKind::connect) = opens ? 3 * kNsPerMs : 0;
    detail.phase(SampleKind::tls) = opens ? 9 * kNsPerMs : 0;
    detail.phase(SampleKind::sending) = kNsPerMs / 10;
    detail.phase(SampleKind::waiting) = waiting;
    detail.phase(SampleKind::receiving) = receiving;
    if (fails) {
      detail.message = batch.message(i % 100 == 9 ? fmt::format("{}request timeout after {} ms", prefix, 7000 + i)
                                                  : fmt::format("{}upstream has no room: 503", prefix));
    }
    add("status is 200", SampleKind::check, at, 0, fails ? batch.failed() : batch.passed());
    if (is_checkout) {
      add("order has a number", SampleKind::check, at, 0, i % 100 == 9 ? batch.failed() : batch.passed());
      add("::buy", SampleKind::transaction, at, sum + 5 * kNsPerMs, outcome);
      add("payment_time", SampleKind::timing, at, 150 * kNsPerMs + i % 13 * i % 11 * kNsPerMs, ok);
      add("items_in_cart", SampleKind::number, at, (1 + i % 5) * kNsPerUnit, ok);
      add("orders", SampleKind::counter, at, kNsPerUnit, ok);
    }
    add("cache_hits", SampleKind::rate, at, 0, i % 4 == 0 ? batch.failed() : batch.passed());
    add("queue_length", SampleKind::gauge, at, i % 36 * kNsPerUnit, ok);
    add("iterations", SampleKind::counter, at, kNsPerUnit, ok);
    if (i >= 590) add("dropped_iterations", SampleKind::counter, at, 3 * kNsPerUnit, ok);
  }
  return finish(batch, {"measured", "checkout", "k6", {"k6.json"}, {}});
}

Run accompanied_run(std::string_view prefix) {
  Run run = measured_run(prefix);
  const auto named = [&](std::string_view name) { return fmt::format("{}{}", prefix, name); };
  ObservedSeries shop{named("db_connections"), {{"datname", named("shop")}}, {}};
  ObservedSeries stock{named("db_connections"), {{"datname", "stock"}}, {}};
  ObservedSeries lag{named("replication_lag"), {}, {}};
  for (std::int64_t i = 0; i < 60; ++i) {
    shop.values[kStart + i] = static_cast<double>(12 + i / 5);
    stock.values[kStart + i] = 3;
    lag.values[kStart + i] = 0.0004 * static_cast<double>(1 + i % 9);
    const std::int64_t slot = (kStart + i) / run.interval_seconds;
    run.active_users[slot] = static_cast<std::uint32_t>(10 + i / 6);
    run.users_by_scenario[named("buy")][slot] = static_cast<std::uint32_t>(2 + i / 12);
    run.users_by_scenario["browse"][slot] = static_cast<std::uint32_t>(8 + i / 12);
  }
  run.observed = {std::move(shop), std::move(stock), std::move(lag)};
  run.tool_verdicts = {{named("http_req_duration"), "p(95)<500", true},
                       {"checks", "rate>0.99", false},
                       {"", "dropped_iterations<1", std::nullopt}};
  return run;
}

Run many_endpoints_run() {
  std::vector<std::string> endpoints;
  for (int i = 0; i < 30; ++i) endpoints.push_back(fmt::format("GET /page/{}", i));
  return few_samples(endpoints, {"200", ""}, {"many", "many", "k6", {"many.csv"}, {}});
}

Run hostile_run() {
  Run run = few_samples({"pipe | and `code` and *stars* \\| back\\slash", "line\nbreak\r\nand\ttab",
                         "<script>alert(1)</script> & <img src=x onerror=y>", "\x1b[2J\x1b]0;title\x07 red \x1b[31m",
                         "\xc2\x9b"
                         "31m C1",
                         "not UTF-8: \xff\xfe\xc3", "turned \xe2\x80\xae txet", "[link](http://example.test)",
                         "e\xcc\x81"
                         "e\xcc\x81 combining",
                         "漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字漢字", "", std::string("nul\0nul", 7)},
                        {"5|0\n0", "\x1b[5m<b>type</b>|\xff"},
                        {"id\x1b[1m", "test \x1b[7m|<b>\n# heading", "k6\n", {"file|\n.csv"}, {{"key|", "<b>\n\xff"}}});
  run.bad_records = 1;
  run.bad_record_reports = {{"file|\x1b[31m.csv", 3, "bad \x1b[0m | \n reason \xff"}};
  return run;
}

std::vector<LedgerEntry> hostile_ledger() {
  return {{"output|\x1b[1m", 1, 1, 1, 1, 1, {"problem\n| <b>\x1b[1m \xff"}}};
}

}  // namespace omniwriter::testing
