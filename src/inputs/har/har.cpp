// Importer of HAR, what browsers and proxies recorded. See README.md for the rules.

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/rfc3339.h"
#include "base/utf8.h"
#include "formats/requests/mapping.h"
#include "formats/requests/request_sink.h"
#include "model/dimension_values.h"
#include "model/outcome_rules.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"

namespace omniwriter {
namespace har {
namespace {

constexpr std::size_t kReadableBehind = 8;  // RequestSink reads behind its texts

// Where in the document a value stands. Only what is named here matters.
enum class Node : std::uint8_t { document, root, log, entries, entry, request, response, content, timings, other };

Node child_of(Node parent, std::string_view key) {
  switch (parent) {
    case Node::document:
      return Node::root;
    case Node::root:
      return key == "log" ? Node::log : Node::other;
    case Node::log:
      return key == "entries" ? Node::entries : Node::other;
    case Node::entries:
      return Node::entry;
    case Node::entry:
      return key == "request"    ? Node::request
             : key == "response" ? Node::response
             : key == "timings"  ? Node::timings
                                 : Node::other;
    case Node::response:
      return key == "content" ? Node::content : Node::other;
    default:
      return Node::other;
  }
}

// In the order of kPlaces.
enum class Value : std::size_t {
  started,
  time,
  method,
  url,
  request_headers,
  request_body,
  status,
  status_text,
  version,
  error,
  response_headers,
  response_body,
  transferred,
  content_size,
  blocked,
  dns,
  connect,
  tls,
  sending,
  waiting,
  receiving,
  count
};

struct Place {
  Node node;
  std::string_view key;
};
constexpr std::array<Place, static_cast<std::size_t>(Value::count)> kPlaces = {
    {{Node::entry, "startedDateTime"},  {Node::entry, "time"},
     {Node::request, "method"},         {Node::request, "url"},
     {Node::request, "headersSize"},    {Node::request, "bodySize"},
     {Node::response, "status"},        {Node::response, "statusText"},
     {Node::response, "httpVersion"},   {Node::response, "_error"},
     {Node::response, "headersSize"},   {Node::response, "bodySize"},
     {Node::response, "_transferSize"}, {Node::content, "size"},
     {Node::timings, "blocked"},        {Node::timings, "dns"},
     {Node::timings, "connect"},        {Node::timings, "ssl"},
     {Node::timings, "send"},           {Node::timings, "wait"},
     {Node::timings, "receive"}}};

std::optional<Value> value_of(Node node, std::string_view key) {
  for (std::size_t i = 0; i < kPlaces.size(); ++i) {
    if (kPlaces[i].node == node && kPlaces[i].key == key) return static_cast<Value>(i);
  }
  return std::nullopt;
}

// Reads the document byte by byte and keeps, of an entry, the values above alone: bodies of any size pass by.
class Parser final : public RecordParser {
 public:
  explicit Parser(const std::vector<std::string>& dimensions) : dimensions_(dimensions) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    out_ = &out;
    sink_.begin(out);
    dimensions_.begin(out);
    line_ = 1;
    for (std::size_t at = 0; at < bytes.size();) {
      at = in_string_ ? read_string(bytes, at) : read_outside(bytes, at);
    }
    if (last) {
      end_scalar();
      if (depth_ != 0) out.bad_record(line_, "the file ends within the document");
      depth_ = 0;
    }
    return {bytes.size(), line_ - 1};
  }

 private:
  static constexpr std::size_t kMaxText = 16 * 1024;
  static constexpr std::size_t kMaxDepth = 8;  // what matters is at most seven deep
  static constexpr std::size_t kMaxKey = 32;

  // The text is kept where it may be a key, or is the value of one that matters.
  [[nodiscard]] std::size_t text_limit() const { return wanted_ ? kMaxText : has_key_ ? 0 : kMaxKey; }

  std::size_t read_string(std::string_view bytes, std::size_t at) {
    if (!escape_.empty()) return read_escape(bytes, at);
    const std::size_t end = std::min(bytes.find_first_of("\"\\\n", at), bytes.size());
    keep(bytes.substr(at, end - at));
    if (end == bytes.size()) return end;
    if (bytes[end] == '\\') {
      escape_ = "\\";
    } else if (bytes[end] == '\n') {
      ++line_;
    } else {
      in_string_ = false;
    }
    return end + 1;
  }

  std::size_t read_escape(std::string_view bytes, std::size_t at) {
    constexpr std::size_t kUnicode = sizeof("\\uXXXX") - 1;
    escape_ += bytes[at];
    if (bytes[at] == '\n') ++line_;
    if (escape_[1] == 'u' && escape_.size() < kUnicode) return at + 1;
    char plain = escape_[1];
    switch (plain) {
      case 'b':
      case 'f':
      case 'n':
      case 'r':
      case 't':
        plain = ' ';
        break;
      case 'u':
        plain = unicode(escape_);
        break;
      default:
        break;
    }
    keep({&plain, 1});
    escape_.clear();
    return at + 1;
  }

