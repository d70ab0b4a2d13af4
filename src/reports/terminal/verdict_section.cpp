#include "reports/terminal/verdict_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "model/translation.h"
#include "reports/display_width.h"
#include "reports/format_numbers.h"
#include "reports/terminal/text_table.h"
#include "reports/texts.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxMet = 10;  // criteria; those that are not met are all shown
constexpr std::size_t kMaxConcerns = 8;
constexpr std::size_t kMaxReasons = 5;
constexpr std::size_t kMaxChanges = 5;

struct Mark {
  std::string_view sign;
  Color color;
};

Mark mark_of(Standing standing) {
  switch (standing) {
    case Standing::pass:
      return {"✓", Color::green};
    case Standing::fail:
      return {"✗", Color::red};
    case Standing::invalid:
      return {"✗", Color::yellow};
    case Standing::warn:
      return {"!", Color::yellow};
    case Standing::inconclusive:
    case Standing::none:
      break;
  }
  return {"?", Color::yellow};
}

Mark mark_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return mark_of(Standing::pass);
    case Verdict::fail:
      return mark_of(Standing::fail);
    case Verdict::warn:
      return mark_of(Standing::warn);
    case Verdict::inconclusive:
      break;
  }
  return mark_of(Standing::inconclusive);
}

class Section {
 public:
  Section(const Judgement& judgement, Language language, TerminalStyle style)
      : judgement_(judgement), language_(language), style_(style) {}

  std::string write() && {
    verdict();
    criteria();
    concerns();
    comparison();
    if (!out_.empty()) out_ += '\n';
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string_view say(Text text) const { return text_of(text, language_); }

  /// As many lines as it takes; those after the first are indented further.
  void lines(std::string_view indent, std::string_view text, Color color) {
    std::string before(indent);
    for (const std::string& line : wrapped(text, style_.width - static_cast<int>(indent.size()) - 2)) {
      out_ += before + colored(line, color, style_.color) + '\n';
      before = std::string(indent) + "  ";
    }
  }
  void next(std::string_view advice) {
    if (!advice.empty()) lines("     ", fmt::format("→ {}", advice), Color::cyan);
  }

  void heading(Text title) { out_ += fmt::format(" {}\n", colored(say(title), Color::bold, style_.color)); }

  void verdict() {
    const Standing standing = standing_of(judgement_);
    if (standing == Standing::none) return;
    const Mark mark = mark_of(standing);
    const std::string reason = verdict_reason(judgement_, language_);
    lines(" ",
          fmt::format("{} {}{}{}", mark.sign, verdict_word(standing, language_), reason.empty() ? "" : ": ", reason),
          mark.color);
  }

  void criteria() {
    auto all = by_urgency(judgement_.criteria);
    if (standing_of(judgement_) == Standing::none) {
      // Nobody asked for these; that they are met is no news.
      std::erase_if(all, [](const CriterionResult* one) { return one->verdict == Verdict::pass; });
      if (!all.empty()) heading(Text::criteria);
    }
    int widest = 0;
    for (const CriterionResult* one : all) widest = std::max(widest, display_width(visible_text(one->criterion)));
    const int column = std::min(widest, style_.width / 2);
    std::size_t met = 0;
    for (const CriterionResult* one : all) {
      if (one->verdict == Verdict::pass && ++met > kMaxMet) continue;
      Mark mark = mark_of(one->verdict);
      if (one->verdict == Verdict::pass && is_invalid(judgement_)) mark.color = Color::none;
      const CriterionText text = text_of(*one, language_);
      const std::string name = padded_right(shortened(visible_text(one->criterion), column), column);
      lines("   ", fmt::format("{} {}  {}", mark.sign, name, outcome_text(*one, language_)), mark.color);
      if (one->verdict == Verdict::pass) continue;
      if (!text.reason.empty()) lines("     ", text.reason, Color::none);
      next(text.advice);
    }
    if (met > kMaxMet) {
      out_ += fmt::format("     {}\n", fmt::format(fmt::runtime(say(Text::and_more)), met - kMaxMet));
    }
  }

  void concerns() {
    const auto all = by_level(judgement_.concerns);
    if (all.empty()) return;
    heading(Text::validity);
    for (std::size_t i = 0; i < std::min(all.size(), kMaxConcerns); ++i) {
      const Concern& one = *all[i];
      const bool grave = one.level != ConcernLevel::note;
      lines("   ",
            fmt::format("{} {}: {}",
                        one.level == ConcernLevel::invalid ? "✗"
                        : grave                            ? "!"
                                                           : "·",
                        word_for(one.level, language_), visible_text(translated(one.what, language_))),
            grave ? Color::yellow : Color::none);
      next(visible_text(translated(one.advice, language_)));
    }
    if (all.size() > kMaxConcerns) {
      out_ += fmt::format("     {}\n", fmt::format(fmt::runtime(say(Text::and_more)), all.size() - kMaxConcerns));
    }
  }

  void comparison() {
    if (!judgement_.comparison) return;
    const Comparison& found = *judgement_.comparison;
    heading(Text::comparison);
    const bool worse = found.verdict == ComparisonVerdict::worse;
    const Mark mark = worse && !found.within_margin ? mark_of(Standing::fail)
                      : worse                       ? mark_of(Standing::warn)
                      : found.verdict == ComparisonVerdict::inconclusive || is_invalid(judgement_)
                          ? mark_of(Standing::inconclusive)
                          : mark_of(Standing::pass);
    lines("   ", fmt::format("{} {}", mark.sign, comparison_text(found, language_)), mark.color);
    for (std::size_t i = 0; i < std::min(found.reasons.size(), kMaxReasons); ++i) {
      lines("     ", visible_text(translated(found.reasons[i], language_)), Color::none);
    }
    const auto changes = changes_of(found);
    for (std::size_t i = 0; i < std::min(changes.size(), kMaxChanges); ++i) {
      const ComparedMetric& metric = *changes[i].metric;
      const ChangeText text = text_of(*changes[i].endpoint, metric, language_);
      const std::string numbers =
          fmt::format("  {} {} → {}  {} ({})", text.metric, text.base, text.candidate, text.change, text.interval);
      const int room = std::max(1, style_.width - 7 - display_width(numbers));
      lines("     ", shortened(text.endpoint, room) + numbers,
            metric.verdict == ComparisonVerdict::better ? Color::none
            : metric.within_margin                      ? Color::yellow
                                                        : Color::red);
    }
    if (changes.size() > kMaxChanges) {
      out_ += fmt::format("     {}\n", fmt::format(fmt::runtime(say(Text::and_more)), changes.size() - kMaxChanges));
    }
    if (!found.base.empty()) {
      std::string ids;
      for (const std::string& id : found.base) ids += (ids.empty() ? "" : ", ") + visible_text(id);
      lines("     ", fmt::format("{}: {}", say(Text::baseline), ids), Color::dim);
    }
  }

  const Judgement& judgement_;
  const Language language_;
  const TerminalStyle style_;
  std::string out_;
};

}  // namespace

std::string terminal_verdict(const Judgement& judgement, Language language, TerminalStyle style) {
  return Section(judgement, language, style).write();
}

}  // namespace omniwriter
