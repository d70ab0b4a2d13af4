// Importer of k6's JSON output, `k6 run --out json=FILE`. See README.md for the rules.

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/bounded_name.h"
#include "base/digits.h"
#include "base/rfc3339.h"
#include "formats/k6/points.h"
#include "formats/requests/lines.h"
#include "reading/input.h"

namespace omniwriter {
namespace k6_json {
namespace {

using k6::Metric;

constexpr std::int64_t kNsPerSecond = 1'000'000'000;
// The years 2000 to 2100: anything else is no time at which a load test ran.
constexpr std::int64_t kMinTimeNs = 946'684'800 * kNsPerSecond;
constexpr std::int64_t kMaxTimeNs = 4'102'444'800 * kNsPerSecond;

// How k6 has written points since 0.43, and before.
constexpr std::string_view kPointStart = R"({"metric":")";
constexpr std::string_view kPointMiddle = R"(","type":"Point","data":{"time":")";
constexpr std::string_view kOldPointStart = R"({"type":"Point","data":)";
constexpr std::string_view kOldMetricName = R"("metric":")";

std::string_view unescape_json(std::string_view text, std::string& scratch) {
  if (text.find('\\') == std::string_view::npos) return text;
  simdjson::dom::parser parser;
  std::string_view plain;
  if (parser.parse("\"" + std::string(text) + "\"").get(plain) != simdjson::SUCCESS) return text;
  scratch.assign(plain);
  return scratch;
}

// Reads forward through a line. Every step may fail; what has failed stays so. Up to 7 bytes behind the line are read.
class Cursor {
 public:
  Cursor(const char* at, const char* end) : at_(at), end_(end) {}

  bool skip(std::string_view text) {
    if (static_cast<std::size_t>(end_ - at_) < text.size() || std::memcmp(at_, text.data(), text.size()) != 0) {
      return false;
    }
    at_ += text.size();
    return true;
  }

  /// The text up to the next quote that is not escaped, still escaped; moves behind the quote.
  bool string(std::string_view& text) {
    const char* const begin = at_;
    while (true) {
      const char* const quote = find_quote(at_, end_);
      if (quote == end_) return false;
      at_ = quote + 1;
      const char* backslash = quote;
      while (backslash > begin && backslash[-1] == '\\') --backslash;
      if ((quote - backslash) % 2 != 0) continue;
      text = {begin, static_cast<std::size_t>(quote - begin)};
      return true;
    }
  }

  /// The text up to the next comma or brace.
  bool number(std::string_view& text) {
    const char* const begin = at_;
    while (at_ != end_ && *at_ != ',' && *at_ != '}') ++at_;
    text = {begin, static_cast<std::size_t>(at_ - begin)};
    return at_ != end_ && !text.empty();
  }

  [[nodiscard]] std::string_view rest() const { return {at_, static_cast<std::size_t>(end_ - at_)}; }

 private:
  // Names and values are short: a call of memchr() would cost more than the search.
  static const char* find_quote(const char* at, const char* end) {
    constexpr std::uint64_t kOnes = 0x0101010101010101;
    for (; at < end; at += 8) {
      const std::uint64_t other = detail::load8(at) ^ (kOnes * '"');
      const std::uint64_t quotes = (other - kOnes) & ~other & (kOnes << 7);  // right up to the first one
      if (quotes != 0) return std::min(at + std::countr_zero(quotes) / 8, end);
    }
    return end;
  }

  const char* at_;
  const char* end_;
};

class Parser final : public RecordParser {
 public:
  Parser(k6::Sampled sampled, const std::vector<std::string>& dimensions)
      : sampled_(sampled), dimensions_(dimensions) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    out_ = &out;
    sink_.begin(out);
    ParseResult result;
    while (result.consumed != bytes.size()) {
      const char* const begin = bytes.data() + result.consumed;
      const std::size_t left = bytes.size() - result.consumed;
      const auto* newline = static_cast<const char*>(std::memchr(begin, '\n', left));
      if (newline == nullptr && !last) break;
      std::size_t length = newline == nullptr ? left : static_cast<std::size_t>(newline - begin);
      result.consumed += length + (newline == nullptr ? 0 : 1);
      line_ = result.lines + 1;
      ended_ = newline != nullptr;
      result.lines += newline == nullptr ? 0 : 1;
      if (length != 0 && begin[length - 1] == '\r') --length;
      add_line({begin, length});
    }
    return result;
  }

