#include "reports/recommendations.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "model/aggregator.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kStart = 1'795'447'776;  // 2026-11-23T15:29:36Z

/// One request in the making: the `index`th of its second.
struct Request {
  std::int64_t second;
  std::int64_t index;
  std::string endpoint = "GET /";
  std::int64_t duration_ms = 20;
  Outcome outcome{"200", ""};
  std::map<SampleKind, std::int64_t> phases_ms = {};
  std::string message = {};        // of an error
  std::optional<bool> check = {};  // whether it passes
  std::int64_t dropped = 0;        // iterations, besides
};
using Change = std::function<void(Request&)>;

/// Three minutes at so many requests a second to ten endpoints of 20 to 65 ms, without an error, by 50 users: all is
/// well. `change` makes it otherwise.
Run run_of(
    const Change& change = {}, std::int64_t seconds = 180,
    const std::function<std::int64_t(std::int64_t second)>& rate = [](std::int64_t) { return 50; },
    const std::function<std::uint32_t(std::int64_t second)>& users = [](std::int64_t) { return 50U; }) {
  SampleBatch batch;
  for (std::int64_t second = 0; second < seconds; ++second) {
    batch.active_users.push_back({(kStart + second) * kNsPerSecond, users(second)});
    for (std::int64_t i = 0; i < rate(second); ++i) {
      Request request{second, i};
      request.endpoint = fmt::format("GET /page/{}", i % 10);
      request.duration_ms = 20 + i % 10 * 5;
      if (change) change(request);
      Sample sample;
      sample.start_ns = (kStart + second) * kNsPerSecond + i * kNsPerSecond / rate(second);
      sample.duration_ns = request.duration_ms * kNsPerMs;
      sample.endpoint = batch.endpoint(request.endpoint);
      sample.outcome = batch.outcome(request.outcome.status, request.outcome.error_type);
      batch.samples.push_back(sample);
      if (!request.phases_ms.empty() || !request.message.empty()) {
        SampleDetail& detail = batch.detail_of_last();
        for (const auto& [phase, ms] : request.phases_ms) detail.phase(phase) = ms * kNsPerMs;
        detail.message = batch.message(request.message);
      }
      if (request.dropped > 0) {
        sample = {
            .start_ns = sample.start_ns, .endpoint = batch.endpoint("dropped_iterations"), .kind = SampleKind::counter};
        sample.duration_ns = request.dropped * kNsPerUnit;
        batch.samples.push_back(sample);
      }
      if (request.check) {
        sample = {.start_ns = sample.start_ns, .endpoint = batch.endpoint("has a price"), .kind = SampleKind::check};
        sample.outcome = *request.check ? batch.passed() : batch.failed();
        batch.samples.push_back(sample);
      }
    }
  }
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  Run run = aggregator.finish();
  run.info.test_name = "shop";
  return run;
}

std::vector<Recommendation> found_in(const Run& run, const std::vector<LedgerEntry>& ledger = {}) {
  return recommendations(&run, ledger, {}, default_alert_rules());
}

std::vector<std::string> ids(const std::vector<Recommendation>& found) {
  std::vector<std::string> result;
  for (const Recommendation& one : found) {
    result.push_back(one.id);
    for (const Localized& text : {one.text, one.evidence}) {
      EXPECT_FALSE(text.pt_br.empty()) << one.id;
      EXPECT_FALSE(text.en.empty()) << one.id;
    }
  }
  return result;
}

const Recommendation& the(const std::string& id, const std::vector<Recommendation>& found) {
  static const Recommendation none;
  const auto at = std::ranges::find(found, id, &Recommendation::id);
  EXPECT_NE(at, found.end()) << id;
  return at == found.end() ? none : *at;
}

Change fails(const std::function<bool(const Request&)>& which, const char* error_type = "http_500") {
  return [=](Request& request) {
    if (which(request)) request.outcome = {"500", error_type};
  };
}
/// Every hundredth request, wherever.
bool now_and_then(const Request& request) { return (request.second * 50 + request.index) % 101 == 0; }

