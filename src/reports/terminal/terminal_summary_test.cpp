#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "model/aggregator.h"
#include "reports/display_width.h"
#include "reports/report.h"
#include "support/golden.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string without_colors(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      i = text.find('m', i);
    } else {
      plain += text[i];
    }
  }
  return plain;
}

void expect_fits(const std::string& text, int width) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(display_width(line), width) << line;
    EXPECT_FALSE(line.ends_with(' ')) << '"' << line << '"';
  }
}

TEST(TerminalSummary, SaysThatNumbersAreReportedAndWhichAreNotKnown) {
  auto run = testing::shop_run();
  run.reported.emplace().total = run.total();
  run.reported->total.reported = std::make_shared<const ReportedTimes>();
  for (const auto& [language, note] : {std::pair{Language::en, "not recomputed; – is what it did not tell."},
                                       std::pair{Language::pt_br, "não recalculados; – é o que ela não disse."}}) {
    const std::string text = terminal_summary({run, {}}, language, {.color = false, .width = 80});
    EXPECT_THAT(text, HasSubstr(note));
    EXPECT_THAT(text, HasSubstr("p95 –"));
    expect_fits(text, 80);
  }
}

TEST(TerminalSummary, ShowsWhatStandsBesideTheRequests) {
  const auto run = testing::accompanied_run();
  const std::string text = terminal_summary({run, {}}, Language::en, {.color = false, .width = 100});
  EXPECT_THAT(text, HasSubstr("\n Users by scenario: browse 12 · buy 6\n"));
  EXPECT_THAT(text, HasSubstr("\n Thresholds of the load tool:\n   ✓ http_req_duration: p(95)<500\n   ✗ checks: "
                              "rate>0.99\n   ? dropped_iterations<1 (not known)\n"));
  EXPECT_THAT(text, ::testing::ContainsRegex("\n Measured during the test +min +mean +max\n .*\n"
                                             " db_connections \\(datname=shop\\) +12 +17\\.5 +23\n"
                                             " db_connections \\(datname=stock\\) +3 +3 +3\n"
                                             " replication_lag +0\\.000400 +0\\.00194 +0\\.00360\n"));
  for (const int width : {40, 60, 80, 140}) {
    const auto hostile = testing::accompanied_run("\x1b[31m<b>|\n\xff");
    expect_fits(terminal_summary({hostile, {}}, Language::pt_br, {.color = false, .width = width}), width);
  }
  const std::string before =
      terminal_summary({testing::measured_run(), {}}, Language::en, {.color = false, .width = 100});
  for (const char* title : {"Users by scenario", "Thresholds", "Measured during"})
    EXPECT_THAT(before, Not(HasSubstr(title)));
}

TEST(TerminalSummary, ShowsCpuAndMemoryWhereTheyAreKnown) {
  auto run = testing::shop_run();
  run.vitals[1] = {{}, {}, 20, 100};
  run.vitals[2] = {{}, {}, 60, 512};
  EXPECT_THAT(terminal_summary({run, {}}, Language::en, {.color = false, .width = 140}),
              HasSubstr("CPU 40.0% (max 60.0%), 512 MB"));
  run.vitals = {{1, {{}, {}, {}, 512}}};
  const std::string text = terminal_summary({run, {}}, Language::pt_br, {.color = false, .width = 80});
  EXPECT_THAT(text, AllOf(HasSubstr("512 MB"), Not(HasSubstr("CPU"))));
  expect_fits(text, 80);
}

TEST(TerminalSummary, InEveryWidthAndLanguage) {
  const auto run = testing::shop_run();
  const auto ledger = testing::shop_ledger();
  for (const int width : {80, 100, 140}) {
    for (const auto& [language, name] : {std::pair{Language::en, "en"}, std::pair{Language::pt_br, "pt_br"}}) {
      const std::string text = terminal_summary({run, ledger}, language, {.color = false, .width = width});
      testing::expect_golden(
          text, "src/reports/terminal/testdata/shop_" + std::string(name) + "_" + std::to_string(width) + ".txt");
      expect_fits(text, width);
    }
  }
}

