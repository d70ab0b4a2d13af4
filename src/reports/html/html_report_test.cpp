#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "model/aggregator.h"
#include "reports/html/chart_data.h"
#include "reports/html/html_text.h"
#include "reports/html/page_files.h"
#include "reports/report.h"
#include "reports/timeline.h"
#include "support/golden.h"
#include "support/judgements.h"
#include "support/report_runs.h"
#include "support/sample_runs.h"

namespace omniwriter {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t times(std::string_view what, std::string_view in) {
  std::size_t found = 0;
  for (std::size_t at = in.find(what); at != std::string_view::npos; at = in.find(what, at + 1)) ++found;
  return found;
}

/// What stands between the two, the first time.
std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from) + from.size();
  return text.substr(begin, text.find(to, begin) - begin);
}

json data_of(const std::string& page) {
  return json::parse(between(page, "<script type=\"application/json\" id=\"report\">", "</script>"));
}

/// The page without styles, scripts and hashes, which are the same in every page.
std::string readable(std::string page) {
  for (const std::string_view constant : {kPageCss.text, kPageJs.text, kUplotCss.text, kUplotJs.text, kPageCss.sha256,
                                          kPageJs.sha256, kUplotCss.sha256, kUplotJs.sha256}) {
    const auto at = page.find(constant);
    EXPECT_NE(at, std::string::npos) << constant.substr(0, 60);
    if (at != std::string::npos) page.replace(at, constant.size(), "…");
  }
  return std::regex_replace(page, std::regex("OmniWriter [0-9.]+"), "OmniWriter");
}

std::vector<SystemState> some_systems() {
  return {{.system = "grafana",
           .url = "http://localhost:3000",
           .configured = true,
           .reachable = true,
           .version = "12.2.0",
           .findings = {{"grafana_token_expired",
                         {"o token expirou", "the token has expired"},
                         {"crie outro", "create another"}},
                        {"clock_skew", {"60 s", "60 s"}, {"NTP", "NTP"}, FindingKind::advice}}},
          {.system = "prometheus",
           .url = "http://localhost:9090",
           .configured = true,
           .reachable = true,
           .version = "2.42.0",
           .ok = true,
           .findings = {}},
          {.system = "influxdb", .url = "", .version = "", .findings = {}}};
}

TEST(HtmlReport, InBothLanguages) {
  const auto run = testing::many_endpoints_run();
  const std::vector<LedgerEntry> ledger{{"influxdb", run.total().samples(), 0, 0, 300, 0, {}},
                                        {"elasticsearch", 200, 100, 0, 200, 3, {"HTTP 503"}}};
  const ReportInput input{.run = run, .ledger = ledger, .systems = some_systems()};
  testing::expect_golden(readable(html_report(input, Language::pt_br)), "src/reports/html/testdata/many_pt_br.html");
  testing::expect_golden(readable(html_report(input, Language::en)), "src/reports/html/testdata/many_en.html");
}

TEST(HtmlReport, NoTextFromOutsideIsMarkup) {
  const auto run = testing::hostile_run();
  const auto ledger = testing::hostile_ledger();
  auto systems = some_systems();
  systems[0].version = "</table><script>alert(1)</script>";
  const ReportInput input{.run = run, .ledger = ledger, .systems = systems};
  for (const Language language : {Language::pt_br, Language::en}) {
    const std::string page = readable(html_report(input, language));
    EXPECT_EQ(times("<script", page), 3U);
    EXPECT_EQ(times("</script", page), 3U);
    EXPECT_EQ(times("<style", page), 2U);
    EXPECT_THAT(page, Not(HasSubstr("<b>type")));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, Not(HasSubstr("<!--")));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;img src=x onerror=y&gt;"));
    EXPECT_EQ(page.find('\x1b'), std::string::npos);
    EXPECT_EQ(page.find('\0'), std::string::npos);
    EXPECT_EQ(page.find('\xff'), std::string::npos);
  }
}

