#pragma once
/// What the points of k6 mean, in whatever format they come.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_memo.h"
#include "model/dimension_values.h"
#include "omniwriter/sample.h"

namespace omniwriter::k6 {

/// What a point tells. A request gives about ten: the one of its duration is the sample, and those of its phases
/// follow.
enum class Metric { sample, phase, check, group, measure, active_users, data_received, data_sent, other };

struct MetricKind {
  Metric metric = Metric::other;
  SampleKind kind = SampleKind::request;  ///< of a phase; of a measure: `number` where the name does not tell
};

/// What is taken for a request: HTTP, gRPC and browser requests; where a file has none of these, what it has.
enum class Sampled { requests, sessions, iterations };

[[nodiscard]] MetricKind metric_named(std::string_view name, Sampled sampled);
/// The kind of a measure, by the words that k6 defines a metric with: "trend" and "time".
[[nodiscard]] SampleKind kind_of_measure(std::string_view type, std::string_view contains);

/// What of a file is to be sampled, by its first bytes and whether requests are known to be in it (nothing: nobody
/// looked further than these bytes).
[[nodiscard]] Sampled sampled_of(std::string_view head, std::optional<bool> has_requests);
/// Whether the first bytes name a metric of requests; else the file has to be read to its end to know.
[[nodiscard]] bool names_requests(std::string_view head);
/// For people: what was taken for requests; empty where requests were.
[[nodiscard]] std::string note_on(Sampled sampled);
/// For people, where a file turns out to hold no sample.
[[nodiscard]] std::string hint_on(bool whole_file_is_known);

/// A number of milliseconds as k6 writes it ("49.422631") in nanoseconds, to the last digit; nothing where the text is
/// no number, negative, or more than a year.
[[nodiscard]] std::optional<std::int64_t> milliseconds_to_ns(std::string_view text);

/// The tags that matter, as text that may still be escaped. Absent ones are empty.
struct Tags {
  std::string_view name = {};
  std::string_view url = {};
  std::string_view status = {};
  std::string_view error = {};
  std::string_view error_code = {};
  std::string_view expected_response = {};
  std::string_view scenario = {};
  std::string_view group = {};  ///< "::checkout::payment"
  std::string_view check = {};
  std::array<std::string_view, kMaxDimensions> dimensions = {};  ///< of the names that the sink was made with
};

/// Which of several load generators wrote a point, by the tags that people and k6-operator give them ("instance_id").
/// `tags` is text in which each value stands between `before_value`, behind its name, and `behind_value`.
[[nodiscard]] std::string_view generator_among(std::string_view tags, std::string_view before_value,
                                               std::string_view behind_value);

/// Adds points to a batch. `Unescape` turns the text of a tag into what it stands for; results are remembered, so it
/// may be slow. Used by one thread.
class PointSink {
 public:
  using Unescape = std::string_view (*)(std::string_view text, std::string& scratch);
  PointSink(Unescape unescape, Sampled sampled, const std::vector<std::string>& dimensions = {})
      : unescape_(unescape), sampled_(sampled), dimensions_(dimensions) {}

  /// To be called before the first point of each chunk.
  void begin(SampleBatch& batch);
  /// A sample, phase, check or group. k6 notes the end: a sample or group starts `value_ns` before; a phase is counted
  /// at its end, for that is all that its point tells. A check passed unless the value is 0.
  void add(MetricKind metric, std::int64_t end_ns, std::int64_t value_ns, const Tags& tags);
  /// The same of a sample or phase whose tags are those of the one before.
  void again(SampleKind kind, std::int64_t end_ns, std::int64_t duration_ns);
  /// Whether there is one before, since begin().
  [[nodiscard]] bool has_before() const { return has_before_; }
  /// A point of a metric of the test, or of k6's own besides requests.
  void measure(std::uint64_t line, SampleKind kind, std::int64_t time_ns, double value, std::string_view name);
  /// A point of another metric that matters: a number of users, or of bytes. Impossible values are left out, and
  /// remarked with the line. `generator`: the name of the one of several that tells it; empty: not known.
  void value(std::uint64_t line, Metric metric, std::int64_t time_ns, double value, std::string_view generator = {});

 private:
  SampleBatch* batch_ = nullptr;
  Unescape unescape_;
  Sampled sampled_;
  std::string scratch_;
  std::string key_;
  void find_ids(const Tags& tags);
  void check(std::int64_t time_ns, bool passed, const Tags& tags);
  void group(std::int64_t end_ns, std::int64_t duration_ns, const Tags& tags);

  std::uint32_t tables_version_ = 0;
  TextMemo<std::uint32_t> endpoints_;
  TextMemo<std::uint16_t> outcomes_;
  TextMemo<std::uint32_t> measures_;
  TextMemo<std::uint32_t> groups_;
  TextMemo<std::uint32_t> checks_;
  DimensionValues dimensions_;
  // Of the sample or phase before.
  bool has_before_ = false;
  std::uint32_t endpoint_ = 0;
  std::uint16_t outcome_ = 0;
  std::string_view error_;
  std::array<std::uint32_t, kMaxDimensions> values_{};
};

}  // namespace omniwriter::k6
