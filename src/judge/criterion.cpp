#include "judge/criterion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <optional>
#include <span>

#include "base/edit_distance.h"
#include "base/try.h"
#include "base/utf8.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxTextBytes = 2000;
constexpr double kMilli = 1e-3;

struct SubjectName {
  std::string_view name;
  CriterionSubject subject;
  SampleKind kind = SampleKind::request;
  std::optional<Statistic> usual = {};  // where none is written
};

using enum CriterionSubject;
// Our own names come before those of k6.
constexpr auto kSubjects = std::to_array<SubjectName>({
    {"response_time", times},
    {"blocked", times, SampleKind::blocked},
    {"dns", times, SampleKind::dns},
    {"connect", times, SampleKind::connect},
    {"tls", times, SampleKind::tls},
    {"sending", times, SampleKind::sending},
    {"waiting", times, SampleKind::waiting},
    {"receiving", times, SampleKind::receiving},
    {"transactions", times, SampleKind::transaction},
    {"errors", errors, SampleKind::request, Statistic::count},
    {"requests", requests, SampleKind::request, Statistic::count},
    {"throughput", requests, SampleKind::request, Statistic::rate},
    {"checks", checks, SampleKind::check, Statistic::rate},
    {"users", users, SampleKind::request, Statistic::maximum},
    {"cpu", cpu, SampleKind::request, Statistic::maximum},
    {"memory", memory, SampleKind::request, Statistic::maximum},
    {"bytes_received", received, SampleKind::request, Statistic::count},
    {"bytes_sent", sent, SampleKind::request, Statistic::count},
    {"query", query},
    {"metric", metric},
    {"http_req_duration", times},
    {"http_req_blocked", times, SampleKind::blocked},
    {"http_req_connecting", times, SampleKind::connect},
    {"http_req_tls_handshaking", times, SampleKind::tls},
    {"http_req_sending", times, SampleKind::sending},
    {"http_req_waiting", times, SampleKind::waiting},
    {"http_req_receiving", times, SampleKind::receiving},
    {"group_duration", times, SampleKind::transaction},
    {"http_req_failed", errors, SampleKind::request, Statistic::count},
    {"http_reqs", requests, SampleKind::request, Statistic::count},
    {"vus", users, SampleKind::request, Statistic::maximum},
    {"data_received", received, SampleKind::request, Statistic::count},
    {"data_sent", sent, SampleKind::request, Statistic::count},
});

struct StatisticName {
  std::string_view name;
  Statistic statistic;
};
constexpr auto kStatistics = std::to_array<StatisticName>({
    {"mean", Statistic::mean},
    {"avg", Statistic::mean},
    {"med", Statistic::quantile},
    {"median", Statistic::quantile},
    {"min", Statistic::minimum},
    {"max", Statistic::maximum},
    {"stddev", Statistic::deviation},
    {"apdex", Statistic::apdex},
    {"count", Statistic::count},
    {"rate", Statistic::rate},
    {"last", Statistic::last},
    {"value", Statistic::last},  // k6's word for gauges
});