/// What reaches the page as data: the names of errors.
TEST(HtmlReport, NoNameInTheDataEndsTheScript) {
  const std::string name = "</script><!--&'\"";
  SampleBatch batch;
  Sample sample;
  sample.duration_ns = 1'000'000;
  sample.endpoint = batch.endpoint(name);
  sample.outcome = batch.outcome("500", name);
  batch.samples.push_back(sample);
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  omniwriter::Run run = aggregator.finish();
  run.info.test_name = run.info.tool = run.info.run_id = name;
  const std::string page = html_report({run, {}}, Language::en);
  EXPECT_EQ(times("</script", readable(page)), 3U);
  EXPECT_EQ(data_of(page)["errors_by_type"][0]["name"], name);
}

TEST(HtmlText, EscapesWhatMarkupIsMadeOf) {
  EXPECT_EQ(html_text("a<b>&\"'\n\x1b"), "a&lt;b&gt;&amp;&quot;&#39;\\n\\x1b");
  EXPECT_EQ(html_json(R"({"</script>": "<!-- & )"
                      "\u2028\u2029\u2030é\"}"),
            R"({"\u003c/script\u003e": "\u003c!-- \u0026 \u2028\u2029)"
            "\u2030é\"}");
  EXPECT_EQ(filled("{{a}} {{b}} {{a}}}}", [](std::string_view name) { return name == "a" ? "{{b}}" : "x"; }),
            "{{b}} x {{b}}}}")
      << "what was filled in is not looked at again";
}

TEST(HtmlReport, ItsFilesFitIntoItsElements) {
  for (const PageFile& file : {kPageJs, kUplotJs}) {
    EXPECT_THAT(std::string(file.text), Not(HasSubstr("</script")));
    EXPECT_THAT(std::string(file.text), Not(HasSubstr("<!--")));
  }
  for (const PageFile& file : {kPageCss, kUplotCss}) EXPECT_THAT(std::string(file.text), Not(HasSubstr("</style")));
  for (const PageFile& file : {kPageCss, kPageJs}) EXPECT_THAT(std::string(file.text), Not(HasSubstr("http")));
}

TEST(HtmlReport, ChartsCountEverySample) {
  const auto run = testing::shop_run();
  const Tally total = run.total();
  const json data = json::parse(chart_data({run, {}}, Language::en).json);
  std::uint64_t in_cells = 0;
  for (const json& column : data["heatmap"]["columns"]) {
    ASSERT_EQ(column.size() + 1, data["heatmap"]["bounds"].size());
    for (const json& count : column) in_cells += count.get<std::uint64_t>();
  }
  EXPECT_EQ(in_cells, total.samples());
  EXPECT_LE(data["heatmap"]["bounds"].front().get<double>(), total.response_time.min_seconds());
  EXPECT_GE(data["heatmap"]["bounds"].back().get<double>(), total.response_time.max_seconds() * 0.9999);
  // Rates times seconds are counts, so they add up but for the point at the end.
  double errors = 0;
  for (const json& series : data["errors_by_type"]) {
    for (const json& rate : series["values"]) errors += rate.is_null() ? 0 : rate.get<double>();
  }
  errors *= data["step"].get<double>();
  const TimePoints timeline = timeline_of(run, kMaxChartPoints);
  EXPECT_NEAR(errors, static_cast<double>(run.errors(total) - timeline.points.back().errors), 3);
  EXPECT_EQ(data["requests"].back(), nullptr);
  EXPECT_EQ(data["time"].size(), data["requests"].size());
  EXPECT_EQ(data["time"].size(), data["times"]["p99"].size());
  EXPECT_EQ(data["users"].back(), 220);
  EXPECT_FALSE(data.contains("cpu"));
}

TEST(HtmlReport, ManyTypesOfErrorsAreFiveAndTheRest) {
  SampleBatch batch;
  for (std::int64_t i = 0; i < 100; ++i) {
    Sample sample;
    sample.start_ns = i / 10 * 1'000'000'000;
    sample.duration_ns = 1'000'000'000;
    sample.endpoint = batch.endpoint("GET /");
    sample.outcome = batch.outcome("500", fmt::format("type {}", i % 10));
    batch.samples.push_back(sample);
  }
  Aggregator aggregator;
  Aggregator::Feed feed;
  aggregator.add(batch, feed);
  const omniwriter::Run finished = aggregator.finish();
  const json data = json::parse(chart_data({finished, {}}, Language::pt_br).json);
  ASSERT_EQ(data["errors_by_type"].size(), 6U);
  const auto of_all_but_the_last = [](int errors) {
    json values(std::vector<int>(9, errors));
    values.push_back(nullptr);
    return values;
  };
  EXPECT_EQ(data["errors_by_type"][0], (json{{"name", "type 0"}, {"values", of_all_but_the_last(1)}}));
  EXPECT_EQ(data["errors_by_type"][5], (json{{"name", "outros"}, {"values", of_all_but_the_last(5)}}));
}