TEST(Recommendations, WhereAllIsWellThereIsNone) {
  const auto run = run_of();
  const std::vector<LedgerEntry> ledger{{"influxdb", run.total().samples(), 0, 0, 1, 0, {}}};
  const SystemState fine{.system = "influxdb",
                         .url = "http://localhost:8086",
                         .configured = true,
                         .reachable = true,
                         .version = "1.6.7",
                         .ok = true,
                         .findings = {{"influxdb_database_missing", {"x", "x"}, {"nada", "none"}, FindingKind::note}}};
  EXPECT_THAT(ids(recommendations(&run, ledger, {fine}, default_alert_rules())), IsEmpty());
  EXPECT_THAT(ids(recommendations(nullptr, {}, {}, default_alert_rules())), IsEmpty());
  const omniwriter::Run empty;
  EXPECT_THAT(ids(found_in(empty)), IsEmpty());
}

TEST(Recommendations, ErrorsOfOneEndpoint) {
  const auto found = found_in(run_of(fails([](const Request& request) {
    return request.endpoint == "GET /page/3" ? request.second % 2 == 0 && request.index < 20 : now_and_then(request);
  })));
  const Recommendation& one = the("errors_one_endpoint", found);
  EXPECT_EQ(one.text.en, "Start with “GET /page/3”: most errors come from it.");
  EXPECT_EQ(one.text.pt_br, "Comece por “GET /page/3”: a maior parte dos erros vem dele.");
  EXPECT_EQ(one.evidence.en, "errors: 180 of 261 (69.0%), in 10.0% of the requests; 20.0% of its requests fail");
  EXPECT_THAT(ids(found_in(run_of(fails(now_and_then)))), Not(Contains("errors_one_endpoint")));
  EXPECT_THAT(ids(found_in(run_of([](Request& request) {
                request.endpoint = "GET /";
                if (now_and_then(request)) request.outcome = {"500", "http_500"};
              }))),
              Not(Contains("errors_one_endpoint")))
      << "there is no other";
}

TEST(Recommendations, ErrorsOfOneType) {
  const auto found = found_in(run_of(fails(now_and_then, "timeout")));
  EXPECT_THAT(ids(found), ElementsAre("errors_one_type"));
  EXPECT_THAT(found[0].text.en, AllOf(HasSubstr("timeout"), HasSubstr("check network")));
  EXPECT_EQ(found[0].evidence.pt_br, "erros: 90 de 90 (100%); 1,00% de todas as requisições");
  EXPECT_THAT(ids(found_in(run_of([](Request& request) {
                if (now_and_then(request)) request.outcome = {"500", request.second % 2 == 0 ? "http_500" : "timeout"};
              }))),
              IsEmpty());
  EXPECT_THAT(
      ids(found_in(run_of(fails([](const Request& request) { return request.index == 0 && request.second < 19; })))),
      IsEmpty())
      << "19 errors are too few to judge";
}

TEST(Recommendations, ErrorsAllAtOnce) {
  const auto found = found_in(run_of(fails([](const Request& request) {
    return (request.second >= 60 && request.second < 70 && request.index % 5 == 0) ||
           (now_and_then(request) && request.second % 2 == 0);
  })));
  const Recommendation& burst = the("error_burst", found);
  EXPECT_EQ(burst.text.en, "Find out what happened between 15:30:36 and 15:30:46 UTC: the errors came all at once.");
  EXPECT_THAT(burst.evidence.en, HasSubstr(" within 10.0 s"));
  EXPECT_THAT(ids(found_in(run_of(fails(now_and_then)))), Not(Contains("error_burst")));
}

