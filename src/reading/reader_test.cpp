#include "reading/reader.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <random>

namespace omniwriter {
namespace {

const std::string kHeader = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,failureMessage\n";

std::string row(std::uint64_t i, const std::string& failure = "") {
  return std::to_string(1'795'446'856'963 + i) + "," + std::to_string(i % 977) + ",\"page " + std::to_string(i % 7) +
         "\"," + (failure.empty() ? "200,OK" : "500,Oops") + ",TG 1-" + std::to_string(i % 50) +
         (failure.empty() ? ",true,\n" : ",false,\"" + failure + "\"\n");
}

// Larger than a few chunks, with failures of many lines wherever a chunk may be cut.
std::string large_file(std::size_t rows, std::size_t lines_a_failure) {
  std::mt19937_64 random(1);
  std::string text = kHeader;
  for (std::size_t i = 0; i < rows; ++i) {
    std::string failure;
    if (random() % 10 == 0) {
      for (std::size_t line = 0; line < lines_a_failure; ++line)
        failure += "at a.b.C, line \"\"" + std::to_string(line) + "\"\"\n";
      failure += "end";
    }
    text += row(i, failure);
  }
  return text;
}

class ReaderTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("omniwriter-reader-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& content) {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }

  struct Read {
    Result<FileReport> report;
    omniwriter::Run run;
  };
  static Read read(const std::string& file, unsigned threads = 2, std::size_t max_record = std::size_t{1} << 20) {
    ReadOptions options;
    options.threads = threads;
    options.max_record_bytes = max_record;
    Aggregator aggregator;
    auto report = read_file(file, aggregator, options);
    return {std::move(report), aggregator.finish()};
  }

  std::filesystem::path folder_;
};

// The last request ends 1.5 s into the run.
const std::string kWithoutDates =
    "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
    "0.5,0,0,0,0.5,0,200,1.0\n"
    "0.25,0,0,0,0.25,0,200,0.5\n";
constexpr std::int64_t kSecond = 1'000'000'000;

TEST_F(ReaderTest, ARunWithoutDatesEndsWhenItsFileWasWritten) {
  const std::string file = write("hey.csv", kWithoutDates);
  const std::array<timespec, 2> times{timespec{1'700'000'000, 0}, timespec{1'700'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, file.c_str(), times.data(), 0), 0);
  const Read guessed = read(file);
  ASSERT_TRUE(guessed.report.has_value());
  EXPECT_EQ(guessed.run.ended_ns, 1'700'000'000 * kSecond);
  EXPECT_EQ(guessed.run.started_ns, 1'699'999'999 * kSecond);
  EXPECT_EQ(guessed.report->started_ns, guessed.run.started_ns);
  EXPECT_EQ(guessed.report->ended_ns, guessed.run.ended_ns);
  EXPECT_NE(guessed.report->note.find("2023-11-14T22:13:20"), std::string::npos) << guessed.report->note;
  EXPECT_NE(guessed.report->note.find("--start-time"), std::string::npos);
}

TEST_F(ReaderTest, ARunWithoutDatesBeginsWhenTheUserSays) {
  ReadOptions options;
  options.input.start_ns = 1'600'000'000 * kSecond;
  Aggregator aggregator;
  const auto report = read_file(write("hey.csv", kWithoutDates), aggregator, options);
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->note, "");
  EXPECT_EQ(aggregator.finish().started_ns, 1'600'000'000 * kSecond + kSecond / 2);
}

// A transaction without its requests, and maybe a request outside.
std::string transaction(const std::string& outside) {
  return R"(<?xml version="1.0" encoding="UTF-8"?>
<testResults version="1.2">
<sample t="100" ts="1795447776590" s="true" lb="TX" rm="Number of samples in transaction : 2, number of failing samples : 0"/>
)" + outside +
         "</testResults>\n";
}

TEST_F(ReaderTest, TransactionsAreTheRequestsWhereNothingElseIsThere) {
  const Read alone = read(write("alone.jtl", transaction("")));
  EXPECT_EQ(alone.run.samples_of(SampleKind::request), 1U);
  EXPECT_EQ(alone.run.samples_of(SampleKind::transaction), 0U);
  ASSERT_TRUE(alone.report.has_value());
  EXPECT_NE(alone.report->note.find("transactions alone"), std::string::npos);

  const Read mixed =
      read(write("mixed.jtl", transaction(R"(<httpSample t="7" ts="1795447776590" s="true" lb="/x" rc="200"/>)")));
  EXPECT_EQ(mixed.run.samples_of(SampleKind::request), 1U);
  EXPECT_EQ(mixed.run.samples_of(SampleKind::transaction), 1U);
  EXPECT_NE(mixed.report->note.find("were not written"), std::string::npos);
}

// Of chunks that are parsed at once, only the front one knows the first header.
TEST_F(ReaderTest, AnotherHeaderHoldsWhateverTheNumberOfThreads) {
  std::string content = "timeStamp,elapsed,label,success\n";
  for (int part = 0; part < 6; ++part) {
    if (part != 0) content += part % 2 == 1 ? "elapsed,timeStamp,success,label\n" : "timeStamp,elapsed,label,success\n";
    for (int row = 0; row < 12'000; ++row) {
      const std::string time = std::to_string(1'795'447'776'590 + part * 100'000 + row);
      content += part % 2 == 1 ? "9," + time + ",false,/b\n" : time + ",5,/a,true\n";
    }
  }
  const std::string file = write("appended.jtl", content);
  for (const unsigned threads : {1U, 2U, 5U}) {
    ReadOptions options;
    options.threads = threads;
    Aggregator aggregator;
    const auto report = read_file(file, aggregator, options);
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(report->bad_records, 0U);
    const omniwriter::Run run = aggregator.finish();
    ASSERT_EQ(run.series.size(), 2U);
    EXPECT_EQ(run.series[0].endpoint, "/b");
    EXPECT_EQ(run.series[0].total.samples(), 36'000U);
    EXPECT_EQ(run.errors(run.series[0].total), 36'000U);
    EXPECT_EQ(run.series[1].total.samples(), 36'000U);
  }
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstd(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

void expect_equal(const omniwriter::Run& a, const omniwriter::Run& b) {
  ASSERT_EQ(a.series.size(), b.series.size());
  EXPECT_EQ(a.started_ns, b.started_ns);
  EXPECT_EQ(a.ended_ns, b.ended_ns);
  for (std::size_t i = 0; i < a.series.size(); ++i) {
    EXPECT_EQ(a.series[i].endpoint, b.series[i].endpoint);
    EXPECT_EQ(a.series[i].total.response_time, b.series[i].total.response_time);
    EXPECT_EQ(a.by_status(a.series[i].total), b.by_status(b.series[i].total));
  }
}

TEST_F(ReaderTest, TheNumberOfThreadsDoesNotMatterWhereverQuotedNewlinesFall) {
  for (const std::size_t lines : {std::size_t{1}, std::size_t{40}, std::size_t{700}}) {
    const std::size_t rows = 300'000 / (lines + 10);
    const std::string file = write("large.jtl", large_file(rows, lines));
    const Read one = read(file, 1);
    ASSERT_TRUE(one.report.has_value());
    EXPECT_EQ(one.report->bad_records, 0U);
    EXPECT_EQ(one.run.total().samples(), rows);
    for (const unsigned threads : {2U, 5U}) {
      const Read many = read(file, threads);
      EXPECT_EQ(many.report->bad_records, 0U);
      expect_equal(one.run, many.run);
    }
  }
}

TEST_F(ReaderTest, CompressedFilesGiveTheSame) {
  const std::string text = large_file(20'000, 3);
  const Read plain = read(write("a.jtl", text));
  expect_equal(plain.run, read(write("b.jtl", gzip(text))).run);
  expect_equal(plain.run, read(write("c.jtl", zstd(text))).run);
  // Logs that are rotated and concatenated consist of several members.
  const std::size_t half = text.find('\n', text.size() / 2) + 1;
  expect_equal(plain.run, read(write("d.jtl", gzip(text.substr(0, half)) + gzip(text.substr(half)))).run);
  expect_equal(plain.run, read(write("e.jtl", zstd(text.substr(0, half)) + zstd(text.substr(half)))).run);
}

TEST_F(ReaderTest, TruncatedCompressedFilesGiveWhatIsThereAndSaySo) {
  const std::string text = large_file(20'000, 0);
  for (const std::string& packed : {gzip(text), zstd(text)}) {
    const Read cut = read(write("cut", packed.substr(0, packed.size() / 2)));
    ASSERT_TRUE(cut.report.has_value()) << cut.report.error().message;
    EXPECT_EQ(cut.report->cut_within, "its compressed data");
    EXPECT_GT(cut.run.total().samples(), 5'000U);
    EXPECT_LE(cut.report->bad_records, 1U);
    const Read whole = read(write("whole", packed));
    EXPECT_EQ(whole.report->cut_within, "");
  }
}

TEST_F(ReaderTest, CorruptCompressedFilesAreAnError) {
  std::string packed = gzip(large_file(20'000, 0));
  for (std::size_t i = 5000; i < 6000; ++i) packed[i] = 'x';
  const Read broken = read(write("broken.gz", packed));
  ASSERT_FALSE(broken.report.has_value());
  EXPECT_NE(broken.report.error().message.find("corrupt"), std::string::npos);
}

TEST_F(ReaderTest, WhatAFileHoldsBesidesSamplesIsRemarked) {
  const Read errors = read(OMNIWRITER_SOURCE_DIR "/fuzz/seeds/gatling/errors.log");
  ASSERT_TRUE(errors.report.has_value());
  EXPECT_EQ(errors.report->samples, 1U);
  ASSERT_EQ(errors.report->remarks.size(), 1U);
  EXPECT_EQ(errors.report->remarks[0].kind, RemarkKind::error_without_request);
  EXPECT_EQ(errors.report->remarks[0].count, 5U);
  EXPECT_EQ(errors.report->remarks[0].line, 3U);
  EXPECT_EQ(errors.report->remarks[0].example, "Failed to build request: No attribute named 'token' is defined");
  const Read banner = read(OMNIWRITER_SOURCE_DIR "/fuzz/seeds/k6_json/banner.json");
  ASSERT_TRUE(banner.report.has_value());
  EXPECT_EQ(banner.report->bad_records, 0U);
  ASSERT_EQ(banner.report->remarks.size(), 1U);
  EXPECT_EQ(banner.report->remarks[0].kind, RemarkKind::ignored_line);
  EXPECT_EQ(banner.report->remarks[0].line, 2U);
  std::string rows = "timeStamp,elapsed,label,success,bytes\n";
  for (int i = 0; i < 30'000; ++i) rows += "1795447776590,1,/a,true,none\n";
  const Read values = read(write("values.jtl", rows));
  ASSERT_TRUE(values.report.has_value());
  EXPECT_FALSE(values.report->tells_received) << "0 would be a number";
  ASSERT_EQ(values.report->remarks.size(), 1U);
  EXPECT_EQ(values.report->remarks[0].kind, RemarkKind::unreadable_value);
  EXPECT_EQ(values.report->remarks[0].count, 30'000U);
  EXPECT_EQ(values.report->remarks[0].line, 2U);
}

TEST_F(ReaderTest, ASummaryOfEndpointsWithoutNumberIsAnError) {
  std::string content = "Label,# Samples,Average,Min,Max\n";
  for (int i = 0; i < 30'000; ++i) content += "/" + std::to_string(i) + ",1,1,1,1\n";
  const Read many = read(write("aggregate.csv", content));
  ASSERT_FALSE(many.report.has_value());
  EXPECT_NE(many.report.error().message.find("more than 20000 endpoints"), std::string::npos);
}

TEST_F(ReaderTest, BytesThatNoRecordTellsAreUnknown) {
  const std::string rows = "timestamp,duration_ms,endpoint,bytes_received\n";
  const Read none = read(write("none.csv", rows + "1795447776590,1,/a,\n"));
  EXPECT_FALSE(none.report->tells_received);
  const Read some = read(write("some.csv", rows + "1795447776590,1,/a,\n1795447776590,1,/a,0\n"));
  EXPECT_TRUE(some.report->tells_received);
  EXPECT_FALSE(some.report->tells_sent);
  EXPECT_EQ(read(write("bad.csv", rows + "1795447776590,1,/a,many\n")).report->bad_records, 1U);
}

TEST_F(ReaderTest, AGiantLineIsOneBadRecord) {
  const std::string giant(5'000'000, 'x');
  for (const std::string& middle : {giant + "\n", "1795446856963,1,\"" + giant + "\n", giant}) {
    const bool ends = middle.back() == '\n';
    const Read giant_read = read(write("giant.jtl", kHeader + row(1) + row(2) + middle + (ends ? row(3) : "")));
    ASSERT_TRUE(giant_read.report.has_value());
    EXPECT_EQ(giant_read.run.total().samples(), ends ? 3U : 2U);
    EXPECT_EQ(giant_read.report->bad_records, 1U);
    ASSERT_EQ(giant_read.report->bad_record_reports.size(), 1U);
    EXPECT_EQ(giant_read.report->bad_record_reports[0].line, 4U);
  }
}

TEST_F(ReaderTest, BadRecordsAreReportedWithTheirLineInTheFile) {
  std::string text = kHeader;
  for (std::uint64_t i = 0; i < 30'000; ++i)
    text += i % 10'000 == 9'999 ? "nonsense\n" : row(i, i % 3 == 0 ? "a\nb" : "");
  const Read bad = read(write("bad.jtl", text));
  ASSERT_EQ(bad.report->bad_records, 3U);
  std::size_t line = 1;
  std::vector<std::uint64_t> expected;
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1, ++line) {
    if (text.compare(at, 8, "nonsense") == 0) expected.push_back(line);
  }
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(bad.report->bad_record_reports[i].line, expected[i]);
}

TEST_F(ReaderTest, ForeignFilesAreNamed) {
  const auto message = [&](const std::string& content) {
    const Read foreign = read(write("foreign", content));
    return foreign.report.has_value() ? std::string("was read") : foreign.report.error().message;
  };
  EXPECT_NE(message("").find("an empty file"), std::string::npos);
  EXPECT_NE(message("<!DOCTYPE html><html>").find("an HTML page"), std::string::npos);
  EXPECT_NE(message("Timestamp,User Count,Type,Name\n1,1,GET,/\n").find("User Count"), std::string::npos);
  EXPECT_NE(message("{\"root_group\": {\"name\": \"\"}}").find("k6"), std::string::npos);
  EXPECT_NE(message(std::string("\0\1\2", 3)).find("binary"), std::string::npos);
  EXPECT_NE(message("[{\"city\": 1}]").find("a JSON array of objects with the keys city"), std::string::npos);
  EXPECT_NE(message("<?xml version=\"1.0\"?>\n<menu/>").find("XML with the root element <menu>"), std::string::npos);
  EXPECT_NE(message("Sie haben\nPost\n").find("begins with \"Sie haben\""), std::string::npos);
  EXPECT_NE(message("Type,Name,Request Count\nGET,/,3\n").find("nearest formats: locust-csv"), std::string::npos);
  EXPECT_NE(message("hello\n").find("omniwriter formats"), std::string::npos);  // what would have been right
}

TEST_F(ReaderTest, FilesThatCannotBeReadAreAnError) {
  EXPECT_NE(read(folder_ / "absent").report.error().message.find("No such file"), std::string::npos);
  EXPECT_EQ(read(folder_ / "absent").report.error().code, ErrorCode::not_found);
  EXPECT_EQ(read(folder_).report.error().code, ErrorCode::input);
  EXPECT_NE(read(folder_).report.error().message.find("is a folder"), std::string::npos);
}

// Records of ten bytes with no newline where they end, numbered by a parser that keeps count.
class CountingParser final : public RecordParser {
 public:
  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    constexpr std::size_t kRecordBytes = 10;
    ParseResult result;
    while (bytes.size() - result.consumed >= kRecordBytes) {
      Sample sample;
      sample.start_ns = 1'795'446'856'963'000'000;
      sample.duration_ns = ++records_;
      sample.endpoint = out.endpoint("a");
      sample.outcome = out.outcome("ok", "");
      out.samples.push_back(sample);
      const std::string_view record = bytes.substr(result.consumed, kRecordBytes);
      result.lines += static_cast<std::uint64_t>(std::count(record.begin(), record.end(), '\n'));
      result.consumed += kRecordBytes;
    }
    if (last) result.consumed = bytes.size();
    return result;
  }

 private:
  std::int64_t records_ = 0;
};

class CountingSession final : public InputSession {
 public:
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<CountingParser>();
  }
  [[nodiscard]] bool splittable() const override { return false; }
};

TEST_F(ReaderTest, AParserThatKeepsStateSeesEveryByteOnce) {
  constexpr std::int64_t kRecords = 200'000;
  std::string text;
  for (std::int64_t i = 0; i < kRecords; ++i) text += "abc\nefghij";  // a chunk ends within a record
  auto stream = open_byte_stream(write("counted", text));
  ASSERT_TRUE(stream.has_value());
  Aggregator aggregator;
  FileReport report;
  ASSERT_TRUE(read_session(**stream, CountingSession(), {}, aggregator, {}, report).has_value());
  const Tally total = aggregator.finish().total();
  EXPECT_EQ(total.samples(), static_cast<std::uint64_t>(kRecords));
  EXPECT_EQ(total.response_time.max_ns(), kRecords);
}

TEST_F(ReaderTest, ProgressReachesTheEnd) {
  const std::string file = write("large.jtl", large_file(50'000, 0));
  ReadProgress last;
  ReadOptions options;
  options.progress = [&](const ReadProgress& progress) {
    EXPECT_GE(progress.samples, last.samples);
    last = progress;
  };
  Aggregator aggregator;
  ASSERT_TRUE(read_file(file, aggregator, options).has_value());
  EXPECT_EQ(last.bytes_read, std::filesystem::file_size(file));
  EXPECT_EQ(last.bytes_total, last.bytes_read);
  EXPECT_EQ(last.samples, 50'000U);
}

}  // namespace
}  // namespace omniwriter