TEST(HtmlReport, WhatWasMeasuredBesidesRequests) {
  const auto run = testing::measured_run();
  const std::string page = html_report({run, {}}, Language::en);
  EXPECT_THAT(page, HasSubstr("<strong>mostly the server</strong>"));
  EXPECT_EQ(times("<section id=\"phases\">", page), 1U);
  EXPECT_THAT(page,
              HasSubstr("<th scope=\"row\">status is 200</th><td>588</td><td><em>12</em></td><td>98.0%</td></tr>"));
  EXPECT_THAT(page, HasSubstr("<th scope=\"row\">orders</th><td>counter</td><td>120</td><td>120 (1.99/s)</td></tr>"));
  EXPECT_THAT(page, HasSubstr("<details><summary>Example</summary>request timeout after 7009 ms</details>"));
  // The parts of a bar fill it.
  const std::string stack = between(page, "<svg class=\"bar phases\" width=\"100%\"", "</svg>");
  double width = 0;
  const std::regex part("x=\"([0-9.]+)%\" width=\"([0-9.]+)%\"");
  for (std::sregex_iterator at(stack.begin(), stack.end(), part), end; at != end; ++at) {
    EXPECT_NEAR(std::stod((*at)[1]), width, 0.05);
    width += std::stod((*at)[2]);
  }
  EXPECT_NEAR(width, 100, 0.05);

  const std::string hostile =
      readable(html_report({testing::measured_run("</table><script>\x1b[1m\"'><img src=x> "), {}}, Language::pt_br));
  EXPECT_EQ(times("<script", hostile), 3U);
  EXPECT_THAT(hostile, Not(HasSubstr("<img")));
  EXPECT_EQ(hostile.find('\x1b'), std::string::npos);

  for (const std::string_view id : {"phases", "checks", "metrics", "messages"}) {
    EXPECT_THAT(html_report({testing::shop_run(), {}}, Language::en), Not(HasSubstr(fmt::format("id=\"{}\"", id))));
  }
}

json chart_with(const json& data, std::string_view line) {
  for (const json& chart : data["more"]) {
    for (const json& series : chart["series"]) {
      if (series["name"] == line) return chart;
    }
  }
  return nullptr;
}

TEST(HtmlReport, ChartsOfPhasesChecksAndMetrics) {
  const std::string page = html_report({testing::measured_run(), {}}, Language::en);
  const json data = data_of(page);
  // One after the other, the phases take as long as the requests.
  const json phases = chart_with(data, "waiting");
  EXPECT_EQ(phases["step"], 16);
  EXPECT_TRUE(phases["stacked"].get<bool>());
  ASSERT_GE(phases["series"].size(), 4U);
  double all = 0;
  for (const json& series : phases["series"]) all += series["values"][1].get<double>();
  EXPECT_NEAR(all, 0.128, 0.002);
  const json checks = chart_with(data, "status is 200");
  EXPECT_EQ(checks["format"], "share");
  double passed = 0;
  for (const json& value : checks["series"][0]["values"]) passed += value.is_null() ? 0 : value.get<double>();
  EXPECT_NEAR(passed / 60, checks["series"][0]["name"] == "status is 200" ? 0.98 : 0.95, 0.03);
  EXPECT_EQ(chart_with(data, "queue_length")["format"], "number");
  EXPECT_EQ(chart_with(data, "cache_hits")["format"], "share");
  const json iterations = chart_with(data, "iterations")["series"][0]["values"];
  EXPECT_EQ(iterations[30], 10) << "a second";
  EXPECT_EQ(iterations.back(), nullptr) << "it is not known how much of it was load";
  for (const json& chart : data["more"]) {
    EXPECT_THAT(page, HasSubstr(fmt::format("id=\"{}\" role=\"img\"", chart["id"].get<std::string>())));
  }
  EXPECT_EQ(data["more"].size(), times("class=\"chart\" id=\"more-", page));
}

