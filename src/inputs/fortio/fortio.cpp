// Importer of fortio's log of each request, `fortio load -access-log-file`. See README.md for the rules.

#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <memory>
#include <string>
#include <string_view>

#include "formats/requests/lines.h"
#include "formats/requests/request_sink.h"
#include "model/outcome_rules.h"
#include "reading/input.h"

namespace omniwriter {
namespace fortio {
namespace {

struct Record {
  std::int64_t start_ns = 0;
  double seconds = 0;
  bool ok = false;
  std::string_view details;  // a status, or what went wrong
};

// Reads one of the two forms. Returns why it is none.
class Reader {
 public:
  const char* read(std::string_view line, Record& record) {
    return line.starts_with('{') ? read_json(line, record) : read_influx(line, record);
  }

 private:
  // {"latency":0.002017,"timestamp":1795447939310459159,"thread":3,"iter":0,"ok":true,"details":"200"}
  const char* read_json(std::string_view line, Record& record) {
    simdjson::dom::object members;
    if (json_.parse(line.data(), line.size()).get(members) != simdjson::SUCCESS) return "no JSON object";
    if (members["latency"].get(record.seconds) != simdjson::SUCCESS) return "no latency";
    if (members["timestamp"].get(record.start_ns) != simdjson::SUCCESS) return "no timestamp";
    if (members["ok"].get(record.ok) != simdjson::SUCCESS) return "no ok";
    if (members["details"].get(record.details) != simdjson::SUCCESS) return "no details";
    return nullptr;
  }

  // latency,thread=1,ok=true value=0.002390,details="200" 1795447943386815467
  static const char* read_influx(std::string_view line, Record& record) {
    constexpr std::string_view kOk = ",ok=";
    constexpr std::string_view kValue = " value=";
    constexpr std::string_view kDetails = ",details=\"";
    constexpr std::string_view kEnd = "\" ";
    const std::size_t ok = line.find(kOk);
    const std::size_t value = line.find(kValue);
    const std::size_t details = line.find(kDetails);
    const std::size_t end = line.rfind(kEnd);
    const bool in_order = ok < value && value < details && end != std::string_view::npos && details < end;
    if (!line.starts_with("latency,") || !in_order || end < details + kDetails.size()) {
      return "no point of latency";
    }
    const std::string_view ok_text = line.substr(ok + kOk.size(), value - ok - kOk.size());
    if (ok_text != "true" && ok_text != "false") return "ok is neither true nor false";
    record.ok = ok_text == "true";
    const std::string_view time = line.substr(end + kEnd.size());
    if (!read_number(line.substr(value + kValue.size(), details - value - kValue.size()), record.seconds)) {
      return "value is no number";
    }
    if (!read_number(time, record.start_ns)) return "no time";
    record.details = line.substr(details + kDetails.size(), end - details - kDetails.size());
    return nullptr;
  }

  template <typename Number>
  static bool read_number(std::string_view text, Number& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size();
  }

  simdjson::dom::parser json_;
};

class Parser final : public RecordParser {
 public:
  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    ok_sink_.begin(out);
    failed_sink_.begin(out);
    const auto walked = requests::read_lines(
        bytes, last, out, [&](std::string_view line) { return requests::is_blank(line) ? nullptr : add(line); });
    return {walked.consumed, walked.lines};
  }

 private:
  const char* add(std::string_view line) {
    Record record;
    if (const char* problem = reader_.read(line, record)) return problem;
    if (!requests::is_plausible_time(record.start_ns)) return "the time is out of range";
    constexpr double kNs = 1e9;
    const bool fits = record.seconds >= 0 && record.seconds * kNs <= static_cast<double>(requests::kMaxDurationNs);
    if (!fits) {
      return "the latency is no duration in seconds";
    }
    const auto duration_ns = static_cast<std::int64_t>(std::llround(record.seconds * kNs));
    requests::RequestSink& sink = record.ok ? ok_sink_ : failed_sink_;
    sink.add(record.start_ns, duration_ns, {}, record.details,
             [&](std::string_view details) { return told_outcome(details, !record.ok, details); });
    if (!record.ok && !is_http_status(record.details)) sink.message(record.details);
    return nullptr;
  }

  Reader reader_;
  requests::RequestSink ok_sink_;  // the same details may stand for either
  requests::RequestSink failed_sink_;
};

class Session final : public InputSession {
 public:
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override { return std::make_unique<Parser>(); }
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "fortio"; }
  [[nodiscard]] std::string_view tool() const override { return "fortio"; }
  [[nodiscard]] std::string_view description() const override { return "fortio log of requests (-access-log-file)"; }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    const std::string_view line = head.substr(0, head.find('\n'));
    if (line.starts_with("latency,thread=")) return true;
    if (!line.starts_with('{')) return false;
    return requests::has_members(line,
                                 {R"("latency":)", R"("timestamp":)", R"("thread":)", R"("iter":)", R"("details":)"});
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view /*head*/,
                                                           const InputOptions& /*options*/) const override {
    return std::make_unique<Session>();
  }
};

}  // namespace
}  // namespace fortio

const InputFormat& input_fortio() {
  static const fortio::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
