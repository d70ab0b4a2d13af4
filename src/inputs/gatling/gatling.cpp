// Importer of Gatling's simulation.log as text, as it was until 3.12. See README.md for the rules.

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/gatling/records.h"
#include "formats/requests/lines.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"

namespace omniwriter {
namespace gatling_text {
namespace {

// Takes a field off the front or the back of a record. The whole rest where there is no tab.
std::string_view take_front(std::string_view& rest) {
  const std::size_t tab = rest.find('\t');
  const std::string_view field = rest.substr(0, tab);
  rest.remove_prefix(tab == std::string_view::npos ? rest.size() : tab + 1);
  return field;
}

std::string_view take_back(std::string_view& rest) {
  const std::size_t tab = rest.rfind('\t');
  const std::string_view field = tab == std::string_view::npos ? rest : rest.substr(tab + 1);
  rest.remove_suffix(tab == std::string_view::npos ? rest.size() : field.size() + 1);
  return field;
}

bool read_number(std::string_view text, std::int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

// "outer,inner\trequest", or "outer,inner" of a group. Gatling writes a comma within the name of a group as a space.
std::string path_of(std::string_view key) {
  const std::size_t tab = key.find('\t');
  std::string path;
  for (const char c : key.substr(0, tab)) {
    if (c == ',') {
      path += gatling::kPathSeparator;
    } else {
      path += c;
    }
  }
  if (tab == std::string_view::npos) return path;
  if (!path.empty()) path += gatling::kPathSeparator;
  return path.append(key.substr(tab + 1));
}

struct Version {
  int major = 0;
  int minor = 0;
};

// That of the RUN record: RUN class id start description version. Only ASSERTION records may come before it.
bool find_version(std::string_view head, Version& version) {
  while (head.starts_with("ASSERTION\t")) {
    const std::size_t newline = head.find('\n');
    if (newline == std::string_view::npos) return false;
    head.remove_prefix(newline + 1);
  }
  if (!head.starts_with("RUN\t")) return false;
  std::string_view line = head.substr(0, head.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (std::count(line.begin(), line.end(), '\t') < 5) return false;
  const std::string_view text = take_back(line);
  const char* const end = text.data() + text.size();
  const auto [dot, error] = std::from_chars(text.data(), end, version.major);
  if (error != std::errc{} || dot == end || *dot != '.') return false;
  return std::from_chars(dot + 1, end, version.minor).ec == std::errc{};
}

/// "…\tstart\tend\tOK\tmessage\tmore\tmore" up to the message: requests of Gatling 2 may have more behind it.
std::string_view without_extras(std::string_view line) {
  std::int64_t number = 0;
  for (std::size_t tab = line.find('\t'); tab != std::string_view::npos; tab = line.find('\t', tab + 1)) {
    std::string_view before = line.substr(0, tab);
    const std::string_view status = take_back(before);
    if (status != "OK" && status != "KO") continue;
    if (!read_number(take_back(before), number)) continue;
    if (!read_number(take_back(before), number)) continue;
    return line.substr(0, line.find('\t', tab + 1));
  }
  return line;
}

class Parser final : public RecordParser {
 public:
  /// `leading`: fields in front of the groups: none, the user (until 3.3), or the scenario and the user (2.x).
  Parser(int leading, const std::vector<std::string>& dimensions) : leading_(leading), sink_(path_of, dimensions) {}

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    sink_.begin(out);
    out_ = &out;
    const auto add_line = [&](std::uint64_t number, std::string_view line, bool ended) {
      line_ = number;
      if (const char* problem = add(line)) {
        out.bad_record(number, std::string(problem) + (ended ? "" : ": the file ends within a record"));
      }
    };
    const auto walked = requests::walk_lines(bytes, last, add_line);
    return {walked.consumed, walked.lines};
  }

 private:
  const char* add(std::string_view line) {
    const std::string_view type = take_front(line);
    if (type == "REQUEST") return add_request(line);
    if (type == "GROUP") return add_group(line);
    if (type == "USER") return add_user(line);
    if (type == "ERROR") return add_error(line);
    if (type == "RUN" || type == "ASSERTION" || (type.empty() && line.empty())) return nullptr;
    return "neither a request nor any other record of Gatling";
  }

  // Whether "OK" or "KO"; false where it is neither.
  static bool read_status(std::string_view text, bool& ok) {
    ok = text == "OK";
    return ok || text == "KO";
  }

  // message time: of the script; no request was sent.
  const char* add_error(std::string_view line) {
    if (line.find('\t') != std::string_view::npos) take_back(line);
    out_->remark(RemarkKind::error_without_request, line_, line);
    return nullptr;
  }

  // groups name start end status message. Names are written as they are, with tabs, messages are not. Editors and hooks
  // cut what Gatling writes where there is no message: a blank, and the tab before it.
  const char* add_request(std::string_view line) {
    const std::string_view scenario = leading_ == kLeadingOf2 ? line.substr(0, line.find('\t')) : std::string_view();
    for (int i = 0; i < leading_; ++i) take_front(line);
    if (leading_ == kLeadingOf2) line = without_extras(line);
    bool ok = false;
    std::int64_t end_ms = 0;
    std::int64_t start_ms = 0;
    std::string_view message = take_back(line);
    const bool cut = read_status(message, ok) && !is_status_behind(line);
    if (cut) {
      message = {};
    } else if (!read_status(take_back(line), ok))
      return "a request that is neither OK nor KO";
    if (!read_number(take_back(line), end_ms)) return "the end is no number";
    if (!read_number(take_back(line), start_ms)) return "the start is no number";
    if (line.find('\t') == std::string_view::npos) return "a request without groups or name";
    const char* const problem = sink_.request(line, start_ms, end_ms, ok, message);
    if (problem == nullptr) sink_.place(line.substr(0, line.find('\t')), scenario);
    return problem;
  }

  // groups start end response-time status
  const char* add_group(std::string_view line) {
    const std::string_view record = line;
    for (int i = 0; i < leading_; ++i) take_front(line);
    // Errors of the script, under this name: a message and when.
    if (leading_ == kLeadingOf2 && line.empty()) {
      out_->remark(RemarkKind::error_without_request, line_, record.substr(0, record.rfind('\t')));
      return nullptr;
    }
    bool ok = false;
    std::int64_t response_ms = 0;
    std::int64_t end_ms = 0;
    std::int64_t start_ms = 0;
    if (!read_status(take_back(line), ok)) return "a group that is neither OK nor KO";
    if (!read_number(take_back(line), response_ms)) return "the response time is no number";
    if (!read_number(take_back(line), end_ms)) return "the end is no number";
    if (!read_number(take_back(line), start_ms)) return "the start is no number";
    if (line.empty()) return "a group without name";
    return sink_.group(line, start_ms, end_ms, response_ms, ok);
  }

  // scenario START|END time; up to 3.3: scenario user START|END start end
  const char* add_user(std::string_view line) {
    std::int64_t end_ms = 0;
    std::int64_t start_ms = 0;
    if (!read_number(take_back(line), end_ms)) return "the time of a user is no number";
    if (leading_ > 0 && !read_number(take_back(line), start_ms)) return "the start of a user is no number";
    const std::string_view event = take_back(line);
    if (leading_ > 0) take_back(line);
    if (event != "START" && event != "END") return "a user who neither starts nor ends";
    const bool starts = event == "START";
    return sink_.user(line, leading_ > 0 && starts ? start_ms : end_ms, starts);
  }

  // Whether the last field is a status already, so that what stood behind it is a message, even "OK".
  static bool is_status_behind(std::string_view line) {
    bool ok = false;
    return read_status(take_back(line), ok);
  }

  static constexpr int kLeadingOf2 = 2;
  const int leading_;
  SampleBatch* out_ = nullptr;
  std::uint64_t line_ = 0;  // the one that is read
  gatling::RecordSink sink_;
};

class Users final : public OrderedStage {
 public:
  void apply(SampleBatch& batch) override { count_.apply(batch); }

 private:
  gatling::UserCount count_;
};

class Session final : public InputSession {
 public:
  Session(Version version, ChosenDimensions dimensions) : version_(version), dimensions_(std::move(dimensions)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    const int leading = version_.major < 3 ? 2 : version_.major == 3 && version_.minor <= 3 ? 1 : 0;
    return std::make_unique<Parser>(leading, dimensions_.names);
  }
  [[nodiscard]] std::string note() const override { return dimensions_.note; }
  [[nodiscard]] std::unique_ptr<OrderedStage> make_ordered_stage() const override { return std::make_unique<Users>(); }

 private:
  Version version_;
  ChosenDimensions dimensions_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "gatling"; }
  [[nodiscard]] std::string_view tool() const override { return "gatling"; }
  [[nodiscard]] std::string_view description() const override { return "Gatling simulation.log (text, until 3.12)"; }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    Version version;
    return find_version(head, version);
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    Version version;
    if (!find_version(head, version)) return fail(ErrorCode::input, "no RUN record of Gatling at its beginning");
    const auto open_with = [&](const std::vector<std::string>& names) {
      return std::make_unique<Session>(version, ChosenDimensions{names, {}});
    };
    return std::make_unique<Session>(version, choose_dimensions(options, head, gatling::known_dimensions(), open_with));
  }
};

}  // namespace
}  // namespace gatling_text

const InputFormat& input_gatling() {
  static const gatling_text::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
