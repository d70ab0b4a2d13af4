#pragma once
/// Runs an importer over bytes in memory the way the reader does with one thread, but with chunks cut anywhere.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/run.h"
#include "omniwriter/sample.h"
#include "reading/input.h"

namespace omniwriter::test {

/// A sample with its strings.
struct ParsedSample {
  Sample sample;  ///< endpoint, outcome and detail are 0
  std::string endpoint;
  Outcome outcome;
  SampleDetail detail;  ///< message is 0
  std::string message;

  [[nodiscard]] std::int64_t phase(SampleKind kind) const { return SampleDetail(detail).phase(kind); }
};

/// All that a file holds, in order.
struct ParsedFile {
  std::vector<ParsedSample> samples;
  std::vector<ActiveUsers> active_users;  ///< all of a generator together
  std::vector<BadRecord> bad_records;     ///< lines counted from the start of the file
  std::uint64_t bad_record_count = 0;
  std::vector<Remark> remarks;  ///< one of a kind; lines as above
  std::uint64_t unattributed_received = 0;
  std::uint64_t unattributed_sent = 0;
  std::uint64_t lines = 0;
  std::string note;       ///< OrderedStage::note()
  std::string violation;  ///< what the importer did against its contract; empty: nothing

  /// Those of a kind, in order.
  [[nodiscard]] std::vector<ParsedSample> of(SampleKind kind) const;
  [[nodiscard]] std::uint64_t count(SampleKind kind, bool errors_only = false) const;
};

/// `cuts`: ascending offsets into `content` (the whole file, header included) at which a chunk ends; what the importer
/// did not consume is handed in again with the next one. The bytes behind each chunk are hostile.
[[nodiscard]] ParsedFile parse_in_chunks(const InputSession& session, std::string_view content,
                                         const std::vector<std::size_t>& cuts);

/// All of a file that `format` recognises; where it does not, or does not open it, `violation` says so.
[[nodiscard]] ParsedFile parse_file(const InputFormat& format, std::string_view content,
                                    const InputOptions& options = {});

/// The same as a run.
[[nodiscard]] Run run_of_file(const InputFormat& format, const std::string& content, const InputOptions& options = {});

/// What differs between two results of `session`, for people; empty where they are equal. A splittable importer may
/// thin out points of active users by chunk; another one may place what began in an earlier chunk at the start of the
/// next.
[[nodiscard]] std::string difference(const InputSession& session, const ParsedFile& a, const ParsedFile& b);

/// Gives any bytes to a format as if it had recognised them, whole and in chunks of several cuts. What the format did
/// wrong; empty where it did nothing wrong: read what it was given, and the same whatever the chunks.
[[nodiscard]] std::string misbehaviour(const InputFormat& format, std::string_view content);

}  // namespace omniwriter::test