 private:
  // Lines of metrics that do not matter are told by their start, and looked at no further than to see that they are
  // whole.
  void add_line(std::string_view line) {
    if (line.starts_with(kPointStart)) [[likely]] {
      const std::string_view rest = line.substr(kPointStart.size());
      const std::string_view name = rest.substr(0, rest.find('"'));
      const k6::MetricKind metric = k6::metric_named(name, sampled_);
      if (metric.metric == Metric::other) {
        if (line.back() == '}') return;
      } else if (add_point(metric, name, rest.substr(name.size()))) {
        return;
      }
    } else if (line.starts_with(kOldPointStart) && line.ends_with("\"}")) {
      const std::size_t quote = line.rfind('"', line.size() - 3);
      if (quote != std::string_view::npos && line.substr(0, quote + 1).ends_with(kOldMetricName) &&
          k6::metric_named(line.substr(quote + 1, line.size() - quote - 3), sampled_).metric == Metric::other) {
        return;
      }
    } else if (line.find_first_not_of(" \t") == std::string_view::npos) {
      return;
    }
    add_any_line(line);
  }

  // The line behind the name of the metric, in the one order in which k6 writes it. False where it is otherwise.
  bool add_point(k6::MetricKind metric, std::string_view name, std::string_view rest) {
    Cursor cursor(rest.data(), rest.data() + rest.size());
    std::string_view time_text;
    std::string_view value_text;
    std::int64_t time_ns = 0;
    if (!cursor.skip(kPointMiddle) || !cursor.string(time_text) || !read_time(time_text, time_ns) ||
        !cursor.skip(",\"value\":") || !cursor.number(value_text) || !cursor.skip(",\"tags\":") ||
        !rest.ends_with("}}")) {
      return false;
    }
    const auto value = k6::milliseconds_to_ns(value_text);
    if (!value) return false;
    switch (metric.metric) {
      case Metric::sample:
      case Metric::phase:
        // A request and its phases have the same tags, to the byte.
        if (sink_.has_before() && cursor.rest() == tags_before_) {
          sink_.again(metric.kind, time_ns, *value);
          return true;
        }
        break;
      case Metric::check:
      case Metric::group:
        break;
      case Metric::measure:
        sink_.measure(line_, metric.kind, time_ns, static_cast<double>(*value) / 1e6, name);
        return true;
      default: {
        const bool users = metric.metric == Metric::active_users;
        const std::string_view generator = users ? k6::generator_among(rest, "\":\"", "\"") : std::string_view{};
        sink_.value(line_, metric.metric, time_ns, static_cast<double>(*value) / 1e6, generator);
        return true;
      }
    }
    const std::string_view tags_text = cursor.rest();
    k6::Tags tags;
    if (!cursor.skip("null")) {
      if (!cursor.skip("{")) return false;
      bool first = true;
      while (!cursor.skip("}")) {
        std::string_view key;
        std::string_view text;
        if ((!first && !cursor.skip(",")) || !cursor.skip("\"") || !cursor.string(key) || !cursor.skip(":\"") ||
            !cursor.string(text)) {
          return false;
        }
        first = false;
        set_tag(tags, key, text);
      }
    }
    if (is_of_request(metric.metric)) tags_before_ = tags_text;
    sink_.add(metric, time_ns, *value, tags);
    return true;
  }

  static bool is_of_request(Metric metric) { return metric == Metric::sample || metric == Metric::phase; }

  void set_tag(k6::Tags& tags, std::string_view key, std::string_view text) const {
    for (std::size_t i = 0; i < dimensions_.size(); ++i) {
      if (key == dimensions_[i]) tags.dimensions[i] = text;
    }
    switch (key.size()) {
      case 3:
        if (key == "url") tags.url = text;
        break;
      case 4:
        if (key == "name") tags.name = text;
        break;
      case 5:
        if (key == "error") tags.error = text;
        if (key == "group") tags.group = text;
        if (key == "check") tags.check = text;
        break;
      case 6:
        if (key == "status") tags.status = text;
        break;
      case 8:
        if (key == "scenario") tags.scenario = text;
        break;
      case 10:
        if (key == "error_code") tags.error_code = text;
        break;
      case 17:
        if (key == "expected_response") tags.expected_response = text;
        break;
      default:
        break;
    }
  }

