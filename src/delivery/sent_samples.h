#pragma once
/// What servers of time series share that take the samples of a series in the order of time, and once.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

namespace omniwriter {

/// Where an item belongs that tells of one moment.
struct SampleKey {
  std::int64_t time_ms = 0;
  std::string_view run_id;
  std::uint64_t series = 0;  ///< hash of the labels of its first series
};

/// What the server has of the run that was sent last: what was told while the run went on need not be sent again in the
/// end, and would be refused. Items are sent in the order of time. Memory: a number for each item of one moment.
class SentSamples {
 public:
  [[nodiscard]] bool has(const SampleKey& item) const;
  void add(const SampleKey& item);
  /// The server does not want this item; it is not to be taken as told.
  void refuse(const SampleKey& item);

 private:
  bool begins_run(const SampleKey& item);

  std::optional<std::string> run_id_;
  std::optional<std::int64_t> newest_ms_;
  std::unordered_set<std::uint64_t> newest_;   // of what was told of that time
  std::unordered_set<std::uint64_t> refused_;  // of what the server does not want
};

/// Whether the server says that it has samples of these series already, of this time or later: the run was told before.
[[nodiscard]] bool says_newer_is_there(std::string_view words);
/// Whether it says that it takes no samples of this time at all.
[[nodiscard]] bool says_time_is_refused(std::string_view words);
/// Whether it says that it holds as many series as it may: somebody has to raise that limit.
[[nodiscard]] bool says_series_are_limited(std::string_view words);

/// What to do about a run that a Prometheus takes no more. `window`: how long its out-of-order window had to be; empty
/// where that is not known.
[[nodiscard]] std::string remedies_of_late_run(std::string_view window);

}  // namespace omniwriter
