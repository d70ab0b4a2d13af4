#pragma once
/// OmniWriter within a C++ program: reads result files or takes in the samples of a test of its own, keeps the runs,
/// and delivers them to the monitoring that the configuration names.
///
///     auto omni = OmniWriter::open();                       // as the command line would: config.json, environment
///     auto run = omni->ingest({"results.jtl"});             // any format that `omniwriter formats` lists
///     std::cout << run->total().quantile(0.95).value() << " s\n";
///     auto ledger = omni->deliver(run->info.run_id);        // what became of each sample, at each output
///
/// Times are nanoseconds where a name ends in `_ns`, else seconds; sizes are bytes. Failures are values (see error.h):
/// nothing here throws, but for a timeline that can no longer be read (see timeline.h). No signal is handled, and
/// nothing printed. What is kept is what the command line keeps: each sees the runs of the other.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"
#include "omniwriter/history.h"
#include "omniwriter/run.h"

namespace omniwriter {

// NOLINTBEGIN(readability-redundant-member-init): g++ warns of designated initialisers that leave these out

struct OmniWriterOptions {
  std::filesystem::path config = {};  ///< empty: ./config.json and the like, where there is one
  std::filesystem::path store = {};   ///< SQLite file of the runs; empty: that of the configuration
};

/// What a program says of a run.
struct RunOptions {
  std::string test_name = {};  ///< empty: the name of the first file
  std::string run_id = {};     ///< empty: made from the results, so that the same results have the same id
  std::string tool = {};       ///< empty: what the files say
  std::map<std::string, std::string> tags = {};
  bool deliver = true;  ///< false: the run is kept, and is pending nowhere
};

/// What a program says of files that do not tell it themselves; `docs/formats.md` has the words.
struct FileOptions {
  std::vector<std::string> columns = {};  ///< names of the columns of a CSV without header
  std::vector<std::string> map = {};  ///< where a table has what: {"start=ts", "duration:ms=elapsed", "endpoint=url"}
  std::string time_format = {};       ///< of times in tables: "ms", "dd/MM/yyyy HH:mm:ss"
  std::string log_format = {};        ///< of an access log, as nginx or Apache was told it
  std::optional<std::chrono::sys_time<std::chrono::nanoseconds>> start = {};  ///< of a run whose files have no dates
  unsigned threads = 0;                                                       ///< that read; 0: one for each processor
};

/// One finished request of a program's own test.
struct RecordedRequest {
  std::string_view endpoint = {};
  std::chrono::sys_time<std::chrono::nanoseconds> start = {};
  std::chrono::nanoseconds duration{};
  std::string_view status = "ok";    ///< "200"
  std::string_view error_type = {};  ///< empty: no error; else a short stable name: "timeout", "http_500"
  std::optional<std::uint64_t> bytes_received = {};  ///< where they are known
  std::optional<std::uint64_t> bytes_sent = {};
};

// NOLINTEND(readability-redundant-member-init)

/// Takes in a test while it runs. Memory does not depend on the number of requests. Thread-safe: any number of threads
/// may add, one at a time; that takes well under a microsecond, and some fifty once in a thousand.
class Recorder {
 public:
  Recorder(Recorder&& other) noexcept;
  Recorder& operator=(Recorder&& other) noexcept;
  /// What was not finished is forgotten.
  ~Recorder();

  /// A request that cannot be (it took less than no time, or began in another century) counts as a bad record of the
  /// run, as such a line of a file would.
  void add(const RecordedRequest& request);
  /// How many virtual users there are from now on.
  void set_active_users(std::uint32_t users);

  /// Keeps the run; nothing more may be added then. ErrorCode::input: there was no request. ErrorCode::conflict: see
  /// OmniWriter::ingest().
  [[nodiscard]] Result<Run> finish();

 private:
  friend class OmniWriter;
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Thread-safe; several objects, and several processes, may use one store at once. Runs and recorders may outlive it.
class OmniWriter {
 public:
  /// Reads the configuration and opens the store, which is created where there is none. ErrorCode::usage: a setting is
  /// wrong. ErrorCode::io: the store cannot be opened.
  [[nodiscard]] static Result<OmniWriter> open(const OmniWriterOptions& options = {});

  OmniWriter(OmniWriter&& other) noexcept;
  OmniWriter& operator=(OmniWriter&& other) noexcept;
  ~OmniWriter();

  /// Reads result files (or folders or archives of them, also compressed) as one run, and keeps it. Blocks; memory does
  /// not depend on the size of the files. From then on the run is pending at every output of the configuration: this
  /// process, or any later one, delivers it.
  ///
  /// ErrorCode::not_found: a file is not there. ErrorCode::input: a file cannot be read, or holds no valid sample.
  /// ErrorCode::conflict: a run of this id is delivered, or pending, with other results: give this one an id of its
  /// own (`omniwriter ingest` takes back what was delivered).
  [[nodiscard]] Result<Run> ingest(const std::vector<std::string>& files, const RunOptions& run = {},
                                   const FileOptions& file = {});

  /// Begins to take in a test of the program's own; needs RunOptions::test_name.
  [[nodiscard]] Result<Recorder> record(const RunOptions& run);

  /// All runs, first the one that was kept last.
  [[nodiscard]] Result<std::vector<RunRow>> runs() const;
  /// A run by its id, a unique beginning of one, its test name or "latest". ErrorCode::not_found: there is none.
  [[nodiscard]] Result<Run> load(std::string_view id) const;
  /// What became of the samples of a run so far, at each output.
  [[nodiscard]] Result<std::vector<LedgerEntry>> ledger(std::string_view id) const;

  /// Delivers what is still pending of a run to every output of the configuration, and gives the whole ledger: a server
  /// that is down is no error here, but an entry that is not closed(). Calling again goes on where it stopped; what was
  /// delivered is not sent again. Blocks until all is settled or given up (how long a server is tried: `delivery` in
  /// the configuration); once `stop` is requested, for about a second. ErrorCode::busy: another process still reads the
  /// run in.
  [[nodiscard]] Result<std::vector<LedgerEntry>> deliver(std::string_view id, std::stop_token stop = {});

 private:
  struct Impl;
  explicit OmniWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace omniwriter
