#pragma once
/// What the records of Gatling's simulation.log mean, in whatever format they come.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_memo.h"
#include "model/dimension_values.h"
#include "omniwriter/sample.h"

namespace omniwriter::gatling {

/// How Gatling's reports name what lies within groups: "outer / inner / request".
inline constexpr std::string_view kPathSeparator = " / ";

/// What requests can be told apart by.
[[nodiscard]] inline std::vector<std::string> known_dimensions() { return {"group", "scenario"}; }

/// Adds records to a batch. `Path` turns what names an endpoint in the file into its path; results are remembered, so
/// it may be slow. Used by one thread.
///
/// The active users of a batch are left as comings and goings, to be counted by a UserCount in file order.
class RecordSink {
 public:
  using Path = std::string (*)(std::string_view key);
  explicit RecordSink(Path path, const std::vector<std::string>& dimensions = {})
      : path_(path), dimensions_(dimensions) {}

  /// To be called before the first record of each chunk.
  void begin(SampleBatch& batch);

  /// Times in milliseconds since the epoch. Each of these returns why the record makes no sense, or null where it was
  /// added. Up to 7 bytes behind `key`, `message` and `scenario` are read.
  const char* request(std::string_view key, std::int64_t start_ms, std::int64_t end_ms, bool ok,
                      std::string_view message);
  /// What the request that was added last is of: its groups, as a key, and its scenario, where that is known.
  void place(std::string_view groups, std::string_view scenario);
  /// `response_ms`: the response times of its requests together, which Gatling reports as those of the group.
  const char* group(std::string_view key, std::int64_t start_ms, std::int64_t end_ms, std::int64_t response_ms,
                    bool ok);
  const char* user(std::string_view scenario, std::int64_t time_ms, bool starts);

 private:
  void add(std::string_view key, std::int64_t start_ms, std::int64_t duration_ms, std::uint16_t outcome,
           SampleKind kind);

  Path path_;
  SampleBatch* batch_ = nullptr;
  std::uint32_t tables_version_ = 0;
  TextMemo<std::uint32_t> endpoints_;
  TextMemo<std::uint16_t> failures_;
  TextMemo<std::uint32_t> scenarios_;
  std::uint16_t ok_ = 0;
  DimensionValues dimensions_;
  std::int64_t users_second_ = 0;  // of the last number of users
};

/// Makes numbers of users, all and by scenario, out of the comings and goings that a RecordSink noted, batch by batch
/// in file order.
class UserCount {
 public:
  void apply(SampleBatch& batch);

 private:
  std::uint32_t users_ = 0;
  std::map<std::string, std::uint32_t, std::less<>> by_scenario_;
};

}  // namespace omniwriter::gatling
