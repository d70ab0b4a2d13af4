#include "inputs/jmeter_xml/open_samples.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/bounded_name.h"
#include "base/utf8.h"
#include "formats/jmeter/generators.h"
#include "formats/jmeter/sample_rules.h"
#include "formats/jmeter/transactions.h"
#include "model/outcome_rules.h"

namespace omniwriter::jmeter_xml {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::int64_t kMsPerSecond = 1000;

// A number that is all of `text`. False where it is anything else.
bool read_number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

}  // namespace

void OpenSamples::open(const Attributes& from, std::size_t tag_end) {
  OpenSample& open = samples_[open_++];
  open.readable = false;
  open.assertions.clear();
  assertion_ = {};
  std::string problem;
  const auto reject = [&](const char* reason, std::string_view text) {
    problem = std::string(reason) + ": \"" + std::string(text.substr(0, 40)) + "\"";
  };

  std::uint64_t start_ms = 0;
  std::uint64_t elapsed_ms = 0;
  open.samples = 1;
  open.errors = 0;
  const auto optional_number = [&](const char* name, std::string_view text, std::uint64_t& value) {
    if (read_number(text, value)) return true;
    if (!text.empty()) out_->unreadable_value(lines_.line_of(tag_end), name, text);
    return false;
  };
  open.has_errors = optional_number("ec", from.errors, open.errors);
  if (!read_number(from.time_stamp, start_ms) || start_ms < jmeter::kMinTimeMs || start_ms > jmeter::kMaxTimeMs) {
    reject("ts is no time in milliseconds", from.time_stamp);
  } else if (!read_number(from.elapsed, elapsed_ms) || elapsed_ms > jmeter::kMaxElapsedMs) {
    reject("t is no duration in milliseconds", from.elapsed);
  } else if (from.success.data() != nullptr && from.success != "true" && from.success != "false") {
    reject("s is neither true nor false", from.success);
  } else if (from.samples.data() != nullptr &&
             (!read_number(from.samples, open.samples) || open.samples > jmeter::kMaxSampleCount)) {
    reject("sc is no number of samples", from.samples);
  }
  if (!problem.empty()) {
    out_->bad_record(lines_.line_of(tag_end), std::move(problem));
    return;
  }

  open.readable = true;
  open.errors = std::min(open.errors, open.samples);
  open.success = from.success.data() != nullptr
                     ? from.success == "true"
                     : from.code.empty() || from.code.front() == '2' || from.code.front() == '3';
  open.label = from.label.empty() ? jmeter::kUnnamed : from.label;
  open.code = from.code;
  const bool is_transaction = from.message.starts_with(jmeter::kTransactionMessage);
  open.message.assign(open.success || is_transaction ? std::string_view() : from.message);
  open.users = 0;
  open.has_users = optional_number("na", from.users, open.users);
  const std::string_view in_thread = jmeter::host_in_thread_name(from.thread);
  const std::string_view host = from.host.empty() ? in_thread : from.host;
  open.group = jmeter::group_of_thread(from.thread, in_thread);
  std::uint64_t group_users = 0;
  open.group_users = read_number(from.group_users, group_users) ? std::optional(group_users) : std::nullopt;
  open.generator = host.empty() ? 0 : StringTable::hash(host);
  if (open.generator != named_generator_) out_->name_generator(open.generator, host);
  named_generator_ = open.generator;

  open.sample = {};
  open.sample.start_ns = static_cast<std::int64_t>(start_ms) * kNsPerMs;
  open.sample.duration_ns = static_cast<std::int64_t>(elapsed_ms) * kNsPerMs;
  if (optional_number("by", from.bytes, open.sample.bytes_received)) out_->tells_received = true;
  if (optional_number("sby", from.sent_bytes, open.sample.bytes_sent)) out_->tells_sent = true;
  open.holds = 0;
  if (is_transaction) {
    open.holds = jmeter::requests_in(from.message);
    if (!transactions_count_) open.sample.kind = SampleKind::transaction;
    // As groups of Gatling and k6 are named.
    const bool nested = open_ > 1 && samples_[open_ - 2].readable &&
                        samples_[open_ - 2].sample.kind == SampleKind::transaction && !transactions_count_;
    if (nested) open.label = bounded_name(samples_[open_ - 2].label) + " / " + open.label;
  } else if (open_ > 1 && samples_[open_ - 2].sample.kind != SampleKind::transaction) {
    open.sample.kind = SampleKind::sub_result;
  }
  open.detail = {};
  if (!dimensions_.empty()) {
    for (std::string& value : open.dimensions) value.clear();
    for_each_dimension(from, [&](std::string_view name, std::string_view value) {
      const auto wanted = std::ranges::find(dimensions_.names(), name);
      if (wanted == dimensions_.names().end()) return;
      open.dimensions[static_cast<std::size_t>(wanted - dimensions_.names().begin())] = value;
    });
  }
  const auto time_ns = [&](const char* name, std::string_view text) -> std::optional<std::int64_t> {
    std::uint64_t ms = 0;
    if (!optional_number(name, text, ms) || ms > jmeter::kMaxElapsedMs) return std::nullopt;
    return static_cast<std::int64_t>(ms) * kNsPerMs;
  };
  const auto latency_ns = time_ns("lt", from.latency);
  const auto connect_ns = time_ns("ct", from.connect);
  if (open.sample.kind == SampleKind::request && !is_transaction) add_phases(open, latency_ns, connect_ns);
}