TEST(HtmlReport, WhatStandsBesideTheRequests) {
  const std::string page = html_report({testing::accompanied_run(), {}}, Language::en);
  const json data = data_of(page);
  const json connections = chart_with(data, "datname=shop");
  EXPECT_EQ(connections["first"], data["time"][0]);
  EXPECT_EQ(connections["series"][0]["values"][5], 13);
  EXPECT_EQ(connections["series"].size(), 2U) << "the series of one query are in one chart";
  EXPECT_EQ(data["users_by_scenario"][0]["name"], "browse");
  EXPECT_EQ(data["users_by_scenario"][1]["values"][59], 6);
  EXPECT_THAT(page, HasSubstr("<td>p(95)&lt;500</td><td><span class=\"state ok\">passed</span></td>"));
  EXPECT_THAT(page, HasSubstr("<span class=\"state not-ok\">failed</span>"));
  EXPECT_THAT(page, HasSubstr("<td>datname=shop</td><td>12</td><td>17.5</td><td>23</td><td>23</td>"));

  const std::string hostile =
      readable(html_report({testing::accompanied_run("</table><script>\x1b[1m\"'><img src=x> "), {}}, Language::pt_br));
  EXPECT_EQ(times("<script", hostile), 3U);
  EXPECT_THAT(hostile, Not(HasSubstr("<img")));

  auto many = testing::measured_run();
  for (int i = 0; i < 50; ++i) {
    ObservedSeries& one = many.observed.emplace_back(ObservedSeries{fmt::format("query {}", i), {}, {}});
    for (std::int64_t at = many.started_ns / 1'000'000'000; at <= many.ended_ns / 1'000'000'000; ++at) {
      one.values[at] = 1.0 / static_cast<double>(at % 977 + 1);
    }
  }
  EXPECT_LE(data_of(html_report({many, {}}, Language::en))["more"].dump().size(), kMaxMoreBytes + 1000);
}

TEST(HtmlReport, CpuAndMemoryWhereTheyAreKnown) {
  auto run = testing::sample_run();
  for (const auto& [slot, users] : run.active_users) run.vitals[slot].cpu_percent = 40;
  run.vitals.begin()->second.memory_mb = 512.5;
  const std::string page = html_report({run, {}}, Language::en);
  EXPECT_THAT(page, HasSubstr("id=\"machine\""));
  EXPECT_EQ(data_of(page)["cpu"][0], 40);
  EXPECT_EQ(data_of(page)["memory"][0], 512.5);
  EXPECT_EQ(data_of(page)["memory"][1], nullptr);
}

TEST(HtmlReport, WhereOnlyTheMeanIsKnownNoPercentileIsShown) {
  auto run = testing::sample_run();
  const auto mean_alone = std::make_shared<const ReportedTimes>(
      ReportedTimes{.quantiles = {}, .relative_error = {}, .mean = true, .minimum = false, .maximum = false});
  for (Series& series : run.series) {
    series.total.reported = mean_alone;
    series.timeline.set_reported(mean_alone);
  }
  run.all_requests.set_reported(mean_alone);
  const std::string page = html_report({run, {}}, Language::en);
  EXPECT_THAT(page, HasSubstr("<dt>p50, p95, p99</dt><dd>–</dd><dd class=\"more\">only the mean is known</dd>"));
  EXPECT_THAT(page, HasSubstr("Percentiles of response times are not known, only the mean"));
  EXPECT_THAT(page, Not(HasSubstr("computed from every sample")));
  EXPECT_THAT(page, Not(HasSubstr("id=\"heatmap\"")));
  const json data = data_of(page);
  ASSERT_EQ(data["times"].size(), 1U);
  EXPECT_GT(data["times"]["mean"][0], 0);
  EXPECT_FALSE(data.contains("heatmap"));
  for (const std::string& text :
       {markdown_report({run, {}}, Language::en), terminal_summary({run, {}}, Language::en, {})}) {
    EXPECT_THAT(text, HasSubstr("Percentiles of response times are not known, only the mean"));
    EXPECT_THAT(text, Not(HasSubstr("Percentiles:")));
  }
  EXPECT_EQ(json::parse(json_report({run, {}}))["response_time_seconds"]["p95"], nullptr);
  EXPECT_THAT(csv_report({run, {}}), HasSubstr(",,,,,,,"));
}

