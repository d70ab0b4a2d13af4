// Importer of what siege prints for each request. See README.md for the rules.

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/decimal.h"
#include "base/local_dates.h"
#include "formats/requests/lines.h"
#include "formats/requests/request_sink.h"
#include "model/outcome_rules.h"
#include "reading/input.h"

namespace omniwriter {
namespace siege {
namespace {

constexpr std::string_view kProtocol = "HTTP/";

struct Record {
  std::string_view time;  // yyyy-MM-dd HH:mm:ss
  std::string_view status;
  std::string_view seconds;
  std::string_view bytes;
  std::string_view endpoint;
};

// siege colours lines on a terminal, and so in what `script` and the like record.
std::string_view without_colour(std::string_view line) {
  while (line.starts_with("\x1b[")) {
    const std::size_t end = line.find('m');
    if (end == std::string_view::npos) return {};
    line.remove_prefix(end + 1);
  }
  return line.substr(0, line.find('\x1b'));
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// Takes what stands before the next `separator`, without blanks around it.
bool take(std::string_view& rest, std::string_view separator, std::string_view& field) {
  const std::size_t end = rest.find(separator);
  if (end == std::string_view::npos) return false;
  field = trimmed(rest.substr(0, end));
  rest.remove_prefix(end + separator.size());
  return true;
}

// "201,  0.03,      9,http://host/api/orders,2,2026-11-23 15:19:01": an address may hold commas.
bool read_csv(std::string_view rest, Record& record) {
  if (!take(rest, ",", record.status) || !take(rest, ",", record.seconds) || !take(rest, ",", record.bytes)) {
    return false;
  }
  const std::size_t time = rest.rfind(',');
  if (time == std::string_view::npos || time == 0) return false;
  record.time = rest.substr(time + 1);
  const std::size_t number = rest.rfind(',', time - 1);
  if (number == std::string_view::npos) return false;
  record.endpoint = rest.substr(0, number);
  return true;
}

// "200     0.01 secs:      11 bytes ==> GET  /"
bool read_text(std::string_view rest, Record& record, std::string& endpoint) {
  rest = trimmed(rest);
  if (!take(rest, " ", record.status) || !take(rest, " secs:", record.seconds) ||
      !take(rest, " bytes ==> ", record.bytes)) {
    return false;
  }
  std::string_view method;
  if (!take(rest, " ", method)) return false;
  constexpr std::size_t kReadableBehind = 7;
  endpoint.assign(method).append(1, ' ').append(trimmed(rest));
  const std::size_t size = endpoint.size();
  endpoint.append(kReadableBehind, '\0');
  record.endpoint = std::string_view(endpoint).substr(0, size);
  return true;
}

// False where it is no such line. `endpoint` holds what the line does not have in one piece.
bool read(std::string_view line, Record& record, std::string& endpoint) {
  line = without_colour(line);
  // "[Mon, 2026-11-23 15:19:01] "
  if (line.starts_with('[')) {
    std::string_view stamp;
    if (!take(line, "] ", stamp)) return false;
    const std::size_t comma = stamp.find(", ");
    if (comma != std::string_view::npos) record.time = stamp.substr(comma + 2);
  }
  const std::size_t protocol = line.find(kProtocol);  // behind the number of the user, if siege shows it
  if (protocol == std::string_view::npos) return false;
  line.remove_prefix(protocol);
  const std::size_t end = line.find_first_of(", ");
  if (end == std::string_view::npos) return false;
  const bool csv = line[end] == ',';
  line.remove_prefix(end + 1);
  return csv ? read_csv(line, record) : read_text(line, record, endpoint);
}

class Parser final : public RecordParser {
 public:
  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    sink_.begin(out);
    const auto walked = requests::read_lines(bytes, last, out, [&](std::string_view line) { return add(line); });
    return {walked.consumed, walked.lines};
  }

 private:
  // Returns why there is no request in the line. Lines that are no record are siege's messages.
  const char* add(std::string_view line) {
    Record record;
    if (!read(line, record, endpoint_)) return line.find(kProtocol) == std::string_view::npos ? nullptr : "no record";
    const auto end_ns = dates_.nanoseconds(record.time);
    if (!end_ns || !requests::is_plausible_time(*end_ns)) return "no time";
    const auto duration_ns = read_decimal(record.seconds, 9);
    if (!duration_ns || *duration_ns > requests::kMaxDurationNs) return "no duration in seconds";
    const auto bytes = read_decimal(record.bytes, 0);
    if (!bytes) return "no number of bytes";
    if (!is_http_status(record.status)) return "no status";
    Sample& sample = sink_.add(*end_ns - *duration_ns, *duration_ns, record.endpoint, record.status, http_outcome);
    sink_.received(sample, static_cast<std::uint64_t>(*bytes));
    return nullptr;
  }

  requests::RequestSink sink_;
  LocalDates dates_;
  std::string endpoint_;
};

class Session final : public InputSession {
 public:
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override { return std::make_unique<Parser>(); }
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "siege"; }
  [[nodiscard]] std::string_view tool() const override { return "siege"; }
  [[nodiscard]] std::string_view description() const override {
    return "siege verbose output (csv or text with times)";
  }

  // There may be messages before the first record.
  [[nodiscard]] bool recognises(std::string_view head) const override {
    constexpr std::uint64_t kTried = 20;
    bool found = false;
    LocalDates dates;
    std::string endpoint;
    const auto look = [&](std::uint64_t number, std::string_view line, bool) {
      Record record;
      if (found || number > kTried || !read(line, record, endpoint)) return;
      found = read_decimal(record.seconds, 9) && dates.nanoseconds(record.time);
    };
    requests::walk_lines(head, true, look);
    return found;
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& /*options*/) const override {
    if (!recognises(head)) return fail(ErrorCode::input, "no verbose output of siege");
    return std::make_unique<Session>();
  }
};

}  // namespace
}  // namespace siege

const InputFormat& input_siege() {
  static const siege::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
