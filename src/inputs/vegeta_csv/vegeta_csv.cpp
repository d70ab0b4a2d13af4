// Importer of vegeta's results as CSV, `vegeta encode --to csv`. See README.md for the rules.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/csv/walk.h"
#include "formats/vegeta/results.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"

namespace omniwriter {
namespace vegeta_csv {
namespace {

// The columns, in the one order there is. More were added behind over the years.
enum Column : std::size_t { time, code, latency, bytes_out, bytes_in, error, body, attack, sequence, method, url };
// Vegeta 6, 7, and since 8: without the method and URL, with them, with the headers of the answer.
constexpr std::array<std::size_t, 5> kFields{error + 1, body + 1, sequence + 1, url + 1, url + 2};

template <typename Number>
bool read_number(std::string_view text, Number& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

// The first row has the right columns with the right kinds of content: there is no header.
bool find_layout(std::string_view head, std::size_t& fields) {
  constexpr std::size_t kTimeDigits = 19;  // nanoseconds: those of the years 2001 to 2100 have as many
  std::vector<std::string_view> row;
  if (csv::split_row(head, ',', true, row) == 0) return false;
  fields = row.size();
  if (std::ranges::find(kFields, fields) == kFields.end() || row[time].size() != kTimeDigits) return false;
  std::int64_t number = 0;
  for (const Column column : {time, code, latency, bytes_out, bytes_in, sequence}) {
    if (column < fields && (!read_number(row[column], number) || number < 0)) return false;
  }
  constexpr std::size_t kMostCodeDigits = 3;
  if (row[code].size() > kMostCodeDigits) return false;
  if (fields <= method) return true;
  return !row[method].empty() &&
         std::all_of(row[method].begin(), row[method].end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

class Parser final : public RecordParser {
 public:
  Parser(std::size_t fields, const std::vector<std::string>& dimensions) : fields_(fields), sink_(dimensions) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    out_ = &out;
    sink_.begin(out);
    const csv::Walked walked = csv::walk_rows(bytes, ',', fields_, last, buffers_, *this);
    return {walked.consumed, walked.lines};
  }

  template <typename Field>
  bool add_row(const Field& field) {
    vegeta::Hit hit;
    reason_ = "a number is none";
    if (!read_number(field(time), hit.start_ns) || !read_number(field(code), hit.code) ||
        !read_number(field(latency), hit.latency_ns) || !read_number(field(bytes_out), hit.bytes_out) ||
        !read_number(field(bytes_in), hit.bytes_in)) {
      return false;
    }
    hit.error = csv::unquote(field(error), error_);
    if (fields_ > url) {
      hit.method = csv::unquote(field(method), method_);
      hit.url = csv::unquote(field(url), url_);
    }
    if (fields_ > attack) hit.attack = csv::unquote(field(attack), attack_);
    reason_ = sink_.add(hit);
    return reason_ == nullptr;
  }

  void odd_row(std::uint64_t line, std::string_view text, const std::vector<std::string_view>& split) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    std::string reason = split.size() == fields_ ? reason_ : csv::wrong_fields(split.size(), fields_);
    if (text.back() != '\n') reason += ": the file ends within a row";
    out_->bad_record(line, std::move(reason));
  }

 private:
  const std::size_t fields_;
  SampleBatch* out_ = nullptr;
  csv::WalkBuffers buffers_;
  const char* reason_ = nullptr;
  std::string error_;
  std::string method_;
  std::string url_;
  std::string attack_;
  vegeta::HitSink sink_;
};

class Session final : public InputSession {
 public:
  Session(std::size_t fields, ChosenDimensions dimensions) : fields_(fields), dimensions_(std::move(dimensions)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(fields_, dimensions_.names);
  }
  [[nodiscard]] std::string note() const override { return dimensions_.note; }

 private:
  std::size_t fields_;
  ChosenDimensions dimensions_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "vegeta-csv"; }
  [[nodiscard]] std::string_view tool() const override { return "vegeta"; }
  [[nodiscard]] std::string_view description() const override { return "vegeta CSV (encode --to csv)"; }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    std::size_t fields = 0;
    return find_layout(head, fields);
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    std::size_t fields = 0;
    if (!find_layout(head, fields)) return fail(ErrorCode::input, "no CSV of vegeta");
    const auto open_with = [&](const std::vector<std::string>& names) {
      return std::make_unique<Session>(fields, ChosenDimensions{names, {}});
    };
    return std::make_unique<Session>(fields, choose_dimensions(options, head, vegeta::known_dimensions(), open_with));
  }
};

}  // namespace
}  // namespace vegeta_csv

const InputFormat& input_vegeta_csv() {
  static const vegeta_csv::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
