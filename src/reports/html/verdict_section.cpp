#include "reports/html/verdict_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "model/translation.h"
#include "reports/bounded_rows.h"
#include "reports/format_numbers.h"
#include "reports/html/html_text.h"
#include "reports/texts.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxTableBytes = 40'000;
constexpr std::size_t kMaxListBytes = 10'000;

std::string_view class_of(Standing standing) {
  switch (standing) {
    case Standing::pass:
      return "pass";
    case Standing::fail:
      return "fail";
    case Standing::invalid:
      return "invalid";
    case Standing::warn:
      return "warn";
    case Standing::inconclusive:
    case Standing::none:
      break;
  }
  return "unsure";
}

std::string_view class_of(const ComparedMetric& metric) {
  if (metric.verdict == ComparisonVerdict::better) return "ok";
  if (metric.verdict == ComparisonVerdict::worse) return metric.within_margin ? "unsure" : "not-ok";
  return "off";
}

class Section {
 public:
  Section(const Judgement& judgement, Language language) : judgement_(judgement), language_(language) {}

  [[nodiscard]] std::string write() const {
    const std::string parts = verdict() + criteria() + concerns() + comparison();
    return parts.empty() ? parts : "<section id=\"verdict\">\n" + parts + "</section>\n";
  }

 private:
  [[nodiscard]] std::string_view say(Text text) const { return text_of(text, language_); }
  [[nodiscard]] std::string heading(Text text) const { return fmt::format("<h2>{}</h2>\n", say(text)); }
  [[nodiscard]] std::string sentence(std::string_view text) const { return html_text(translated(text, language_)); }
  [[nodiscard]] std::string and_more(const BoundedRows& rows) const {
    if (rows.left_out == 0) return {};
    return fmt::format("<p class=\"note\">{}</p>\n",
                       fmt::format(fmt::runtime(say(Text::and_more)), format_count(rows.left_out, language_)));
  }
  [[nodiscard]] std::string table(std::initializer_list<Text> titles, const BoundedRows& rows) const {
    std::string head;
    for (const Text title : titles) head += fmt::format("<th scope=\"col\">{}</th>", say(title));
    return fmt::format(
        "<div class=\"scroll\"><table "
        "class=\"texts\">\n<thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n{}",
        head, rows.text, and_more(rows));
  }
  [[nodiscard]] std::string_view kind_of(Verdict verdict) const {
    if (verdict == Verdict::fail) return "not-ok";
    if (verdict != Verdict::pass) return "unsure";
    return is_invalid(judgement_) ? "off" : "ok";  // what is met by numbers that cannot be trusted is not green
  }
  static std::string state(std::string_view kind, std::string_view word) {
    return fmt::format("<span class=\"state {}\">{}</span>", kind, word);
  }
  /// What was seen, and below it what to do.
  static std::string with_next(const std::string& seen, const std::string& next) {
    if (next.empty()) return seen;
    return fmt::format("{}{}→ {}", seen, seen.empty() ? "" : "<br>", next);
  }

  [[nodiscard]] std::string verdict() const {
    const Standing standing = standing_of(judgement_);
    if (standing == Standing::none) return {};
    return fmt::format("<p class=\"verdict {}\"><strong>{}</strong> <span>{}</span></p>\n", class_of(standing),
                       verdict_word(standing, language_), html_text(verdict_reason(judgement_, language_)));
  }

  [[nodiscard]] std::string criteria() const {
    if (judgement_.criteria.empty()) return {};
    const auto rows = bounded_rows(by_urgency(judgement_.criteria), kMaxTableBytes, [&](const CriterionResult* one) {
      const CriterionText text = text_of(*one, language_);
      return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                         html_text(one->criterion), state(kind_of(one->verdict), text.word), text.observed, text.bound,
                         text.interval, with_next(html_text(text.reason), html_text(text.advice)));
    });
    return heading(Text::criteria) +
           table({Text::criterion, Text::verdict, Text::seen, Text::bound, Text::sure_between, Text::next_step}, rows);
  }

  [[nodiscard]] std::string concerns() const {
    if (judgement_.concerns.empty()) return {};
    const auto rows = bounded_rows(by_level(judgement_.concerns), kMaxListBytes, [&](const Concern* one) {
      const std::string_view kind = one->level == ConcernLevel::invalid   ? "not-ok"
                                    : one->level == ConcernLevel::warning ? "unsure"
                                                                          : "off";
      return fmt::format("<li>{}: {}</li>\n", state(kind, word_for(one->level, language_)),
                         with_next(sentence(one->what), sentence(one->advice)));
    });
    return heading(Text::validity) + "<ul class=\"concerns\">\n" + rows.text + "</ul>\n" + and_more(rows);
  }

  [[nodiscard]] std::string changes(const std::vector<EndpointChange>& all) const {
    const auto rows = bounded_rows(all, kMaxTableBytes, [&](const EndpointChange& one) {
      const ChangeText text = text_of(*one.endpoint, *one.metric, language_);
      return fmt::format(
          "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
          html_text(*one.endpoint), html_text(text.metric), text.base, text.candidate, text.change, text.interval,
          state(class_of(*one.metric), text.word));
    });
    return table({Text::endpoint, Text::metric, Text::baseline, Text::candidate, Text::change, Text::change_between,
                  Text::verdict},
                 rows);
  }

  [[nodiscard]] std::string names(Text form, const std::vector<std::string>& all) const {
    if (all.empty()) return {};
    const auto rows =
        bounded_rows(all, kMaxListBytes / 4, [](const std::string& one) { return html_text(one) + ", "; });
    const std::string_view shown =
        std::string_view(rows.text).substr(0, rows.text.size() - (rows.text.empty() ? 0 : 2));
    return fmt::format("<p class=\"note\">{}</p>\n", form == Text::baseline
                                                         ? fmt::format("{}: {}", say(form), shown)
                                                         : fmt::format(fmt::runtime(say(form)), shown)) +
           and_more(rows);
  }

  [[nodiscard]] std::string comparison() const {
    if (!judgement_.comparison) return {};
    const Comparison& found = *judgement_.comparison;
    std::string text = heading(Text::comparison) + fmt::format("<p>{}</p>\n", comparison_text(found, language_));
    const auto reasons = bounded_rows(found.reasons, kMaxListBytes, [&](const std::string& one) {
      return fmt::format("<p class=\"note\">{}</p>\n", sentence(one));
    });
    text += reasons.text + names(Text::baseline, found.base) + names(Text::only_in_baseline, found.only_in_base) +
            names(Text::only_now, found.only_in_candidate);
    const auto changed = changes_of(found);
    text += changed.empty() ? fmt::format("<p>{}</p>\n", say(Text::nothing_changed)) : changes(changed);
    const auto all = all_compared(found);
    if (all.size() == changed.size()) return text;
    return text + fmt::format("<details><summary>{}</summary>\n{}</details>\n", say(Text::all_compared), changes(all));
  }

  const Judgement& judgement_;
  const Language language_;
};

}  // namespace

std::string html_verdict(const Judgement& judgement, Language language) { return Section(judgement, language).write(); }

}  // namespace omniwriter
