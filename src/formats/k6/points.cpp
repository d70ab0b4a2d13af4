#include "formats/k6/points.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "model/outcome_rules.h"

namespace omniwriter::k6 {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr std::size_t kReadableBehind = 8;  // TextMemo reads behind its text
constexpr double kMaxMs = 366.0 * 86'400'000;
constexpr std::string_view kUnnamed = "(unnamed)";
constexpr std::array<std::string_view, 3> kRequests{"http_req_duration", "grpc_req_duration",
                                                    "browser_http_req_duration"};
constexpr std::string_view kSession = "ws_session_duration";
constexpr std::string_view kIteration = "iteration_duration";
constexpr std::string_view kUsers = "vus";
constexpr std::string_view kReceived = "data_received";
constexpr std::string_view kSent = "data_sent";

// Nine points of ten are of other metrics: a search through the list shows.
bool is_request(std::string_view name) { return name == kRequests[0] || name == kRequests[1] || name == kRequests[2]; }

}  // namespace

bool names_requests(std::string_view head) {
  return std::ranges::any_of(kRequests,
                             [&](std::string_view name) { return head.find(name) != std::string_view::npos; });
}

Sampled sampled_of(std::string_view head, std::optional<bool> has_requests) {
  if (has_requests.value_or(true)) return Sampled::requests;
  // A session is told of at its end, but what it is made of from the beginning.
  return head.find("ws_") != std::string_view::npos ? Sampled::sessions : Sampled::iterations;
}

std::string note_on(Sampled sampled) {
  if (sampled == Sampled::requests) return {};
  return std::string("it holds no request, so its ") +
         (sampled == Sampled::sessions ? "WebSocket sessions (ws_session_duration)"
                                       : "iterations (iteration_duration)") +
         " are taken for requests";
}

std::string hint_on(bool whole_file_is_known) {
  return whole_file_is_known
             ? "it holds no point of http_req_duration, grpc_req_duration, browser_http_req_duration, "
               "ws_session_duration or iteration_duration"
             : "it holds no request (http_req_duration, grpc_req_duration, browser_http_req_duration); iterations and "
               "WebSocket sessions can be taken for them where the file can be read twice: omniwriter ingest FILE";
}

Metric metric_named(std::string_view name, Sampled sampled) {
  if (sampled == Sampled::requests ? is_request(name)
                                   : name == (sampled == Sampled::sessions ? kSession : kIteration)) {
    return Metric::sample;
  }
  if (name == kUsers) return Metric::active_users;
  if (name == kReceived) return Metric::data_received;
  if (name == kSent) return Metric::data_sent;
  return Metric::other;
}

std::optional<std::int64_t> milliseconds_to_ns(std::string_view text) {
  // Nearly all values have up to six decimals: whole nanoseconds.
  constexpr std::size_t kDecimals = 6;
  std::int64_t ns = 0;
  std::size_t at = 0;
  while (at < text.size() && at < 10 && text[at] >= '0' && text[at] <= '9') ns = ns * 10 + (text[at++] - '0');
  std::size_t decimals = 0;
  if (at > 0 && at < text.size() && text[at] == '.') {
    ++at;
    while (at < text.size() && decimals < kDecimals && text[at] >= '0' && text[at] <= '9') {
      ns = ns * 10 + (text[at++] - '0');
      ++decimals;
    }
  }
  if (at == text.size() && at > 0) [[likely]] {
    for (; decimals < kDecimals; ++decimals) ns *= 10;
    return ns;
  }
  double ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (error != std::errc{} || end != text.data() + text.size() || !(ms >= 0) || ms > kMaxMs) return std::nullopt;
  return std::llround(ms * kNsPerMs);
}

void PointSink::begin(SampleBatch& batch) {
  batch_ = &batch;
  if (tables_version_ == batch.tables_version()) return;
  tables_version_ = batch.tables_version();
  endpoints_.clear();
  outcomes_.clear();
}

void PointSink::sample(std::int64_t end_ns, std::int64_t duration_ns, const Tags& tags) {
  Sample sample;
  sample.start_ns = end_ns - duration_ns;
  sample.duration_ns = duration_ns;
  const std::string_view named = sampled_ == Sampled::iterations ? tags.scenario
                                 : tags.name.empty()             ? tags.url
                                                                 : tags.name;
  sample.endpoint = endpoints_.get(named, [&](std::string_view text) {
    const std::string_view name = unescape_(text, scratch_);
    if (sampled_ == Sampled::iterations) {
      return batch_->endpoint(name.empty() ? "iteration" : "iteration of " + std::string(name));
    }
    return batch_->endpoint(name.empty() ? kUnnamed : name);
  });
  // The four tags in one text, so that one look-up finds what they come to.
  key_.assign(tags.status).append(1, '\n').append(tags.expected_response).append(1, '\n');
  key_.append(tags.error_code).append(1, '\n').append(tags.error).append(kReadableBehind, '\0');
  sample.outcome =
      outcomes_.get(std::string_view(key_).substr(0, key_.size() - kReadableBehind), [&](std::string_view) {
        std::string error_scratch;
        const Outcome outcome =
            k6_outcome(tags.status, tags.error_code, unescape_(tags.error, error_scratch), tags.expected_response);
        return batch_->outcome(outcome.status, outcome.error_type);
      });
  batch_->samples.push_back(sample);
}

std::string_view generator_among(std::string_view tags, std::string_view before_value, std::string_view behind_value) {
  for (const std::string_view name : {"instance_id", "instance", "hostname", "host", "runner", "pod"}) {
    const std::string key =
        std::string(before_value.starts_with('"') ? "\"" : "") + std::string(name) + std::string(before_value);
    for (std::size_t at = tags.find(key); at != std::string_view::npos; at = tags.find(key, at + 1)) {
      const bool whole = at == 0 || before_value.starts_with('"') || tags[at - 1] == behind_value.front();
      if (!whole) continue;
      const std::string_view value = tags.substr(at + key.size());
      return value.substr(0, value.find(behind_value));
    }
  }
  return {};
}

void PointSink::value(std::uint64_t line, Metric metric, std::int64_t time_ns, double value,
                      std::string_view generator) {
  constexpr double kMaxBytes = 1e18;
  constexpr double kMaxUsers = 4e9;
  if (!(value >= 0) || value > kMaxBytes) {
    const std::string_view name = metric == Metric::active_users    ? kUsers
                                  : metric == Metric::data_received ? kReceived
                                                                    : kSent;
    return batch_->unreadable_value(line, name, std::to_string(value));
  }
  switch (metric) {
    case Metric::active_users:
      batch_->active_users.push_back({.time_ns = time_ns,
                                      .users = static_cast<std::uint32_t>(std::min(value, kMaxUsers)),
                                      .generator = generator.empty() ? 0 : StringTable::hash(generator)});
      batch_->name_generator(batch_->active_users.back().generator, generator);
      break;
    case Metric::data_received:
      batch_->unattributed_received += static_cast<std::uint64_t>(value);
      break;
    case Metric::data_sent:
      batch_->unattributed_sent += static_cast<std::uint64_t>(value);
      break;
    case Metric::sample:
    case Metric::other:
      break;
  }
}

}  // namespace omniwriter::k6
