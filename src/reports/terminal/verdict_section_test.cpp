#include "reports/terminal/verdict_section.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "reports/display_width.h"
#include "support/golden.h"
#include "support/judgements.h"
#include "support/report_runs.h"

namespace omniwriter {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr TerminalStyle kPlain{.color = false, .width = 100};
constexpr TerminalStyle kColored{.color = true, .width = 100};

TEST(TerminalVerdict, SaysHowTheRunStands) {
  for (const auto& [language, name] : {std::pair{Language::en, "en"}, std::pair{Language::pt_br, "pt_br"}}) {
    const auto expect = [&](const Judgement& judgement, std::string_view which) {
      testing::expect_golden(terminal_verdict(judgement, language, kPlain),
                             fmt::format("src/reports/terminal/testdata/verdict_{}_{}_100.txt", which, name));
    };
    expect(testing::passed_judgement(), "passed");
    expect(testing::failed_judgement(), "failed");
    expect(testing::invalid_judgement(), "invalid");
  }
}

TEST(TerminalVerdict, ComesFirstUnderTheHeadline) {
  const auto run = testing::shop_run();
  const auto judgement = testing::failed_judgement();
  ReportInput input{.run = run, .ledger = {}};
  input.judgement = &judgement;
  const std::string text = terminal_summary(input, Language::en, kPlain);
  EXPECT_EQ(text.substr(text.find('\n')).substr(0, 13), "\n\n ✗ FAILED");
}

TEST(TerminalVerdict, NothingOfAnInvalidRunIsGreen) {
  constexpr std::string_view kGreen = "\x1b[32m";
  EXPECT_THAT(terminal_verdict(testing::passed_judgement(), Language::en, kColored), HasSubstr(kGreen));
  EXPECT_THAT(terminal_verdict(testing::invalid_judgement(), Language::en, kColored), Not(HasSubstr(kGreen)));
  auto failed = testing::invalid_judgement();
  failed.verdict = Verdict::fail;
  EXPECT_THAT(terminal_verdict(failed, Language::en, kColored), Not(HasSubstr(kGreen)));
}

TEST(TerminalVerdict, NothingWhereNothingWasFound) { EXPECT_EQ(terminal_verdict({}, Language::en, kColored), ""); }

TEST(TerminalVerdict, ConcernsAreToldWithoutAVerdict) {
  Judgement judgement;
  judgement.concerns = testing::failed_judgement().concerns;
  const std::string text = terminal_verdict(judgement, Language::en, kPlain);
  EXPECT_TRUE(text.starts_with(" Validity\n   ! warning: the load generator")) << text;
}

TEST(TerminalVerdict, WithoutAVerdictThatSomethingIsMetIsNoNews) {
  Judgement judgement;
  judgement.criteria = testing::failed_judgement().criteria;
  const std::string text = terminal_verdict(judgement, Language::en, kPlain);
  EXPECT_TRUE(text.starts_with(" Criteria\n   ✗ p95{")) << text;
  EXPECT_THAT(text, Not(HasSubstr("http_req_failed")));
  judgement.criteria = testing::passed_judgement().criteria;
  EXPECT_EQ(terminal_verdict(judgement, Language::en, kPlain), "");
}

TEST(TerminalVerdict, FitsAndIsHarmless) {
  for (const int width : {40, 60, 81, 140}) {
    for (const Judgement& judgement : {testing::failed_judgement(), testing::hostile_judgement()}) {
      const std::string text = terminal_verdict(judgement, Language::pt_br, {.color = false, .width = width});
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) {
        EXPECT_LE(display_width(line), width) << line;
        EXPECT_FALSE(line.ends_with(' ')) << '"' << line << '"';
      }
      for (const char c : text) EXPECT_TRUE(c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)) << +c;
    }
  }
}

}  // namespace
}  // namespace omniwriter
