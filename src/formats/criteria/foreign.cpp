#include "formats/criteria/foreign.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"

namespace omniwriter {
namespace {

constexpr std::size_t kShownBytes = 200;

std::unexpected<Error> no_such(std::string_view tool, std::string_view text) {
  return fail(ErrorCode::usage,
              fmt::format("there is no criterion like this one of {}: {}", tool, clean_utf8(text, kShownBytes)));
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

std::string in_quotes(std::string_view text) {
  std::string inner;
  for (const char c : text) {
    if (c == '"' || c == '\\') inner += '\\';
    inner += c;
  }
  return "\"" + inner + "\"";
}

// {endpoint="…"}, or nothing for all.
std::string of_endpoint(std::string_view name) {
  return name.empty() ? std::string() : "{endpoint=" + in_quotes(name) + "}";
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// What must hold where a test fails if `condition` does; empty where that is no condition.
std::string_view opposite_of(std::string_view condition) {
  constexpr auto kOpposites = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{">", "<="}, {">=", "<"}, {"<", ">="}, {"<=", ">"}, {"=", "!="}, {"==", "!="}});
  const auto* found = std::ranges::find(kOpposites, condition, &std::pair<std::string_view, std::string_view>::first);
  return found == kOpposites.end() ? "" : found->second;
}

}  // namespace

Result<Criterion> criterion_of_taurus(const TaurusCriterion& taurus) {
  const std::string& subject = taurus.subject;
  const std::string text = fmt::format("{}{}{}{}", subject, taurus.label.empty() ? "" : " of " + taurus.label,
                                       taurus.condition, taurus.threshold);
  std::string holds(opposite_of(taurus.condition));
  const bool percent = taurus.threshold.ends_with('%');
  std::string threshold = taurus.threshold;
  const auto value = number(percent ? std::string_view(threshold).substr(0, threshold.size() - 1) : threshold);
  const std::string endpoint = of_endpoint(taurus.label);
  if (holds.empty()) return no_such("Taurus", text);

  std::string about;
  bool is_time = true;
  if (subject == "avg-rt") {
    about = "response_time" + endpoint + ": mean";
  } else if (subject == "avg-lt") {
    about = "waiting" + endpoint + ": mean";
  } else if (subject == "avg-ct") {
    about = "connect" + endpoint + ": mean";
  } else if (subject == "stdev-rt") {
    about = "response_time" + endpoint + ": stddev";
  } else if (subject.starts_with('p') && number(std::string_view(subject).substr(1))) {
    about = fmt::format("response_time{}: p{}", endpoint, *number(std::string_view(subject).substr(1)));
  } else {
    is_time = false;
    if (subject == "hits") {
      about = "requests" + endpoint + ": count";
    } else if (subject.starts_with("concurr") && taurus.label.empty()) {
      about = "users: last";
    } else if (subject.starts_with("fail")) {
      about = "errors" + endpoint + (percent ? ": rate" : ": count");
    } else if (subject.starts_with("succ") && percent && value && *value >= 0 && *value <= 100) {
      // What did not succeed has failed.
      about = "errors" + endpoint + ": rate";
      threshold = fmt::format("{}%", 100 - *value);
      if (holds.starts_with('>')) {
        holds.front() = '<';
      } else if (holds.starts_with('<')) {
        holds.front() = '>';
      }
    } else if (subject.starts_with("rc") && subject.size() > 2) {
      const std::string label = taurus.label.empty() ? "" : "endpoint=" + in_quotes(taurus.label) + ",";
      const std::string status = "{" + label + "status=" + in_quotes(std::string_view(subject).substr(2)) + "}";
      const bool error = subject[2] == '4' || subject[2] == '5';
      if (percent && !error) return no_such("Taurus", text);
      about = percent ? "errors" + status + ": rate" : "requests" + status + ": count";
    } else {
      return no_such("Taurus", text);
    }
  }
  if (is_time && percent) return no_such("Taurus", text);
  if (is_time && value) threshold += "s";

  std::string when;
  if (!taurus.timeframe.empty() && taurus.timeframe != "0") {
    const std::string time = taurus.timeframe + (number(taurus.timeframe) ? "s" : "");
    if (taurus.logic != "for" && taurus.logic != "within" && taurus.logic != "over") return no_such("Taurus", text);
    when = (taurus.logic == "for" ? " for " : " over ") + time;
  }
  auto criterion = TRY(parse_criterion(about + holds + threshold + when));
  criterion.only_warns = !taurus.fail;
  criterion.abort_on_fail = taurus.stop && taurus.fail && !when.empty();
  return criterion;
}

Result<Criterion> criterion_of_taurus(std::string_view text) {
  std::string_view rest = trimmed(text);
  TaurusCriterion taurus;
  // "a message: avg-rt>1s"
  if (const std::size_t colon = rest.find(':'); colon != std::string_view::npos) rest = trimmed(rest.substr(colon + 1));
  if (const std::size_t comma = rest.find(','); comma != std::string_view::npos) {
    const std::string_view action = trimmed(rest.substr(comma + 1));
    taurus.stop = !action.starts_with("continue");
    taurus.fail = !action.ends_with("non-failed");
    rest = trimmed(rest.substr(0, comma));
  }
  const std::size_t condition = rest.find_first_of("<>=");
  if (condition == std::string_view::npos) return no_such("Taurus", text);
  const std::size_t threshold = std::min(rest.find_first_not_of("<>=", condition), rest.size());
  std::string_view subject = trimmed(rest.substr(0, condition));
  constexpr std::string_view kOf = " of ";
  if (const std::size_t of = subject.find(kOf); of != std::string_view::npos) {
    taurus.label = trimmed(subject.substr(of + kOf.size()));
    subject = trimmed(subject.substr(0, of));
  }
  taurus.subject = subject;
  taurus.condition = rest.substr(condition, threshold - condition);
  rest = trimmed(rest.substr(threshold));
  taurus.threshold = rest.substr(0, rest.find(' '));
  rest = trimmed(rest.substr(taurus.threshold.size()));
  taurus.logic = rest.substr(0, rest.find(' '));
  taurus.timeframe = trimmed(rest.substr(taurus.logic.size()));
  if (taurus.logic.empty() != taurus.timeframe.empty()) return no_such("Taurus", text);
  return criterion_of_taurus(taurus);
}

Result<Criterion> criterion_of_artillery(std::string_view text) {
  const std::size_t sign = text.find_first_of("<>=!");
  if (sign == std::string_view::npos) return no_such("Artillery", text);
  const std::size_t behind = std::min(text.find_first_not_of("<>=!", sign), text.size());
  std::string_view name = trimmed(text.substr(0, sign));
  // Names may be quoted where they hold what an expression does not.
  if (name.size() > 1 && name.front() == '\'' && name.back() == '\'') name = name.substr(1, name.size() - 2);
  const std::string condition(text.substr(sign, behind - sign));
  const std::string value(trimmed(text.substr(behind)));
  if (!number(value)) return no_such("Artillery", text);

  constexpr std::string_view kTimes = "http.response_time.";
  constexpr std::string_view kCodes = "http.codes.";
  constexpr std::string_view kErrors = "errors.";
  std::string about;
  if (name.starts_with(kTimes)) {
    std::string statistic(name.substr(kTimes.size()));
    if (statistic == "p999") statistic = "p99.9";
    about = "response_time: " + statistic;
  } else if (name == "http.requests") {
    about = "requests: count";
  } else if (name == "http.request_rate") {
    about = "requests: rate";
  } else if (name.starts_with(kCodes)) {
    about = "requests{status=" + in_quotes(name.substr(kCodes.size())) + "}: count";
  } else if (name.starts_with(kErrors)) {
    about = "errors{error_type=" + in_quotes(name.substr(kErrors.size())) + "}: count";
  } else {
    return no_such("Artillery", text);
  }
  return parse_criterion(about + (condition == "=" ? "==" : condition) + value);
}

namespace {

constexpr std::string_view kIs = " is ";

struct Words {
  std::string_view words;
  std::string_view sign;
};
// The longer ones first.
constexpr auto kGatlingConditions = std::to_array<Words>({{"less than or equal to ", "<="},
                                                          {"less than ", "<"},
                                                          {"greater than or equal to ", ">="},
                                                          {"greater than ", ">"},
                                                          {"", "=="}});

// "95th percentile of response time"
std::optional<std::string> gatling_time(std::string_view target) {
  constexpr std::string_view kOfTime = " of response time";
  if (!target.ends_with(kOfTime)) return std::nullopt;
  target.remove_suffix(kOfTime.size());
  constexpr auto kNames = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"min", "min"}, {"max", "max"}, {"mean", "mean"}, {"standard deviation", "stddev"}});
  for (const auto& [theirs, ours] : kNames) {
    if (target == theirs) return std::string(ours);
  }
  const std::size_t digits = target.find_first_not_of("0123456789.");
  if (digits == 0 || digits == std::string_view::npos || !target.ends_with(" percentile")) return std::nullopt;
  return "p" + std::string(target.substr(0, digits));
}

}  // namespace

