// Reader of summaries: Artillery report (JSON). See README.md for the rules.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/rfc3339.h"
#include "formats/summary/entry.h"
#include "formats/summary/json.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "model/outcome_rules.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace artillery {
namespace {

using summary::JsonValue;

constexpr std::string_view kByEndpoint = "plugins.metrics-by-endpoint.";
constexpr std::string_view kTimeByEndpoint = "plugins.metrics-by-endpoint.response_time.";
constexpr double kMs = 1e3;
constexpr std::int64_t kPeriodMs = 10'000;

void add_times(SummaryEntry& entry, const JsonValue& times) {
  times.for_each_member([&](std::string_view name, const JsonValue& value) {
    const auto ms = value.number();
    if (!ms) return;
    if (name == "mean") entry.mean = *ms / kMs;
    if (name == "min") entry.minimum = *ms / kMs;
    if (name == "max") entry.maximum = *ms / kMs;
    if (!name.starts_with('p')) return;
    const auto q = summary::number_of("0." + std::string(name.substr(1)));  // p50, p999
    if (q && *q > 0) entry.quantiles.emplace_back(*q, *ms / kMs);
  });
}

void add_outcome(SummaryEntry& entry, Outcome outcome, std::uint64_t count) {
  if (!outcome.error_type.empty()) entry.errors += count;
  entry.outcomes.emplace_back(std::move(outcome), count);
}

/// What follows `prefix`, and the count.
template <typename Visit>
void for_each_counter(const JsonValue& counters, std::string_view prefix, const Visit& visit) {
  counters.for_each_member([&](std::string_view name, const JsonValue& value) {
    if (name.starts_with(prefix)) visit(name.substr(prefix.size()), value.count());
  });
}

/// The aggregate, or a period.
SummaryPart part_of(const JsonValue& told, bool whole) {
  SummaryPart part;
  const JsonValue counters = told["counters"];
  const JsonValue times = told["summaries"].exists() ? told["summaries"] : told["histograms"];
  SummaryEntry& total = part.total.emplace();
  add_times(total, times["http.response_time"]);
  for_each_counter(counters, "http.codes.", [&](std::string_view code, std::uint64_t count) {
    total.samples += count;
    add_outcome(total, http_outcome(code), count);
  });
  // Errors may be of requests without an answer, and of the script: that shows in the whole. In a period, requests end
  // that began in the one before.
  std::uint64_t unanswered = std::numeric_limits<std::uint64_t>::max();
  // Without HTTP, messages of Socket.IO and WebSocket are all the requests there are.
  const std::uint64_t requests = counters["http.requests"].count();
  const std::uint64_t messages =
      requests != 0 ? 0 : counters["socketio.emit"].count() + counters["websocket.messages_sent"].count();
  if (whole) unanswered = messages + requests - std::min(requests, total.samples);
  for_each_counter(counters, "errors.", [&](std::string_view error, std::uint64_t count) {
    summary::add_message(total, error, count);
    count = std::min(count, unanswered);
    unanswered -= count;
    total.samples += count;
    add_outcome(total, {"error", std::string(error)}, count);
  });
  total.bytes_received = counters["http.downloaded_bytes"].count();
  if (messages != 0) {
    total.samples = std::max(total.samples, messages);
    add_times(total, times["socketio.response_time"]);
  }

  std::unordered_map<std::string, SummaryEntry> endpoints;
  times.for_each_member([&](std::string_view name, const JsonValue& value) {
    if (!name.starts_with(kTimeByEndpoint)) return;
    add_times(endpoints[std::string(name.substr(kTimeByEndpoint.size()))], value);
  });
  for_each_counter(counters, kByEndpoint, [&](std::string_view name, std::uint64_t count) {
    const std::size_t codes = name.rfind(".codes.");
    const std::size_t errors = name.rfind(".errors.");
    if (codes != std::string_view::npos) {
      SummaryEntry& entry = endpoints[std::string(name.substr(0, codes))];
      entry.samples += count;
      add_outcome(entry, http_outcome(name.substr(codes + 7)), count);
    } else if (errors != std::string_view::npos) {
      SummaryEntry& entry = endpoints[std::string(name.substr(0, errors))];
      summary::add_error(entry, name.substr(errors + 8), count);
    }
  });
  for (auto& [name, entry] : endpoints) {
    entry.endpoint = name;
    part.endpoints.push_back(std::move(entry));
  }
  std::ranges::sort(part.endpoints, {}, &SummaryEntry::endpoint);
  return part;
}

/// Artillery 1: one object of numbers, and when it was made: in the end.
Summary read_version_1(const JsonValue& told) {
  Summary result;
  SummaryEntry& total = result.whole.total.emplace();
  add_times(total, told["latency"]);
  if (const auto ms = told["latency"]["median"].number()) total.quantiles.emplace_back(0.5, *ms / kMs);
  told["codes"].for_each_member([&](std::string_view code, const JsonValue& count) {
    total.samples += count.count();
    add_outcome(total, http_outcome(code), count.count());
  });
  const std::uint64_t sent = told["rps"]["count"].count();
  std::uint64_t unanswered = sent - std::min(sent, total.samples);
  told["errors"].for_each_member([&](std::string_view error, const JsonValue& value) {
    summary::add_message(total, error, value.count());
    const std::uint64_t count = std::min(value.count(), unanswered);
    unanswered -= count;
    total.samples += count;
    add_outcome(total, {"error", std::string(error)}, count);
  });
  result.throughput_rps = told["rps"]["mean"].number();
  if (result.throughput_rps && *result.throughput_rps > 0) {
    result.duration_seconds = static_cast<double>(sent) / *result.throughput_rps;
  }
  const auto end_ns = parse_rfc3339(told["timestamp"].text());
  const double start_ns = static_cast<double>(end_ns.value_or(0)) - result.duration_seconds * 1e9;
  if (start_ns > 0) result.start_ns = static_cast<std::int64_t>(start_ns);
  return result;
}

class Artillery final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "artillery"; }
  [[nodiscard]] std::string_view tool() const override { return "artillery"; }
  [[nodiscard]] std::string_view description() const override { return "Artillery report (JSON)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"aggregate", "intermediate", "counters", "rates", "summaries", "histograms"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    const std::string_view first = summary::first_member(head);
    if (first != "aggregate") return false;
    return summary::has_member(head, "vusers.created") || summary::has_member(head, "scenariosCreated");
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::documents(content);
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    summary::JsonDocument document;
    if (!document.parse(content)) return fail(ErrorCode::input, "not valid JSON");
    const summary::JsonValue& root = document.root();
    Summary result;
    const JsonValue aggregate = root["aggregate"];
    if (aggregate["scenariosCreated"].exists()) return read_version_1(aggregate);
    result.whole = part_of(aggregate, true);
    if (result.whole.total->samples == 0) return fail(ErrorCode::input, "it tells of no requests and no messages");
    if (aggregate["counters"]["http.requests"].count() == 0) {
      result.note = "Artillery made no HTTP requests: the messages that it sent are taken for requests";
    }
    const auto first_ms = aggregate["firstMetricAt"].number();
    const auto last_ms = aggregate["lastMetricAt"].number();
    constexpr double kMaxMs = 4e12;  // the year 2096
    if (first_ms && last_ms && *first_ms > 0 && *last_ms >= *first_ms && *last_ms < kMaxMs) {
      result.start_ns = static_cast<std::int64_t>(*first_ms) * 1'000'000;
      result.duration_seconds = (*last_ms - *first_ms) / kMs;
    }
    result.interval_seconds = kPeriodMs / 1000;
    root["intermediate"].for_each_element([&](const JsonValue& period) {
      const auto start_ms = static_cast<std::int64_t>(period["period"].count());
      result.timeline[start_ms / kPeriodMs] = part_of(period, false);
    });
    return result;
  }
};

}  // namespace
}  // namespace artillery

const SummaryFormat& summary_artillery() {
  static const artillery::Artillery kFormat;
  return kFormat;
}

}  // namespace omniwriter
