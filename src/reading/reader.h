#pragma once
/// Reads a result file: finds its format, parses it on several threads, and feeds the aggregator in file order.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/aggregator.h"
#include "model/summary.h"
#include "omniwriter/error.h"
#include "reading/byte_stream.h"
#include "reading/followed_file.h"
#include "reading/input.h"
#include "reading/summary_format.h"

namespace omniwriter {

struct ReadProgress {
  std::uint64_t bytes_read = 0;   ///< of the file as it lies there, compressed or not
  std::uint64_t bytes_total = 0;  ///< 0: not known
  std::uint64_t samples = 0;      ///< in the aggregator so far
};

struct ReadOptions {
  unsigned threads = 0;  ///< 0: one for each processor
  InputOptions input;
  std::size_t max_record_bytes = std::size_t{1} << 20;  ///< a longer record is one bad record
  /// Called from any of the reading threads, one at a time, a few times a megabyte. Must be quick.
  std::function<void(const ReadProgress&)> progress;
  /// Called with each batch that is aggregated, in file order, from any of the reading threads, one at a time. Reading
  /// ends with its error.
  std::function<Result<void>(const SampleBatch&)> keep = {};
  std::string source = {};  ///< what its samples come from; empty: the name of the file
};

/// What tells a run from any other as soon as it begins, and whatever comes behind: the sample that its file has first.
struct FirstSample {
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::uint64_t bytes = 0;  ///< received and sent
  std::string endpoint;     ///< as the file has it
  Outcome outcome;
};

/// A place between two records of a file, where reading can go on once what comes before is known.
struct ReadPlace {
  std::uint64_t bytes = 0;  ///< before it
  std::uint64_t lines = 0;  ///< before it
  std::string header;       ///< RecordParser::header() there
};

/// What a file was found to be.
struct FileReport {
  std::string file;
  std::string format;  ///< "jmeter-csv"
  std::string tool;    ///< "jmeter"
  std::uint64_t bad_records = 0;
  std::vector<BadRecordReport> bad_record_reports;  ///< the first kMaxBadRecordReports
  std::string cut_within;                           ///< ByteStream::cut_within()
  std::string note;                                 ///< InputSession::note()
  std::string hint;                                 ///< InputSession::hint()
  bool knows_durations = true;                      ///< InputSession::knows_durations()
  std::int64_t started_ns = 0;                      ///< start of its first request; as ended_ns, 0 where it has none
  std::int64_t ended_ns = 0;                        ///< end of its last request
  std::uint64_t samples = 0;                        ///< requests
  std::optional<FirstSample> first;                 ///< none where it has no samples
  bool tells_received = false;                      ///< whether any bytes of samples are known
  bool tells_sent = false;
  std::vector<Remark> remarks;
  /// Of a followed file: the records before it are in the aggregator. None where it is not as it lies there (in another
  /// encoding), or its records need those before them.
  std::optional<ReadPlace> place;
  std::optional<Summary> summary;  ///< where the file holds no samples, but what its tool made of them

  static constexpr std::size_t kMaxBadRecordReports = 100;
};

/// What a file is, by its first bytes.
struct FileKind {
  const InputFormat* format = nullptr;     ///< null: none that holds samples
  const SummaryFormat* summary = nullptr;  ///< then: what a tool said of its run, if it is that
  std::string looks_like;                  ///< else: see describe_content()
};
[[nodiscard]] Result<FileKind> identify_file(const std::string& file, const InputOptions& options);
/// The same of its content.
[[nodiscard]] Result<FileKind> identify_content(ByteStream& content, const InputOptions& options);

/// Reads `file` ("-": standard input) into the aggregator, or into FileReport::summary. Blocks. Memory does not depend
/// on the size of the file. The result is the same for any number of threads.
[[nodiscard]] Result<FileReport> read_file(const std::string& file, Aggregator& aggregator, const ReadOptions& options);

/// Reads a file that is still being written, until it has ended (see FollowedFile::ended_by). Blocks; one thread. The
/// caller names the file in the report; its format is there once it is known. A summary is read once it has ended. A
/// file that ends empty is no error, and has no format. `from`: a place that FileReport told of this file; what comes
/// before it is not read again.
[[nodiscard]] Result<void> follow_file(FollowedFile& file, Aggregator& aggregator, const ReadOptions& options,
                                       FileReport& report, const std::optional<ReadPlace>& from = {});

/// The part of read_file() behind finding the format: reads `head`, what was taken from the stream already, and the
/// rest of the stream. Adds to the report what it says of records.
[[nodiscard]] Result<void> read_session(ByteStream& stream, const InputSession& session, std::string_view head,
                                        Aggregator& aggregator, const ReadOptions& options, FileReport& report);

/// The run of all files that were read, without info and bad records: the samples of the aggregator, which is empty
/// afterwards, or the summary. Percentiles cannot be merged: a summary beside any other file is an error of code
/// `usage`, unless all are summaries that tell distributions. `max_series`: see AggregatorLimits.
[[nodiscard]] Result<Run> run_of_files(Aggregator& aggregator, const std::vector<FileReport>& reports,
                                       std::size_t max_series);

}  // namespace omniwriter
