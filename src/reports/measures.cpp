#include "reports/measures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include "model/detail_points.h"
#include "reports/format_numbers.h"
#include "reports/texts.h"

namespace omniwriter {
namespace {

constexpr std::int32_t kMostBars = 24;

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// All digits of what was counted, else three.
std::string number_text(double value, Language language) {
  constexpr double kExact = 9e15;
  const bool is_count = value >= 0 && value < kExact && value == std::floor(value);
  return is_count ? format_count(static_cast<std::uint64_t>(value), language) : format_number(value, language);
}

}  // namespace

double CheckSummary::rate() const { return ratio(passed, passed + failed); }
double MetricSummary::rate() const { return ratio(passed, tally.samples()); }
double MetricSummary::sum() const { return in_unit(kind, tally.response_time.sum_seconds()); }

double in_unit(SampleKind kind, double seconds) { return kind == SampleKind::timing ? seconds : units_of(seconds); }

std::vector<CheckSummary> checks_of(const Run& run) {
  std::vector<const Series*> found;
  for (const Series& series : run.series) {
    if (series.kind == SampleKind::check) found.push_back(&series);
  }
  std::ranges::sort(found, [&](const Series* a, const Series* b) {
    const std::uint64_t failed_a = run.errors(a->total);
    const std::uint64_t failed_b = run.errors(b->total);
    return failed_a != failed_b ? failed_a > failed_b : a->endpoint < b->endpoint;
  });
  std::vector<CheckSummary> checks;
  for (const Series* series : found) {
    const std::uint64_t failed = run.errors(series->total);
    checks.push_back({series->endpoint, series->total.samples() - failed, failed});
  }
  return checks;
}

std::vector<MetricSummary> metrics_of(const Run& run) {
  std::vector<const Series*> found;
  for (const Series& series : run.series) {
    if (is_measure(series.kind) && series.kind != SampleKind::check) found.push_back(&series);
  }
  std::ranges::sort(found, [](const Series* a, const Series* b) {
    return std::tie(a->endpoint, a->kind) < std::tie(b->endpoint, b->kind);
  });
  std::vector<MetricSummary> metrics;
  for (const Series* series : found) {
    MetricSummary metric{series->endpoint, series->kind, series->total,
                         series->total.samples() - run.errors(series->total)};
    if (metric.kind == SampleKind::gauge) {
      const auto last = latest_of(*series).mean();
      if (last) metric.last = in_unit(metric.kind, *last);
    }
    metrics.push_back(metric);
  }
  return metrics;
}

Text text_for_kind(SampleKind metric) {
  switch (metric) {
    case SampleKind::timing:
      return Text::metric_timing;
    case SampleKind::number:
      return Text::metric_number;
    case SampleKind::counter:
      return Text::metric_counter;
    case SampleKind::gauge:
      return Text::metric_gauge;
    default:
      return Text::metric_rate;
  }
}

std::string value_text(const MetricSummary& metric, double run_seconds, Language language) {
  switch (metric.kind) {
    case SampleKind::counter: {
      const double sum = metric.sum();
      const std::string per_second = format_number(run_seconds > 0 ? sum / run_seconds : 0, language);
      return fmt::format("{} ({}/s)", number_text(sum, language), per_second);
    }
    case SampleKind::gauge: {
      const double least = in_unit(metric.kind, metric.tally.response_time.min_seconds());
      const double most = in_unit(metric.kind, metric.tally.response_time.max_seconds());
      if (least == most) return number_text(most, language);
      const std::string range = fmt::format("{} – {}", number_text(least, language), number_text(most, language));
      return metric.last ? fmt::format("{} ({})", number_text(*metric.last, language), range) : range;
    }
    default:
      return format_percent(metric.rate(), language);
  }
}

std::string value_text(const MetricSummary& metric, const std::optional<double>& seconds, Language language) {
  if (metric.kind == SampleKind::timing || !seconds) return format_time(seconds, language);
  return format_number(in_unit(metric.kind, *seconds), language);
}

std::vector<double> distribution_of(const MetricSummary& metric) {
  const Histogram& all = metric.tally.response_time;
  if (metric.tally.reported || all.count() == 0 || all.min_ns() == all.max_ns()) return {};
  const std::int64_t least = std::max<std::int64_t>(all.min_ns(), 1);
  int scale = all.scale();
  const auto bars = [&] {
    return Histogram::bucket_index(all.max_ns(), scale) - Histogram::bucket_index(least, scale) + 1;
  };
  while (scale > Histogram::kMinScale && bars() > kMostBars) --scale;
  const std::int32_t first = Histogram::bucket_index(least, scale);
  std::vector<double> counts(static_cast<std::size_t>(std::max(bars(), 2)));
  counts.front() = static_cast<double>(all.zero_count());
  all.downscaled(scale).for_each_bucket([&](const Histogram::Bucket& bucket) {
    counts[static_cast<std::size_t>(bucket.index - first)] += static_cast<double>(bucket.count);
  });
  return counts;
}

std::uint64_t count_of(const Run& run, std::string_view counter) {
  const Series* const found = run.find(counter, SampleKind::counter);
  if (found == nullptr) return 0;
  return (found->total.response_time.sum_ns() + kNsPerUnit / 2) / kNsPerUnit;
}

std::vector<MessageSummary> messages_of(const Run& run) {
  std::map<std::string_view, std::vector<const ErrorMessage*>> by_text;
  for (const ErrorMessage& one : run.error_messages) {
    if (one.message != kOtherEndpoint) by_text[one.message].push_back(&one);
  }
  std::vector<MessageSummary> messages;
  for (const auto& [text, same] : by_text) {
    const ErrorMessage& most = *same.front();  // they are by count
    MessageSummary summary{.message = std::string(text),
                           .first_ns = most.first_ns,
                           .last_ns = most.last_ns,
                           .example = most.example,
                           .endpoint = most.endpoint};
    std::set<std::string_view> endpoints;
    for (const ErrorMessage* one : same) {
      summary.count += one->count;
      summary.first_ns = std::min(summary.first_ns, one->first_ns);
      summary.last_ns = std::max(summary.last_ns, one->last_ns);
      endpoints.insert(one->endpoint);
    }
    summary.endpoints = endpoints.size();
    messages.push_back(std::move(summary));
  }
  std::ranges::sort(messages, [](const MessageSummary& a, const MessageSummary& b) {
    return a.count != b.count ? a.count > b.count : a.message < b.message;
  });
  return messages;
}

std::vector<EndpointMessages> messages_by_endpoint(const Run& run) {
  std::map<std::string_view, EndpointMessages> by_endpoint;
  for (const ErrorMessage& one : run.error_messages) {  // by count
    EndpointMessages& of = by_endpoint[one.endpoint];
    of.endpoint = one.endpoint;
    of.count += one.count;
    if (of.top.size() < kTopMessages) {
      of.top.push_back(&one);
    } else {
      ++of.others;
    }
  }
  std::vector<EndpointMessages> all;
  for (auto& [endpoint, of] : by_endpoint) all.push_back(std::move(of));
  std::ranges::sort(all, [](const EndpointMessages& a, const EndpointMessages& b) {
    return a.count != b.count ? a.count > b.count : a.endpoint < b.endpoint;
  });
  return all;
}

std::string_view message_text(const ErrorMessage& message, Language language) {
  return message.message == kOtherEndpoint ? text_of(Text::other_messages, language) : message.message;
}

}  // namespace omniwriter
