#include "reading/reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "base/guarded.h"
#include "base/try.h"
#include "formats/csv/separators.h"
#include "formats/requests/mapping.h"
#include "formats/requests/request_sink.h"
#include "formats/summary/entry.h"
#include "reading/byte_stream.h"
#include "reading/describe_content.h"
#include "reading/nearest_formats.h"
#include "reading/run_start.h"
#include "reading/summary_format.h"
#include "reading/summary_parts.h"
#include "reading/text_stream.h"

namespace omniwriter {
namespace {

// Small enough for a chunk and its samples to stay in a core's cache, large enough to make the rest of the work rare.
constexpr std::size_t kChunkBytes = 256 * 1024;

// A stretch of the file, cut at the last newline.
struct Chunk {
  std::uint64_t number = 0;
  std::string buffer;  // the chunk, and padding
  std::size_t size = 0;
  bool last = false;

  [[nodiscard]] std::string_view bytes() const { return {buffer.data(), size}; }
};

// Cuts the stream into chunks.
class Chunker {
 public:
  /// `rest`: bytes already read from the stream.
  Chunker(ByteStream& stream, std::string_view rest) : stream_(stream), rest_(rest) {}

  /// Fills the next chunk; false after the last one.
  Result<bool> next(Chunk& chunk) {
    if (ended_) return false;
    chunk.number = count_++;
    const std::size_t capacity = std::max(kChunkBytes, rest_.size() + kChunkBytes / 2);
    chunk.buffer.resize(capacity + RecordParser::kPadding);
    char* const begin = chunk.buffer.data();
    std::memcpy(begin, rest_.data(), rest_.size());

    std::size_t size = rest_.size();
    // Of a live stream, as much as there is: the head, or one read.
    bool enough = stream_.live() && chunk.number == 0 && size != 0;
    while (size < capacity && !enough) {
      const auto n = TRY(stream_.read(begin + size, capacity - size));
      if (n == 0) {
        ended_ = true;
        break;
      }
      size += n;
      enough = stream_.live();
    }
    chunk.size = size;
    chunk.last = ended_;
    if (!ended_) {
      const auto* newline = static_cast<const char*>(::memrchr(begin, '\n', size));
      if (newline != nullptr) chunk.size = static_cast<std::size_t>(newline + 1 - begin);
    }
    rest_.assign(begin + chunk.size, size - chunk.size);
    return true;
  }

 private:
  ByteStream& stream_;
  std::string rest_;  // read, but behind the last newline
  std::uint64_t count_ = 0;
  bool ended_ = false;
};

// Everything the reading threads share. Chunks are taken, and their samples aggregated, under one lock and in order of
// the file; parsing runs outside of it.
class Reading {
 public:
  // `head`: what was taken from the stream already, and lies behind `from`. `tells_place`: the stream is the file as it
  // lies there.
  Reading(ByteStream& stream, const InputSession& session, std::string_view head, ReadPlace from, bool tells_place,
          Aggregator& aggregator, const ReadOptions& options, FileReport& report)
      : stream_(stream),
        session_(session),
        options_(options),
        chunker_(stream, head),
        stage_(session.make_ordered_stage()),
        tells_place_(tells_place && session.splittable() && !stage_),
        aggregator_(aggregator),
        report_(report),
        bytes_(from.bytes),
        lines_(from.lines),
        header_(std::move(from.header)) {}

  // What each thread does until the file ends.
  void work() {
    const std::unique_ptr<RecordParser> parser = session_.make_parser();
    Chunk chunk;
    SampleBatch batch;
    Aggregator::Feed feed;
    while (take(chunk)) {
      // In the hope that it begins at a record. A parser that keeps state must not see bytes twice, so it waits to
      // know: it is alone, and what the chunk before has left over is there by now.
      const bool parse_at_once = session_.splittable() || goes_on_at_record();
      const std::string supposed(parser->header());  // likely that of the chunks in between, too
      ParseResult result;
      if (parse_at_once) result = parser->parse(chunk.bytes(), chunk.last, batch);

      bool failed = false;
      {
        Lock lock(mutex_);
        my_turn_.wait(lock, [&]() REQUIRES(mutex_) { return turn_ == chunk.number || error_; });
        if (error_) return;
        if (begins_at_record() && parse_at_once && supposed == header_) [[likely]] {
          commit_chunk(chunk.bytes(), result, batch, feed);
        } else {
          batch.clear_samples();
          parser->set_header(header_);
          parse_with_what_is_left(*parser, chunk, batch, feed);
        }
        header_ = parser->header();
        if (tells_place_) report_.place = place();
        failed = error_.has_value();
        if (!failed && options_.progress) {
          options_.progress({stream_.raw_bytes_read(), stream_.raw_bytes_total(), aggregator_.samples()});
        }
        ++turn_;
      }
      my_turn_.notify_all();
      if (failed) return;

      batch.clear_samples();
      if (batch.clear_tables_if_large()) feed.reset();
    }
  }

