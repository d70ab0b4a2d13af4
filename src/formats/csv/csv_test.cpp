#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "base/text_memo.h"
#include "formats/csv/scan.h"
#include "formats/csv/separators.h"
#include "formats/csv/walk.h"

namespace omniwriter::csv {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string random_text(std::mt19937_64& random) {
  static constexpr std::string_view kAlphabet = "ab ,;\"\n\ré1";
  std::string text;
  for (std::size_t n = random() % 12; n > 0; --n) text += kAlphabet[random() % kAlphabet.size()];
  return text;
}

std::string in_quotes(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string result = "\"";
  for (const char c : text) result += c == '"' ? std::string("\"\"") : std::string(1, c);
  return result + "\"";
}

std::string padded(std::string text) {
  text.reserve(text.size() + 64);
  return text;
}

// Collects what walk_rows hands out.
struct Collector {
  std::size_t fields;
  Rows rows;
  std::vector<std::pair<std::uint64_t, std::string>> odd;

  template <typename Field>
  bool add_row(const Field& field) {
    std::vector<std::string> row;
    std::string scratch;
    for (std::size_t i = 0; i < fields; ++i) row.emplace_back(unquote(field(i), scratch));
    rows.push_back(std::move(row));
    return true;
  }
  void odd_row(std::uint64_t line, std::string_view text, const std::vector<std::string_view>& /*split*/) {
    odd.emplace_back(line, text);
  }
};

TEST(Csv, WellFormedTextComesBackFieldByField) {
  std::mt19937_64 random(1);
  WalkBuffers buffers;
  for (int round = 0; round < 300; ++round) {
    const std::size_t fields = 1 + random() % 5;
    Rows rows;
    std::string text;
    for (std::size_t n = random() % 200; n > 0; --n) {
      auto& row = rows.emplace_back();
      for (std::size_t i = 0; i < fields; ++i) {
        row.push_back(random_text(random));
        text += (i == 0 ? "" : ",") + in_quotes(row.back());
      }
      text += '\n';
    }
    text = padded(std::move(text));
    Collector collector{fields, {}, {}};
    const Walked walked = walk_rows(text, ',', fields, true, buffers, collector);
    EXPECT_EQ(walked.consumed, text.size());
    EXPECT_EQ(walked.lines, static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
    EXPECT_EQ(collector.rows, rows);
    EXPECT_TRUE(collector.odd.empty());
  }
}

TEST(Csv, AnyTextIsConsumedAndItsLinesCounted) {
  std::mt19937_64 random(2);
  WalkBuffers buffers;
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (int n = 0; n < 30; ++n) text += random_text(random);
    text = padded(std::move(text));
    Collector collector{3, {}, {}};
    const Walked walked = walk_rows(text, ',', 3, true, buffers, collector);
    EXPECT_EQ(walked.consumed, text.size());
    EXPECT_EQ(walked.lines, static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
  }
}

TEST(Csv, AStrayQuoteSpoilsItsOwnLineAtMost) {
  WalkBuffers buffers;
  Collector collector{2, {}, {}};
  // By quote parity the two inner lines would be one row of two fields.
  const std::string text = padded("a,1\n5\" disk,2\n3\" disk,3\nb,4\n\"never closed,5\nc,6\n");
  walk_rows(text, ',', 2, true, buffers, collector);
  EXPECT_EQ(collector.rows, (Rows{{"a", "1"}, {"5\" disk", "2"}, {"3\" disk", "3"}, {"b", "4"}, {"c", "6"}}));
  ASSERT_EQ(collector.odd.size(), 1U);
  EXPECT_EQ(collector.odd[0].first, 5U);
}

TEST(Csv, ReadsWindowsLineEnds) {
  WalkBuffers buffers;
  Collector collector{2, {}, {}};
  walk_rows(padded("a,1\r\n\"x\ny\",2\r\n"), ',', 2, true, buffers, collector);
  EXPECT_EQ(collector.rows, (Rows{{"a", "1"}, {"x\ny", "2"}}));
}

TEST(Csv, WithoutTheEndOfARowItWaitsForMore) {
  WalkBuffers buffers;
  Collector collector{2, {}, {}};
  const std::string text = padded("a,1\n\"b\n");
  EXPECT_EQ(walk_rows(text, ',', 2, false, buffers, collector).consumed, 4U);
  EXPECT_EQ(collector.rows.size(), 1U);
}

// Each line opens quotes that a later one closes, and has two fields more: split to the end of the text, all lines
// together would take as many steps as there are pairs of them.
TEST(Csv, LinesThatNeverAddUpToARowTakeTimeInProportion) {
  for (const std::string_view line : {"\n", "\"\n", "x,\"a\"b,\"c\n", "\"\",\"\n", ",\n"}) {
    std::string text;
    for (int i = 0; i < 200'000; ++i) text += line;
    text += "a,b,c\n";
    text = padded(std::move(text));
    WalkBuffers buffers;
    Collector collector{3, {}, {}};
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(walk_rows(text, ',', 3, true, buffers, collector).consumed, text.size());
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5)) << line;
    EXPECT_FALSE(collector.rows.empty()) << line;
  }
}

TEST(Csv, ARowOfFarTooManyFieldsSaysSo) {
  EXPECT_EQ(wrong_fields(5, 3), "5 fields instead of 3");
  EXPECT_EQ(wrong_fields(3 + kSpareFields + 1, 3), "more than 19 fields instead of 3");
  WalkBuffers buffers;
  Collector collector{3, {}, {}};
  const std::string text = padded(std::string(2'000'000, ',') + "\na,b,c\n");
  walk_rows(text, ',', 3, true, buffers, collector);
  EXPECT_EQ(collector.rows, (Rows{{"a", "b", "c"}}));
  ASSERT_EQ(collector.odd.size(), 1U);
  EXPECT_LE(buffers.split.capacity(), 64U);
}

#if defined(__x86_64__)
TEST(Csv, AllScannersFindTheSame) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 500; ++round) {
    std::string text;
    for (std::size_t n = random() % 60; n > 0; --n) text += random_text(random);
    const std::size_t size = text.size();
    text.resize(size + 64, '"');
    const auto scan_with = [&](void (*scanner)(Scan&)) {
      std::vector<std::uint32_t> separators(size + 64);
      std::vector<std::uint32_t> rows(size + 64);
      Scan scan{text.data(), 0, size, ';', 0, 0, separators.data(), 0, rows.data(), 0};
      scanner(scan);
      separators.resize(scan.separator_count);
      rows.resize(scan.row_count);
      return std::tuple(separators, rows, scan.in_quotes, scan.quoted_newlines != 0);
    };
    const auto expected = scan_with(scan_portable);
    if (can_scan_avx2()) {
      EXPECT_EQ(scan_with(scan_avx2), expected);
    }
    if (can_scan_avx512()) {
      EXPECT_EQ(scan_with(scan_avx512), expected);
    }
  }
}
#endif

TEST(TextMemo, DoesNotRememberLongTexts) {
  TextMemo<std::size_t> memo;
  const std::string text = padded(std::string(100'000, 'x'));
  int made = 0;
  const auto size_of = [&](std::string_view t) { return ++made, t.size(); };
  EXPECT_EQ(memo.get(text, size_of), text.size());
  EXPECT_EQ(memo.get(text, size_of), text.size());
  EXPECT_EQ(made, 2);
}

TEST(TextMemo, GivesTheValueOfTheTextWhateverElseIsRemembered) {
  TextMemo<std::string> memo;
  std::mt19937_64 random(4);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = padded("name " + std::to_string(random() % 700));
    EXPECT_EQ(memo.get(text, [](std::string_view t) { return "made of " + std::string(t); }), "made of " + text);
  }
}

}  // namespace
}  // namespace omniwriter::csv