TEST(HtmlReport, StaysSmallHoweverLargeTheRun) {
  auto run = testing::wide_run(400, 30);
  // Two days at one second, of durations from microseconds to hours.
  const std::int64_t first = run.series[0].timeline.first();
  std::map<std::int64_t, Tally> slots;
  for (std::int64_t slot = first; slot < first + 172'800; ++slot) {
    Tally& tally = slots[slot];
    tally.response_time.add(1000 + slot * 7919 % 1000 * slot % 7'200'000'000'000);
    tally.outcomes.add(0, 1);
    run.active_users[slot] = 100;
    run.vitals[slot].cpu_percent = 12.3456789;
  }
  run.series[0].timeline = Timeline(std::move(slots));
  run.all_requests = {};  // to be added up anew
  const std::string page = html_report({run, {}}, Language::en);
  EXPECT_LT(page.size(), 1'000'000U);
  EXPECT_EQ(times("<th scope=\"row\">endpoint ", page), 400U);
  const json data = data_of(page);
  EXPECT_LE(data["time"].size(), kMaxChartPoints);
  EXPECT_GE(data["time"].size(), kMaxChartPoints / 2);
  EXPECT_LE(data["heatmap"]["columns"].size(), kMaxHeatmapColumns);
  EXPECT_LE(data["heatmap"]["columns"][0].size(), kMaxHeatmapRows);
  EXPECT_GE(data["heatmap"]["columns"][0].size(), kMaxHeatmapRows / 2);
}

TEST(HtmlReport, AThousandEndpointsTakeAMegabyteAtMost) {
  auto run = testing::wide_run(1000, 200);
  const std::string page = html_report({run, {}}, Language::pt_br);
  EXPECT_LT(page.size(), 1'000'000U);
  EXPECT_EQ(times("<th scope=\"row\">endpoint ", page), 1000U) << "all are in the table";
  EXPECT_THAT(page, HasSubstr("Há gráficos dos "));

  // Long names take their toll: what is left out is told.
  for (Series& series : run.series) series.endpoint += std::string(180, '&');
  const std::string long_names = html_report({run, {}}, Language::en);
  EXPECT_LT(long_names.size(), 1'000'000U);
  EXPECT_THAT(long_names, HasSubstr(" more endpoints, with "));
}

TEST(HtmlReport, ShowsApdexAndItsBounds) {
  const auto run = testing::shop_run();
  const std::string page =
      html_report({.run = run, .ledger = {}, .apdex = std::chrono::milliseconds(300)}, Language::en);
  EXPECT_THAT(page, HasSubstr("Apdex with T = 300 ms"));
  EXPECT_THAT(page, HasSubstr("300 ms to 1.20 s: <b>"));
  EXPECT_THAT(page, HasSubstr("failed, quick or not: <b>65</b> (0.15%)"));
  EXPECT_EQ(data_of(page)["apdex"], 0.3);
  EXPECT_THAT(page, Not(HasSubstr("This is the least"))) << "the same to two digits";
  EXPECT_THAT(html_report({run, {}}, Language::en), HasSubstr("is not known; the most is 0.92."));
}

