#include "omniwriter/sample.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "base/bounded_name.h"
#include "base/utf8.h"
#include "model/reserved_names.h"

namespace omniwriter {
namespace {

// Tables are forgotten between chunks beyond this, so memory does not grow with the number of distinct names, or with
// their length. A chunk is too short to add much more.
constexpr std::size_t kLargeTable = 4096;
constexpr std::size_t kLargeTableBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxGenerators = 1000;

constexpr std::array<std::string_view, kSampleKinds> kKindNames{
    "request",   "transaction", "sub_result", "blocked", "dns",  "connect", "tls",     "sending", "waiting",
    "receiving", "dimension",   "check",      "number",  "rate", "timing",  "counter", "gauge"};

}  // namespace

std::string_view name_of(SampleKind kind) { return kKindNames[static_cast<std::size_t>(kind)]; }

std::optional<SampleKind> sample_kind_named(std::string_view name) {
  const auto found = std::ranges::find(kKindNames, name);
  if (found == kKindNames.end()) return std::nullopt;
  return static_cast<SampleKind>(found - kKindNames.begin());
}

std::uint32_t StringTable::intern(std::string_view text) {
  if (text.size() > kMaxNameBytes) [[unlikely]]
    return intern(bounded_name(text));
  text = not_reserved(text);
  if (const auto known = index_.find(text); known != index_.end()) return known->second;
  const auto id = static_cast<std::uint32_t>(strings_.size());
  index_.emplace(strings_.emplace_back(text), id);
  hashes_.push_back(hash(text));
  return id;
}

std::uint64_t StringTable::hash(std::string_view text) { return std::hash<std::string_view>{}(text); }

void StringTable::clear() {
  index_.clear();
  hashes_.clear();
  strings_.clear();
}

std::uint16_t SampleBatch::outcome(std::string_view status, std::string_view error_type) {
  Outcome outcome{bounded_name(not_reserved(status)), bounded_name(not_reserved(error_type))};
  const auto key_of = [](const Outcome& of) { return of.status + '\0' + of.error_type; };
  std::string key = key_of(outcome);
  if (const auto known = outcome_index_.find(key); known != outcome_index_.end()) return known->second;
  if (outcomes_.size() >= kMaxOutcomes) {
    // Two places are kept for these by the table being 16 bits wide and kMaxOutcomes far below that.
    outcome =
        error_type.empty() ? Outcome{std::string(kOtherOutcome), ""} : Outcome{"error", std::string(kOtherOutcome)};
    key = key_of(outcome);
    if (const auto known = outcome_index_.find(key); known != outcome_index_.end()) return known->second;
  }
  const auto id = static_cast<std::uint16_t>(outcomes_.size());
  outcomes_.push_back(std::move(outcome));
  outcome_index_.emplace(std::move(key), id);
  return id;
}

SampleDetail& SampleBatch::detail_of_last() {
  if (samples.back().detail != 0) return details[samples.back().detail - 1];
  SampleDetail& detail = details.emplace_back();
  samples.back().detail = static_cast<std::uint32_t>(details.size());
  return detail;
}

std::uint32_t SampleBatch::message(std::string_view text) { return text.empty() ? 0 : messages_.intern(text) + 1; }

void SampleBatch::bad_record(std::uint64_t line, std::string reason) {
  ++bad_record_count;
  if (bad_records.size() < kMaxBadRecords) bad_records.push_back({line, std::move(reason)});
}

void SampleBatch::remark(RemarkKind kind, std::uint64_t line, std::string_view example) {
  constexpr std::size_t kMaxExampleBytes = 200;
  const auto known = std::ranges::find(remarks, kind, &Remark::kind);
  if (known != remarks.end()) {
    ++known->count;
  } else {
    remarks.push_back({kind, 1, {}, line, clean_utf8(example, kMaxExampleBytes)});
  }
}

void SampleBatch::name_generator(std::uint64_t generator, std::string_view name) {
  if (generator == 0 || generators_.size() >= kMaxGenerators || generators_.contains(generator)) return;
  generators_.emplace(generator, bounded_name(name));
}

void SampleBatch::unreadable_value(std::uint64_t line, std::string_view name, std::string_view text) {
  constexpr std::size_t kShown = 40;
  if (text.empty()) return;
  remark(RemarkKind::unreadable_value, line,
         std::string(name).append(" is \"").append(text.substr(0, kShown)).append("\""));
}

void SampleBatch::clear_samples() {
  samples.clear();
  origins.clear();
  details.clear();
  active_users.clear();
  bad_records.clear();
  bad_record_count = 0;
  unattributed_received = 0;
  unattributed_sent = 0;
  remarks.clear();
  measure_kinds.clear();
  tool_verdicts.clear();
  tells_received = false;
  tells_sent = false;
}

bool SampleBatch::clear_tables_if_large() {
  std::size_t bytes = 0;
  for (std::uint32_t id = 0; id < endpoints_.size(); ++id) bytes += endpoints_[id].size();
  for (std::uint32_t id = 0; id < messages_.size(); ++id) bytes += messages_[id].size();
  for (const Outcome& outcome : outcomes_) bytes += outcome.status.size() + outcome.error_type.size();
  if (endpoints_.size() < kLargeTable && messages_.size() < kLargeTable && outcomes_.size() < kLargeTable &&
      bytes < kLargeTableBytes)
    return false;
  endpoints_.clear();
  messages_.clear();
  outcomes_.clear();
  outcome_index_.clear();
  ++tables_version_;
  return true;
}

}  // namespace omniwriter