struct UnitName {
  std::string_view name;
  BoundUnit unit;
  double factor;
};
constexpr auto kUnits = std::to_array<UnitName>({
    {"%", BoundUnit::percent, 1},
    {"ns", BoundUnit::seconds, 1e-9},
    {"us", BoundUnit::seconds, 1e-6},
    {"µs", BoundUnit::seconds, 1e-6},
    {"μs", BoundUnit::seconds, 1e-6},  // the Greek letter
    {"ms", BoundUnit::seconds, kMilli},
    {"s", BoundUnit::seconds, 1},
    {"m", BoundUnit::seconds, 60},
    {"min", BoundUnit::seconds, 60},
    {"h", BoundUnit::seconds, 3600},
    {"/s", BoundUnit::per_second, 1},
    {"rps", BoundUnit::per_second, 1},
    {"/m", BoundUnit::per_second, 1.0 / 60},
    {"/min", BoundUnit::per_second, 1.0 / 60},
    {"/h", BoundUnit::per_second, 1.0 / 3600},
    {"B", BoundUnit::bytes, 1},
    {"kB", BoundUnit::bytes, 1e3},
    {"KB", BoundUnit::bytes, 1e3},
    {"MB", BoundUnit::bytes, 1e6},
    {"GB", BoundUnit::bytes, 1e9},
    {"TB", BoundUnit::bytes, 1e12},
    {"KiB", BoundUnit::bytes, 1024.0},
    {"MiB", BoundUnit::bytes, 1024.0 * 1024},
    {"GiB", BoundUnit::bytes, 1024.0 * 1024 * 1024},
});

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The one that a wrong word is nearest to; empty where it is like none.
template <typename Names>
std::string_view nearest(std::string_view word, const Names& names) {
  constexpr std::size_t kLongest = 100;
  std::string_view best;
  // Two letters changed places, or half of the word: but never all of it.
  std::size_t least = std::min(std::max<std::size_t>(word.size() / 2, 2) + 1, word.size());
  for (const auto& known : names) {
    const std::size_t distance = edit_distance(word.substr(0, kLongest), known.name);
    if (distance >= least) continue;
    least = distance;
    best = known.name;
  }
  return best;
}

template <typename Names>
auto find_named(std::string_view word, const Names& names) {
  const auto found = std::ranges::find(names, word, [](const auto& one) { return one.name; });
  return found == names.end() ? nullptr : &*found;
}

// "p95", "p99.9": the quantile, and nothing where it is none.
std::optional<double> short_quantile(std::string_view word) {
  if (word.size() < 2 || word.front() != 'p' || !is_digit(word[1])) return std::nullopt;
  double percent = 0;
  const auto [end, problem] =
      std::from_chars(word.data() + 1, word.data() + word.size(), percent, std::chars_format::fixed);
  if (problem != std::errc() || end != word.data() + word.size() || percent > 100) return std::nullopt;
  return percent / 100;
}