TEST(TerminalSummary, ColorsAreAllThatColorsChange) {
  const auto run = testing::shop_run();
  const auto ledger = testing::shop_ledger();
  const std::string plain = terminal_summary({run, ledger}, Language::en, {.color = false, .width = 100});
  const std::string colored = terminal_summary({run, ledger}, Language::en, {.color = true, .width = 100});
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_NE(colored.find("\x1b[31m"), std::string::npos);
  EXPECT_EQ(without_colors(colored), plain);
}

TEST(TerminalSummary, FitsAnyWidth) {
  const auto run = testing::shop_run();
  const auto hostile = testing::hostile_run();
  const auto ledger = testing::shop_ledger();
  for (const int width : {60, 61, 73, 99, 121, 200}) {
    expect_fits(terminal_summary({run, ledger}, Language::pt_br, {.color = false, .width = width}), width);
    expect_fits(terminal_summary({hostile, ledger}, Language::en, {.color = false, .width = width}), width);
  }
  for (const int width : {-1, 0, 10, 40}) {
    EXPECT_THAT(terminal_summary({run, ledger}, Language::en, {.color = false, .width = width}), HasSubstr("p95"));
  }
}

TEST(TerminalSummary, HostileTextsDoNotReachTheTerminal) {
  const auto ledger = testing::hostile_ledger();
  const std::string text =
      terminal_summary({testing::hostile_run(), ledger}, Language::en, {.color = false, .width = 140});
  testing::expect_golden(text, "src/reports/terminal/testdata/hostile_en_140.txt");
  for (const char c : text) EXPECT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)) << +c;
  EXPECT_EQ(text.find("\xc2\x9b"), std::string::npos);
  EXPECT_EQ(text.find("\xe2\x80\xae"), std::string::npos);
  EXPECT_THAT(text, HasSubstr("\\x1b[2J"));
  EXPECT_THAT(text, HasSubstr("line\\nbreak"));
}

TEST(TerminalSummary, ManyEndpointsShowTheTopOnesAndTheRestTogether) {
  const std::string text =
      terminal_summary({testing::many_endpoints_run(), {}}, Language::en, {.color = false, .width = 100});
  testing::expect_golden(text, "src/reports/terminal/testdata/many_endpoints_en_100.txt");
  EXPECT_THAT(text, HasSubstr("GET /page/10 "));
  EXPECT_THAT(text, Not(HasSubstr("GET /page/9 ")));
  EXPECT_THAT(text, HasSubstr("… and 10 more"));
}

TEST(TerminalSummary, WhereTheTimeGoesChecksAndMessages) {
  const auto run = testing::measured_run();
  for (const auto& [language, name] : {std::pair{Language::en, "en"}, std::pair{Language::pt_br, "pt_br"}}) {
    const std::string text = terminal_summary({run, {}}, language, {.color = false, .width = 100});
    testing::expect_golden(text, fmt::format("src/reports/terminal/testdata/measured_{}_100.txt", name));
  }
  const auto hostile = testing::measured_run("<b>\x1b[1m|\n漢字 `*` https://x.example/ ");
  for (const int width : {60, 61, 80, 120}) {
    expect_fits(terminal_summary({run, {}}, Language::pt_br, {.color = false, .width = width}), width);
    const std::string text = terminal_summary({hostile, {}}, Language::en, {.color = false, .width = width});
    expect_fits(text, width);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
  }
}