  // Any line of JSON, whatever the order of its members. Where k6 writes to the standard output, its banner, progress
  // and logs stand between, and sometimes in front of a point.
  void add_any_line(std::string_view line) {
    namespace json = simdjson::dom;
    const std::string_view point = point_in(line);
    if (point.empty()) return out_->remark(RemarkKind::ignored_line, line_, line);
    json::element root;
    if (const auto error = json_.parse(point.data(), point.size()).get(root); error != simdjson::SUCCESS) {
      return out_->bad_record(line_, std::string("no JSON: ") + simdjson::error_message(error) +
                                         (ended_ ? "" : ": the file ends within a record"));
    }
    std::string_view type;
    std::string_view name;
    if (root["type"].get(type) != simdjson::SUCCESS || root["metric"].get(name) != simdjson::SUCCESS) {
      return out_->bad_record(line_, "no \"type\" or no \"metric\"");
    }
    if (type == "Metric") return define(root, name);
    const k6::MetricKind metric = k6::metric_named(name, sampled_);
    if (type != "Point" || metric.metric == Metric::other) return;

    std::string_view time_text;
    double value = 0;
    std::int64_t time_ns = 0;
    json::element data;
    if (root["data"].get(data) != simdjson::SUCCESS || data["time"].get(time_text) != simdjson::SUCCESS ||
        data["value"].get(value) != simdjson::SUCCESS) {
      return out_->bad_record(line_, "a point without time or value");
    }
    if (!read_time(time_text, time_ns)) {
      return out_->bad_record(line_, "the time is none: \"" + std::string(time_text.substr(0, 40)) + "\"");
    }
    if (metric.metric == Metric::measure) return sink_.measure(line_, metric.kind, time_ns, value, name);
    if (!is_of_request(metric.metric) && metric.metric != Metric::check && metric.metric != Metric::group) {
      std::string tags;
      if (json::element all; data["tags"].get(all) == simdjson::SUCCESS) tags = simdjson::minify(all);
      return sink_.value(line_, metric.metric, time_ns, value, k6::generator_among(tags, "\":\"", "\""));
    }
    const auto duration_ns = k6::milliseconds_to_ns(std::to_string(value));
    if (!duration_ns) return out_->bad_record(line_, "the duration is out of range");
    k6::Tags tags;
    json::object members;
    if (data["tags"].get(members) == simdjson::SUCCESS) {
      for (const auto& member : members) {
        std::string_view text;
        if (member.value.get(text) == simdjson::SUCCESS) set_tag(tags, member.key, text);
      }
    }
    plain_sink_.begin(*out_);
    plain_sink_.add(metric, time_ns, *duration_ns, tags);
  }

  // A line that says of what kind a metric is, and what it is held against; how that ended is nowhere in the file.
  void define(const simdjson::dom::element& root, std::string_view name) {
    simdjson::dom::array thresholds;
    if (root["data"]["thresholds"].get(thresholds) == simdjson::SUCCESS) {
      for (const auto& threshold : thresholds) {
        std::string_view expected;
        if (threshold.get(expected) != simdjson::SUCCESS) continue;
        out_->tool_verdicts.push_back({std::string(name), std::string(expected), std::nullopt});
      }
    }
    const k6::MetricKind known = k6::metric_named(name, sampled_);
    std::string_view type;
    std::string_view contains;
    if (known.metric != Metric::measure || root["data"]["type"].get(type) != simdjson::SUCCESS) return;
    if (root["data"]["contains"].get(contains) != simdjson::SUCCESS) contains = {};
    const SampleKind kind = k6::kind_of_measure(type, contains);
    if (kind != SampleKind::number) out_->measure_kinds.emplace_back(bounded_name(name), kind);
  }

  // "2026-11-23T15:29:36.590630544Z", remembering the minute.
  bool read_time(std::string_view text, std::int64_t& ns) {
    constexpr std::size_t kMinute = sizeof("2026-11-23T15:29:") - 1;
    constexpr std::size_t kSecond = kMinute + 2;
    if (text.size() > kSecond && text.back() == 'Z' && text.substr(0, kMinute) == minute_) [[likely]] {
      const auto digit = [&](std::size_t i) {
        return static_cast<unsigned>(static_cast<unsigned char>(text[i])) - '0';
      };
      const std::string_view fraction = text.substr(kSecond + 1, text.size() - kSecond - 2);
      std::uint64_t decimals = 0;
      if (digit(kMinute) < 6 && digit(kMinute + 1) < 10 && text[kSecond] == '.' && fraction.size() <= 9 &&
          read_digits(fraction, decimals)) {
        constexpr std::uint64_t kScale[] = {1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000,
                                            10'000,        1'000,       100,        10,        1};
        ns = minute_ns_ + (digit(kMinute) * 10 + digit(kMinute + 1)) * kNsPerSecond +
             static_cast<std::int64_t>(decimals * kScale[fraction.size()]);
        return true;
      }
    }
    const auto parsed = parse_rfc3339(text);
    if (!parsed || *parsed < kMinTimeNs || *parsed > kMaxTimeNs) return false;
    ns = *parsed;
    if (text.back() == 'Z') {
      minute_.assign(text.substr(0, kMinute));
      minute_ns_ = ns - ns % (60 * kNsPerSecond);
    }
    return true;
  }

  // What of a line may be a point: from a brace on, behind which a member of points is named; or a record that the end
  // of the file cut.
  [[nodiscard]] std::string_view point_in(std::string_view line) const {
    const std::size_t brace = line.find('{');
    if (brace == std::string_view::npos) return {};
    const std::string_view rest = line.substr(brace);
    const bool is_point =
        rest.find("\"metric\"") != std::string_view::npos ||
        (rest.find("\"type\"") != std::string_view::npos &&
         (rest.find("\"Point\"") != std::string_view::npos || rest.find("\"Metric\"") != std::string_view::npos));
    return is_point || (!ended_ && brace == 0) ? rest : std::string_view();
  }