// "::shop::checkout" of k6 is the transaction "shop / checkout".
std::string path_of_group(std::string_view group) {
  std::string path;
  while (!group.empty()) {
    if (group.starts_with("::")) group.remove_prefix(2);
    const std::size_t end = std::min(group.find("::"), group.size());
    if (end != 0) path.append(path.empty() ? "" : " / ").append(group.substr(0, end));
    group.remove_prefix(end);
  }
  return path;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) { criterion_.text = text; }

  Result<Criterion> parse() {
    TRY(read_subject());
    TRY(read_comparator());
    TRY(read_bound());
    TRY(read_clauses());
    TRY(settle());
    return std::move(criterion_);
  }

 private:
  // --- what is wrong, and where

  [[nodiscard]] std::unexpected<Error> wrong(std::size_t at, std::string what) const {
    constexpr std::size_t kMaxShownBytes = 200;
    if (text_.size() > kMaxShownBytes) return fail(ErrorCode::usage, std::move(what));
    // A column is a character, however many bytes it has.
    const auto columns = std::ranges::count_if(text_.substr(0, at),
                                               [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    what += fmt::format("\n  {}\n  {}^", clean_utf8(text_, kMaxShownBytes),
                        std::string(static_cast<std::size_t>(columns), ' '));
    return fail(ErrorCode::usage, std::move(what));
  }

  template <typename Names>
  [[nodiscard]] std::unexpected<Error> unknown(std::size_t at, std::string_view word, const Names& names,
                                               std::string_view all) const {
    const std::string shown = clean_utf8(word, 60);
    if (word.empty()) return wrong(at, fmt::format("a criterion lacks a word here: {}", all));
    const std::string_view near = nearest(word, names);
    if (near.empty()) return wrong(at, fmt::format("a criterion knows no \"{}\" here; it knows {}", shown, all));
    return wrong(at, fmt::format("a criterion knows no \"{}\"; did you mean \"{}\"?", shown, near));
  }

  // --- letters

  void skip_spaces() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(std::string_view what) {
    if (!text_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }
  std::string_view word() {
    const std::size_t from = at_;
    if (is_letter(peek()) || peek() == '_') {
      while (is_letter(peek()) || is_digit(peek()) || peek() == '_' || peek() == '.' || peek() == '-') ++at_;
    }
    return text_.substr(from, at_ - from);
  }
  // Within quotes of either kind; \" and \\ stand for themselves.
  Result<std::string> quoted() {
    const std::size_t from = at_;
    const char quote = text_[at_++];
    std::string inner;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;
      inner += text_[at_++];
    }
    if (at_ == text_.size()) return wrong(from, "a quote of the criterion is not closed");
    ++at_;
    return inner;
  }
  std::optional<double> number() {
    double value = 0;
    const char* end = text_.data() + text_.size();
    if (!is_digit(peek())) return std::nullopt;
    const auto [after, problem] = std::from_chars(text_.data() + at_, end, value);
    if (problem != std::errc() || !std::isfinite(value)) return std::nullopt;
    at_ = static_cast<std::size_t>(after - text_.data());
    return value;
  }
  std::string_view unit_word() {
    const std::size_t from = at_;
    if (take("%")) return "%";
    take("/");
    while (is_letter(peek())) ++at_;
    if (peek() == '/' && at_ > from) {  // "MB/s"
      ++at_;
      while (is_letter(peek())) ++at_;
    }
    return text_.substr(from, at_ - from);
  }

  // "90s", "1m30s"
  Result<double> duration() {
    double seconds = 0;
    do {
      const std::size_t from = at_;
      const auto value = number();
      if (!value) return wrong(from, "a time is missing here, as in 30s");
      const std::size_t unit_at = at_;
      const std::string_view written = unit_word();
      const UnitName* unit = find_named(written, kUnits);
      if (unit == nullptr || unit->unit != BoundUnit::seconds) {
        return unknown(unit_at, written, std::span(kUnits).subspan(1, 9), "ns, us, ms, s, m, h");
      }
      seconds += *value * unit->factor;
    } while (is_digit(peek()));
    constexpr double kTenYears = 3.2e8;
    if (seconds > kTenYears) return wrong(at_, "a time of a criterion is too long");
    return seconds;
  }

  // --- what it is about

  Result<void> read_subject() {
    skip_spaces();
    const std::size_t from = at_;
    const bool is_quoted = peek() == '"' || peek() == '\'';
    std::string name;
    if (is_quoted) {
      name = TRY(quoted());
    } else {
      name = word();
    }
    if (name.empty()) {
      return wrong(from, "a criterion begins with what it is about: p95<300ms, errors<1%, throughput>100");
    }
    std::optional<Statistic> statistic;
    if (!is_quoted && is_statistic(name)) {
      // k6's thresholds have the metric in front; without one it is that of response times.
      at_ = from;
      TRY(read_statistic());
      statistic = criterion_.statistic;
      if (*statistic == Statistic::count || *statistic == Statistic::rate || *statistic == Statistic::last) {
        return wrong(from,
                     fmt::format("\"{}\" of what? Say it as in \"errors: rate<1%\" or \"requests: count>1000\"", name));
      }
    }
    subject_ = is_quoted ? nullptr : find_named(name, kSubjects);
    const bool has_labels = peek() == '{';
    const std::size_t labels_at = at_;
    std::vector<std::pair<std::string, std::string>> labels;
    if (has_labels) labels = TRY(read_labels());
    skip_spaces();
    if (statistic) {
      criterion_.subject = times;
    } else {
      const bool more = take(":");
      if (subject_ != nullptr) {
        criterion_.subject = subject_->subject;
        criterion_.kind = subject_->kind;
      } else {
        TRY(refuse_misspelt(from, name, more || is_quoted));
        criterion_.subject = metric;
        criterion_.name = name;
      }
      skip_spaces();
      if (more) {
        TRY(read_statistic());
        settled_statistic_ = true;
      } else if (subject_ != nullptr && subject_->usual) {
        criterion_.statistic = *subject_->usual;
      } else {
        return wrong(at_, fmt::format("say which number of \"{0}\", as in \"{0}: p95<300ms\"", clean_utf8(name, 60)));
      }
    }
    TRY(take_labels(labels_at, std::move(labels)));
    return check_statistic(from);
  }

  static bool is_statistic(std::string_view name) {
    return find_named(name, kStatistics) != nullptr || name == "p" || short_quantile(name).has_value();
  }

  // What is nearly one of our words is one that was mistyped. What is `named` may be a metric of the test.
  Result<void> refuse_misspelt(std::size_t from, std::string_view name, bool named) const {
    constexpr std::size_t kLongEnough = 5;
    if (!named) {
      std::vector<StatisticName> all(kStatistics.begin(), kStatistics.end());
      for (const std::string_view common : {"p50", "p90", "p95", "p99"}) all.push_back({common, Statistic::quantile});
      for (const SubjectName& one : kSubjects) all.push_back({one.name, Statistic::mean});
      return unknown(from, name, all,
                     "p95, mean, max, errors, throughput, checks, users, cpu and others: docs/criteria.md");
    }
    const std::string_view near = nearest(name, kSubjects);
    if (name.starts_with("http_req") ||
        (!near.empty() && name.size() >= kLongEnough && edit_distance(name, near) <= 2)) {
      return wrong(
          from,
          fmt::format("a criterion knows no \"{0}\"; did you mean \"{1}\"? A metric of the test that is called so "
                      "is metric{{name=\"{0}\"}}",
                      clean_utf8(name, 60), near.empty() ? "http_req_duration" : near));
    }
    return {};
  }

  Result<std::vector<std::pair<std::string, std::string>>> read_labels() {
    std::vector<std::pair<std::string, std::string>> labels;
    const std::size_t from = at_++;
    while (true) {
      skip_spaces();
      if (take("}")) return labels;
      const std::size_t name_at = at_;
      std::string name(word());
      if (name.empty()) {
        return at_ == text_.size() ? wrong(from, "a { of the criterion is not closed")
                                   : wrong(name_at, "a label is missing here, as in {endpoint=\"GET /\"}");
      }
      skip_spaces();
      if (text_.substr(at_).starts_with("=~") || (!take("=") && !take(":"))) {
        return wrong(at_, "a label takes a value, as in {endpoint=\"GET /\"}");
      }
      skip_spaces();
      std::string value;
      if (peek() == '"' || peek() == '\'') {
        value = TRY(quoted());
      } else {
        const std::size_t end = text_.find_first_of(",}", at_);
        if (end == std::string_view::npos) return wrong(from, "a { of the criterion is not closed");
        std::string_view bare = text_.substr(at_, end - at_);
        while (bare.ends_with(' ')) bare.remove_suffix(1);
        value = bare;
        at_ = end;
      }
      labels.emplace_back(std::move(name), std::move(value));
      skip_spaces();
      if (!take(",") && peek() != '}') {
        return at_ == text_.size() ? wrong(from, "a { of the criterion is not closed")
                                   : wrong(at_, "labels are separated by commas");
      }
    }
  }

  Result<void> take_labels(std::size_t at, std::vector<std::pair<std::string, std::string>> labels) {
    Criterion& c = criterion_;
    const bool of_requests = c.subject == times || c.subject == errors || c.subject == requests ||
                             c.subject == received || c.subject == sent;
    for (auto& [name, value] : labels) {
      if (of_requests && name == "group" && c.kind == SampleKind::transaction) {  // k6's group_duration
        c.name = path_of_group(value);
      } else if (of_requests &&
                 (name == "endpoint" || name == "name" || (name == "transaction" && !is_phase(c.kind)))) {
        if (!c.name.empty()) return wrong(at, "a criterion is about one endpoint or transaction at a time");
        if (name == "transaction") c.kind = SampleKind::transaction;
        c.name = std::move(value);
      } else if ((c.subject == checks && (name == "check" || name == "name")) ||
                 ((c.subject == query || (c.subject == metric && c.name.empty())) && name == "name")) {
        c.name = std::move(value);
      } else if (c.subject == checks) {
        return wrong(at, fmt::format("checks are told apart by \"check\" alone, not by \"{}\"", clean_utf8(name, 60)));
      } else if (c.subject == cpu || c.subject == memory) {
        return wrong(at, "CPU and memory are those of the run: they take no label");
      } else if (c.subject == users && name != "scenario") {
        return wrong(at,
                     fmt::format("users are told apart by \"scenario\" alone, not by \"{}\"", clean_utf8(name, 60)));
      } else {
        c.labels.emplace_back(std::move(name), std::move(value));
      }
    }
    if (of_requests) {
      const bool by_outcome = c.subject == errors || c.subject == requests;
      const auto others = std::ranges::count_if(c.labels, [&](const auto& label) {
        return !by_outcome || (label.first != "status" && label.first != "error_type");
      });
      if (others + (c.name.empty() ? 0 : 1) > 1) {
        return wrong(at, "requests are counted by one thing at a time: say the endpoint, or one dimension");
      }
      if (others > 0 && is_phase(c.kind)) return wrong(at, "phases are known by endpoint alone");
      if (c.kind == SampleKind::transaction && c.name.empty()) {
        return wrong(at, "say which transaction, as in transactions{transaction=\"checkout\"}");
      }
    }
    if ((c.subject == query || c.subject == metric) && c.name.empty()) {
      return wrong(at, "say which one, as in query{name=\"db_connections\"}");
    }
    return {};
  }

  // --- the number

  Result<void> read_statistic() {
    const std::size_t from = at_;
    const std::string_view name = word();
    Criterion& c = criterion_;
    if (name == "p") {
      if (!take("(")) return wrong(at_, "a percentile is written p95 or p(95)");
      skip_spaces();
      const auto percent = number();
      if (!percent || *percent > 100) return wrong(at_, "a percentile is a number from 0 to 100");
      skip_spaces();
      if (!take(")")) return wrong(at_, "a \")\" is missing in the criterion");
      c.statistic = Statistic::quantile;
      c.parameter = *percent / 100;
      return {};
    }
    if (const auto quantile = short_quantile(name)) {
      c.statistic = Statistic::quantile;
      c.parameter = *quantile;
      return {};
    }
    const StatisticName* found = find_named(name, kStatistics);
    if (found == nullptr) {
      std::vector<StatisticName> all(kStatistics.begin(), kStatistics.end());
      for (const std::string_view common : {"p50", "p90", "p95", "p99"}) all.push_back({common, Statistic::quantile});
      return unknown(from, name, all, "p95, mean, med, min, max, stddev, apdex(500ms), count, rate, last");
    }
    c.statistic = found->statistic;
    if (c.statistic == Statistic::quantile) c.parameter = 0.5;
    if (c.statistic == Statistic::apdex) {
      if (!take("(")) return wrong(at_, "apdex takes the time that satisfies, as in apdex(500ms)>0.9");
      skip_spaces();
      c.parameter = TRY(duration());
      skip_spaces();
      if (!take(")")) return wrong(at_, "a \")\" is missing in the criterion");
      if (c.parameter <= 0) return wrong(from, "apdex takes the time that satisfies, as in apdex(500ms)>0.9");
    }
    return {};
  }

  Result<void> check_statistic(std::size_t from) const {
    using enum Statistic;
    const auto one_of = [&](std::initializer_list<Statistic> allowed) {
      return std::ranges::find(allowed, criterion_.statistic) != allowed.end();
    };
    switch (criterion_.subject) {
      case times:
        if (one_of({quantile, mean, minimum, maximum, deviation, apdex, count})) return {};
        return wrong(from, "of times there are p95, mean, med, min, max, stddev, apdex(500ms) and count");
      case users:
      case cpu:
      case memory:
      case query:
        if (one_of({quantile, mean, minimum, maximum, deviation, last})) return {};
        return wrong(from, "of what goes up and down there are max, min, mean, med, p95, stddev and last");
      case checks:
        if (one_of({rate})) return {};
        return wrong(from, "of checks there is the rate of those that passed");
      case metric:
        if (!one_of({apdex})) return {};
        return wrong(from, "apdex is of response times");
      default:
        if (one_of({count, rate})) return {};
        return wrong(from, "here there are count and rate");
    }
  }

  Result<void> read_comparator() {
    skip_spaces();
    using enum Comparator;
    constexpr auto kSigns = std::to_array<std::pair<std::string_view, Comparator>>({{"<=", less_equal},
                                                                                    {"<", less},
                                                                                    {">=", greater_equal},
                                                                                    {">", greater},
                                                                                    {"===", equal},
                                                                                    {"==", equal},
                                                                                    {"!=", not_equal}});
    for (const auto& [sign, comparator] : kSigns) {
      if (!take(sign)) continue;
      criterion_.comparator = comparator;
      return {};
    }
    if (peek() == '=') return wrong(at_, "did you mean \"==\"?");
    return wrong(at_, "a criterion compares here: <, <=, >, >=, == or !=");
  }

  Result<void> read_bound() {
    skip_spaces();
    const std::size_t from = at_;
    bound_at_ = from;
    Criterion& c = criterion_;
    const bool is_signed = peek() == '+' || peek() == '-';
    const double sign = take("-") ? -1 : 1;
    if (is_signed && sign > 0) take("+");
    const auto value = number();
    if (!value) return wrong(from, "a number is missing here, as in p95<300ms");
    if (peek() == ',') return wrong(at_, "decimals are written with a point: 0.5%");
    skip_spaces();
    const std::size_t unit_at = at_;
    const std::string_view written = unit_word();
    c.bound = sign * *value;
    if (is_clause(written)) {
      at_ = unit_at;
      return {};
    }
    if (!written.empty()) {
      TRY(take_unit(unit_at, written));
      // "1m30s"
      if (c.unit == BoundUnit::seconds && is_digit(peek())) c.bound += TRY(duration());
    }
    if (is_signed && c.unit == BoundUnit::percent) {
      c.relative = true;
      c.bound /= 100;
    } else if (is_signed && sign > 0) {
      return wrong(from, "a + is of percent, relative to the baseline: p95<=+10%");
    }
    return {};
  }

  Result<void> take_unit(std::size_t at, std::string_view written) {
    Criterion& c = criterion_;
    const bool bytes_a_second = written.ends_with("B/s");
    const UnitName* unit = find_named(bytes_a_second ? written.substr(0, written.size() - 2) : written, kUnits);
    if (unit == nullptr) {
      return unknown(at, written, kUnits, "ns, us, ms, s, m, h, %, /s, /min, B, kB, MB, GB, KiB, MiB, GiB, MB/s");
    }
    c.unit = bytes_a_second ? BoundUnit::bytes_per_second : unit->unit;
    c.bound *= unit->factor;
    return {};
  }

  // --- when

  static bool is_clause(std::string_view name) {
    return name == "for" || name == "over" || name == "ignore" || name == "or";
  }

  Result<std::chrono::milliseconds> clause_time() {
    skip_spaces();
    const std::size_t from = at_;
    const double seconds = TRY(duration());
    if (seconds < kMilli) return wrong(from, "a time of a criterion must be longer");
    return std::chrono::milliseconds(static_cast<std::int64_t>(std::ceil(seconds / kMilli - 1e-6)));
  }

  Result<void> read_clauses() {
    struct Clause {
      std::string_view name;
    };
    constexpr auto kClauses = std::to_array<Clause>({{"for"}, {"over"}, {"ignore"}, {"or"}});
    Criterion& c = criterion_;
    while (true) {
      skip_spaces();
      if (at_ == text_.size()) return {};
      const std::size_t from = at_;
      std::chrono::milliseconds* time = nullptr;
      const std::string_view name = word();
      if (name == "for") time = &c.hold;
      if (name == "over") time = &c.window;
      if (name == "ignore") {
        skip_spaces();
        const std::string_view end = word();
        if (end == "first") time = &c.ignore_first;
        if (end == "last") time = &c.ignore_last;
      }
      if (name == "or") {
        skip_spaces();
        const bool no = word() == "no";
        skip_spaces();
        if (no && word() == "data" && !c.holds_without_data) {
          c.holds_without_data = true;
          continue;
        }
      }
      if (time == nullptr) {
        if (text_.substr(from).starts_with("&&") || text_.substr(from).starts_with("||") || name == "and") {
          return wrong(from, "a criterion compares once: write two criteria");
        }
        at_ = from;
        return unknown(from, name.empty() ? text_.substr(from, 1) : name, kClauses,
                       "for 10s, over 30s, ignore first 60s, ignore last 30s, or no data");
      }
      if (time->count() > 0) return wrong(from, "that is said twice in the criterion");
      *time = TRY(clause_time());
    }
  }

  // --- what only the whole tells

  Result<void> settle() {
    Criterion& c = criterion_;
    if (c.subject == errors && !settled_statistic_) {
      // A share is written in percent or as a fraction; whole numbers count.
      const bool share = c.unit == BoundUnit::percent || c.bound != std::floor(c.bound);
      if (share) c.statistic = Statistic::rate;
    }
    if (c.relative) return check_relative();
    const bool ordered = c.comparator != Comparator::equal && c.comparator != Comparator::not_equal;
    if (!ordered && (c.window.count() > 0 || c.hold.count() > 0)) {
      return wrong(bound_at_, "\"for\" and \"over\" go with <, <=, > and >=");
    }
    if (c.bound < 0 && c.subject != query && c.subject != metric) return wrong(bound_at_, "this cannot be below zero");
    const auto fits = [&](std::initializer_list<BoundUnit> units, std::string_view how) -> Result<void> {
      if (c.unit == BoundUnit::none || std::ranges::find(units, c.unit) != units.end()) return {};
      return wrong(bound_at_, fmt::format("this is written as in {}", how));
    };
    const auto percent_as_share = [&] {
      if (c.unit == BoundUnit::percent) c.bound /= 100;
      c.unit = BoundUnit::none;
    };
    switch (c.subject) {
      case times:
        if (c.statistic == Statistic::count) return fits({}, "count>1000");
        if (c.statistic == Statistic::apdex) return fits({}, "apdex(500ms)>0.9");
        TRY(fits({BoundUnit::seconds}, "p95<300ms"));
        if (c.unit == BoundUnit::none) c.bound *= kMilli;  // as k6 has it
        c.unit = BoundUnit::seconds;
        return {};
      case errors:
      case checks:
        if (c.statistic == Statistic::count) return fits({}, "errors<10");
        TRY(fits({BoundUnit::percent}, c.subject == errors ? "errors<1%" : "checks>99%"));
        percent_as_share();
        if (c.bound > 1) return wrong(bound_at_, "a rate lies between 0 and 1, which is 100%");
        return {};
      case requests:
        if (c.statistic == Statistic::count) return fits({}, "requests>1000");
        return fits({BoundUnit::per_second}, "throughput>100/s");
      case users:
        return fits({}, "users>=50");
      case cpu:
        return fits({BoundUnit::percent}, "cpu<80%");
      case memory:
        TRY(fits({BoundUnit::bytes}, "memory<500MB"));
        if (c.unit == BoundUnit::bytes) c.bound /= 1e6;
        return {};
      case received:
      case sent:
        if (c.statistic == Statistic::count) return fits({BoundUnit::bytes}, "bytes_received<10MB");
        return fits({BoundUnit::bytes_per_second}, "bytes_received: rate<1MB/s");
      case query:
        return fits({BoundUnit::seconds, BoundUnit::bytes}, "query{name=\"db_connections\"}: max<100");
      default:
        return {};
    }
  }

  [[nodiscard]] Result<void> check_relative() const {
    const Criterion& c = criterion_;
    const bool compared =
        c.kind == SampleKind::request && c.labels.empty() &&
        ((c.subject == times && (c.statistic == Statistic::quantile || c.statistic == Statistic::mean)) ||
         ((c.subject == errors || c.subject == requests) && c.statistic == Statistic::rate));
    if (!compared) {
      return wrong(bound_at_,
                   "relative to the baseline there are percentiles and mean of response times, throughput and the rate "
                   "of errors, of all requests or of an endpoint");
    }
    if (c.comparator == Comparator::equal || c.comparator == Comparator::not_equal) {
      return wrong(bound_at_, "relative to the baseline there are <, <=, > and >=");
    }
    if (c.needs_timeline()) return wrong(bound_at_, "relative to the baseline there are whole runs alone");
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t bound_at_ = 0;
  const SubjectName* subject_ = nullptr;
  bool settled_statistic_ = false;
  Criterion criterion_;
};

}  // namespace

std::string_view sign_of(Comparator comparator) {
  switch (comparator) {
    case Comparator::less:
      return "<";
    case Comparator::less_equal:
      return "<=";
    case Comparator::greater:
      return ">";
    case Comparator::greater_equal:
      return ">=";
    case Comparator::equal:
      return "==";
    default:
      return "!=";
  }
}

bool holds(double value, Comparator comparator, double bound) {
  switch (comparator) {
    case Comparator::less:
      return value < bound;
    case Comparator::less_equal:
      return value <= bound;
    case Comparator::greater:
      return value > bound;
    case Comparator::greater_equal:
      return value >= bound;
    case Comparator::equal:
      return value == bound;
    default:
      return value != bound;
  }
}

Result<Criterion> parse_criterion(std::string_view text) {
  if (text.size() > kMaxTextBytes) return fail(ErrorCode::usage, "a criterion is too long");
  constexpr std::string_view kSpaces = " \t\r\n";
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  text = text.substr(0, text.find_last_not_of(kSpaces) + 1);
  return Parser(text).parse();
}

Criterion criterion_of(const AlertRule& rule) {
  std::string text;
  switch (rule.signal) {
    case AlertSignal::error_ratio:
      text = fmt::format("errors<={:.6g}%", std::min(rule.threshold, 1.0) * 100);
      break;
    case AlertSignal::response_time_p95:
      text = fmt::format("p95<={:.6g}s", rule.threshold);
      break;
    case AlertSignal::throughput:
      text = fmt::format("throughput>={:.6g}/s", rule.threshold);
      break;
    case AlertSignal::cpu:
      text =
          fmt::format("cpu<={:.6g}% for {}s or no data", rule.threshold, std::max<std::int64_t>(rule.hold.count(), 1));
      break;
  }
  Criterion criterion = parse_criterion(text).value();
  criterion.only_warns = true;
  return criterion;
}

std::vector<Criterion> default_criteria() {
  std::vector<Criterion> criteria;
  for (const AlertRule& rule : default_alert_rules()) criteria.push_back(criterion_of(rule));
  return criteria;
}

}  // namespace omniwriter