omniwriter::Run run_of(const std::vector<std::string>& endpoints) {
  SampleBatch batch;
  for (const std::string& endpoint : endpoints) {
    Sample sample;
    sample.start_ns = 1'000'000'000;
    sample.duration_ns = 10'000'000;
    sample.endpoint = batch.endpoint(endpoint);
    sample.outcome = batch.outcome("200", "");
    batch.samples.push_back(sample);
  }
  batch.active_users.push_back({1'000'000'000, 1});
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  omniwriter::Run run = aggregator.finish();
  run.info.run_id = run.info.test_name = run.info.tool = "any";
  return run;
}

TEST(TerminalSummary, AHostThatAllShareIsToldOnce) {
  const auto shared =
      run_of({"https://shop.example/api/cart", "GET https://shop.example", "https://shop.example?q=1", "log in"});
  const std::string text = terminal_summary({shared, {}}, Language::en, {.color = false, .width = 100});
  EXPECT_THAT(text, HasSubstr("\n /api/cart "));
  EXPECT_THAT(text, HasSubstr("\n GET / "));
  EXPECT_THAT(text, HasSubstr("\n /?q=1 "));
  EXPECT_THAT(text, HasSubstr("\n Paths are of https://shop.example\n"));
  EXPECT_THAT(text, HasSubstr("\n log in "));
  for (const char* other : {"https://pay.example/", "/api/cart"}) {
    const auto apart = run_of({"https://shop.example/api/cart", other});
    EXPECT_THAT(terminal_summary({apart, {}}, Language::en, {.color = false, .width = 140}),
                HasSubstr("https://shop.example/api/cart"))
        << other;
  }
}

TEST(TerminalSummary, ALoadGeneratorThatWasNotThereAllTheTimeIsTold) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  auto run = run_of({"/a"});
  run.ended_ns = run.started_ns + 600 * kSecond;
  run.sources = {{"g1", 1, run.started_ns, run.ended_ns, 0}, {"g2", 1, run.started_ns + 90 * kSecond, run.ended_ns, 0}};
  for (int i = 3; i < 10; ++i) {
    run.sources.push_back({"g" + std::to_string(i), 1, run.started_ns, run.ended_ns - 300 * kSecond, 0});
  }
  const std::string text = terminal_summary({run, {}}, Language::en, {.color = false, .width = 100});
  EXPECT_THAT(text, HasSubstr("\n   g2: began 1 min 30 s late\n   g3: ended 5 min 00 s early\n"));
  EXPECT_THAT(text, HasSubstr("… and 3 more"));
  EXPECT_THAT(text, Not(HasSubstr("g1")));
  run.sources.resize(1);
  EXPECT_THAT(terminal_summary({run, {}}, Language::en, {.color = false, .width = 100}),
              Not(HasSubstr("Load generators")));
}

TEST(TerminalSummary, LongNamesKeepTheirMethodAndTheirEnd) {
  const auto run = run_of(
      {"DELETE /api/v2/customers/{id}/orders/{id}/items/{id}/reviews", "/api/v2/" + std::string(90, 'x') + "/end"});
  const std::string text = terminal_summary({run, {}}, Language::en, {.color = false, .width = 80});
  EXPECT_THAT(text, HasSubstr("DELETE …"));
  EXPECT_THAT(text, HasSubstr("/reviews "));
  EXPECT_THAT(text, HasSubstr("\n …xxx"));
  EXPECT_THAT(text, HasSubstr("x/end "));
  expect_fits(text, 80);
}

TEST(TerminalSummary, OneIsNoPlural) {
  const auto run = run_of({"/"});
  EXPECT_THAT(terminal_summary({run, {}}, Language::en, {}), AllOf(HasSubstr("1 sample "), HasSubstr("1 user ")));
  EXPECT_THAT(terminal_summary({run, {}}, Language::pt_br, {}),
              AllOf(HasSubstr("1 amostra "), HasSubstr("1 usuário ")));
}

TEST(TerminalSummary, ARunWithoutSamples) {
  const omniwriter::Run empty;
  EXPECT_THAT(terminal_summary({empty, {}}, Language::en, {}), HasSubstr("0 samples"));
}

}  // namespace
}  // namespace omniwriter
