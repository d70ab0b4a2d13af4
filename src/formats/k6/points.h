#pragma once
/// What the points of k6 mean, in whatever format they come.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/text_memo.h"
#include "omniwriter/sample.h"

namespace omniwriter::k6 {

/// The metrics that an import needs. A request gives about ten points; the one of its duration is the sample.
enum class Metric { sample, active_users, data_received, data_sent, other };

/// What is taken for a request: HTTP, gRPC and browser requests; where a file has none of these, what it has.
enum class Sampled { requests, sessions, iterations };

[[nodiscard]] Metric metric_named(std::string_view name, Sampled sampled);
/// A quick look at text that begins with the name of a metric: false where that is Metric::other, as nine of ten are.
[[nodiscard]] inline bool may_matter(std::string_view text) {
  return text.starts_with("http_req_d") || text.starts_with("data_") || text.starts_with("iteration_d") ||
         text.starts_with("vus") || text.starts_with("grpc_req_d") || text.starts_with("browser_http_req_d") ||
         text.starts_with("ws_session_d");
}

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
  PointSink(Unescape unescape, Sampled sampled) : unescape_(unescape), sampled_(sampled) {}

  /// To be called before the first point of each chunk.
  void begin(SampleBatch& batch);
  /// k6 notes the end; the sample starts `duration_ns` before.
  void sample(std::int64_t end_ns, std::int64_t duration_ns, const Tags& tags);
  /// A point of another metric that matters: a number of users, or of bytes. Impossible values are left out, and
  /// remarked with the line. `generator`: the name of the one of several that tells it; empty: not known.
  void value(std::uint64_t line, Metric metric, std::int64_t time_ns, double value, std::string_view generator = {});

 private:
  SampleBatch* batch_ = nullptr;
  Unescape unescape_;
  Sampled sampled_;
  std::string scratch_;
  std::string key_;
  std::uint32_t tables_version_ = 0;
  TextMemo<std::uint32_t> endpoints_;
  TextMemo<std::uint16_t> outcomes_;
};

}  // namespace omniwriter::k6