  // What is not ASCII has no need to be escaped, and no exporter does.
  static char unicode(std::string_view escape) {
    unsigned code = 0;
    for (const char c : escape.substr(2)) {
      const auto digit =
          std::string_view("0123456789abcdef").find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
      if (digit == std::string_view::npos) return '?';
      code = code * 16 + static_cast<unsigned>(digit);
    }
    return code >= ' ' && code < 0x7F ? static_cast<char>(code) : '?';
  }

  void keep(std::string_view text) {
    const std::size_t limit = text_limit();
    if (text_.size() < limit) text_.append(text.substr(0, limit - text_.size()));
  }

  std::size_t read_outside(std::string_view bytes, std::size_t at) {
    const char c = bytes[at];
    switch (c) {
      case '"':
        in_string_ = true;
        text_.clear();
        has_text_ = true;
        break;
      case ':':
        key_ = has_text_ ? std::exchange(text_, {}) : std::string();
        has_text_ = false;
        has_key_ = true;
        wanted_ = value_of(node(), key_);
        break;
      case ',':
        end_scalar();
        break;
      case '{':
      case '[':
        open();
        break;
      case '}':
      case ']':
        end_scalar();
        close();
        break;
      case '\n':
        ++line_;
        break;
      case ' ':
      case '\t':
      case '\r':
        break;
      default:  // a number, or true, false, null
        has_text_ = true;
        keep({&c, 1});
    }
    return at + 1;
  }

  [[nodiscard]] Node node() const {
    return depth_ == 0 ? Node::document : depth_ <= kMaxDepth ? nodes_[depth_ - 1] : Node::other;
  }

  void open() {
    const Node inner = child_of(node(), key_);
    if (depth_ < kMaxDepth) nodes_[depth_] = inner;
    ++depth_;
    forget_key();
    if (inner == Node::entry) {
      for (std::string& value : values_) value.clear();
    }
  }

  void close() {
    if (depth_ == 0) return;
    if (node() == Node::entry) add_entry();
    --depth_;
    forget_key();
  }

  void end_scalar() {
    if (has_text_ && wanted_) std::swap(values_[static_cast<std::size_t>(*wanted_)], text_);
    forget_key();
  }

  void forget_key() {
    key_.clear();
    text_.clear();
    has_key_ = false;
    has_text_ = false;
    wanted_.reset();
  }

  [[nodiscard]] const std::string& value(Value wanted) const { return values_[static_cast<std::size_t>(wanted)]; }
  [[nodiscard]] std::optional<std::int64_t> amount(Value wanted, unsigned decimals) {
    number_ = value(wanted);
    return mapping::read_amount(padded(number_), decimals);
  }
  // Nothing for -1, which stands for not known.
  [[nodiscard]] std::optional<std::uint64_t> size(Value wanted) {
    const std::string& text = value(wanted);
    if (text.starts_with('-') || text == "null") return std::nullopt;
    const auto read = amount(wanted, 0);
    if (read) return static_cast<std::uint64_t>(*read);
    out_->unreadable_value(line_, kPlaces[static_cast<std::size_t>(wanted)].key, text);
    return std::nullopt;
  }

  // Of what is known.
  static std::optional<std::uint64_t> sum(std::optional<std::uint64_t> a, std::optional<std::uint64_t> b) {
    return a || b ? std::optional(a.value_or(0) + b.value_or(0)) : std::nullopt;
  }

  void add_entry() {
    const auto start_ns = parse_rfc3339(value(Value::started));
    if (!start_ns || !requests::is_plausible_time(*start_ns))
      return reject("startedDateTime is no time", Value::started);
    constexpr unsigned kMilliseconds = 6;
    const auto duration_ns = amount(Value::time, kMilliseconds);
    if (!duration_ns || *duration_ns > requests::kMaxDurationNs) {
      return reject("time is no duration in milliseconds", Value::time);
    }
    endpoint_.assign(value(Value::method)).append(endpoint_.empty() ? "" : " ").append(value(Value::url));
    const std::string_view endpoint = padded(endpoint_);
    result_.assign(value(Value::status)).append(1, '\n').append(value(Value::error));
    Sample& sample = sink_.add(*start_ns, *duration_ns, endpoint, padded(result_), outcome_of);
    const auto response_body = size(Value::response_body).or_else([&] { return size(Value::content_size); });
    const auto received =
        size(Value::transferred).or_else([&] { return sum(size(Value::response_headers), response_body); });
    if (received) sink_.received(sample, *received);
    if (const auto sent = sum(size(Value::request_headers), size(Value::request_body))) sink_.sent(sample, *sent);
    add_detail(!out_->outcomes()[sample.outcome].error_type.empty());
  }

