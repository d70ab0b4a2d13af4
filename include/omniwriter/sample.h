#pragma once
/// One finished request, and the batch in which importers hand requests on.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace omniwriter {

/// Only requests count in totals. All else is kept apart.
enum class SampleKind : std::uint8_t {
  request,
  transaction,  ///< JMeter's transaction controllers, groups of Gatling and k6: the requests in it, and what lies
                ///< between
  sub_result,   ///< a step of a redirect, an embedded resource: a part of the time of a request
  // The phases of a request, in this order. Their endpoint is that of the request.
  blocked,  ///< waiting for a connection
  dns,
  connect,
  tls,
  sending,
  waiting,  ///< for the first byte
  receiving,
  dimension,  ///< requests that have something in common; instead of the endpoint, "scenario=checkout"
  // What the test measured besides requests; instead of the endpoint, the name of the measure.
  check,  ///< did something hold; the outcome tells
  // Values are kept as durations of kNsPerUnit for 1, which makes a millisecond 1. The outcome tells whether it was 0.
  number,   ///< also what another kind turns out to be, see SampleBatch::measure_kinds
  rate,     ///< did something hold: 1 or 0
  timing,   ///< a time in milliseconds
  counter,  ///< what was added to a number
  gauge,    ///< what a number was
};

inline constexpr std::size_t kSampleKinds = 17;
inline constexpr std::int64_t kNsPerUnit = 1'000'000;
inline constexpr std::array kPhases{SampleKind::blocked, SampleKind::dns,     SampleKind::connect,  SampleKind::tls,
                                    SampleKind::sending, SampleKind::waiting, SampleKind::receiving};
inline constexpr std::size_t kMaxDimensions = 5;  ///< of a run
inline constexpr std::array kMeasures{SampleKind::check,  SampleKind::number,  SampleKind::rate,
                                      SampleKind::timing, SampleKind::counter, SampleKind::gauge};

/// Requests, and what repeats their time as a whole.
[[nodiscard]] constexpr bool is_whole(SampleKind kind) { return kind <= SampleKind::sub_result; }
[[nodiscard]] constexpr bool is_phase(SampleKind kind) {
  return kind >= SampleKind::blocked && kind <= SampleKind::receiving;
}
[[nodiscard]] constexpr bool is_measure(SampleKind kind) { return kind >= SampleKind::check; }
/// "request", "waiting", "check", ...: as in JSON, labels and files.
[[nodiscard]] std::string_view name_of(SampleKind kind);
/// What that names; nothing where it is no such name.
[[nodiscard]] std::optional<SampleKind> sample_kind_named(std::string_view name);

/// How a request ended. It is an error exactly if `error_type` is not empty.
struct Outcome {
  std::string status;      ///< HTTP status ("200"), or "ok" / "error" where the tool gave none
  std::string error_type;  ///< "" or a short stable name: "http_500", "timeout", "assertion", "connection_refused", ...
  bool operator==(const Outcome&) const = default;
};

/// One finished request. Strings are ids into the tables of the batch that holds it.
struct Sample {
  std::int64_t start_ns = 0;     ///< nanoseconds since the Unix epoch
  std::int64_t duration_ns = 0;  ///< response time, >= 0
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint32_t endpoint = 0;  ///< index into SampleBatch::endpoints()
  std::uint16_t outcome = 0;   ///< index into SampleBatch::outcomes()
  SampleKind kind = SampleKind::request;
  std::uint32_t repeat = 1;  ///< an aggregated row stands for this many samples of the same duration
  std::uint32_t detail = 0;  ///< what else is known of it: one more than the index into SampleBatch::details
};

/// What a tool recorded of a request besides.
struct SampleDetail {
  static constexpr std::int64_t kUnknown = -1;

  std::array<std::int64_t, kPhases.size()> phase_ns;  ///< by kPhases; kUnknown where the tool did not tell
  std::uint32_t message = 0;  ///< what it said of an error: one more than the index into SampleBatch::messages()
  /// One more than the ids of "scenario=checkout" and the like among SampleBatch::endpoints(); 0 behind the last.
  std::array<std::uint32_t, kMaxDimensions> dimensions{};

  SampleDetail() { phase_ns.fill(kUnknown); }
  /// `kind`: a phase.
  std::int64_t& phase(SampleKind kind) {
    return phase_ns[static_cast<std::size_t>(kind) - static_cast<std::size_t>(kPhases.front())];
  }
};

/// Where a row came from, for formats whose rows nest without saying so.
struct SampleOrigin {
  std::uint64_t thread_hash = 0;  ///< of the thread that made the request, and its machine; 0: not known
  std::uint32_t holds = 0;        ///< of a transaction: how many requests it says were made within it
  bool numbered = false;          ///< whether its name ends in a number, as the names of parts do
  bool whole_second = false;      ///< whether its start is known to the second only
};

/// The number of virtual users at an instant, as one load generator counts its own.
struct ActiveUsers {
  std::int64_t time_ns = 0;
  std::uint32_t users = 0;
  std::uint64_t generator = 0;  ///< a hash of the generator's name; 0: the file does not tell, it has one
  std::int64_t told_ns = 0;     ///< when it was written down, where that is not time_ns
  /// Those of one scenario or group of threads, besides all users: one more than its id among SampleBatch::endpoints().
  std::uint32_t scenario = 0;
};