  const k6::Sampled sampled_;
  const std::vector<std::string>& dimensions_;
  SampleBatch* out_ = nullptr;
  std::uint64_t line_ = 0;
  bool ended_ = true;  // whether the line has its newline
  k6::PointSink sink_{unescape_json, sampled_, dimensions_};
  k6::PointSink plain_sink_{[](std::string_view text, std::string&) { return text; }, sampled_,
                            dimensions_};  // already unescaped
  std::string_view tags_before_;           // of the request or phase before, in this chunk
  simdjson::dom::parser json_;
  std::string minute_;
  std::int64_t minute_ns_ = 0;
};

class Session final : public InputSession {
 public:
  Session(k6::Sampled sampled, bool whole_file_is_known, std::vector<std::string> dimensions, std::string note)
      : sampled_(sampled),
        known_(whole_file_is_known),
        dimensions_(std::move(dimensions)),
        note_(joined_notes(k6::note_on(sampled), note)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(sampled_, dimensions_);
  }
  [[nodiscard]] std::string note() const override { return note_; }
  [[nodiscard]] std::string hint() const override { return k6::hint_on(known_); }

 private:
  k6::Sampled sampled_;
  bool known_;
  std::vector<std::string> dimensions_;
  std::string note_;
};

// The tags of the first requests that tell them apart; but not what endpoint, outcome or user say.
std::vector<std::string> useful_dimensions(std::string_view head, k6::Sampled sampled) {
  constexpr std::array<std::string_view, 10> kKnown{
      "name", "url", "status", "error", "error_code", "expected_response", "check", "group", "vu", "iter"};
  DimensionCandidates candidates;
  simdjson::dom::parser parser;
  requests::walk_lines(head, true, [&](std::uint64_t, std::string_view line, bool) {
    simdjson::dom::element root;
    std::string_view metric;
    simdjson::dom::object tags;
    if (line.find("\"tags\"") == std::string_view::npos ||
        parser.parse(simdjson::padded_string(line)).get(root) != simdjson::SUCCESS ||
        root["metric"].get(metric) != simdjson::SUCCESS || k6::metric_named(metric, sampled).metric != Metric::sample ||
        root["data"]["tags"].get(tags) != simdjson::SUCCESS) {
      return;
    }
    for (const auto& tag : tags) {
      std::string_view value;
      if (std::ranges::find(kKnown, tag.key) == kKnown.end() && tag.value.get(value) == simdjson::SUCCESS) {
        candidates.see(tag.key, value);
      }
    }
  });
  return candidates.useful();
}

// A point or the definition of a metric.
bool is_record(std::string_view line, simdjson::dom::parser& parser) {
  simdjson::dom::element root;
  std::string_view type;
  std::string_view metric;
  return line.find("\"metric\"") != std::string_view::npos &&
         parser.parse(simdjson::padded_string(line)).get(root) == simdjson::SUCCESS &&
         root["type"].get(type) == simdjson::SUCCESS && (type == "Point" || type == "Metric") &&
         root["metric"].get(metric) == simdjson::SUCCESS;
}

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "k6-json"; }
  [[nodiscard]] std::string_view tool() const override { return "k6"; }
  [[nodiscard]] std::string_view description() const override { return "k6 JSON (--out json)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override { return {"metric", "type", "data"}; }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    constexpr std::size_t kMaxTried = 20;
    simdjson::dom::parser parser;
    std::size_t tried = 0;
    bool found = false;
    requests::walk_lines(head, true, [&](std::uint64_t, std::string_view line, bool) {
      const std::size_t brace = line.find('{');
      if (found || brace == std::string_view::npos || tried == kMaxTried) return;
      ++tried;
      found = is_record(line.substr(brace), parser);
    });
    return found;
  }

  [[nodiscard]] bool needs_survey(std::string_view head, const InputOptions& /*options*/) const override {
    return !k6::names_requests(head);
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    const auto has_requests = options.survey.transform([](const Survey& survey) { return survey.requests != 0; });
    const k6::Sampled sampled = k6::sampled_of(head, has_requests);
    if (!is_any_dimension(options.dimensions)) {
      return std::make_unique<Session>(sampled, options.survey.has_value(), options.dimensions, std::string());
    }
    std::vector<std::string> found = useful_dimensions(head, sampled);
    std::string note = note_on_dimensions(found);
    return std::make_unique<Session>(sampled, options.survey.has_value(), std::move(found), std::move(note));
  }
};

}  // namespace
}  // namespace k6_json

const InputFormat& input_k6_json() {
  static const k6_json::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