  void add_detail(bool failed) {
    SampleDetail detail;
    // Where there was no answer, what was not come to is 0: some phases must be there.
    const bool answered = is_http_status(value(Value::status));
    for (std::size_t i = 0; i < kPhases.size(); ++i) {
      const std::int64_t phase = phase_ns(static_cast<Value>(static_cast<std::size_t>(Value::blocked) + i));
      if (answered || phase != 0) detail.phase_ns[i] = phase;
    }
    // TLS is a part of connecting; but not everybody who writes HAR has read that.
    std::int64_t& connect = detail.phase(SampleKind::connect);
    const std::int64_t tls = detail.phase(SampleKind::tls);
    if (tls > 0 && connect >= tls) connect -= tls;
    if (failed) {
      const std::string& error = value(Value::error);
      detail.message = out_->message(error.empty() || error == "null" ? value(Value::status_text) : error);
    }
    sink_.detail(detail);
    if (dimensions_.empty()) return;
    dimensions_.add("method", padded(values_[static_cast<std::size_t>(Value::method)]));
    dimensions_.add("protocol", padded(values_[static_cast<std::size_t>(Value::version)]), protocol_of);
  }

  // Negative where there was no such phase.
  [[nodiscard]] std::int64_t phase_ns(Value wanted) {
    const std::string& text = value(wanted);
    if (text.empty() || text.starts_with('-') || text == "null") return SampleDetail::kUnknown;
    constexpr unsigned kMilliseconds = 6;
    const auto read = amount(wanted, kMilliseconds);
    if (read && *read <= requests::kMaxDurationNs) return *read;
    out_->unreadable_value(line_, kPlaces[static_cast<std::size_t>(wanted)].key, text);
    return SampleDetail::kUnknown;
  }

  // Browsers write "h2" or "HTTP/2.0", and none where there was no answer.
  static std::string_view protocol_of(std::string_view version) { return version == "unknown" ? "" : version; }

  static std::string_view padded(std::string& text) {
    const std::size_t size = text.size();
    text.append(kReadableBehind, '\0');
    return std::string_view(text).substr(0, size);
  }

  // Status 0: there was no answer.
  static Outcome outcome_of(std::string_view result) {
    const std::size_t end = result.find('\n');
    const std::string_view status = result.substr(0, end);
    if (is_http_status(status)) return http_outcome(status);
    const std::string_view error = result.substr(end + 1);
    return told_outcome(status, true, error.empty() ? "no_response" : error);
  }

  void reject(const char* reason, Value wanted) {
    constexpr std::size_t kShown = 40;
    out_->bad_record(line_, std::string(reason) + ": \"" + clean_utf8(value(wanted), kShown) + "\"");
  }

  SampleBatch* out_ = nullptr;
  requests::RequestSink sink_;
  DimensionValues dimensions_;
  std::uint64_t line_ = 1;

  std::size_t depth_ = 0;
  std::array<Node, kMaxDepth> nodes_{};
  bool in_string_ = false;
  std::string escape_;  // as far as it was read
  std::string text_;    // of the string or number being read, or just read
  bool has_text_ = false;
  std::string key_;
  bool has_key_ = false;
  std::optional<Value> wanted_;  // what the key stands for

  std::array<std::string, static_cast<std::size_t>(Value::count)> values_;  // of the entry
  std::string endpoint_;
  std::string result_;
  std::string number_;
};

class Session final : public InputSession {
 public:
  explicit Session(ChosenDimensions dimensions) : dimensions_(std::move(dimensions)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(dimensions_.names);
  }
  [[nodiscard]] bool splittable() const override { return false; }
  [[nodiscard]] std::string note() const override { return dimensions_.note; }

 private:
  ChosenDimensions dimensions_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "har"; }
  [[nodiscard]] std::string_view tool() const override { return "har"; }
  [[nodiscard]] std::string_view description() const override { return "HAR (HTTP archive)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"log", "entries", "creator", "pages", "version"};
  }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    constexpr std::string_view kBlanks = " \t\r\n";
    if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
    // {"log": {
    for (const std::string_view token : {"{", "\"log\"", ":", "{"}) {
      head.remove_prefix(std::min(head.find_first_not_of(kBlanks), head.size()));
      if (!head.starts_with(token)) return false;
      head.remove_prefix(token.size());
    }
    return head.find("\"creator\"") != std::string_view::npos || head.find("\"entries\"") != std::string_view::npos;
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    const auto open_with = [](const std::vector<std::string>& names) {
      return std::make_unique<Session>(ChosenDimensions{names, {}});
    };
    return std::make_unique<Session>(choose_dimensions(options, head, {"method", "protocol"}, open_with));
  }
};

}  // namespace
}  // namespace har

const InputFormat& input_har() {
  static const har::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
