// Importer of the access logs of nginx and Apache. See README.md for the rules.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/decimal.h"
#include "base/try.h"
#include "formats/requests/lines.h"
#include "formats/requests/request_sink.h"
#include "inputs/access_log/line_format.h"
#include "inputs/access_log/record.h"
#include "model/dimension_values.h"
#include "model/outcome_rules.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"

namespace omniwriter {
namespace access_log {
namespace {

constexpr unsigned decimals_of(Unit unit) { return unit == Unit::seconds ? 9 : unit == Unit::milliseconds ? 6 : 3; }

struct Layout {
  std::optional<LineFormat> told;  // else:
  bool json = false;
  TimeField time;                     // of text logs
  bool names_upstream_times = false;  // the same, behind the user agent
  ChosenDimensions dimensions;

  [[nodiscard]] Unit unit() const { return told ? told->duration_unit() : json ? Unit::seconds : time.unit; }
  // nginx notes the end of a request, Apache its start.
  [[nodiscard]] bool time_is_of_end() const { return told ? told->time_is_of_end() : json || time.fraction; }
};

bool read_line(std::string_view line, bool json, Times& times, Record& record, const char*& reason) {
  return json ? read_json(line, times, record, reason) : read_text(line, times, record, reason);
}

// The whole lines at the front of a file; its one line where it has no more. At most this many are looked at.
constexpr std::size_t kLookedAt = 1000;
std::vector<std::string_view> first_lines(std::string_view head) {
  std::vector<std::string_view> lines;
  const auto add = [&](std::uint64_t, std::string_view line, bool) {
    if (lines.size() < kLookedAt && !requests::is_blank(line)) lines.push_back(line);
  };
  requests::walk_lines(head, false, add);
  if (lines.empty()) requests::walk_lines(head, true, add);
  return lines;
}

// Whether the first lines are of an access log; a few may be anything, as in a log that was cut at its front.
bool find_kind(const std::vector<std::string_view>& lines, bool& json) {
  constexpr std::size_t kTried = 5;
  Times times;
  for (std::size_t i = 0; i < std::min(lines.size(), kTried); ++i) {
    for (const bool as_json : {false, true}) {
      Record record;
      const char* reason = nullptr;
      if (!read_line(lines[i], as_json, times, record, reason)) continue;
      json = as_json;
      return true;
    }
  }
  return false;
}

// What stands behind the user agent in these lines.
std::vector<std::string_view> extras_of(const std::vector<std::string_view>& lines) {
  Times times;
  std::vector<std::string_view> extras;
  for (const std::string_view line : lines) {
    Record record;
    const char* reason = nullptr;
    if (read_text(line, times, record, reason)) extras.push_back(record.extra);
  }
  return extras;
}

// A field behind the user agent, without a name in front: "rt=0.005".
std::string_view value_of(std::string_view extra, std::size_t field) {
  const std::string_view text = field_of(extra, field);
  return text.substr(text.find('=') + 1);
}

bool is_upstream_time(std::string_view extra, std::size_t field) {
  UpstreamTimes ignored;
  const std::string_view text = field_of(extra, field);
  return set_upstream_time(ignored, text.substr(0, text.find('=')), {});
}

// Whether text with this property stands in one field of most lines: a few may be broken.
template <typename Property>
bool most(const std::vector<std::string_view>& extras, std::size_t field, const Property& property) {
  const auto count = std::count_if(extras.begin(), extras.end(),
                                   [&](std::string_view extra) { return property(value_of(extra, field)); });
  return static_cast<std::size_t>(count) * 2 > extras.size();
}

bool is_whole(std::string_view text) {
  return text.find('.') == std::string_view::npos && read_decimal(text, 0).has_value();
}

// nginx writes its $request_time with three decimals, and no other variable.
bool is_request_time(std::string_view text) {
  return text.size() > 4 && text[text.size() - 4] == '.' && read_decimal(text, 9).has_value();
}

// Which field behind the user agent is the response time: nginx's $request_time is known by its decimals, Apache's %D
// by being the only whole number, unless it is too short to be microseconds.
Result<TimeField> find_time(const std::vector<std::string_view>& extras) {
  constexpr std::size_t kMaxFields = 16;
  constexpr std::int64_t kShortestUs = 20;  // no server answers faster
  std::size_t numbers = 0;
  std::size_t number = TimeField::kAbsent;
  for (std::size_t field = 0; field < kMaxFields; ++field) {
    if (!extras.empty() && is_upstream_time(extras.front(), field)) continue;
    if (most(extras, field, is_request_time)) return TimeField{field, Unit::seconds, true};
    if (!most(extras, field, is_whole)) continue;
    ++numbers;
    if (numbers == 1) number = field;
  }
  if (numbers == 0) return TimeField{};
  const bool too_short = std::any_of(extras.begin(), extras.end(), [&](std::string_view extra) {
    const std::string_view text = value_of(extra, number);
    return is_whole(text) && read_decimal(text, 0) < kShortestUs;
  });
  if (numbers == 1 && !too_short) return TimeField{number, Unit::microseconds, false};
  return fail(ErrorCode::input,
              "it is not certain which number behind the user agent is Apache's %D (microseconds), if any; say what "
              "they are: --columns duration_us, duration_ms or duration_s, with - for each field before that, or "
              "--columns - for no response time");
}

bool has_fraction(const std::vector<std::string_view>& extras, std::size_t field) {
  return most(extras, field, [](std::string_view text) { return text.find('.') != std::string_view::npos; });
}

// "-,duration_ms": the second field behind the user agent.
Result<TimeField> named_time(const std::vector<std::string>& columns, const std::vector<std::string_view>& extras) {
  for (std::size_t field = 0; field < columns.size(); ++field) {
    const std::string& name = columns[field];
    if (name == "-") continue;
    if (name == "duration_s") return TimeField{field, Unit::seconds, has_fraction(extras, field)};
    if (name == "duration_ms") return TimeField{field, Unit::milliseconds, has_fraction(extras, field)};
    if (name == "duration_us") return TimeField{field, Unit::microseconds, has_fraction(extras, field)};
    return fail(ErrorCode::usage,
                "a column of an access log is duration_s, duration_ms, duration_us or -, not \"" + name + "\"");
  }
  return TimeField{};
}

bool has_json_duration(std::string_view line) {
  Times times;
  Record record;
  const char* reason = nullptr;
  return read_json(line, times, record, reason) && !record.duration.empty();
}

class Parser final : public RecordParser {
 public:
  explicit Parser(const Layout& layout) : layout_(layout), dimensions_(layout.dimensions.names) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    sink_.begin(out);
    dimensions_.begin(out);
    const auto add = [&](std::uint64_t number, std::string_view line, bool) {
      const char* reason = nullptr;
      if (requests::is_blank(line) || add_line(line, reason)) return;
      out.bad_record(number, std::string(reason) + ": \"" + std::string(line.substr(0, 40)) + "\"");
    };
    const requests::Walked walked = requests::walk_lines(bytes, last, add);
    return {walked.consumed, walked.lines};
  }

