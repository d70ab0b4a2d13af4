#include "config/criteria_setting.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <chrono>
#include <iterator>
#include <string>
#include <string_view>

namespace omniwriter {
namespace {

constexpr std::size_t kMaxCriteria = 1000;

/// "10s", "1m30s", "500ms", as k6 has them: whole seconds, rounded up.
std::optional<std::chrono::seconds> read_duration(std::string_view text) {
  constexpr double kLongest = 366.0 * 86'400;
  double seconds = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto unit = text.substr(0, text.find_first_of("0123456789."));
    const double factor = unit == "ms" ? 0.001 : unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : 0;
    if (factor == 0) return std::nullopt;
    seconds += number * factor;
    if (!(seconds <= kLongest)) return std::nullopt;
    text.remove_prefix(unit.size());
  }
  return std::chrono::ceil<std::chrono::seconds>(std::chrono::duration<double>(seconds));
}

class CriteriaReader {
 public:
  explicit CriteriaReader(bool only_warn) : only_warn_(only_warn) {}

  Problem read(const YAML::Node& node) {
    if (node.IsScalar() && node.Tag().empty()) return read_line(node.Scalar());
    if (!node.IsMap() || is_criterion(node)) return read_list(node, "");
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return "what a criterion is about must be text";
      if (auto problem = read_list(entry.second, entry.first.Scalar())) return problem;
    }
    return {};
  }

  [[nodiscard]] std::vector<Criterion>& criteria() { return criteria_; }

 private:
  static bool is_criterion(const YAML::Node& node) { return node["threshold"] || node["criterion"]; }

  Problem read_line(std::string_view line) {
    while (!line.empty()) {
      const auto end = line.find(';');
      const auto text = line.substr(0, end);
      line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
      if (text.find_first_not_of(' ') == std::string_view::npos) continue;
      if (auto problem = add(text, "")) return problem;
    }
    return {};
  }

  Problem read_list(const YAML::Node& node, std::string_view about) {
    if (!node.IsSequence()) return read_one(node, about);
    for (const auto& entry : node) {
      if (auto problem = read_one(entry, about)) return problem;
    }
    return {};
  }

  Problem read_one(const YAML::Node& node, std::string_view about) {
    if (node.IsScalar()) {
      const auto text = read_text(node);
      return text ? add(*text, about) : text.error();
    }
    if (!node.IsMap() || !is_criterion(node)) {
      return R"(a criterion is text, or a group with "threshold", "abortOnFail" and "delayAbortEval")";
    }
    for (const auto& entry : node) {
      const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
      if (name == "threshold" || name == "criterion") {
        const auto text = read_text(entry.second);
        if (!text) return fmt::format("{}: {}", name, text.error());
        if (auto problem = add(*text, about)) return problem;
      } else if (name != "abortOnFail" && name != "delayAbortEval") {
        return fmt::format(R"(a criterion has no "{}", but threshold, abortOnFail, delayAbortEval)", name);
      }
    }
    return read_abort(node, criteria_.back());
  }

  static Problem read_abort(const YAML::Node& node, Criterion& criterion) {
    if (const auto abort = node["abortOnFail"]) {
      if (auto problem = read_bool_into(criterion.abort_on_fail, {.node = abort, .folder = {}})) {
        return "abortOnFail: " + *problem;
      }
      if (criterion.abort_on_fail && criterion.only_warns) return "what only warns cannot stop a test: abortOnFail";
    }
    if (const auto delay = node["delayAbortEval"]) {
      const auto seconds = read_duration(delay.IsScalar() ? delay.Scalar() : "");
      if (!seconds) return "delayAbortEval: must be a time such as 10s or 1m30s";
      criterion.delay_abort_eval = *seconds;
    }
    return {};
  }

  Problem add(std::string_view text, std::string_view about) {
    if (criteria_.size() == kMaxCriteria) return fmt::format("must hold at most {} criteria", kMaxCriteria);
    auto parsed = parse_criterion(about.empty() ? std::string(text) : fmt::format("{}: {}", about, text));
    if (!parsed) return std::move(parsed).error().message;
    parsed->only_warns = only_warn_;
    criteria_.push_back(*std::move(parsed));
    return {};
  }

  bool only_warn_;
  std::vector<Criterion> criteria_;
};

}  // namespace

Problem read_criteria_into(std::vector<Criterion>& target, const Setting& setting, bool only_warn) {
  CriteriaReader reader(only_warn);
  if (auto problem = reader.read(setting.node)) return problem;
  std::erase_if(target, [&](const Criterion& criterion) { return criterion.only_warns == only_warn; });
  std::ranges::move(reader.criteria(), std::back_inserter(target));
  return {};
}

}  // namespace omniwriter
