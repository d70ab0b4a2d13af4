#include "formats/k6/points.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "model/outcome_rules.h"

namespace omniwriter::k6 {
namespace {

constexpr double kNsPerMs = 1e6;
constexpr std::size_t kReadableBehind = 8;  // TextMemo reads behind its text
constexpr double kMaxMs = 366.0 * 86'400'000;
constexpr std::string_view kUnnamed = "(unnamed)";
constexpr std::array<std::string_view, 3> kRequests{"http_req_duration", "grpc_req_duration",
                                                    "browser_http_req_duration"};
constexpr std::string_view kRequestPrefix = "http_req_";
constexpr std::string_view kSession = "ws_session_duration";
constexpr std::string_view kIteration = "iteration_duration";
constexpr std::string_view kUsers = "vus";
constexpr std::string_view kReceived = "data_received";
constexpr std::string_view kSent = "data_sent";

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

namespace {

// Behind kRequestPrefix.
MetricKind part_of_request(std::string_view name) {
  if (name == "blocked") return {Metric::phase, SampleKind::blocked};
  if (name == "looking_up") return {Metric::phase, SampleKind::dns};  // of old versions
  if (name == "connecting") return {Metric::phase, SampleKind::connect};
  if (name == "tls_handshaking") return {Metric::phase, SampleKind::tls};
  if (name == "sending") return {Metric::phase, SampleKind::sending};
  if (name == "waiting") return {Metric::phase, SampleKind::waiting};
  if (name == "receiving") return {Metric::phase, SampleKind::receiving};
  return {};
}

// k6's own that are no requests. What says of requests what the samples say, and of users what `vus` says, is nothing.
std::optional<MetricKind> built_in(std::string_view name) {
  constexpr std::array kNothing{"http_reqs", "http_req_failed", "browser_http_req_failed", "vus_max"};
  constexpr std::array kCounters{"iterations",
                                 "dropped_iterations",
                                 "ws_sessions",
                                 "ws_msgs_sent",
                                 "ws_msgs_received",
                                 "grpc_streams",
                                 "grpc_streams_msgs_sent",
                                 "grpc_streams_msgs_received",
                                 "browser_data_received",
                                 "browser_data_sent"};
  constexpr std::array kTimings{"iteration_duration", "ws_connecting", "ws_ping", "ws_session_duration"};
  if (is_request(name) || std::ranges::find(kNothing, name) != kNothing.end()) return MetricKind{};
  if (std::ranges::find(kCounters, name) != kCounters.end()) return MetricKind{Metric::measure, SampleKind::counter};
  if (std::ranges::find(kTimings, name) != kTimings.end()) return MetricKind{Metric::measure, SampleKind::timing};
  if (name == "checks") return MetricKind{Metric::check, SampleKind::check};
  if (name == "group_duration") return MetricKind{Metric::group, SampleKind::transaction};
  return std::nullopt;
}

}  // namespace

MetricKind metric_named(std::string_view name, Sampled sampled) {
  const bool is_sample =
      sampled == Sampled::requests ? is_request(name) : name == (sampled == Sampled::sessions ? kSession : kIteration);
  if (is_sample) return {Metric::sample, SampleKind::request};
  if (name.starts_with(kRequestPrefix)) {
    const MetricKind part = part_of_request(name.substr(kRequestPrefix.size()));
    if (part.metric != Metric::other) return part;
  }
  if (name == kUsers) return {Metric::active_users};
  if (name == kReceived) return {Metric::data_received};
  if (name == kSent) return {Metric::data_sent};
  return built_in(name).value_or(MetricKind{Metric::measure, SampleKind::number});
}

SampleKind kind_of_measure(std::string_view type, std::string_view contains) {
  if (type == "trend") return contains == "time" ? SampleKind::timing : SampleKind::number;
  if (type == "counter") return SampleKind::counter;
  if (type == "gauge") return SampleKind::gauge;
  if (type == "rate") return SampleKind::rate;
  return SampleKind::number;
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
  has_before_ = false;
  dimensions_.begin(batch);
  if (tables_version_ == batch.tables_version()) return;
  tables_version_ = batch.tables_version();
  endpoints_.clear();
  outcomes_.clear();
  measures_.clear();
  groups_.clear();
  checks_.clear();
}

void PointSink::add(MetricKind metric, std::int64_t end_ns, std::int64_t value_ns, const Tags& tags) {
  switch (metric.metric) {
    case Metric::check:
      return check(end_ns, value_ns != 0, tags);
    case Metric::group:
      return group(end_ns, value_ns, tags);
    default:
      find_ids(tags);
      return again(metric.kind, end_ns, value_ns);
  }
}

void PointSink::again(SampleKind kind, std::int64_t end_ns, std::int64_t duration_ns) {
  Sample& sample = batch_->samples.emplace_back();
  sample.start_ns = kind == SampleKind::request ? end_ns - duration_ns : end_ns;
  sample.duration_ns = duration_ns;
  sample.endpoint = endpoint_;
  sample.outcome = outcome_;
  sample.kind = kind;
  if (kind != SampleKind::request || (error_.empty() && values_[0] == 0)) return;
  SampleDetail& detail = batch_->detail_of_last();
  detail.dimensions = values_;
  if (!error_.empty()) detail.message = batch_->message(unescape_(error_, scratch_));
}

// What the tags come to: endpoint and outcome.
void PointSink::find_ids(const Tags& tags) {
  const std::string_view named = sampled_ == Sampled::iterations ? tags.scenario
                                 : tags.name.empty()             ? tags.url
                                                                 : tags.name;
  endpoint_ = endpoints_.get(named, [&](std::string_view text) {
    const std::string_view name = unescape_(text, scratch_);
    if (sampled_ == Sampled::iterations) {
      return batch_->endpoint(name.empty() ? "iteration" : "iteration of " + std::string(name));
    }
    return batch_->endpoint(name.empty() ? kUnnamed : name);
  });
  // The four tags in one text, so that one look-up finds what they come to.
  key_.assign(tags.status).append(1, '\n').append(tags.expected_response).append(1, '\n');
  key_.append(tags.error_code).append(1, '\n').append(tags.error).append(kReadableBehind, '\0');
  outcome_ = outcomes_.get(std::string_view(key_).substr(0, key_.size() - kReadableBehind), [&](std::string_view) {
    std::string error_scratch;
    const Outcome outcome =
        k6_outcome(tags.status, tags.error_code, unescape_(tags.error, error_scratch), tags.expected_response);
    return batch_->outcome(outcome.status, outcome.error_type);
  });
  if (!dimensions_.empty()) {
    SampleDetail found;
    for (std::size_t i = 0; i < dimensions_.names().size(); ++i) {
      add_dimension(found, dimensions_.id_of(i, tags.dimensions[i],
                                             [&](std::string_view text) { return unescape_(text, scratch_); }));
    }
    values_ = found.dimensions;
  }
  error_ = tags.error;
  has_before_ = true;
}

namespace {

// "::checkout::payment": "checkout / payment".
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

}  // namespace

void PointSink::check(std::int64_t time_ns, bool passed, const Tags& tags) {
  key_.assign(tags.group).append(1, '\n').append(tags.check).append(kReadableBehind, '\0');
  const std::uint32_t id =
      checks_.get(std::string_view(key_).substr(0, key_.size() - kReadableBehind), [&](std::string_view) {
        std::string name = path_of_group(unescape_(tags.group, scratch_));
        name.append(name.empty() ? "" : " / ").append(unescape_(tags.check, scratch_));
        return batch_->endpoint(name.empty() ? kUnnamed : name);
      });
  Sample& sample = batch_->samples.emplace_back();
  sample.start_ns = time_ns;
  sample.endpoint = id;
  sample.outcome = passed ? batch_->passed() : batch_->failed();
  sample.kind = SampleKind::check;
}

void PointSink::group(std::int64_t end_ns, std::int64_t duration_ns, const Tags& tags) {
  if (tags.group.empty()) return;  // k6 tells none of what is in no group
  const std::uint32_t id = groups_.get(tags.group, [&](std::string_view text) {
    const std::string path = path_of_group(unescape_(text, scratch_));
    return batch_->endpoint(path.empty() ? kUnnamed : path);
  });
  Sample& sample = batch_->samples.emplace_back();
  sample.start_ns = end_ns - duration_ns;
  sample.duration_ns = duration_ns;
  sample.endpoint = id;
  sample.outcome = batch_->outcome("ok", "");
  sample.kind = SampleKind::transaction;
}

void PointSink::measure(std::uint64_t line, SampleKind kind, std::int64_t time_ns, double value,
                        std::string_view name) {
  constexpr double kMax = static_cast<double>(std::numeric_limits<std::int64_t>::max()) / 1.001;
  const double ns = value * static_cast<double>(kNsPerUnit);
  if (!(ns >= 0) || ns > kMax) return batch_->unreadable_value(line, name, std::to_string(value));
  Sample& sample = batch_->samples.emplace_back();
  sample.start_ns = time_ns;
  sample.duration_ns = std::llround(ns);
  sample.endpoint =
      measures_.get(name, [&](std::string_view text) { return batch_->endpoint(text.empty() ? kUnnamed : text); });
  sample.outcome = value == 0 ? batch_->failed() : batch_->passed();
  sample.kind = kind;
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
    default:
      break;
  }
}

}  // namespace omniwriter::k6
