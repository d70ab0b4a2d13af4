#include "reports/markdown/verdict_section.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/translation.h"
#include "reports/bounded_rows.h"
#include "reports/format_numbers.h"
#include "reports/markdown/markdown_text.h"
#include "reports/texts.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxPartBytes = 100'000;

std::string translated_text(std::string_view text, Language language) {
  return markdown_text(translated(text, language));
}

Standing standing_of(Verdict verdict) {
  return verdict == Verdict::pass   ? Standing::pass
         : verdict == Verdict::warn ? Standing::warn
         : verdict == Verdict::fail ? Standing::fail
                                    : Standing::inconclusive;
}

/// What stands between two others, where both are there.
std::string joined(const std::string& first, const std::string& second) {
  return first + (first.empty() || second.empty() ? "" : " → ") + second;
}

/// Behind a table, which an empty line ends.
std::string and_more(const BoundedRows& rows, Language language) {
  if (rows.left_out == 0) return "\n";
  return "\n" + fmt::format(fmt::runtime(text_of(Text::and_more, language)), format_count(rows.left_out, language)) +
         "\n\n";
}

}  // namespace

std::string_view emoji_of(Standing standing) {
  switch (standing) {
    case Standing::none:
      return {};
    case Standing::pass:
      return "✅";
    case Standing::warn:
      return "⚠️";
    case Standing::fail:
      return "❌";
    case Standing::invalid:
      return "⛔";
    case Standing::inconclusive:
      break;
  }
  return "❔";
}

std::string markdown_verdict_line(const Judgement& judgement, Language language) {
  const Standing standing = omniwriter::standing_of(judgement);
  if (standing == Standing::none) return {};
  const std::string reason = markdown_text(verdict_reason(judgement, language));
  return fmt::format("{} **{}**{}{}\n\n", emoji_of(standing), verdict_word(standing, language),
                     reason.empty() ? "" : ": ", reason);
}

std::string markdown_criteria(const Judgement& judgement, Language language, std::size_t max_bytes) {
  if (judgement.criteria.empty()) return {};
  const auto say = [&](Text text) { return text_of(text, language); };
  const bool invalid = is_invalid(judgement);
  const auto rows = bounded_rows(by_urgency(judgement.criteria), max_bytes, [&](const CriterionResult* one) {
    const CriterionText text = text_of(*one, language);
    // What is met by numbers that cannot be trusted is not green.
    const bool unsigned_one = invalid && one->verdict == Verdict::pass;
    return fmt::format("| {}{} | {} | {} | {} | {} | {} |\n",
                       unsigned_one ? "" : fmt::format("{} ", emoji_of(standing_of(one->verdict))), text.word,
                       markdown_text(one->criterion), text.observed, text.bound, text.interval,
                       joined(markdown_text(text.reason), markdown_text(text.advice)));
  });
  return fmt::format("| {} | {} | {} | {} | {} | {} |\n| --- | --- | ---: | ---: | ---: | --- |\n{}{}",
                     say(Text::verdict), say(Text::criterion), say(Text::seen), say(Text::bound),
                     say(Text::sure_between), say(Text::next_step), rows.text, and_more(rows, language));
}

std::string markdown_concerns(const Judgement& judgement, Language language, std::size_t max_bytes) {
  if (judgement.concerns.empty()) return {};
  const auto rows = bounded_rows(by_level(judgement.concerns), max_bytes, [&](const Concern* one) {
    const std::string_view sign = one->level == ConcernLevel::invalid   ? "⛔ "
                                  : one->level == ConcernLevel::warning ? "⚠️ "
                                                                        : "";
    return fmt::format("- {}{}: {}\n", sign, word_for(one->level, language),
                       joined(translated_text(one->what, language), translated_text(one->advice, language)));
  });
  return rows.text + and_more(rows, language);
}

std::string markdown_comparison(const Comparison& comparison, Language language, std::size_t max_bytes) {
  std::string text = comparison_text(comparison, language) + "\n\n";
  const auto list = [&](Text name, const std::vector<std::string>& names) {
    if (names.empty()) return;
    const auto rows =
        bounded_rows(names, max_bytes / 4, [](const std::string& one) { return markdown_text(one) + ", "; });
    std::string shown = rows.text.substr(0, rows.text.size() - std::min<std::size_t>(rows.text.size(), 2));
    if (rows.left_out > 0) {
      shown +=
          " " + fmt::format(fmt::runtime(text_of(Text::and_more, language)), format_count(rows.left_out, language));
    }
    text += name == Text::baseline ? fmt::format("- {}: {}\n", text_of(name, language), shown)
                                   : "- " + fmt::format(fmt::runtime(text_of(name, language)), shown) + "\n";
  };
  const auto reasons = bounded_rows(comparison.reasons, max_bytes / 4, [&](const std::string& one) {
    return fmt::format("- {}\n", translated_text(one, language));
  });
  text += reasons.text;
  list(Text::baseline, comparison.base);
  list(Text::only_in_baseline, comparison.only_in_base);
  list(Text::only_now, comparison.only_in_candidate);
  return text + "\n";
}

std::string markdown_changes(const std::vector<EndpointChange>& changes, Language language, std::size_t max_bytes) {
  if (changes.empty()) return {};
  const auto say = [&](Text text) { return text_of(text, language); };
  const auto rows = bounded_rows(changes, max_bytes, [&](const EndpointChange& one) {
    const ChangeText text = text_of(*one.endpoint, *one.metric, language);
    return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", markdown_text(*one.endpoint),
                       markdown_text(text.metric), text.base, text.candidate, text.change, text.interval, text.word);
  });
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n| --- | --- | ---: | ---: | ---: | ---: | --- |\n{}{}",
                     say(Text::endpoint), say(Text::metric), say(Text::baseline), say(Text::candidate),
                     say(Text::change), say(Text::change_between), say(Text::verdict), rows.text,
                     and_more(rows, language));
}

std::string markdown_verdict(const Judgement& judgement, Language language) {
  const auto section = [&](Text title, const std::string& text) {
    return text.empty() ? std::string() : fmt::format("### {}\n\n{}", text_of(title, language), text);
  };
  std::string parts = markdown_verdict_line(judgement, language);
  parts += markdown_criteria(judgement, language, kMaxPartBytes);
  parts += section(Text::validity, markdown_concerns(judgement, language, kMaxPartBytes));
  if (judgement.comparison) {
    const Comparison& found = *judgement.comparison;
    parts += section(Text::comparison, markdown_comparison(found, language, kMaxPartBytes));
    const auto changes = changes_of(found);
    if (changes.empty()) parts += fmt::format("{}\n\n", text_of(Text::nothing_changed, language));
    parts += markdown_changes(changes, language, kMaxPartBytes);
  }
  return parts.empty() ? parts : fmt::format("## {}\n\n{}", text_of(Text::verdict, language), parts);
}

}  // namespace omniwriter