TEST(Recommendations, ErrorsThatSayTheSame) {
  const auto failing = [](std::int64_t of_ten) {
    return run_of([=](Request& request) {
      if (!now_and_then(request)) return;
      request.outcome = {"0", request.second % 2 == 0 ? "timeout" : "http_500"};
      const std::string other = request.second % 20 < 10 ? "EOF" : "refused";
      request.message =
          request.second % 10 < of_ten ? fmt::format("no answer within {} ms", 3000 + request.second) : other;
    });
  };
  const auto found = found_in(failing(6));
  const Recommendation& one = the("errors_one_message", found);
  EXPECT_EQ(one.text.en, "Most errors say “no answer within # ms”.");
  EXPECT_EQ(
      one.evidence.en,
      "errors: 54 of 90 (60.0%), from 2026-11-23 15:29:36 UTC to 2026-11-23 15:32:31 UTC, at 6 endpoints; example: "
      "“no answer within 3000 ms”");
  EXPECT_THAT(ids(found_in(failing(4))), Not(Contains("errors_one_message")));
}

TEST(Recommendations, ChecksThatFailAndIterationsThatWereDropped) {
  const auto found = found_in(run_of([](Request& request) {
    request.check = !now_and_then(request);
    request.dropped = request.second == 100 && request.index < 3 ? 7 : 0;
  }));
  EXPECT_THAT(ids(found), ElementsAre("checks_failed", "iterations_dropped"));
  EXPECT_EQ(found[0].text.pt_br, "Veja por que o check “has a price” falha.");
  EXPECT_EQ(found[0].evidence.en, "failed 90 of 9,000 times (1.00%)");
  EXPECT_EQ(found[1].evidence.en, "iterations dropped: 21 of 21 (100%)");
  EXPECT_THAT(ids(found_in(run_of([](Request& request) { request.check = true; }))), IsEmpty());
}

TEST(Recommendations, NetworkOrServer) {
  using Phases = std::map<SampleKind, std::int64_t>;
  const auto with = [](std::int64_t duration_ms, const Phases& phases, const Phases& of_fifth = {}) {
    return found_in(run_of([=](Request& request) {
      request.duration_ms = duration_ms;
      request.phases_ms = request.index % 5 == 0 && !of_fifth.empty() ? of_fifth : phases;
    }));
  };
  using enum SampleKind;
  const auto server = with(300, {{waiting, 280}, {receiving, 20}});
  EXPECT_THAT(ids(server), ElementsAre("time_server"));
  EXPECT_EQ(server[0].evidence.en,
            "waiting for the first byte: 93.3% of the time; 10.0% of it at that endpoint, with a p95 of 280 ms");
  EXPECT_THAT(ids(with(200, {{waiting, 180}, {receiving, 20}})), IsEmpty()) << "fast enough";
  EXPECT_THAT(ids(with(300, {{waiting, 140}, {receiving, 160}})), ElementsAre("time_transfer"));
  EXPECT_THAT(ids(with(300, {{connect, 0}, {tls, 0}, {waiting, 300}}, {{connect, 200}, {tls, 0}, {waiting, 300}})),
              ElementsAre("time_distance"));
  const auto opened = with(20, {{blocked, 1}, {dns, 1}, {connect, 10}, {tls, 0}, {waiting, 20}});
  EXPECT_THAT(ids(opened), ElementsAre("time_new_connections"));
  EXPECT_EQ(
      opened[0].evidence.en,
      "before sending: 37.5% of the time (blocked 3.12%, DNS 3.12%, connect 31.2%); 100% of the requests opened a "
      "connection");
  EXPECT_THAT(ids(with(20, {{connect, 0}, {waiting, 10}}, {{connect, 40}, {waiting, 10}})),
              ElementsAre("time_connecting"));
  EXPECT_THAT(ids(with(20, {{dns, 10}, {connect, 0}, {waiting, 10}})), ElementsAre("time_dns"));
  EXPECT_THAT(ids(with(20, {{blocked, 10}, {connect, 0}, {waiting, 10}})), ElementsAre("time_free_connection"));
}

