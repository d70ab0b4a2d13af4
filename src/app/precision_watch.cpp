#include "app/precision_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "config/judge_settings.h"
#include "judge/quantile_interval.h"
#include "reports/format_numbers.h"

namespace omniwriter {
namespace {

constexpr std::chrono::seconds kBetweenLooks{5};
constexpr int kShareOfLooking = 30;  // looking takes no more than this share of the time
// The scatter is that between ten stretches of a run: shorter ones would say nothing of what comes and goes.
constexpr double kShortest = 60;
constexpr double kConfidence = 0.95;

}  // namespace

PrecisionWatch::PrecisionWatch(const Program& program, const Config& config, double wanted)
    : program_(program), language_(config.spoken), wanted_(wanted) {
  for (const Criterion& criterion : config.of<JudgeSettings>().criteria) {
    const bool of_times = criterion.subject == CriterionSubject::times && criterion.kind == SampleKind::request &&
                          criterion.labels.empty();
    if (of_times && criterion.statistic == Statistic::quantile) {
      numbers_.push_back({fmt::format("p{:.6g}", criterion.parameter * 100), criterion.name, criterion.parameter});
    } else if (of_times && criterion.statistic == Statistic::mean) {
      numbers_.push_back({"mean", criterion.name, 0});
    }
  }
  if (numbers_.empty()) numbers_.push_back({"p95", "", 0.95});
}

bool PrecisionWatch::is_due() const { return wanted_ > 0 && program_.clock.steady() >= next_; }

bool PrecisionWatch::look(const Run& so_far) {
  const auto begun = program_.clock.steady();
  next_ = begun + kBetweenLooks;
  if (so_far.duration_seconds() < kShortest) return false;
  const RunDigest digest = digest_of(so_far);
  std::string found;
  bool exact = true;
  for (const Number& number : numbers_) {
    const auto endpoint = std::ranges::find(digest.endpoints, number.endpoint, &EndpointDigest::endpoint);
    const bool known = number.endpoint.empty() || endpoint != digest.endpoints.end();
    const EndpointDigest& of = number.endpoint.empty() || !known ? digest.all : *endpoint;
    const auto estimate =
        number.quantile > 0 ? quantile_estimate(of, number.quantile, kConfidence) : mean_estimate(of, kConfidence);
    const bool is_exact = known && estimate && estimate->interval.low > 0 &&
                          (estimate->interval.high - estimate->interval.low) / 2 <= wanted_ * estimate->value;
    exact = exact && is_exact;
    if (!is_exact) continue;
    found +=
        fmt::format("{}{}{} {} ({}–{})", found.empty() ? "" : ", ", number.name,
                    number.endpoint.empty() ? "" : " " + number.endpoint, format_time(estimate->value, language_),
                    format_time(estimate->interval.low, language_), format_time(estimate->interval.high, language_));
  }
  const auto took = program_.clock.steady() - begun;
  next_ = begun + std::max<std::chrono::nanoseconds>(kBetweenLooks, took * kShareOfLooking);
  if (!exact) return false;
  next_ = std::chrono::nanoseconds::max();
  if (!program_.flags.quiet) {
    program_.console.note(fmt::format("ends the test, for its numbers are exact enough: {}", found));
  }
  return true;
}

Result<double> read_precision(std::string_view text) {
  double percent = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, percent);
  const std::string_view unit(end, static_cast<std::size_t>(last - end));
  if (error != std::errc() || (unit != "%" && unit != " %") || !(percent > 0) || !(percent < 100)) {
    return fail(ErrorCode::usage, "--until-precise takes a percentage, as in 2%");
  }
  return percent / 100;
}

}  // namespace omniwriter