  // Once all threads are done.
  [[nodiscard]] Result<void> finish() {
    const Lock lock(mutex_);
    if (!error_ && stage_) {
      SampleBatch rest;
      stage_->finish(rest);
      Aggregator::Feed feed;
      hand_on(rest, feed);
      const std::string note = stage_->note();
      if (!note.empty()) report_.note += (report_.note.empty() ? "" : "; ") + note;
    }
    if (error_) return std::unexpected(*error_);
    return {};
  }

 private:
  bool take(Chunk& chunk) {
    const Lock lock(take_mutex_);
    auto taken = chunker_.next(chunk);
    if (taken) return *taken;
    {
      const Lock guard(mutex_);
      error_ = taken.error();
    }
    my_turn_.notify_all();
    return false;
  }

  // Behind the last record that was handed on.
  [[nodiscard]] std::optional<ReadPlace> place() const REQUIRES(mutex_) {
    if (skipping_) return std::nullopt;
    return ReadPlace{bytes_, lines_, header_};
  }

  // Whether the next chunk of the file does. To be asked in file order.
  [[nodiscard]] bool begins_at_record() const REQUIRES(mutex_) { return leftover_.empty() && !skipping_; }
  // The same, of a thread that is alone.
  [[nodiscard]] bool goes_on_at_record() {
    const Lock lock(mutex_);
    return begins_at_record();
  }

  // The chunk does not begin at a record: parses it again, behind what the last one left over.
  void parse_with_what_is_left(RecordParser& parser, const Chunk& chunk, SampleBatch& batch, Aggregator::Feed& feed)
      REQUIRES(mutex_) {
    std::string bytes = std::move(leftover_);
    leftover_.clear();
    bytes += chunk.bytes();
    if (skipping_) {
      const std::size_t newline = bytes.find('\n');
      bytes_ += std::min(bytes.size(), newline + 1);
      if (newline == std::string::npos) return;
      bytes.erase(0, newline + 1);
      ++lines_;
      skipping_ = false;
    }
    while (true) {
      bytes.resize(bytes.size() + RecordParser::kPadding);
      const std::string_view view(bytes.data(), bytes.size() - RecordParser::kPadding);
      commit_chunk(view, parser.parse(view, chunk.last, batch), batch, feed);
      batch.clear_samples();
      if (leftover_.size() <= options_.max_record_bytes) return;
      // Too long for a record: its first line is bad, what follows may be good.
      report_bad(lines_ + 1, "the record is longer than " + std::to_string(options_.max_record_bytes) + " bytes");
      const std::size_t newline = leftover_.find('\n');
      bytes_ += std::min(leftover_.size(), newline + 1);
      if (newline == std::string::npos) {
        leftover_.clear();
        skipping_ = true;
        return;
      }
      bytes = leftover_.substr(newline + 1);
      leftover_.clear();
      ++lines_;
    }
  }

  void commit_chunk(std::string_view bytes, const ParseResult& result, SampleBatch& batch, Aggregator::Feed& feed)
      REQUIRES(mutex_) {
    if (!report_.first && !batch.samples.empty()) keep_first(batch);
    if (stage_) stage_->apply(batch);
    hand_on(batch, feed);
    for (const BadRecord& bad : batch.bad_records) report_bad(lines_ + bad.line, bad.reason);
    report_.bad_records += batch.bad_record_count - batch.bad_records.size();
    for (const Remark& remark : batch.remarks) add_remark(remark);
    report_.tells_received = report_.tells_received || batch.tells_received;
    report_.tells_sent = report_.tells_sent || batch.tells_sent;
    bytes_ += result.consumed;
    lines_ += result.lines;
    leftover_.assign(bytes.substr(result.consumed));
  }