// As in jmeter_csv: the latency holds the time to connect; 0 is what JMeter writes where it measured none.
void OpenSamples::add_phases(OpenSample& open, std::optional<std::int64_t> latency_ns,
                             std::optional<std::int64_t> connect_ns) {
  const std::int64_t elapsed_ns = open.sample.duration_ns;
  const bool knows_latency = latency_ns && *latency_ns <= elapsed_ns && (*latency_ns != 0 || elapsed_ns == 0);
  const bool knows_connect = connect_ns && *connect_ns <= elapsed_ns && (*connect_ns != 0 || knows_latency);
  if (knows_connect) open.detail.phase(SampleKind::connect) = *connect_ns;
  if (!knows_latency) return;
  const bool within = knows_connect && *connect_ns <= *latency_ns;
  open.detail.phase(SampleKind::waiting) = *latency_ns - (within ? *connect_ns : 0);
  open.detail.phase(SampleKind::receiving) = elapsed_ns - *latency_ns;
}

void OpenSamples::add_part_of_assertion(std::string_view part, std::string_view text) {
  text = text.substr(0, kLongestText);
  if (part == "name") assertion_.name = clean_utf8(text, kLongestText);
  if (part == "failureMessage") assertion_.message = clean_utf8(text, kLongestText);
  if ((part == "failure" || part == "error") && text == "true") assertion_.failed = true;
}

void OpenSamples::end_assertion() {
  if (open_ != 0) samples_[open_ - 1].assertions.push_back(std::exchange(assertion_, {}));
}

void OpenSamples::close() {
  const OpenSample& open = samples_[--open_];
  assertion_ = {};
  if (!open.readable) return;
  if (open.samples == 1) {
    add(open, open.sample, 1, jmeter_outcome(open.code, open.success), open.holds);
    add_detail(open);
  } else {
    add_aggregated(open);
  }
  add_assertions(open);
  add_users(open);
  add_group_users(open);
}

void OpenSamples::add_detail(const OpenSample& open) {
  if (open.sample.kind != SampleKind::request) return;
  SampleDetail detail = open.detail;
  if (!open.success) {
    const auto failed = std::ranges::find(open.assertions, true, &Assertion::failed);
    std::string said;
    if (failed != open.assertions.end()) {
      said = failed->message.empty() ? failed->name : failed->name + ": " + failed->message;
    }
    detail.message = out_->message(said.empty() ? open.message : said);
  }
  for (std::size_t i = 0; i < dimensions_.names().size(); ++i) {
    add_dimension(detail, dimensions_.id_of(i, open.dimensions[i]));
  }
  if (detail.dimensions[0] != 0 || detail.message != 0 || detail.phase_ns != SampleDetail().phase_ns)
    out_->detail_of_last() = detail;
}

