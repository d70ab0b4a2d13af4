#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "reports/markdown/verdict_section.h"
#include "reports/report.h"
#include "support/golden.h"
#include "support/judgements.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MarkdownReport, InEnglish) {
  const auto ledger = testing::shop_ledger();
  testing::expect_golden(markdown_report({testing::shop_run(), ledger}, Language::en),
                         "src/reports/markdown/testdata/shop_en.md");
}

TEST(MarkdownReport, WhatStandsBesideTheRequests) {
  const auto run = testing::accompanied_run();
  const std::string text = markdown_report({run, {}}, Language::en);
  EXPECT_THAT(text, HasSubstr("## Thresholds of the load tool\n\n| Of what | Threshold | State |\n| --- | --- | --- |\n"
                              "| http\\_req\\_duration | p(95)&lt;500 | passed |\n"));
  EXPECT_THAT(text, HasSubstr("|  | dropped\\_iterations&lt;1 | not known |\n"));
  EXPECT_THAT(text, HasSubstr("| Scenario | Most users |\n| --- | ---: |\n| browse | 12 |\n| buy | 6 |\n"));
  EXPECT_THAT(text,
              HasSubstr("## Measured during the test\n\n| Query | Labels | Minimum | Mean | Maximum | Last |\n| --- | "
                        "--- | ---: | ---: | ---: | ---: |\n"
                        "| db\\_connections | datname=shop | 12 | 17.5 | 23 | 23 |\n"));
  EXPECT_THAT(markdown_report({testing::measured_run(), {}}, Language::en), Not(HasSubstr("Measured during")));
}

TEST(MarkdownReport, InPortuguese) {
  const auto ledger = testing::shop_ledger();
  testing::expect_golden(markdown_report({testing::shop_run(), ledger}, Language::pt_br),
                         "src/reports/markdown/testdata/shop_pt_br.md");
}

// Pipes that end a cell: not those behind a backslash.
std::ptrdiff_t cells(const std::string& line) {
  std::ptrdiff_t pipes = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == '|') {
      ++pipes;
    }
  }
  return pipes - 1;
}

void expect_whole_tables(const std::string& report) {
  std::istringstream lines(report);
  std::string line;
  std::ptrdiff_t table = 0;
  while (std::getline(lines, line)) {
    if (!line.starts_with('|')) {
      EXPECT_TRUE(line.empty() || line.starts_with('#') || line.starts_with("- ") || table == 0 || cells(line) < 1)
          << line;
      table = 0;
      continue;
    }
    if (table == 0) table = cells(line);
    EXPECT_EQ(cells(line), table) << line;
  }
}

TEST(MarkdownReport, WhatWasMeasuredBesidesRequests) {
  const auto run = testing::measured_run();
  testing::expect_golden(markdown_report({run, {}}, Language::en), "src/reports/markdown/testdata/measured_en.md");
  testing::expect_golden(markdown_report({run, {}}, Language::pt_br),
                         "src/reports/markdown/testdata/measured_pt_br.md");
  const std::string hostile = markdown_report({testing::measured_run("<script>|`*\x1b[1m\n# "), {}}, Language::pt_br);
  expect_whole_tables(hostile);
  EXPECT_THAT(hostile, Not(HasSubstr("<script")));
  EXPECT_EQ(hostile.find('\x1b'), std::string::npos);
}

TEST(MarkdownReport, HostileTextsDoNotBreakTables) {
  const auto ledger = testing::hostile_ledger();
  const std::string report = markdown_report({testing::hostile_run(), ledger}, Language::en);
  testing::expect_golden(report, "src/reports/markdown/testdata/hostile_en.md");
  EXPECT_THAT(report, Not(HasSubstr("<script")));
  EXPECT_THAT(report, Not(HasSubstr("<b>")));
  EXPECT_EQ(report.find('\x1b'), std::string::npos);
  EXPECT_EQ(report.find('\0'), std::string::npos);
  EXPECT_EQ(report.find('\xff'), std::string::npos);
  EXPECT_THAT(report, HasSubstr("pipe \\| and \\`code\\`"));
  EXPECT_THAT(report, HasSubstr("\\[link\\]"));
  EXPECT_THAT(report, HasSubstr("The ledger does not close"));
  expect_whole_tables(report);
}

TEST(MarkdownReport, ManyEndpointsAndNoOutputs) {
  const std::string report = markdown_report({testing::many_endpoints_run(), {}}, Language::en);
  EXPECT_THAT(report, HasSubstr("GET /page/0"));
  EXPECT_THAT(report, HasSubstr("No output is configured."));
  EXPECT_THAT(report, HasSubstr("No errors."));
  EXPECT_THAT(report, HasSubstr("Everything was counted."));
}

TEST(MarkdownReport, TheVerdictComesFirst) {
  const auto run = testing::shop_run();
  const auto failed = testing::failed_judgement();
  for (const auto& [language, name] : {std::pair{Language::en, "en"}, std::pair{Language::pt_br, "pt_br"}}) {
    const std::string section = markdown_verdict(failed, language);
    testing::expect_golden(section, fmt::format("src/reports/markdown/testdata/verdict_{}.md", name));
    ReportInput input{.run = run, .ledger = {}};
    input.judgement = &failed;
    const std::string text = markdown_report(input, language);
    EXPECT_EQ(text.find(section), text.find("\n\n") + 2);
  }
  EXPECT_EQ(markdown_verdict({}, Language::en), "");
}

}  // namespace
}  // namespace omniwriter
