// Importer of k6's CSV output, `k6 run --out csv=FILE`. See README.md for the rules.

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/digits.h"
#include "base/rfc3339.h"
#include "formats/csv/walk.h"
#include "formats/k6/points.h"
#include "reading/input.h"

namespace omniwriter {
namespace k6_csv {
namespace {

using k6::Metric;

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);
// The years 2000 to 2100, for a number of seconds, milliseconds, microseconds or nanoseconds: the file does not say
// which, but their digits do.
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr std::int64_t kMinTimeNs = 946'684'800 * kNsPerSecond;
constexpr std::int64_t kMaxTimeNs = 4'102'444'800 * kNsPerSecond;

struct Layout {
  std::size_t fields = 0;
  std::size_t header_bytes = 0;
  k6::Sampled sampled = k6::Sampled::requests;
  std::vector<std::string> dimensions;
  std::array<std::size_t, kMaxDimensions> dimension_at{};  // columns; kAbsent: among the extra tags
  std::size_t metric = kAbsent, time = kAbsent, value = kAbsent;
  std::size_t scenario = kAbsent, name = kAbsent, url = kAbsent, status = kAbsent, error = kAbsent,
              error_code = kAbsent, expected_response = kAbsent, extra_tags = kAbsent, group = kAbsent, check = kAbsent;
};

// The columns depend on --system-tags, but the first three do not.
bool find_layout(std::string_view head, Layout& layout) {
  // Where k6 writes to the standard output, its banner comes first.
  constexpr std::string_view kFirstColumn = "metric_name,";
  std::size_t begin = 0;
  while (!head.substr(begin).starts_with(kFirstColumn)) {
    begin = head.find('\n', begin);
    if (begin == std::string_view::npos) return false;
    ++begin;
  }
  std::vector<std::string_view> names;
  const std::size_t length = csv::split_row(head.substr(begin), ',', true, names);
  const auto find = [&](std::string_view name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? kAbsent : static_cast<std::size_t>(found - names.begin());
  };
  layout.fields = names.size();
  layout.header_bytes = begin + length;
  layout.metric = find("metric_name");
  layout.time = find("timestamp");
  layout.value = find("metric_value");
  layout.scenario = find("scenario");
  layout.name = find("name");
  layout.url = find("url");
  layout.status = find("status");
  layout.error = find("error");
  layout.error_code = find("error_code");
  layout.expected_response = find("expected_response");
  layout.extra_tags = find("extra_tags");
  layout.group = find("group");
  layout.check = find("check");
  for (std::size_t i = 0; i < layout.dimensions.size(); ++i) layout.dimension_at[i] = find(layout.dimensions[i]);
  return layout.metric != kAbsent && layout.time != kAbsent && layout.value != kAbsent;
}

class Parser final : public RecordParser {
 public:
  explicit Parser(const Layout& layout)
      : front_(layout), layout_(layout), sink_(csv::unquote, layout.sampled, layout.dimensions) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    out_ = &out;
    sink_.begin(out);
    const csv::Walked walked = csv::walk_rows(bytes, ',', layout_.fields, last, buffers_, *this);
    return {walked.consumed, walked.lines};
  }

  static char delimiter() { return ','; }
  [[nodiscard]] std::size_t fields() const { return layout_.fields; }
  [[nodiscard]] std::string_view header() const override { return header_; }
  void set_header(std::string_view header) override {
    layout_ = front_;
    if (!header.empty()) find_layout(header, layout_);
    header_ = header;
  }

  // Of files put one behind the other; the columns may have become others.
  bool is_header(std::string_view text) {
    Layout found = front_;
    if (!text.starts_with("metric_name,") || !find_layout(text, found)) return false;
    set_header(text);
    return true;
  }

  template <typename Field>
  bool add_row(const Field& field) {
    const std::string_view name = field(layout_.metric);
    const auto [metric, kind] = k6::metric_named(name, layout_.sampled);
    if (metric == Metric::other) return true;

    const std::string_view time_text = field(layout_.time);
    std::int64_t time_ns = 0;
    if (!read_time(time_text, time_ns)) return reject("the timestamp is none", time_text);
    const std::string_view value_text = field(layout_.value);
    if (metric == Metric::sample || metric == Metric::phase || metric == Metric::check || metric == Metric::group) {
      const auto duration_ns = k6::milliseconds_to_ns(value_text);
      if (!duration_ns) return reject("the duration is out of range", value_text);
      const auto tag = [&](std::size_t column) { return column == kAbsent ? std::string_view{} : field(column); };
      k6::Tags tags{.name = tag(layout_.name),
                    .url = tag(layout_.url),
                    .status = tag(layout_.status),
                    .error = tag(layout_.error),
                    .error_code = tag(layout_.error_code),
                    .expected_response = tag(layout_.expected_response),
                    .scenario = tag(layout_.scenario),
                    .group = tag(layout_.group),
                    .check = tag(layout_.check)};
      for (std::size_t i = 0; i < layout_.dimensions.size(); ++i) {
        const std::size_t column = layout_.dimension_at[i];
        tags.dimensions[i] = column != kAbsent ? field(column)
                             : layout_.extra_tags != kAbsent
                                 ? extra_tag(field(layout_.extra_tags), layout_.dimensions[i])
                                 : std::string_view{};
      }
      sink_.add({metric, kind}, time_ns, *duration_ns, tags);
      return true;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(value_text.data(), value_text.data() + value_text.size(), value);
    if (error != std::errc{} || end != value_text.data() + value_text.size()) {
      return reject("the value is no number", value_text);
    }
    if (metric == Metric::measure) {
      sink_.measure(buffers_.lines + 1, kind, time_ns, value, name);
      return true;
    }
    const bool told = metric == Metric::active_users && layout_.extra_tags != kAbsent;
    std::string_view tags = told ? field(layout_.extra_tags) : std::string_view{};
    if (tags.starts_with('"')) tags = tags.substr(1, tags.size() - 2);
    sink_.value(buffers_.lines + 1, metric, time_ns, value, k6::generator_among(tags, "=", "&"));
    return true;
  }

  void odd_row(std::uint64_t line, std::string_view text, const std::vector<std::string_view>& split) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return;
    if (!begins_with_metric(text)) return out_->remark(RemarkKind::ignored_line, line, text);
    if (split.size() != layout_.fields) {
      reason_ = csv::wrong_fields(split.size(), layout_.fields);
      if (text.back() != '\n') reason_ += ": the file ends within a row";
    }
    out_->bad_record(line, std::move(reason_));
  }

