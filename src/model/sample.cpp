#include "omniwriter/sample.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "base/utf8.h"

namespace omniwriter {
namespace {

// Tables are forgotten between chunks beyond this, so memory does not grow with the number of distinct names. A chunk
// is too short to add much more.
constexpr std::size_t kLargeTable = 4096;

}  // namespace

std::uint32_t StringTable::intern(std::string_view text) {
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
  std::string key;
  key.reserve(status.size() + 1 + error_type.size());
  key.append(status).append(1, '\0').append(error_type);
  if (const auto known = outcome_index_.find(key); known != outcome_index_.end()) return known->second;
  if (outcomes_.size() >= kMaxOutcomes) {
    const bool error = !error_type.empty();
    if (error_type != "__other__" && status != "__other__") {
      // Two places are kept for these by the table being 16 bits wide and kMaxOutcomes far below that.
      return error ? outcome("error", "__other__") : outcome("__other__", "");
    }
  }
  const auto id = static_cast<std::uint16_t>(outcomes_.size());
  outcomes_.push_back({std::string(status), std::string(error_type)});
  outcome_index_.emplace(std::move(key), id);
  return id;
}

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

void SampleBatch::clear_samples() {
  samples.clear();
  origins.clear();
  active_users.clear();
  bad_records.clear();
  bad_record_count = 0;
  unattributed_received = 0;
  unattributed_sent = 0;
  remarks.clear();
  tells_received = false;
  tells_sent = false;
}

bool SampleBatch::clear_tables_if_large() {
  if (endpoints_.size() < kLargeTable && outcomes_.size() < kLargeTable) return false;
  endpoints_.clear();
  outcomes_.clear();
  outcome_index_.clear();
  ++tables_version_;
  return true;
}

}  // namespace omniwriter
