#pragma once
/// What must hold of a run, as users write it: k6's thresholds, and short forms. docs/criteria.md has the grammar.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/alert_rules.h"
#include "omniwriter/error.h"
#include "omniwriter/sample.h"

namespace omniwriter {

/// What a criterion is about.
enum class CriterionSubject : std::uint8_t {
  times,     ///< of requests, of a phase of theirs, or of transactions
  errors,    ///< failed requests
  requests,  ///< how many, and how many a second
  checks,
  users,
  cpu,
  memory,
  received,  ///< bytes
  sent,
  query,   ///< numbers that a query of the user's gave
  metric,  ///< of the test's own; or a query of that name
};

/// The one number of it that is held against the bound.
enum class Statistic : std::uint8_t {
  quantile,
  mean,
  minimum,
  maximum,
  deviation,
  apdex,
  count,  ///< of times and requests how many, of bytes and counters how much
  rate,   ///< of requests and bytes a second; of errors and checks the share
  last,   ///< of what goes up and down: how it ended
};

enum class Comparator : std::uint8_t { less, less_equal, greater, greater_equal, equal, not_equal };
/// "<", "<=", …
[[nodiscard]] std::string_view sign_of(Comparator comparator);
[[nodiscard]] bool holds(double value, Comparator comparator, double bound);

/// In what a bound is written. Seconds, bytes and a second are what it is kept in, whatever unit was written.
enum class BoundUnit : std::uint8_t { none, seconds, percent, per_second, bytes, bytes_per_second };

struct Criterion {
  std::string text;         ///< as written
  bool only_warns = false;  ///< a run that does not meet it passes, with a warning
  bool abort_on_fail = false;
  std::chrono::seconds delay_abort_eval{0};  ///< so long after the start it is not looked at

  CriterionSubject subject = CriterionSubject::times;
  SampleKind kind = SampleKind::request;  ///< of what the times, errors, or requests are: also phases, transactions
  std::string name;                       ///< of the metric, query or check; else of the endpoint; empty: all
  /// What else tells apart: "scenario" and "checkout", "status" and "500", labels of a query.
  std::vector<std::pair<std::string, std::string>> labels;
  Statistic statistic = Statistic::mean;
  double parameter = 0;  ///< the quantile, 0 to 1; of apdex the seconds that satisfy
  Comparator comparator = Comparator::less;
  double bound = 0;
  BoundUnit unit = BoundUnit::none;
  bool relative = false;  ///< to the baseline: 0.1 is 10 % more

  std::chrono::milliseconds window{0};  ///< "over": the worst stretch of so long counts; 0: the run as a whole
  std::chrono::milliseconds hold{0};    ///< "for": only what is broken for so long without a break counts
  std::chrono::milliseconds ignore_first{0};
  std::chrono::milliseconds ignore_last{0};
  bool holds_without_data = false;  ///< "or no data"

  /// Whether it needs the course of the run.
  [[nodiscard]] bool needs_timeline() const {
    return window.count() > 0 || hold.count() > 0 || ignore_first.count() > 0 || ignore_last.count() > 0;
  }
};

/// An error of code `usage` that shows where it is wrong, and what would be right.
[[nodiscard]] Result<Criterion> parse_criterion(std::string_view text);

/// What an alert asks of a run as a whole, as a criterion that warns.
[[nodiscard]] Criterion criterion_of(const AlertRule& rule);
/// Those of the alerts that every load test has.
[[nodiscard]] std::vector<Criterion> default_criteria();

}  // namespace omniwriter