// As checks, by their names.
void OpenSamples::add_assertions(const OpenSample& open) {
  for (const Assertion& assertion : open.assertions) {
    Sample check;
    check.start_ns = open.sample.start_ns;
    check.endpoint = out_->endpoint(assertion.name.empty() ? jmeter::kUnnamed : assertion.name);
    check.outcome = assertion.failed ? out_->failed() : out_->passed();
    check.kind = SampleKind::check;
    out_->samples.push_back(check);
    out_->origins.emplace_back();
  }
}

// A record that stands for several samples gives the sum of their times: all we can say of each is the mean.
void OpenSamples::add_aggregated(const OpenSample& open) {
  if (open.samples == 0) return;
  Sample sample = open.sample;
  sample.duration_ns /= static_cast<std::int64_t>(open.samples);
  if (!open.has_errors) {
    add(open, sample, open.samples, jmeter_outcome(open.code, open.success), open.holds);
    return;
  }
  // The one code of the record says nothing sure about either part.
  const std::uint64_t successes = open.samples - open.errors;
  add(open, sample, successes, {"ok", ""}, open.holds);
  if (successes != 0) {
    sample.bytes_received = 0;  // the record's bytes are a sum already
    sample.bytes_sent = 0;
  }
  add(open, sample, open.errors, {"error", "error"}, 0);
}

void OpenSamples::add(const OpenSample& open, Sample sample, std::uint64_t times, const Outcome& outcome,
                      std::uint32_t holds) {
  if (times == 0) return;
  sample.endpoint = out_->endpoint(open.label);
  sample.repeat = static_cast<std::uint32_t>(times);
  sample.outcome = out_->outcome(outcome.status, outcome.error_type);
  out_->samples.push_back(sample);
  out_->origins.push_back({.holds = holds});
}

void OpenSamples::add_group_users(const OpenSample& open) {
  constexpr std::size_t kMostRemembered = 1000;
  if (!open.has_users || !open.group_users || open.group.empty()) return;
  const std::int64_t second = open.sample.start_ns / (kNsPerMs * kMsPerSecond);
  const auto [told, is_new] =
      group_users_.try_emplace({open.generator, StringTable::hash(open.group)}, *open.group_users, second);
  if (!is_new && told->second == std::pair(*open.group_users, second)) return;
  told->second = {*open.group_users, second};
  out_->active_users.push_back(
      {.time_ns = open.sample.start_ns,
       .users = static_cast<std::uint32_t>(std::min<std::uint64_t>(*open.group_users, UINT32_MAX)),
       .generator = open.generator,
       .told_ns = open.sample.start_ns + open.sample.duration_ns,
       .scenario = out_->endpoint(open.group) + 1});
  if (group_users_.size() > kMostRemembered) group_users_.clear();
}

void OpenSamples::add_users(const OpenSample& open) {
  if (!open.has_users) return;
  const std::int64_t second = open.sample.start_ns / (kNsPerMs * kMsPerSecond);
  if (open.users == last_users_ && second == last_users_second_ && open.generator == last_generator_) return;
  last_users_ = open.users;
  last_users_second_ = second;
  last_generator_ = open.generator;
  out_->active_users.push_back({.time_ns = open.sample.start_ns,
                                .users = static_cast<std::uint32_t>(
                                    std::min<std::uint64_t>(open.users, std::numeric_limits<std::uint32_t>::max())),
                                .generator = open.generator,
                                .told_ns = open.sample.start_ns + open.sample.duration_ns});
}

}  // namespace omniwriter::jmeter_xml
