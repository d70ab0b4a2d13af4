#include "integration/metrics_record.h"

#include <fmt/format.h>

#include <cmath>

#include "base/try.h"
#include "integration/live_run.h"

namespace omniwriter {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxMembers = 200;

Result<double> number_of(const std::string& name, const json& value, double most) {
  const double number = value.is_number() ? value.get<double>() : std::nan("");
  if (std::isfinite(number) && number >= 0 && number <= most) return number;
  return fail(ErrorCode::usage, fmt::format("{} must be a number from 0 to {}", name, most));
}

}  // namespace

Result<MetricsRecord> read_metrics_record(const json& record) {
  if (!record.is_object()) return fail(ErrorCode::usage, "the metrics must be a dictionary");
  if (record.size() > kMaxMembers) return fail(ErrorCode::usage, "the metrics have too many members");
  if (!record.contains("test_name") || !record["test_name"].is_string()) {
    return fail(ErrorCode::usage, "the metrics need a test_name");
  }
  MetricsRecord result;
  result.original = record;
  double error_rate = 0;
  for (const auto& [name, value] : record.items()) {
    const auto read = [&](double& into, double most) -> Result<void> {
      into = TRY(number_of(name, value, most));
      return {};
    };
    Result<void> good;
    double count = 0;
    if (name == "test_name") {
      result.metrics.test_name = value.get<std::string>();
    } else if (name == "requests_count") {
      good = read(count, 1e15);
      result.metrics.requests_count = static_cast<std::uint64_t>(count);
    } else if (name == "response_time_avg") {
      good = read(result.metrics.response_time_ms, 1e12);
    } else if (name == "error_rate") {
      good = read(error_rate, 1);
    } else if (name == "throughput") {
      good = read(result.metrics.throughput, 1e15);
    } else if (name == "active_users") {
      good = read(result.metrics.active_users, 4e9);
      result.has_users = true;
    } else if (name == "cpu_usage") {
      good = read(result.metrics.cpu_usage, 1e6);
      result.has_cpu = true;
    } else if (name == "memory_usage") {
      good = read(result.metrics.memory_usage, 1e15);
      result.has_memory = true;
    } else if (value.is_number()) {
      result.numbers[name] = value.get<double>();
    } else if (value.is_boolean()) {
      result.numbers[name] = value.get<bool>() ? 1 : 0;
    } else if (value.is_string()) {
      result.texts[name] = value.get<std::string>();
    } else if (!value.is_null()) {
      good = fail(ErrorCode::usage, fmt::format("{} must be a number or text", name));
    }
    TRY(good);
  }
  const auto requests = static_cast<double>(result.metrics.requests_count);
  result.metrics.errors_count = static_cast<std::uint64_t>(std::llround(error_rate * requests));
  TRY(check_update(result.metrics));
  return result;
}

}  // namespace omniwriter