TEST(HtmlReport, LeadsToTheBuildAndTheCommit) {
  auto run = testing::shop_run();
  run.info.tags = {{"branch", "main"},
                   {"ci_url", "https://ci.example/job/7?a=1&b=2"},
                   {"commit", "3f2c1ab"},
                   {"commit_url", "javascript:alert(1)"}};
  const ReportInput input{.run = run, .ledger = {}, .dashboard_url = "https://grafana.example/d/x"};
  const std::string page = html_report(input, Language::en);
  EXPECT_THAT(page, HasSubstr("<a href=\"https://grafana.example/d/x\" rel=\"noopener noreferrer\">Dashboard</a>"));
  EXPECT_THAT(page,
              HasSubstr("<a href=\"https://ci.example/job/7?a=1&amp;b=2\" rel=\"noopener noreferrer\">CI build</a>"));
  EXPECT_THAT(page, HasSubstr("<li>branch=main</li><li>commit=3f2c1ab</li><li>commit_url=javascript:alert(1)</li>"));
  EXPECT_EQ(times("<a href", page), 2U);
  EXPECT_THAT(markdown_report(input, Language::pt_br),
              HasSubstr("| Build da CI | <https://ci.example/job/7?a=1&b=2> |"));
}

/// Without scripts: a figure that has nothing to show is not there, nor is a hint at what scripts do.
TEST(HtmlReport, HasSketchesForWhereNoScriptRuns) {
  const std::string page = readable(html_report({testing::shop_run(), {}}, Language::en));
  const std::size_t figures = times("<figure", page);
  const std::size_t sketches = times("<svg class=\"sketch\"", page);
  EXPECT_EQ(sketches, 4U);
  EXPECT_EQ(times(" hidden><figcaption>", page), figures - sketches);
  EXPECT_EQ(times("class=\"screen\"", page), times("class=\"screen\" hidden>", page));
  // No style may be needed: sizes and colors are attributes.
  EXPECT_EQ(times("style=", page), 0U);
  EXPECT_EQ(times("<svg", page), times("<svg class=\"bar\" width=\"90\" height=\"4\"", page) + sketches + 2);
}

TEST(HtmlReport, ARunWithoutSamplesIsAPageWithoutCharts) {
  const omniwriter::Run empty;
  const std::string page = html_report({empty, {}}, Language::en);
  EXPECT_THAT(page, Not(HasSubstr("<figure")));
  EXPECT_TRUE(data_of(page)["time"].empty());
}

std::string judged_page(const Judgement& judgement, Language language = Language::en) {
  const auto run = testing::shop_run();
  ReportInput input{.run = run, .ledger = {}};
  input.judgement = &judgement;
  return html_report(input, language);
}

TEST(HtmlReport, TheVerdictComesFirst) {
  const std::string text = judged_page(testing::failed_judgement());
  EXPECT_THAT(text, HasSubstr("<main>\n<section id=\"verdict\">\n<p class=\"verdict fail\"><strong>FAILED</strong>"));
  EXPECT_THAT(text, HasSubstr("<th scope=\"row\">p99&lt;1s</th><td><span class=\"state unsure\">cannot be told</span>"
                              "</td><td>980 ms</td><td>1.00 s</td><td>910 ms – 1.07 s</td>"));
  EXPECT_THAT(text, HasSubstr("the true value may be<br>→ run longer, or with more requests</td>"));
  EXPECT_THAT(text, HasSubstr("<td>→ half of the time of all requests is spent in POST /checkout: begin there</td>"));
  EXPECT_THAT(text, HasSubstr("<td>250 ms</td><td>312 ms</td><td>+25.0%</td>"));
  EXPECT_THAT(judged_page(testing::failed_judgement(), Language::pt_br), HasSubstr("<strong>REPROVADA</strong>"));
}

TEST(HtmlReport, NothingOfAnInvalidRunIsGreen) {
  const std::string text = judged_page(testing::invalid_judgement());
  const std::string section = text.substr(text.find("<section id=\"verdict\">"), text.find("</section>"));
  EXPECT_THAT(section, HasSubstr("class=\"verdict invalid\""));
  EXPECT_THAT(section.substr(0, section.find("</section>")), Not(HasSubstr("state ok")));
}

TEST(HtmlReport, AHostileOrEndlessJudgementIsHarmless) {
  EXPECT_THAT(judged_page(testing::hostile_judgement()), Not(HasSubstr("<b>\\x1b")));
  EXPECT_LE(judged_page(testing::endless_judgement()).size(), judged_page({}).size() + 170'000);
}

}  // namespace
}  // namespace omniwriter