  void hand_on(const SampleBatch& batch, Aggregator::Feed& feed) REQUIRES(mutex_) {
    widen_span(batch);
    aggregator_.add(batch, feed);
    if (options_.keep && !error_) {
      if (auto kept = options_.keep(batch); !kept) error_ = std::move(kept).error();
    }
  }

  void keep_first(const SampleBatch& batch) REQUIRES(mutex_) {
    const auto first = std::ranges::find_if(batch.samples, [](const Sample& one) { return is_whole(one.kind); });
    if (first == batch.samples.end()) return;
    const Sample& sample = *first;
    report_.first = FirstSample{sample.start_ns, sample.duration_ns, sample.bytes_received + sample.bytes_sent,
                                std::string(batch.endpoints()[sample.endpoint]), batch.outcomes()[sample.outcome]};
  }

  void widen_span(const SampleBatch& batch) REQUIRES(mutex_) {
    for (const Sample& sample : batch.samples) {
      if (sample.kind != SampleKind::request) continue;
      report_.samples += sample.repeat;
      const std::int64_t end_ns = sample.start_ns + sample.duration_ns;
      const bool first = report_.ended_ns == 0;
      report_.started_ns = first ? sample.start_ns : std::min(report_.started_ns, sample.start_ns);
      report_.ended_ns = first ? end_ns : std::max(report_.ended_ns, end_ns);
    }
  }

  void add_remark(Remark remark) REQUIRES(mutex_) {
    const auto known = std::ranges::find(report_.remarks, remark.kind, &Remark::kind);
    if (known != report_.remarks.end()) {
      known->count += remark.count;
      return;
    }
    remark.line += lines_;
    remark.file = report_.file;
    report_.remarks.push_back(std::move(remark));
  }

  void report_bad(std::uint64_t line, const std::string& reason) REQUIRES(mutex_) {
    ++report_.bad_records;
    if (report_.bad_record_reports.size() < FileReport::kMaxBadRecordReports) {
      report_.bad_record_reports.push_back({report_.file, line, reason});
    }
  }

  ByteStream& stream_;
  const InputSession& session_;

  const ReadOptions& options_;

  Mutex take_mutex_;
  Chunker chunker_ GUARDED_BY(take_mutex_);

