#include "reports/run_summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <unordered_map>

#include "model/detail_points.h"
#include "reports/format_numbers.h"
#include "reports/texts.h"

namespace omniwriter {

TallySummary::TallySummary(const Run& run, const Tally& summed)
    : samples(summed.samples()),
      errors(run.errors(summed)),
      error_ratio(samples == 0 ? 0.0 : static_cast<double>(errors) / static_cast<double>(samples)),
      throughput_rps(Run::rate(samples, run.duration_seconds())),
      tally(summed) {}

std::string RunSummary::exactness(Language language) const {
  const auto error = total.relative_error();
  const auto with_bound = [&](Text text) {
    return fmt::format(fmt::runtime(text_of(text, language)), format_percent(error.value_or(0), language));
  };
  if (!reported && !total.mean()) return std::string(text_of(Text::untimed_note, language));
  const std::string mean_only(only_mean ? text_of(Text::mean_only_note, language) : "");
  if (!reported && only_mean) return mean_only;
  if (!reported) return with_bound(Text::percentile_note);
  const std::string note(text_of(Text::reported_note, language));
  if (only_mean) return note + " " + mean_only;
  return error ? note + " " + with_bound(Text::reported_bound) : note;
}

std::string RunSummary::provenance(Language language) const {
  const Text source = reported ? Text::reported_note : only_mean ? Text::mean_only_note : Text::computed_note;
  return std::string(text_of(source, language));
}

std::string text_of(const Remark& remark, Language language) {
  const Text what = remark.kind == RemarkKind::ignored_line       ? Text::ignored_lines
                    : remark.kind == RemarkKind::unreadable_value ? Text::unreadable_values
                                                                  : Text::errors_without_request;
  return fmt::format("{}: {} ({}:{}: {})", text_of(what, language), format_count(remark.count, language), remark.file,
                     remark.line, remark.example);
}

std::string text_of(const UnevenSource& uneven, Language language) {
  std::string text = uneven.source->name + ": ";
  const auto add = [&](Text what, std::int64_t ns) {
    if (ns == 0) return;
    if (!text.ends_with(": ")) text += ", ";
    text +=
        fmt::format(fmt::runtime(text_of(what, language)), format_duration(static_cast<double>(ns) / 1e9, language));
  };
  add(Text::began_late, uneven.late_ns);
  add(Text::ended_early, uneven.early_ns);
  return text;
}

std::string EndpointSummary::indented(std::string_view indentation) const {
  if (path.empty()) return endpoint;
  std::string text;
  for (std::size_t i = 1; i < path.size(); ++i) text += indentation;
  return text.append(path.back());
}

RunSummary::RunSummary(const Run& run)
    : reported(run.reported.has_value()),
      total(run.total()),
      numbers(run, total),
      errors_by_type(run.by_error_type(total)),
      statuses(run.by_status(total)),
      bytes_received(run.bytes_received(total)),
      bytes_sent(run.bytes_sent(total)),
      active_users_max(run.active_users_max()),
      vitals(vitals_summary(run)),
      transaction_samples(run.samples_of(SampleKind::transaction)),
      sub_results(run.samples_of(SampleKind::sub_result)),
      checks(checks_of(run)),
      metrics(metrics_of(run)),
      dropped_iterations(count_of(run, kDroppedIterations)) {
  numbers.throughput_rps = run.throughput_rps(numbers.samples);
  const auto knows_only_mean = [](const Tally& tally) {
    constexpr std::array kShown{0.5, 0.9, 0.95, 0.99, 0.999};
    return tally.mean() && std::ranges::none_of(kShown, [&](double q) { return tally.quantile(q).has_value(); });
  };
  only_mean = knows_only_mean(total) && std::ranges::all_of(run.series, [&](const Series& series) {
                return series.kind != SampleKind::request || knows_only_mean(series.total);
              });
  const double time = total.response_time.sum_seconds();
  for (const Series& series : run.series) {
    if (series.kind == SampleKind::transaction) {
      transactions.push_back({series.endpoint, TallySummary(run, series.total)});
    }
    const double share = time > 0 ? series.total.response_time.sum_seconds() / time : 0.0;
    if (series.kind == SampleKind::dimension) add_value(run, series, share);
    if (series.kind != SampleKind::request) continue;
    endpoints.push_back({series.endpoint, TallySummary(run, series.total), share});
  }
  nest_transactions();
  std::ranges::sort(dimensions, {}, &DimensionSummary::name);
  add_phases(run);
}

// What lies in another has that one's name in front: "checkout / payment". A name that merely looks so stays whole.
void RunSummary::nest_transactions() {
  constexpr std::string_view kWithin = " / ";
  std::unordered_map<std::string_view, std::size_t> by_name;
  for (std::size_t i = 0; i < transactions.size(); ++i) by_name.emplace(transactions[i].endpoint, i);
  std::vector<std::vector<std::size_t>> inner(transactions.size());
  std::vector<std::size_t> to_list;
  for (std::size_t i = 0; i < transactions.size(); ++i) {
    EndpointSummary& one = transactions[i];
    const std::string_view name = one.endpoint;
    std::size_t outer = transactions.size();
    std::size_t at = name.rfind(kWithin);
    for (; at != std::string_view::npos && at != 0; at = name.rfind(kWithin, at - 1)) {
      const auto found = by_name.find(name.substr(0, at));
      if (found == by_name.end()) continue;
      outer = found->second;
      break;
    }
    const bool within = outer != transactions.size();
    one.path = {within ? name.substr(at + kWithin.size()) : name};
    (within ? inner[outer] : to_list).push_back(i);
  }
  std::vector<EndpointSummary> nested;
  nested.reserve(transactions.size());
  std::ranges::reverse(to_list);
  while (!to_list.empty()) {
    const std::size_t i = to_list.back();
    to_list.pop_back();
    for (const std::size_t part : inner[i]) {
      std::vector<std::string_view>& path = transactions[part].path;
      path.insert(path.begin(), transactions[i].path.begin(), transactions[i].path.end());
    }
    to_list.insert(to_list.end(), inner[i].rbegin(), inner[i].rend());
    nested.push_back(transactions[i]);
  }
  transactions.swap(nested);
}

void RunSummary::add_value(const Run& run, const Series& series, double share) {
  const auto [name, value] = name_and_value(series);
  auto found = std::ranges::find(dimensions, name, &DimensionSummary::name);
  if (found == dimensions.end()) found = dimensions.insert(dimensions.end(), {name, {}});
  found->values.push_back({values_.emplace_back(value), TallySummary(run, series.total), share});
}

void RunSummary::add_phases(const Run& run) {
  std::unordered_map<std::string_view, Phases*> by_endpoint;
  for (EndpointSummary& endpoint : endpoints) by_endpoint.emplace(endpoint.endpoint, &endpoint.phases);
  for (std::size_t i = 0; i < kPhases.size(); ++i) {
    for (const Series& series : run.series) {
      if (series.kind != kPhases[i] || series.total.samples() == 0) continue;
      phase_totals[i].merge(series.total);
      const auto of = by_endpoint.find(series.endpoint);
      if (of != by_endpoint.end()) of->second->add(kPhases[i], series.total);
    }
    if (phase_totals[i].samples() > 0) phases.add(kPhases[i], phase_totals[i]);
  }
  const bool holds_connecting = blocked_holds_connecting(run);
  phases.compute_shares(holds_connecting);
  for (EndpointSummary& endpoint : endpoints) endpoint.phases.compute_shares(holds_connecting);
}

std::string bytes_text(const RunSummary& summary, Language language, std::string_view separator) {
  std::string text;
  if (summary.bytes_received) text += "↓ " + format_bytes(*summary.bytes_received, language);
  if (summary.bytes_received && summary.bytes_sent) text += separator;
  if (summary.bytes_sent) text += "↑ " + format_bytes(*summary.bytes_sent, language);
  return text;
}

}  // namespace omniwriter