 private:
  // What else k6 prints does not: its banner, progress and summary.
  static bool begins_with_metric(std::string_view text) {
    const std::size_t end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return end != 0 && (end == std::string_view::npos || text[end] == ',');
  }

  bool reject(const char* reason, std::string_view text) {
    reason_ = std::string(reason) + ": \"" + std::string(text.substr(0, 40)) + "\"";
    return false;
  }

  // Of "region=eu&tenant=a".
  static std::string_view extra_tag(std::string_view tags, std::string_view name) {
    if (tags.starts_with('"')) tags = tags.substr(1, tags.size() - 2);
    while (!tags.empty()) {
      const std::size_t end = std::min(tags.find('&'), tags.size());
      const std::string_view tag = tags.substr(0, end);
      if (tag.size() > name.size() && tag.starts_with(name) && tag[name.size()] == '=') {
        return tag.substr(name.size() + 1);
      }
      tags.remove_prefix(std::min(end + 1, tags.size()));
    }
    return {};
  }

  static bool read_time(std::string_view text, std::int64_t& ns) {
    const auto time = time_ns(text);
    ns = time.value_or(0);
    return ns >= kMinTimeNs && ns <= kMaxTimeNs;
  }

  static std::optional<std::int64_t> time_ns(std::string_view text) {
    std::uint64_t number = 0;
    if (text.size() == 19 && text[10] != 'T') {  // nanoseconds: one digit more than read_digits takes
      std::int64_t ns = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ns);
      return error == std::errc{} && end == text.data() + text.size() ? std::optional(ns) : std::nullopt;
    }
    if (!read_digits(text, number)) return parse_rfc3339(text);
    const std::int64_t unit = text.size() == 10   ? kNsPerSecond
                              : text.size() == 13 ? 1'000'000
                              : text.size() == 16 ? 1'000
                                                  : 0;
    const auto units = static_cast<std::int64_t>(number);
    if (unit == 0 || units > kMaxTimeNs / unit) return std::nullopt;
    return units * unit;
  }

  const Layout& front_;
  Layout layout_;
  std::string header_;  // that holds now; empty: that of the front
  SampleBatch* out_ = nullptr;
  csv::WalkBuffers buffers_;
  std::string reason_;
  k6::PointSink sink_;
};

class Session final : public InputSession {
 public:
  Session(const Layout& layout, bool whole_file_is_known) : layout_(layout), known_(whole_file_is_known) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override { return std::make_unique<Parser>(layout_); }
  [[nodiscard]] std::size_t header_bytes() const override { return layout_.header_bytes; }
  [[nodiscard]] std::string note() const override { return k6::note_on(layout_.sampled); }
  [[nodiscard]] std::string hint() const override { return k6::hint_on(known_); }

 private:
  Layout layout_;
  bool known_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "k6-csv"; }
  [[nodiscard]] std::string_view tool() const override { return "k6"; }
  [[nodiscard]] std::string_view description() const override { return "k6 CSV (--out csv)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"metricname", "timestamp", "metricvalue", "check", "error",    "errorcode", "expectedresponse",
            "group",      "method",    "name",        "proto", "scenario", "status",    "url"};
  }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    Layout layout;
    return find_layout(head, layout);
  }

  [[nodiscard]] bool needs_survey(std::string_view head, const InputOptions& /*options*/) const override {
    return !k6::names_requests(head);
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    Layout layout;
    layout.dimensions = options.dimensions;
    if (!find_layout(head, layout)) return fail(ErrorCode::input, "no header of a k6 CSV file");
    const auto has_requests = options.survey.transform([](const Survey& survey) { return survey.requests != 0; });
    layout.sampled = k6::sampled_of(head, has_requests);
    return std::make_unique<Session>(layout, options.survey.has_value());
  }
};

}  // namespace
}  // namespace k6_csv

const InputFormat& input_k6_csv() {
  static const k6_csv::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