 private:
  bool add_line(std::string_view line, const char*& reason) {
    Record record;
    record.wanted = &dimensions_.names();
    const bool read = layout_.told ? layout_.told->read(line, times_, record, reason)
                                   : read_line(line, layout_.json, times_, record, reason);
    if (!read) return false;
    if (layout_.told && !is_http_status(record.status)) {
      reason = "no status";
      return false;
    }

    std::int64_t duration_ns = 0;
    const bool in_extra = !layout_.told && !layout_.json;
    const bool timed = in_extra       ? layout_.time.field != TimeField::kAbsent
                       : layout_.told ? layout_.told->has_duration()
                                      : !record.duration.empty();
    if (timed) {
      const std::string_view text = in_extra ? value_of(record.extra, layout_.time.field) : record.duration;
      const auto read_ns = read_decimal(text, decimals_of(layout_.unit()));
      if (!read_ns || *read_ns > requests::kMaxDurationNs) {
        reason = "the response time is none";
        return false;
      }
      duration_ns = *read_ns;
    }
    // Apache writes none as "-".
    const auto bytes = record.bytes.empty() || record.bytes == "-" ? 0 : read_decimal(record.bytes, 0);
    if (!bytes) {
      reason = "bytes is no number";
      return false;
    }
    Sample& sample = sink_.add(record.time_ns - (layout_.time_is_of_end() ? duration_ns : 0), duration_ns,
                               request_of(record), record.status, endpoint_of, http_outcome);
    if (!record.bytes.empty()) sink_.received(sample, static_cast<std::uint64_t>(*bytes));
    if (layout_.names_upstream_times) read_named_upstream_times(record.extra, record.upstream);
    if (record.upstream.any()) {
      SampleDetail detail;
      record.upstream.add_to(detail);
      sink_.detail(detail);
    }
    for (std::size_t i = 0; i < dimensions_.names().size(); ++i) {
      const std::string& name = dimensions_.names()[i];
      const std::string_view value =
          record.values[i].empty() ? part_named(name, in_extra ? line : std::string_view(), record) : record.values[i];
      if (value != "-") dimensions_.add(name, value);
    }
    return true;
  }

