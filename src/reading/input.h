#pragma once
/// What an importer has to do: recognise its format by content, and turn chunks of bytes into samples.
///
/// A file is cut into chunks that several threads parse at once. A chunk is cut at the last newline, in the hope that
/// a record ends there. Where it does not (a newline within quotes), the next chunk is parsed again, in file order,
/// with what was left over before it. So the result is that of one thread reading from the front, always; a wrong
/// guess costs time, never a sample. What depends on rows before it is left to an OrderedStage.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"
#include "omniwriter/sample.h"

namespace omniwriter {

struct ParseResult {
  std::size_t consumed = 0;  ///< bytes of whole records; the rest is handed in again, with more behind it
  std::uint64_t lines = 0;   ///< newlines among the consumed bytes
};

/// Turns bytes into samples. Used by one thread.
class RecordParser {
 public:
  RecordParser() = default;
  RecordParser(const RecordParser&) = delete;
  RecordParser& operator=(const RecordParser&) = delete;
  virtual ~RecordParser() = default;

  /// Parses the whole records in `bytes`, which begin at a record, and appends to `out`. A record that cannot be read
  /// becomes a bad record (its line counted from the start of `bytes`), never an error. With `last` nothing follows:
  /// all bytes are consumed. kPadding bytes behind `bytes` may be read (not interpreted). Never throws.
  virtual ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) = 0;

  /// The header that holds behind what was parsed, where the file has had another one than at its front, as runs do
  /// that were appended: a text that makes any parser of the file go on as this one would. Empty: that of the front.
  [[nodiscard]] virtual std::string_view header() const { return {}; }
  /// Says what header holds where the next call of parse() begins.
  virtual void set_header(std::string_view /*header*/) {}

  static constexpr std::size_t kPadding = 64;
};

/// Sees every batch of a file in file order, between parsing and aggregation, and may change its samples: for formats
/// in which the meaning of a row depends on rows before it. All threads wait for it, so it must be quick.
class OrderedStage {
 public:
  OrderedStage() = default;
  OrderedStage(const OrderedStage&) = delete;
  OrderedStage& operator=(const OrderedStage&) = delete;
  virtual ~OrderedStage() = default;

  virtual void apply(SampleBatch& batch) = 0;
  /// Gives out what apply() held back, once nothing more follows.
  virtual void finish(SampleBatch& /*batch*/) {}
  /// For the user, once the file was read: what it turned out to lack. Empty: nothing.
  [[nodiscard]] virtual std::string note() const { return {}; }
};

/// A file being read: what was learnt from its first bytes. Immutable; shared by all parsers of the file.
class InputSession {
 public:
  InputSession() = default;
  InputSession(const InputSession&) = delete;
  InputSession& operator=(const InputSession&) = delete;
  virtual ~InputSession() = default;

  [[nodiscard]] virtual std::unique_ptr<RecordParser> make_parser() const = 0;
  /// Bytes at the front (header) that the parser does not get.
  [[nodiscard]] virtual std::size_t header_bytes() const { return 0; }
  /// Whether chunks can be parsed apart; otherwise one parser sees all of them in order, each byte that it does not
  /// leave over once, and may keep state.
  [[nodiscard]] virtual bool splittable() const { return true; }
  /// None where rows stand for themselves.
  [[nodiscard]] virtual std::unique_ptr<OrderedStage> make_ordered_stage() const { return nullptr; }
  /// Whether response times are known. Otherwise the duration of all its samples is 0, and means nothing.
  [[nodiscard]] virtual bool knows_durations() const { return true; }
  /// What the file lacks or had to be guessed, and what the user can say to mend it; empty: nothing.
  [[nodiscard]] virtual std::string note() const { return {}; }
  /// What the user can do, or has to know, where the file turns out to hold no sample.
  [[nodiscard]] virtual std::string hint() const { return {}; }
};

/// What was learnt of a whole file by reading it before it is read.
struct Survey {
  std::int64_t ended_ns = 0;  ///< end of the last request
  std::uint64_t requests = 0;
};

/// What the user, or a survey, says of a file.
struct InputOptions {
  // NOLINTBEGIN(readability-redundant-member-init): g++ warns of designated initialisers that leave these out
  std::vector<std::string> columns = {};        ///< column names of a CSV without header; empty: inferred
  std::vector<std::string> map = {};            ///< where tables and JSON have what: "duration:ms=elapsed"; see --map
  std::string log_format = {};                  ///< of an access log, as its server was told it; empty: found out
  std::optional<std::int64_t> start_ns = {};    ///< when the run began, for files without dates
  std::optional<std::int64_t> written_ns = {};  ///< when the file was last written, where that is known
  std::int64_t now_ns = 0;                      ///< as it is read
  std::optional<std::int64_t> unit_ns = {};     ///< nanoseconds in the unit of times, for files that do not tell it
  std::string time_format = {};                 ///< of times in tables, see told_time_format(); empty: found out
  char decimal = 0;                             ///< what parts off decimals in tables: '.' or ','; 0: found out
  std::optional<Survey> survey = {};            ///< where the format needs it and the file can be read twice
  /// What requests are told apart by besides their endpoint, as the file has its tags or columns; kMaxDimensions at
  /// most.
  std::vector<std::string> dimensions = {};
  std::size_t part = 0;  ///< which of several summaries in a file, from 1 on; 0: it holds one
  // NOLINTEND(readability-redundant-member-init)
};

/// A format. Stateless; one object for the whole program.
class InputFormat {
 public:
  InputFormat() = default;
  InputFormat(const InputFormat&) = delete;
  InputFormat& operator=(const InputFormat&) = delete;
  virtual ~InputFormat() = default;

  [[nodiscard]] virtual std::string_view name() const = 0;         ///< "jmeter-csv"
  [[nodiscard]] virtual std::string_view tool() const = 0;         ///< "jmeter"
  [[nodiscard]] virtual std::string_view description() const = 0;  ///< "JMeter CSV (JTL)"
  /// Names of columns or of members that tell such a file, where it has any: a file that is none, but has some of them,
  /// may have been changed by somebody. Capitals, blanks and marks make no difference.
  [[nodiscard]] virtual std::vector<std::string_view> typical_names() const { return {}; }
  /// Whether `head`, the first kHeadBytes of the uncompressed content (fewer if it is shorter), is of this format.
  [[nodiscard]] virtual bool recognises(std::string_view head) const = 0;
  /// Whether the options name this format; comes before what any format recognises.
  [[nodiscard]] virtual bool chosen_by(std::string_view /*head*/, const InputOptions& /*options*/) const {
    return false;
  }
  /// Whether the whole file has to be known before it can be read right.
  [[nodiscard]] virtual bool needs_survey(std::string_view /*head*/, const InputOptions& /*options*/) const {
    return false;
  }
  [[nodiscard]] virtual Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                                   const InputOptions& options) const = 0;

  /// Whether its files tell when requests began, rather than how long after the start of the run.
  [[nodiscard]] virtual bool has_dates() const { return true; }

  /// What files of this format end with, where that tells that they are complete.
  [[nodiscard]] virtual std::string_view end_mark() const { return {}; }

  static constexpr std::size_t kHeadBytes = 64 * 1024;
};

/// All built-in formats, in the order in which they are tried. Generated by CMake from the folders of src/inputs.
[[nodiscard]] const std::vector<const InputFormat*>& input_formats();

}  // namespace omniwriter