TEST(Recommendations, ASlowEndpoint) {
  const auto slow = [](std::int64_t ms) {
    return run_of([=](Request& request) {
      if (request.index % 10 == 7) request.duration_ms = ms;
    });
  };
  const auto found = found_in(slow(800));
  EXPECT_THAT(ids(found), ElementsAre("slow_endpoint"));
  EXPECT_THAT(found[0].text.en, HasSubstr("“GET /page/7”"));
  EXPECT_THAT(found[0].evidence.en,
              AllOf(HasSubstr("p95 of 800 ms, against 65.0 ms"), HasSubstr("in 10.0% of the requests")));
  EXPECT_THAT(ids(found_in(slow(200))), IsEmpty()) << "not slow, only slower";
  EXPECT_THAT(ids(found_in(run_of([](Request& request) {
                if (request.index == 0 && request.second % 10 == 0)
                  request = {request.second, 0, "GET /rare", 900, {"200", ""}};
              }))),
              IsEmpty())
      << "too rare to matter";
}

/// Users rise from 10 to 190. What they can do is bounded, or not.
omniwriter::Run ramp(std::int64_t most_per_second) {
  const auto users = [](std::int64_t second) { return static_cast<std::uint32_t>(10 + second); };
  const auto rate = [=](std::int64_t second) { return std::min<std::int64_t>(10 + second, most_per_second); };
  return run_of(
      [=](Request& request) {
        // By Little's law, with a second of thinking.
        request.duration_ms =
            50 + std::max<std::int64_t>((10 + request.second - most_per_second) * 1000 / most_per_second, 0);
      },
      180, rate, users);
}

TEST(Recommendations, Saturation) {
  const auto found = found_in(ramp(80));
  const Recommendation& one = the("saturation", found);
  EXPECT_THAT(one.text.en, HasSubstr("saturates at about 77 users"));
  EXPECT_THAT(one.evidence.en, AllOf(HasSubstr("79.7 req/s with 77 users (at 15:30:43 UTC)"),
                                     HasSubstr("80.0 req/s with 188"), HasSubstr("the median went from")));
  EXPECT_THAT(ids(found_in(ramp(1000))), Not(Contains("saturation"))) << "throughput rises with the users";
  EXPECT_THAT(ids(found_in(run_of())), Not(Contains("saturation"))) << "the users stay the same";
}

TEST(Recommendations, ALongTail) {
  const auto tail = [](std::int64_t ms) {
    return run_of(
        [=](Request& request) {
          if (request.index == 0 && request.second % 5 == 0) request.duration_ms = ms;
        },
        240);
  };
  const auto found = found_in(tail(900));
  EXPECT_THAT(ids(found), Contains("long_tail"));
  EXPECT_THAT(the("long_tail", found).text.en, HasSubstr("“GET /page/0”"));
  EXPECT_THAT(the("long_tail", found).evidence.en, HasSubstr("p99 of 900 ms, 45.0 times the p50 of 20"));
  EXPECT_THAT(ids(found_in(tail(400))), IsEmpty());
}

TEST(Recommendations, TooFewSamplesAndTooShortARun) {
  const auto few = found_in(run_of({}, 180, [](std::int64_t second) { return second % 2 == 0 ? 10 : 1; }));
  EXPECT_EQ(the("too_few_samples", few).evidence.en, "samples: 990; slower than the p99: 9");
  EXPECT_THAT(ids(few), Not(Contains("run_too_short")));
  const auto brief = found_in(run_of({}, 100));
  EXPECT_THAT(ids(brief), ElementsAre("run_too_short"));
  EXPECT_EQ(brief[0].evidence.en, "the run took 1 min 40 s; the quickest alert waits 2 min 00 s");
  auto rules = default_alert_rules();
  for (AlertRule& rule : rules) rule.enabled = false;
  const auto run = run_of({}, 100);
  EXPECT_THAT(ids(recommendations(&run, {}, {}, rules)), IsEmpty()) << "no alert, nothing to be too short for";
}

