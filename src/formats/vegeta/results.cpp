#include "formats/vegeta/results.h"

#include <algorithm>

#include "model/outcome_rules.h"

namespace omniwriter::vegeta {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
// The years 2000 to 2100: anything else is no time at which a load test ran.
constexpr std::int64_t kMinTimeNs = 946'684'800 * kNsPerSecond;
constexpr std::int64_t kMaxTimeNs = 4'102'444'800 * kNsPerSecond;
constexpr std::int64_t kMaxLatencyNs = std::int64_t{366} * 86'400 * kNsPerSecond;
constexpr std::uint64_t kMaxBytes = 1'000'000'000'000'000;
constexpr std::size_t kReadableBehind = 8;  // TextMemo reads behind its text
constexpr std::string_view kUnnamed = "(unnamed)";

}  // namespace

std::string endpoint_of(std::string_view method, std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  std::string name(method);
  if (!method.empty() && !url.empty()) name += ' ';
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    const std::size_t host = scheme + 3;
    name += url.substr(0, host);
    url.remove_prefix(host);
    const std::size_t at = url.substr(0, url.find('/')).rfind('@');
    if (at != std::string_view::npos) url.remove_prefix(at + 1);
  }
  name += url;
  return name.empty() ? std::string(kUnnamed) : name;
}

void HitSink::begin(SampleBatch& batch) {
  batch_ = &batch;
  batch.tells_received = true;
  batch.tells_sent = true;
  dimensions_.begin(batch);
  if (tables_version_ == batch.tables_version()) return;
  tables_version_ = batch.tables_version();
  endpoints_.clear();
  outcomes_.clear();
}

const char* HitSink::add(const Hit& hit) {
  if (hit.start_ns < kMinTimeNs || hit.start_ns > kMaxTimeNs) return "the timestamp is no time";
  if (hit.latency_ns < 0 || hit.latency_ns > kMaxLatencyNs) return "the latency is no duration";
  if (hit.code > 999) return "the code is no status";

  Sample sample;
  sample.start_ns = hit.start_ns;
  sample.duration_ns = hit.latency_ns;
  sample.bytes_received = std::min(hit.bytes_in, kMaxBytes);
  sample.bytes_sent = std::min(hit.bytes_out, kMaxBytes);
  const auto key = [&](std::string_view first, std::string_view second) {
    key_.assign(first).append(1, '\n').append(second).append(kReadableBehind, '\0');
    return std::string_view(key_).substr(0, key_.size() - kReadableBehind);
  };
  sample.endpoint = endpoints_.get(
      key(hit.method, hit.url), [&](std::string_view) { return batch_->endpoint(endpoint_of(hit.method, hit.url)); });
  const std::string code = std::to_string(hit.code);
  sample.outcome = outcomes_.get(key(code, hit.error), [&](std::string_view) {
    const Outcome outcome = vegeta_outcome(code, hit.error);
    return batch_->outcome(outcome.status, outcome.error_type);
  });
  batch_->samples.push_back(sample);
  const bool failed = !batch_->outcomes()[sample.outcome].error_type.empty();
  if (failed && !hit.error.empty()) batch_->detail_of_last().message = batch_->message(hit.error);
  if (!dimensions_.empty()) {
    dimensions_.add("attack", key(hit.attack, {}), [&](std::string_view) { return hit.attack; });
    dimensions_.add("method", key(hit.method, {}), [&](std::string_view) { return hit.method; });
  }
  return nullptr;
}

}  // namespace omniwriter::vegeta