/// A threshold, an assertion or the like that the load tool held its run against.
struct ToolVerdict {
  std::string subject;         ///< "http_req_duration", "Global", "GET /"; empty where the tool names none
  std::string expected;        ///< as the tool writes it: "p(95)<500"
  std::optional<bool> passed;  ///< nothing where its files do not tell
  bool operator==(const ToolVerdict&) const = default;
};

/// A record that could not be read.
struct BadRecord {
  std::uint64_t line = 0;  ///< 1-based, counted from the start of the parsed bytes
  std::string reason;
};

/// What a file holds besides samples and people should know of, though no part of the test is lost with it.
enum class RemarkKind : std::uint8_t {
  ignored_line,           ///< no record of the format, but what others write between: a banner, a progress bar
  error_without_request,  ///< of the test itself: no request was sent
  unreadable_value,       ///< bytes or users that are no number: the request counts, they add nothing
};

struct Remark {
  RemarkKind kind{};
  std::uint64_t count = 0;
  std::string file;        ///< of the first
  std::uint64_t line = 0;  ///< of the first, as in BadRecord
  std::string example;     ///< the first
};

/// Interns names to dense ids in order of first appearance; long ones are cut. Ids stay valid until clear().
class StringTable {
 public:
  std::uint32_t intern(std::string_view text);
  [[nodiscard]] const std::string& operator[](std::uint32_t id) const { return strings_[id]; }
  /// hash() of the string, computed once.
  [[nodiscard]] std::uint64_t hash_of(std::uint32_t id) const { return hashes_[id]; }
  [[nodiscard]] static std::uint64_t hash(std::string_view text);
  [[nodiscard]] std::size_t size() const { return strings_.size(); }
  void clear();

 private:
  std::deque<std::string> strings_;  // stable addresses: the index refers to them
  std::vector<std::uint64_t> hashes_;
  std::unordered_map<std::string_view, std::uint32_t> index_;
};

/// Samples with the strings they refer to. Filled by one thread and read by one thread at a time.
///
/// Rows are stored whole, not by column: the aggregator reads every field of a row at once, and one write stream
/// measured faster than nine.
class SampleBatch {
 public:
  std::vector<Sample> samples;
  std::vector<SampleOrigin> origins;  ///< one for each sample, or empty
  std::vector<SampleDetail> details;  ///< those that samples refer to
  std::vector<ActiveUsers> active_users;
  std::vector<BadRecord> bad_records;       ///< the first kMaxBadRecords of this batch, in order
  std::uint64_t bad_record_count = 0;       ///< all of them
  std::uint64_t unattributed_received = 0;  ///< bytes that belong to the run but to no single request
  std::uint64_t unattributed_sent = 0;
  std::vector<Remark> remarks;  ///< one of a kind
  /// What a file says of measures: all samples of kind `number` of that name are of this kind, wherever they stand.
  std::vector<std::pair<std::string, SampleKind>> measure_kinds;
  std::vector<ToolVerdict> tool_verdicts;  ///< in the order of the file; the last of a subject and text counts
  bool tells_received = false;  ///< whether bytes of samples are known; otherwise they are 0 and mean nothing
  bool tells_sent = false;

  static constexpr std::size_t kMaxBadRecords = 100;
  static constexpr std::size_t kMaxOutcomes = 4096;

  std::uint32_t endpoint(std::string_view name) { return endpoints_.intern(name); }
  /// The id of an outcome; past kMaxOutcomes distinct ones, that of {"error" or "ok", "__other__" or ""}.
  std::uint16_t outcome(std::string_view status, std::string_view error_type);
  /// That of the last sample, made where it has none.
  SampleDetail& detail_of_last();
  /// What SampleDetail::message is of a text; 0 of an empty one.
  std::uint32_t message(std::string_view text);
  /// The outcome of a check, and of a measure that was not 0 (or was).
  std::uint16_t passed() { return outcome("passed", ""); }
  std::uint16_t failed() { return outcome("failed", "failed"); }
  void bad_record(std::uint64_t line, std::string reason);
  void remark(RemarkKind kind, std::uint64_t line, std::string_view example);
  /// What a load generator is called that ActiveUsers know by a hash.
  void name_generator(std::uint64_t generator, std::string_view name);
  /// Remarks that what the file has as `name` cannot be read; an empty text is none, and not remarked.
  void unreadable_value(std::uint64_t line, std::string_view name, std::string_view text);

  [[nodiscard]] const StringTable& endpoints() const { return endpoints_; }
  [[nodiscard]] const std::vector<Outcome>& outcomes() const { return outcomes_; }
  [[nodiscard]] const StringTable& messages() const { return messages_; }
  [[nodiscard]] const std::unordered_map<std::uint64_t, std::string>& generators() const { return generators_; }

  /// Forgets the samples and keeps the tables, so ids stay valid.
  void clear_samples();
  /// Forgets the tables too once they have grown large: bounds memory whatever the cardinality. Tells whether it did.
  bool clear_tables_if_large();
  /// Changes whenever the tables are forgotten: whoever caches ids compares it.
  [[nodiscard]] std::uint32_t tables_version() const { return tables_version_; }

 private:
  StringTable endpoints_;
  StringTable messages_;
  std::vector<Outcome> outcomes_;
  std::unordered_map<std::string, std::uint16_t> outcome_index_;
  std::unordered_map<std::uint64_t, std::string> generators_;  // a thousand at most
  std::uint32_t tables_version_ = 1;
};

}  // namespace omniwriter