TEST(Recommendations, APauseOfTheLoad) {
  const auto paused = [](std::int64_t from, std::int64_t to) {
    return run_of({}, 300, [=](std::int64_t second) { return second >= from && second < to ? 0 : 50; });
  };
  omniwriter::Run run = paused(100, 200);
  EXPECT_THAT(the("pause", found_in(run)).text.en, HasSubstr("load paused"));
  EXPECT_THAT(the("pause", found_in(run)).evidence.en, HasSubstr("from 15:31:16 to 15:32:56"));
  run.info.files = {"a.jtl", "b.jtl"};
  EXPECT_THAT(the("pause", found_in(run)).text.en, HasSubstr("clocks"));
  EXPECT_THAT(ids(found_in(paused(100, 129))), Not(Contains("pause"))) << "short";
  EXPECT_THAT(ids(found_in(paused(100, 150))), Not(Contains("pause"))) << "a small part of the run";
}

TEST(Recommendations, AGeneratorThatEndedEarly) {
  omniwriter::Run run = run_of();
  run.sources = {{"10.0.0.1", 1, run.started_ns, run.ended_ns, 0},
                 {"10.0.0.2", 1, run.started_ns, run.ended_ns - 60 * kNsPerSecond, 0}};
  EXPECT_THAT(the("source_uneven", found_in(run)).evidence.en, HasSubstr("10.0.0.2: ended 1 min 00 s early (1 of 2)"));
  run.sources.pop_back();
  EXPECT_THAT(ids(found_in(run)), Not(Contains("source_uneven")));
}

TEST(Recommendations, ResponseTimesThatAreNone) {
  const auto found = found_in(run_of([](Request& request) { request.duration_ms = 0; }));
  EXPECT_THAT(the("no_response_times", found).evidence.en, HasSubstr("9,000"));
  EXPECT_THAT(ids(found_in(run_of())), Not(Contains("no_response_times")));
}

TEST(Recommendations, BreachedAlerts) {
  const auto found = found_in(run_of(fails([](const Request& request) { return request.index % 10 == 0; })));
  EXPECT_THAT(ids(found), Contains("alert_high_error_rate"));
  const Recommendation& alert = the("alert_high_error_rate", found);
  EXPECT_EQ(alert.text.en, "Alert “High error rate”: it would have fired in this run.");
  EXPECT_EQ(alert.evidence.en, "reached 10.0%, with a threshold of 5.00%, for 3 min 00 s (the alert waits 2 min 00 s)");

  const auto short_run = found_in(run_of([](Request& request) { request.duration_ms = 1500; }, 60));
  EXPECT_EQ(the("alert_high_response_time", short_run).text.pt_br,
            "Alerta “Tempo de resposta alto”: teria disparado se a execução durasse mais.");
  EXPECT_THAT(ids(found_in(run_of(fails([](const Request& request) { return request.second == 0; })))),
              Not(Contains("alert_high_error_rate")))
      << "over too soon for the alert";
  EXPECT_THAT(the("alert_low_throughput", found_in(run_of({}, 300, [](std::int64_t) { return 4; }))).evidence.en,
              HasSubstr("4.00 req/s, with a threshold of 10.0 req/s"));
}

TEST(Recommendations, CpuOfTheMachineWhereItIsKnown) {
  auto run = run_of();
  for (std::int64_t slot = kStart; slot < kStart + 180; ++slot) run.vitals[slot].cpu_percent = 50;
  EXPECT_THAT(ids(found_in(run)), IsEmpty());
  for (auto& [slot, vitals] : run.vitals) vitals.cpu_percent = 97;
  EXPECT_THAT(the("alert_high_cpu_usage", found_in(run)).evidence.en, HasSubstr("97.0%, with a threshold of 90.0%"));
}

