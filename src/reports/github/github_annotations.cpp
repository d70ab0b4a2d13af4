// Workflow commands of GitHub Actions. A step shows ten errors and ten warnings, no more.
#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "model/translation.h"
#include "reports/display_width.h"
#include "reports/report.h"
#include "reports/texts.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr int kMaxColumns = 400;
constexpr std::size_t kMostOfAKind = 10;

/// `within_title`: where : and , end what is said.
std::string escaped(std::string_view text, bool within_title) {
  std::string result;
  for (const char c : shortened(visible_text(text), kMaxColumns)) {
    if (c == '%') {
      result += "%25";
    } else if (within_title && c == ':') {
      result += "%3A";
    } else if (within_title && c == ',') {
      result += "%2C";
    } else {
      result += c;
    }
  }
  return result;
}

class Annotations {
 public:
  void error(std::string_view title, std::string_view message) { add("error", errors_, title, message); }
  void warning(std::string_view title, std::string_view message) { add("warning", warnings_, title, message); }
  [[nodiscard]] std::string text() && { return std::move(text_); }

 private:
  void add(std::string_view kind, std::size_t& so_far, std::string_view title, std::string_view message) {
    if (++so_far > kMostOfAKind) return;
    text_ += fmt::format("::{} title={}::{}\n", kind, escaped(title, true), escaped(message, false));
  }

  std::string text_;
  std::size_t errors_ = 0;
  std::size_t warnings_ = 0;
};

}  // namespace

std::string github_annotations(const ReportInput& input, Language language) {
  if (input.judgement == nullptr) return {};
  const Judgement& judgement = *input.judgement;
  const std::string& test = input.run.info.test_name;
  const auto joined = [&](const std::string& first, std::string_view second) {
    return first + (second.empty() ? "" : " → ") + translated(second, language);
  };
  Annotations annotations;
  for (const Concern* one : by_level(judgement.concerns)) {
    if (one->level == ConcernLevel::note) continue;
    const std::string title = fmt::format("{}: {}", test, word_for(one->level, language));
    const std::string message = joined(translated(one->what, language), one->advice);
    one->level == ConcernLevel::invalid ? annotations.error(title, message) : annotations.warning(title, message);
  }
  if (judgement.comparison && judgement.comparison->verdict == ComparisonVerdict::worse) {
    const std::string title = fmt::format("{}: {}", test, text_of(Text::comparison, language));
    const std::string message = comparison_text(*judgement.comparison, language);
    judgement.comparison->within_margin ? annotations.warning(title, message) : annotations.error(title, message);
  }
  for (const CriterionResult* one : by_urgency(judgement.criteria)) {
    if (one->verdict == Verdict::pass) continue;
    const std::string title = fmt::format("{}: {}", test, one->criterion);
    const std::string message =
        joined(fmt::format("{}: {}", text_of(*one, language).word, outcome_text(*one, language)), one->advice);
    one->verdict == Verdict::fail ? annotations.error(title, message) : annotations.warning(title, message);
  }
  return std::move(annotations).text();
}

}  // namespace omniwriter
