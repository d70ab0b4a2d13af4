#include "model/translation.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

namespace omniwriter {
namespace {

constexpr std::size_t kMaxBytes = 16'384;  // nobody makes longer sentences; servers and files may
constexpr int kMaxDepth = 12;
constexpr std::size_t kMaxSeparators = 20;
constexpr std::string_view kValue = "{}";
constexpr std::string_view kSentence = "{*}";

/// The English of a phrase, taken apart.
struct Pattern {
  std::vector<std::string_view> literals;  ///< before, between and behind the values
  std::vector<bool> is_sentence;           ///< of each value
  std::size_t literal_bytes = 0;
  std::string_view portuguese;

  explicit Pattern(const Phrase& phrase) : portuguese(phrase.portuguese) {
    std::string_view rest = phrase.english;
    while (true) {
      const auto value = std::min(rest.find(kValue), rest.find(kSentence));
      literals.push_back(rest.substr(0, value));
      literal_bytes += literals.back().size();
      if (value == std::string_view::npos) return;
      rest.remove_prefix(value);
      is_sentence.push_back(rest.starts_with(kSentence));
      rest.remove_prefix(is_sentence.back() ? kSentence.size() : kValue.size());
    }
  }

  [[nodiscard]] bool begins_with_value() const { return literals.front().empty(); }

  /// The values of a sentence that is made like this.
  [[nodiscard]] std::optional<std::vector<std::string_view>> values_of(std::string_view sentence) const {
    if (!sentence.starts_with(literals.front())) return std::nullopt;
    if (literals.size() == 1) {
      return sentence == literals.front() ? std::optional<std::vector<std::string_view>>(std::in_place) : std::nullopt;
    }
    sentence.remove_prefix(literals.front().size());
    if (!sentence.ends_with(literals.back())) return std::nullopt;
    sentence.remove_suffix(literals.back().size());
    std::vector<std::string_view> values;
    for (std::size_t i = 1; i + 1 < literals.size(); ++i) {
      const auto at = sentence.find(literals[i]);
      if (at == std::string_view::npos) return std::nullopt;
      values.push_back(sentence.substr(0, at));
      sentence.remove_prefix(at + literals[i].size());
    }
    values.push_back(sentence);
    return values;
  }
};

/// Those that say most come first: of two that fit, one is the other with a value in place of words.
const std::multimap<std::size_t, Pattern, std::greater<>>& patterns() {
  static const auto kAll = [] {
    std::multimap<std::size_t, Pattern, std::greater<>> all;
    for (const Phrase& phrase : portuguese_phrases()) {
      Pattern pattern(phrase);
      all.emplace(pattern.literal_bytes, std::move(pattern));
    }
    return all;
  }();
  return kAll;
}

std::string in_portuguese(std::string_view sentence, int depth);

std::string fill(const Pattern& pattern, const std::vector<std::string_view>& values, int depth) {
  std::vector<std::string> filled;
  for (std::size_t i = 0; i < values.size(); ++i) {
    filled.push_back(pattern.is_sentence[i] ? in_portuguese(values[i], depth) : std::string(values[i]));
  }
  std::string text;
  std::string_view rest = pattern.portuguese;
  for (std::size_t next = 0;; ++next) {
    const auto value = std::min(rest.find(kValue), rest.find(kSentence));
    text += rest.substr(0, value);
    if (value == std::string_view::npos) return text;
    text += filled.at(next);
    rest.remove_prefix(rest.find('}', value) + 1);
  }
}

template <typename Condition>
std::optional<std::string> by_phrase(std::string_view sentence, int depth, const Condition& fits) {
  for (const auto& [literal_bytes, pattern] : patterns()) {
    const auto values = pattern.values_of(sentence);
    if (values && fits(pattern, *values)) return fill(pattern, *values, depth);
  }
  return std::nullopt;
}

/// Where a sentence may end and another begin: at ": " and "; ".
std::vector<std::size_t> separators_of(std::string_view text) {
  std::vector<std::size_t> found;
  for (std::size_t at = 0; at + 1 < text.size() && found.size() < kMaxSeparators; ++at) {
    if ((text[at] == ':' || text[at] == ';') && text[at + 1] == ' ') found.push_back(at);
  }
  return found;
}

std::string in_portuguese(std::string_view sentence, int depth) {
  if (sentence.empty() || depth > kMaxDepth) return std::string(sentence);
  // A value that holds a separator is likely no value, but the end of one sentence and the beginning of another.
  const auto surely = [](const Pattern& pattern, const std::vector<std::string_view>& values) {
    if (pattern.begins_with_value() && values.front().find(": ") != std::string_view::npos) return false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!pattern.is_sentence[i] && values[i].find("; ") != std::string_view::npos) return false;
    }
    return true;
  };
  if (auto whole = by_phrase(sentence, depth + 1, surely)) return *std::move(whole);
  // The longest beginning that is a sentence; else what stands before the first separator is a name.
  const std::vector<std::size_t> separators = separators_of(sentence);
  for (const std::size_t at : separators | std::views::reverse) {
    if (const auto head = by_phrase(sentence.substr(0, at), depth + 1, surely)) {
      return *head + std::string(sentence.substr(at, 2)) + in_portuguese(sentence.substr(at + 2), depth + 1);
    }
  }
  if (!separators.empty()) {
    const std::size_t tail = separators.front() + 2;
    const std::string new_tail = in_portuguese(sentence.substr(tail), depth + 1);
    if (new_tail != sentence.substr(tail)) return std::string(sentence.substr(0, tail)) + new_tail;
  }
  const auto any = [](const Pattern&, const std::vector<std::string_view>&) { return true; };
  return by_phrase(sentence, depth + 1, any).value_or(std::string(sentence));
}

}  // namespace

std::string translated(std::string_view sentence, Language language) {
  if (language == Language::en || sentence.size() > kMaxBytes) return std::string(sentence);
  std::string text;
  while (true) {
    const auto line_end = sentence.find('\n');
    text += in_portuguese(sentence.substr(0, line_end), 0);
    if (line_end == std::string_view::npos) return text;
    text += '\n';
    sentence.remove_prefix(line_end + 1);
  }
}

}  // namespace omniwriter