  // JSON may give method and URI apart.
  std::string_view request_of(const Record& record) {
    constexpr std::size_t kReadableBehind = 8;  // TextMemo reads behind its text
    if (!record.request.empty() || record.method.empty() || record.method == "-") {
      return record.request.empty() ? record.uri : record.request;
    }
    request_.assign(record.method).append(1, ' ').append(record.uri).append(kReadableBehind, '\0');
    return std::string_view(request_).substr(0, request_.size() - kReadableBehind);
  }

  const Layout& layout_;
  Times times_;
  requests::RequestSink sink_;
  DimensionValues dimensions_;
  std::string request_;
};

class Session final : public InputSession {
 public:
  Session(Layout layout, bool has_durations) : layout_(std::move(layout)), has_durations_(has_durations) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override { return std::make_unique<Parser>(layout_); }
  [[nodiscard]] bool knows_durations() const override { return has_durations_; }
  [[nodiscard]] std::string note() const override {
    if (has_durations_) return layout_.dimensions.note;
    return joined_notes("it has no response times, so they are unknown; let nginx log $request_time, Apache %D",
                        layout_.dimensions.note);
  }

 private:
  Layout layout_;
  bool has_durations_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "access-log"; }
  [[nodiscard]] std::string_view tool() const override { return "access-log"; }
  [[nodiscard]] std::string_view description() const override { return "nginx or Apache access log (text or JSON)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"timelocal",     "timeiso8601", "remoteaddr", "request",       "requesttime",
            "requestmethod", "requesturi",  "status",     "bodybytessent", "bytessent"};
  }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    bool json = false;
    return find_kind(first_lines(head), json);
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    Layout layout;
    if (!options.log_format.empty()) {
      layout.told = TRY(LineFormat::parse(options.log_format));
      const bool has_durations = layout.told->has_duration();
      choose(options, head, layout.told->other_fields(), layout);
      return std::make_unique<Session>(std::move(layout), has_durations);
    }
    const std::vector<std::string_view> lines = first_lines(head);
    bool has_durations = true;
    if (!find_kind(lines, layout.json)) return fail(ErrorCode::input, "no access log");
    if (!layout.json) {
      const std::vector<std::string_view> extras = extras_of(lines);
      layout.time = TRY(options.columns.empty() ? find_time(extras) : named_time(options.columns, extras));
      has_durations = layout.time.field != TimeField::kAbsent;
      UpstreamTimes times;
      layout.names_upstream_times =
          std::ranges::any_of(extras, [&](std::string_view extra) { return read_named_upstream_times(extra, times); });
    } else {
      has_durations = std::ranges::any_of(lines, has_json_duration);
    }
    choose(options, head, lines.empty() ? std::vector<std::string>() : other_fields(lines.front(), layout.json),
           layout);
    return std::make_unique<Session>(std::move(layout), has_durations);
  }

  [[nodiscard]] bool chosen_by(std::string_view /*head*/, const InputOptions& options) const override {
    return !options.log_format.empty();
  }

 private:
  static void choose(const InputOptions& options, std::string_view head, const std::vector<std::string>& known,
                     Layout& layout) {
    layout.dimensions = choose_dimensions(options, head, known, [&](const std::vector<std::string>& names) {
      Layout with = layout;
      with.dimensions.names = names;
      return std::make_unique<Session>(std::move(with), true);
    });
  }
};

}  // namespace
}  // namespace access_log

const InputFormat& input_access_log() {
  static const access_log::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
