#include "formats/gatling/records.h"

#include <utility>

#include "model/outcome_rules.h"

namespace omniwriter::gatling {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
// The years 2000 to 2100: anything else is no time at which a load test ran.
constexpr std::int64_t kMinTimeMs = 946'684'800'000;
constexpr std::int64_t kMaxTimeMs = 4'102'444'800'000;
constexpr std::int64_t kMaxDurationMs = std::int64_t{366} * 86'400'000;
constexpr std::string_view kUnnamed = "(unnamed)";
// As ActiveUsers::users, until they are counted.
constexpr std::uint32_t kNoChange = 0;
constexpr std::uint32_t kStart = 1;
constexpr std::uint32_t kEnd = 2;
constexpr std::size_t kMaxScenarios = 100;

bool is_time(std::int64_t ms) { return ms >= kMinTimeMs && ms <= kMaxTimeMs; }

const char* problem_with(std::int64_t start_ms, std::int64_t end_ms) {
  if (!is_time(start_ms)) return "the start is no time in milliseconds";
  // So Gatling notes a message that nobody waited for: it has no duration.
  if (!is_time(end_ms)) return "the end is no time in milliseconds";
  if (end_ms < start_ms) return "it ends before it starts";
  return end_ms - start_ms > kMaxDurationMs ? "it takes more than a year" : nullptr;
}

}  // namespace

void RecordSink::begin(SampleBatch& batch) {
  batch_ = &batch;
  dimensions_.begin(batch);
  if (tables_version_ == batch.tables_version()) return;
  tables_version_ = batch.tables_version();
  endpoints_.clear();
  failures_.clear();
  scenarios_.clear();
  const Outcome outcome = gatling_outcome(true, {});
  ok_ = batch.outcome(outcome.status, outcome.error_type);
}

void RecordSink::add(std::string_view key, std::int64_t start_ms, std::int64_t duration_ms, std::uint16_t outcome,
                     SampleKind kind) {
  Sample sample;
  sample.start_ns = start_ms * kNsPerMs;
  sample.duration_ns = duration_ms * kNsPerMs;
  sample.endpoint = endpoints_.get(key, [&](std::string_view text) {
    const std::string path = path_(text);
    return batch_->endpoint(path.empty() ? kUnnamed : path);
  });
  sample.outcome = outcome;
  sample.kind = kind;
  batch_->samples.push_back(sample);
}

const char* RecordSink::request(std::string_view key, std::int64_t start_ms, std::int64_t end_ms, bool ok,
                                std::string_view message) {
  if (const char* problem = problem_with(start_ms, end_ms)) return problem;
  const std::uint16_t outcome = ok ? ok_ : failures_.get(message, [&](std::string_view text) {
    const Outcome failure = gatling_outcome(false, text);
    return batch_->outcome(failure.status, failure.error_type);
  });
  add(key, start_ms, end_ms - start_ms, outcome, SampleKind::request);
  if (!ok && !message.empty()) batch_->detail_of_last().message = batch_->message(message);
  // So that a second in which nobody comes or goes has its users too.
  if (end_ms / 1000 != users_second_) {
    users_second_ = end_ms / 1000;
    batch_->active_users.push_back({.time_ns = end_ms * kNsPerMs, .users = kNoChange});
  }
  return nullptr;
}

void RecordSink::place(std::string_view groups, std::string_view scenario) {
  if (dimensions_.empty()) return;
  std::string path;
  dimensions_.add("group", groups, [&](std::string_view text) {
    path = path_(text);
    return std::string_view(path);
  });
  dimensions_.add("scenario", scenario);
}

const char* RecordSink::group(std::string_view key, std::int64_t start_ms, std::int64_t end_ms,
                              std::int64_t response_ms, bool ok) {
  if (const char* problem = problem_with(start_ms, end_ms)) return problem;
  if (response_ms < 0 || response_ms > kMaxDurationMs) return "the response time is none";
  const Outcome outcome = gatling_outcome(ok, {});
  add(key, start_ms, response_ms, ok ? ok_ : batch_->outcome(outcome.status, outcome.error_type),
      SampleKind::transaction);
  return nullptr;
}

const char* RecordSink::user(std::string_view scenario, std::int64_t time_ms, bool starts) {
  if (!is_time(time_ms)) return "the time is none in milliseconds";
  users_second_ = time_ms / 1000;
  const std::uint32_t id =
      scenario.empty() ? 0
                       : scenarios_.get(scenario, [&](std::string_view name) { return batch_->endpoint(name) + 1; });
  batch_->active_users.push_back({.time_ns = time_ms * kNsPerMs, .users = starts ? kStart : kEnd, .scenario = id});
  return nullptr;
}

void UserCount::apply(SampleBatch& batch) {
  std::vector<ActiveUsers> counted;
  counted.reserve(2 * batch.active_users.size());
  const auto count = [](std::uint32_t& users, std::uint32_t change) {
    if (change == kStart) ++users;
    if (change == kEnd && users > 0) --users;
  };
  for (const ActiveUsers& point : batch.active_users) {
    count(users_, point.users);
    counted.push_back({.time_ns = point.time_ns, .users = users_});
    if (point.scenario != 0) {
      const std::string& scenario = batch.endpoints()[point.scenario - 1];
      auto of = by_scenario_.find(scenario);
      if (of == by_scenario_.end() && by_scenario_.size() < kMaxScenarios) of = by_scenario_.emplace(scenario, 0).first;
      if (of == by_scenario_.end()) continue;
      count(of->second, point.users);
      counted.push_back({.time_ns = point.time_ns, .users = of->second, .scenario = point.scenario});
    } else if (point.users == kNoChange) {
      for (const auto& [scenario, users] : by_scenario_) {
        if (users == 0) continue;
        counted.push_back({.time_ns = point.time_ns, .users = users, .scenario = batch.endpoint(scenario) + 1});
      }
    }
  }
  batch.active_users = std::move(counted);
}

}  // namespace omniwriter::gatling