  Mutex mutex_;
  std::condition_variable_any my_turn_;
  std::uint64_t turn_ GUARDED_BY(mutex_) = 0;
  std::unique_ptr<OrderedStage> stage_ GUARDED_BY(mutex_);
  const bool tells_place_;
  Aggregator& aggregator_ GUARDED_BY(mutex_);
  FileReport& report_ GUARDED_BY(mutex_);
  std::uint64_t bytes_ GUARDED_BY(mutex_);    // before what is left over
  std::uint64_t lines_ GUARDED_BY(mutex_);    // before the next chunk
  std::string leftover_ GUARDED_BY(mutex_);   // of the last chunk: a record that goes on in the next one
  std::string header_ GUARDED_BY(mutex_);     // that holds where the next chunk begins, see RecordParser::header()
  bool skipping_ GUARDED_BY(mutex_) = false;  // within a record that is too long
  std::optional<Error> error_ GUARDED_BY(mutex_);
};

ReadPlace behind_header(const InputSession& session, std::string_view head) {
  const std::string_view header = head.substr(0, session.header_bytes());
  return {header.size(), static_cast<std::uint64_t>(std::ranges::count(header, '\n')), {}};
}

Result<void> read_from(const ReadPlace& from, bool tells_place, ByteStream& stream, const InputSession& session,
                       std::string_view head, Aggregator& aggregator, const ReadOptions& options, FileReport& report) {
  aggregator.begin_file(options.source.empty() ? report.file : options.source);
  Reading reading(stream, session, head, from, tells_place, aggregator, options, report);
  unsigned threads = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  if (!session.splittable() || stream.live()) threads = 1;
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([&] { reading.work(); });
    reading.work();
  }
  TRY(reading.finish());
  report.cut_within = stream.cut_within();
  return {};
}

// The first bytes of the stream, as many as formats may look at.
Result<std::string> read_head(ByteStream& stream) {
  std::string head(InputFormat::kHeadBytes, '\0');
  std::size_t size = 0;
  while (size < head.size()) {
    const auto n = TRY(stream.read(head.data() + size, head.size() - size));
    if (n == 0) break;
    size += n;
  }
  head.resize(size);
  return head;
}

const InputFormat* find_format(std::string_view head, const InputOptions& options) {
  for (const InputFormat* format : input_formats()) {
    if (format->chosen_by(head, options)) return format;
  }
  for (const InputFormat* format : input_formats()) {
    if (format->recognises(head)) return format;
  }
  return nullptr;
}

const SummaryFormat* recognise_summary(std::string_view head) {
  for (const SummaryFormat* format : summary_formats()) {
    if (format->recognises(head)) return format;
  }
  return nullptr;
}

// For a table whose columns have names that no format knows, but people do.
std::string map_for_table(std::string_view head) {
  head.remove_prefix(csv::preamble_bytes(head));
  const std::string_view line = head.substr(0, head.find('\n'));
  for (const char delimiter : {',', ';', '\t', '|'}) {
    std::vector<std::string_view> fields;
    csv::split_row(line, delimiter, true, fields);
    std::vector<std::string> names;
    std::string scratch;
    for (const std::string_view field : fields) names.emplace_back(csv::unquote(field, scratch));
    if (!names.empty() && names.back().ends_with('\r')) names.back().pop_back();
    if (std::string map = mapping::suggested_map(names); !map.empty()) return map;
  }
  return {};
}

std::string unknown_format(std::string_view file, std::string_view head) {
  const std::string map = map_for_table(head);
  const auto nearest = nearest_formats(names_in(head));
  return fmt::format("{} {} {}\n{}{}all that can be read: omniwriter formats", file, head.empty() ? "is" : "looks like",
                     describe_content(head),
                     map.empty() ? "" : "by the names of its columns, this may read it: " + map + "; ",
                     nearest.empty() ? "" : fmt::format("nearest formats: {}; ", fmt::join(nearest, ", ")));
}

/// The rest of the stream behind `content`, what was taken from it already.
Result<std::string> read_all(ByteStream& stream, std::string content, std::size_t max_bytes) {
  std::size_t size = content.size();
  content.reserve(size + kChunkBytes);
  for (;;) {
    if (size > max_bytes) {
      return fail(ErrorCode::input,
                  "it is longer than " + std::to_string(max_bytes >> 20) + " MiB, too long for a summary");
    }
    // Grown by half, for the place it moves from and the one it moves to are both there for a while.
    if (content.capacity() < size + kChunkBytes) content.reserve(size + size / 2 + kChunkBytes);
    content.resize(size + kChunkBytes);
    const auto n = TRY(stream.read(content.data() + size, content.size() - size));
    if (n == 0) break;
    size += n;
  }
  content.resize(size);
  return content;
}

/// Looks into the files that the tool has written beside.
void add_companions(const SummaryFormat& format, const std::string& file, Summary& summary) {
  for (const std::string& name : format.companions(file)) {
    auto stream = open_byte_stream(name);
    if (!stream) continue;
    const auto content = read_all(**stream, {}, SummaryFormat::kMaxBytesOverTime);
    if (content) format.add_companion(summary, *content);
  }
}

/// `head`: what was taken from the stream already. The report has a name.
Result<void> take_summary(ByteStream& stream, const SummaryFormat& format, std::string head,
                          const InputOptions& options, FileReport& report) {
  const auto content = read_all(stream, std::move(head), format.max_bytes());
  if (!content) return fail(content.error().code, report.file + ": " + content.error().message);
  const auto found = choose_summary(*content, format, options.part);
  if (!found) return fail(found.error().code, report.file + " " + found.error().message);
  auto summary = found->format->read(found->text, options);
  if (!summary) {
    return fail(summary.error().code,
                report.file + " (" + std::string(found->format->description()) + "): " + summary.error().message);
  }
  if (summary->whole.endpoints.size() > summary::kMaxEndpoints) {
    return fail(ErrorCode::input,
                fmt::format("{}: it has more than {} endpoints", report.file, summary::kMaxEndpoints));
  }
  report.format = found->format->name();
  report.tool = found->format->tool();
  if (found->is_all) add_companions(*found->format, report.file, *summary);
  if (summary->start_ns == 0) {
    const RunStart start(options, std::llround(summary->duration_seconds * 1e9));
    summary->start_ns = std::max<std::int64_t>(start.ns, 1);
    summary->note += (summary->note.empty() || start.note.empty() ? "" : "; ") + start.note;
  }
  report.cut_within = stream.cut_within();
  report.note = summary->note;
  report.summary = *std::move(summary);
  return {};
}

struct OpenedFile {
  std::unique_ptr<ByteStream> stream;
  std::string head;  // taken from the stream; parsers may read a little behind it
};

Result<OpenedFile> open_file(const std::string& file) {
  auto stream = TRY(open_byte_stream(file));
  auto head = TRY(read_head(*stream));
  head.reserve(head.size() + RecordParser::kPadding);
  return OpenedFile{std::move(stream), std::move(head)};
}

// A stream that somebody else owns.
class BorrowedStream final : public ByteStream {
 public:
  explicit BorrowedStream(ByteStream& inner) : inner_(inner) {}
  Result<std::size_t> read(char* to, std::size_t size) override { return inner_.read(to, size); }
  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return inner_.raw_bytes_read(); }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return inner_.raw_bytes_total(); }
  [[nodiscard]] bool live() const override { return inner_.live(); }

 private:
  ByteStream& inner_;
};

