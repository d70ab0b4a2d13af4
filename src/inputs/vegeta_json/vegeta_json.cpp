// Importer of vegeta's results as JSON, `vegeta encode`. See README.md for the rules.

#include <simdjson.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rfc3339.h"
#include "formats/requests/lines.h"
#include "formats/vegeta/results.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"

namespace omniwriter {
namespace vegeta_json {
namespace {

class Parser final : public RecordParser {
 public:
  explicit Parser(const std::vector<std::string>& dimensions) : sink_(dimensions) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    sink_.begin(out);
    const auto walked = requests::read_lines(
        bytes, last, out, [&](std::string_view line) { return requests::is_blank(line) ? nullptr : add(line); });
    return {walked.consumed, walked.lines};
  }

 private:
  // Returns why there is no result in the line.
  const char* add(std::string_view line) {
    namespace json = simdjson::dom;
    json::element root;
    if (const auto error = json_.parse(line.data(), line.size()).get(root); error != simdjson::SUCCESS) {
      return simdjson::error_message(error);
    }
    json::object members;
    if (root.get(members) != simdjson::SUCCESS) return "no JSON object";
    vegeta::Hit hit;
    std::string_view time;
    if (members["timestamp"].get(time) != simdjson::SUCCESS) return "no timestamp";
    if (members["latency"].get(hit.latency_ns) != simdjson::SUCCESS) return "no latency";
    if (members["code"].get(hit.code) != simdjson::SUCCESS) return "no code";
    const auto start_ns = parse_rfc3339(time);
    if (!start_ns) return "the timestamp is no time";
    hit.start_ns = *start_ns;
    const auto read_if_there = [&](std::string_view name, auto& value) {
      if (members[name].get(value) != simdjson::SUCCESS) value = {};
    };
    read_if_there("bytes_in", hit.bytes_in);
    read_if_there("bytes_out", hit.bytes_out);
    read_if_there("error", hit.error);
    read_if_there("method", hit.method);
    read_if_there("url", hit.url);
    read_if_there("attack", hit.attack);
    return sink_.add(hit);
  }

  simdjson::dom::parser json_;
  vegeta::HitSink sink_;
};

class Session final : public InputSession {
 public:
  explicit Session(ChosenDimensions dimensions) : dimensions_(std::move(dimensions)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(dimensions_.names);
  }
  [[nodiscard]] std::string note() const override { return dimensions_.note; }

 private:
  ChosenDimensions dimensions_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "vegeta-json"; }
  [[nodiscard]] std::string_view tool() const override { return "vegeta"; }
  [[nodiscard]] std::string_view description() const override { return "vegeta JSON (encode)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"attack",  "seq",   "code", "timestamp", "latency", "bytesout",
            "bytesin", "error", "body", "method",    "url",     "headers"};
  }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    const std::size_t begin = head.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos || head[begin] != '{') return false;
    const std::string_view line = head.substr(begin, head.find('\n', begin) - begin);
    return requests::has_members(
        line, {R"("code":)", R"("timestamp":)", R"("latency":)", R"("bytes_out":)", R"("bytes_in":)", R"("error":)"});
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    const auto open_with = [](const std::vector<std::string>& names) {
      return std::make_unique<Session>(ChosenDimensions{names, {}});
    };
    return std::make_unique<Session>(choose_dimensions(options, head, vegeta::known_dimensions(), open_with));
  }
};

}  // namespace
}  // namespace vegeta_json

const InputFormat& input_vegeta_json() {
  static const vegeta_json::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