TEST(Recommendations, ALoadGeneratorAtItsLimit) {
  auto run = run_of();
  for (std::int64_t slot = kStart; slot < kStart + 180; ++slot) run.vitals[slot].cpu_percent = 50;
  for (std::int64_t slot = kStart + 10; slot < kStart + 50; ++slot) run.vitals[slot].cpu_percent = 85.5;
  EXPECT_THAT(the("busy_load_generator", found_in(run)).evidence.en,
              AllOf(HasSubstr("above 80.0% for 40.0 s"), HasSubstr("up to 85.5%")));
  run.info.tool = "omniwriter";
  EXPECT_THAT(ids(found_in(run)), IsEmpty()) << "a test that tells of the CPU of what it tests";
}

TEST(Recommendations, WhatWasNotCounted) {
  auto run = run_of();
  run.bad_records = 7;
  run.bad_record_reports = {{"a.jtl", 42, "quote \x1b[1m without an end"}};
  run.other_samples = 300;
  const auto found = found_in(run);
  EXPECT_THAT(ids(found), ElementsAre("bad_records", "series_limit"));
  EXPECT_EQ(found[0].evidence.en,
            "unreadable records: 7; samples: 9,000; the first: a.jtl, line 42: quote \\x1b[1m without an end");
  EXPECT_THAT(found[1].evidence.en, HasSubstr("__other__: 300"));
}

TEST(Recommendations, WhatWasNotDelivered) {
  const auto run = run_of();
  const auto found = found_in(run, {{"a", 9000, 0, 0, 1, 0, {}},
                                    {"b", 8000, 0, 1000, 1, 0, {"HTTP 503"}},
                                    {"c", 8990, 10, 0, 1, 0, {}},
                                    {"d", 8999, 0, 0, 1, 0, {}}});
  EXPECT_THAT(ids(found), ElementsAre("delivery_pending", "delivery_rejected", "ledger_gap"));
  EXPECT_EQ(found[0].evidence.en, "samples pending: 1,000; accepted: 8,000; “HTTP 503”");
  EXPECT_THAT(found[1].text.en, HasSubstr("why c rejected"));
  EXPECT_EQ(found[2].evidence.pt_br, "aceitas, rejeitadas e pendentes somam 8.999; lidas foram 9.000");
}

TEST(Recommendations, WhatCheckFound) {
  const SystemState down{.system = "prometheus",
                         .url = "http://localhost:9090",
                         .configured = true,
                         .version = "",
                         .findings = {{"unreachable", {"não há resposta", "no answer"}, {"inicie-o", "start it"}}}};
  const SystemState skewed{.system = "elasticsearch",
                           .url = "http://localhost:9200",
                           .configured = true,
                           .reachable = true,
                           .version = "8.6.2",
                           .ok = true,
                           .findings = {{"clock_skew", {"60 s", "60 s"}, {"NTP", "NTP"}, FindingKind::advice},
                                        {"note", {"x", "x"}, {"y", "y"}, FindingKind::note}}};
  const SystemState absent{.system = "grafana", .url = "", .version = "", .findings = {}};
  const SystemState no_gateway{.system = "pushgateway", .url = "", .version = "", .findings = {}};
  const auto found = recommendations(nullptr, {}, {absent, down, no_gateway, skewed}, default_alert_rules());
  EXPECT_THAT(ids(found), ElementsAre("unreachable", "clock_skew", "system_not_configured"));
  EXPECT_EQ(found[0].text.pt_br, "Prometheus: inicie-o");
  EXPECT_EQ(found[0].evidence.en, "no answer");
  EXPECT_EQ(found[2].evidence.en, "without an address: Grafana");
}

TEST(Recommendations, NamesFromOutsideAreVisibleAndShort) {
  const std::string long_name = "GET /\x1b[2J" + std::string(500, 'x');
  const auto found = found_in(run_of([&](Request& request) {
    if (request.index % 10 == 7) {
      request.endpoint = long_name;
      request.duration_ms = 800;
    }
  }));
  const std::string& text = the("slow_endpoint", found).text.en;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_LT(text.size(), 200U);
}

}  // namespace
}  // namespace omniwriter