// Reads a file for what a format has to know of it beforehand. Nothing where it cannot be read twice.
Result<std::optional<Survey>> survey_file(const std::string& file, const InputFormat& format,
                                          const ReadOptions& options) {
  struct stat status{};
  if (file == "-" || ::stat(file_on_disk(file).c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  auto opened = TRY(open_file(file));
  InputOptions input = options.input;
  if (!format.has_dates()) input.start_ns = 0;
  auto session = format.open(opened.head, input);
  if (!session) return fail(session.error().code, file + ": " + session.error().message);

  constexpr std::size_t kTimelineBytes = std::size_t{1} << 20;
  Aggregator aggregator({.max_series = 1, .timeline_bytes = kTimelineBytes});
  ReadOptions quiet = options;
  quiet.progress = {};
  quiet.keep = {};
  FileReport report;
  TRY(read_session(*opened.stream, **session, opened.head, aggregator, quiet, report));
  return Survey{.ended_ns = report.ended_ns, .requests = aggregator.finish().samples_of(SampleKind::request)};
}

// When a file was last written, for formats without dates.
std::optional<std::int64_t> written_ns(const std::string& file) {
  struct stat status{};
  if ((file == "-" ? ::fstat(0, &status) : ::stat(file.c_str(), &status)) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return status.st_mtim.tv_sec * requests::kNsPerSecond + status.st_mtim.tv_nsec;
}

Result<void> check_part(const InputFormat& format, const InputOptions& options, const std::string& file) {
  if (options.part == 0) return {};
  return fail(ErrorCode::usage, fmt::format("{} holds samples ({}), not summaries: --part has no meaning there", file,
                                            format.description()));
}

}  // namespace

Result<FileKind> identify_file(const std::string& file, const InputOptions& options) {
  const auto stream = TRY(open_byte_stream(file));
  return identify_content(*stream, options);
}

Result<FileKind> identify_content(ByteStream& content, const InputOptions& options) {
  const auto head = TRY(read_head(content));
  FileKind kind;
  kind.format = find_format(head, options);
  if (kind.format == nullptr) kind.summary = recognise_summary(head);
  if (kind.format == nullptr && kind.summary == nullptr) kind.looks_like = describe_content(head);
  return kind;
}

Result<FileReport> read_file(const std::string& file, Aggregator& aggregator, const ReadOptions& options) {
  auto opened = TRY(open_file(file));

  const std::string name = file == "-" ? "standard input" : file;
  InputOptions input = options.input;
  input.written_ns = written_ns(file);
  const InputFormat* format = find_format(opened.head, options.input);
  if (format == nullptr) {
    const SummaryFormat* const summary_format = recognise_summary(opened.head);
    if (summary_format == nullptr) {
      return fail(ErrorCode::input, unknown_format(name, opened.head));
    }
    FileReport report;
    report.file = name;
    TRY(take_summary(*opened.stream, *summary_format, std::move(opened.head), input, report));
    return report;
  }
  TRY(check_part(*format, input, name));
  if (format->needs_survey(opened.head, input)) {
    input.survey = TRY(survey_file(file, *format, options));
  }
  auto session = format->open(opened.head, input);
  if (!session) return fail(session.error().code, name + ": " + session.error().message);

  FileReport report;
  report.file = name;
  report.format = format->name();
  report.tool = format->tool();
  report.note = (*session)->note();
  report.hint = (*session)->hint();
  report.knows_durations = (*session)->knows_durations();
  TRY(read_session(*opened.stream, **session, opened.head, aggregator, options, report));
  return report;
}

Result<void> follow_file(FollowedFile& file, Aggregator& aggregator, const ReadOptions& options, FileReport& report,
                         const std::optional<ReadPlace>& from) {
  auto text = TRY(text_stream(std::make_unique<BorrowedStream>(file)));
  std::string head;
  const InputFormat* format = nullptr;
  bool complete = false;
  while (format == nullptr && !complete) {
    std::array<char, 4096> block;
    const auto n = TRY(text->read(block.data(), std::min(block.size(), InputFormat::kHeadBytes - head.size())));
    head.append(block.data(), n);
    complete = n == 0 || head.size() == InputFormat::kHeadBytes;
    // What is cut in mid-line can be mistaken. Binary formats have no lines.
    const std::string_view lines = std::string_view(head).substr(0, head.rfind('\n') + 1);
    const bool whole = complete || head.find('\0') != std::string::npos;
    format = find_format(whole ? std::string_view(head) : lines, options.input);
  }
  if (format == nullptr) {
    if (head.empty()) return {};
    const SummaryFormat* const summary_format = recognise_summary(head);
    if (summary_format == nullptr) return fail(ErrorCode::input, unknown_format(report.file, head));
    InputOptions input = options.input;
    input.written_ns = written_ns(report.file);
    return take_summary(*text, *summary_format, std::move(head), input, report);
  }
  TRY(check_part(*format, options.input, report.file));
  if (!format->has_dates() && !options.input.start_ns) {
    // When it began is known in the end: then it is read as any other.
    for (std::array<char, 4096> block;;) {
      const auto n = TRY(text->read(block.data(), block.size()));
      if (n == 0) break;
    }
    report = TRY(read_file(report.file, aggregator, options));
    return {};
  }
  file.set_end_mark(std::string(format->end_mark()));
  head.reserve(head.size() + RecordParser::kPadding);
  auto session = format->open(head, options.input);
  if (!session) return fail(session.error().code, report.file + ": " + session.error().message);
  report.format = format->name();
  report.tool = format->tool();
  report.note = (*session)->note();
  report.hint = (*session)->hint();
  report.knows_durations = (*session)->knows_durations();
  const bool as_it_lies_there = file.raw_bytes_read() == head.size();
  if (from && !as_it_lies_there) return fail(ErrorCode::internal, report.file + " is no longer read as it was");
  const ReadPlace begin = from ? *from : behind_header(**session, head);
  if (begin.bytes > head.size()) TRY(file.go_to(begin.bytes));
  const std::string_view rest = std::string_view(head).substr(std::min<std::size_t>(begin.bytes, head.size()));
  return read_from(begin, as_it_lies_there, *text, **session, rest, aggregator, options, report);
}

Result<void> read_session(ByteStream& stream, const InputSession& session, std::string_view head,
                          Aggregator& aggregator, const ReadOptions& options, FileReport& report) {
  const ReadPlace begin = behind_header(session, head);
  return read_from(begin, false, stream, session, head.substr(begin.bytes), aggregator, options, report);
}

Result<Run> run_of_files(Aggregator& aggregator, const std::vector<FileReport>& reports, std::size_t max_series) {
  const auto first = std::ranges::find_if(reports, [](const FileReport& report) { return report.summary.has_value(); });
  if (first == reports.end()) return aggregator.finish();
  Summary summary = *first->summary;
  for (const FileReport& report : reports) {
    if (&report == &*first) continue;
    if (!report.summary || !report.summary->mergeable() || !summary.mergeable()) {
      return fail(ErrorCode::usage, first->file + " is a summary (" + first->format + ") and cannot be one run with " +
                                        report.file +
                                        ": percentiles of parts do not make percentiles of the whole; give each file "
                                        "to a command of its own, or the samples instead of the summary");
    }
    summary.merge(*report.summary);
  }
  auto run = run_of(summary, max_series);
  if (!run) return fail(run.error().code, first->file + ": " + run.error().message);
  return run;
}

}  // namespace omniwriter