bool is_gatling(std::string_view line) {
  const std::size_t is = line.rfind(kIs);
  if (is == std::string_view::npos) return false;
  const std::string_view before = line.substr(0, is);
  return before.ends_with(" of response time") || before.ends_with(" events") ||
         before.ends_with(" requests per second");
}

Result<Criterion> criterion_of_gatling(std::string_view text) {
  std::string_view rest = trimmed(text);
  const std::size_t is = rest.rfind(kIs);
  if (is == std::string_view::npos) return no_such("Gatling", text);
  std::string_view condition = rest.substr(is + kIs.size());
  rest = rest.substr(0, is);
  const std::size_t colon = rest.rfind(": ");
  if (colon == std::string_view::npos) return no_such("Gatling", text);
  const std::string_view target = rest.substr(colon + 2);
  const std::string_view path = rest.substr(0, colon);
  if (path == "For all requests") return no_such("Gatling", text);
  const std::string endpoint = path == "Global" ? "" : of_endpoint(path);

  std::string_view sign;
  for (const auto& [words, ours] : kGatlingConditions) {
    if (!condition.starts_with(words)) continue;
    sign = ours;
    condition.remove_prefix(words.size());
    break;
  }
  // Behind the number may stand what became of it: "500.0 : true (actual : 246.0)".
  const std::string value(condition.substr(0, condition.find(' ')));
  if (!number(value)) return no_such("Gatling", text);

  if (const auto time = gatling_time(target))
    return parse_criterion(fmt::format("response_time{}: {}{}{}ms", endpoint, *time, sign, value));
  if (target == "mean requests per second")
    return parse_criterion(fmt::format("requests{}: rate{}{}", endpoint, sign, value));
  if (target == "count of all events")
    return parse_criterion(fmt::format("requests{}: count{}{}", endpoint, sign, value));
  if (target == "count of failed events")
    return parse_criterion(fmt::format("errors{}: count{}{}", endpoint, sign, value));
  if (target == "percentage of failed events")
    return parse_criterion(fmt::format("errors{}: rate{}{}%", endpoint, sign, value));
  if (target == "percentage of successful events") {
    // What did not succeed has failed.
    std::string turned(sign);
    if (turned.front() == '<') {
      turned.front() = '>';
    } else if (turned.front() == '>') {
      turned.front() = '<';
    }
    return parse_criterion(fmt::format("errors{}: rate{}{}%", endpoint, turned, 100 - *number(value)));
  }
  return no_such("Gatling", text);
}

}  // namespace omniwriter
