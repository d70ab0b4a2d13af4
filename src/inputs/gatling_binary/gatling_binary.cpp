// Importer of Gatling's binary simulation.log, as it is since 3.13. See README.md for the rules.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "formats/gatling/records.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"

namespace omniwriter {
namespace gatling_binary {
namespace {

// What lengths in a file are checked against: more is no simulation.log.
constexpr std::size_t kMaxRecordBytes = std::size_t{4} << 20;
constexpr std::size_t kMaxStringBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxVersionBytes = 32;
constexpr std::int64_t kMaxTimeMs = 4'102'444'800'000;  // the year 2100
// What is kept of the strings that later records refer to.
constexpr std::size_t kKeptStringBytes = 1024;
constexpr std::size_t kMaxScenarios = 100;
constexpr std::size_t kKeptBytes = std::size_t{64} << 20;

constexpr std::size_t kReadableBehind = 8;  // of what is handed to a RecordSink

enum class RecordType : std::uint8_t { run = 0, request = 1, user = 2, group = 3, error = 4 };

std::string from_latin1(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) append_utf8(text, static_cast<unsigned char>(c));
  return text;
}

// In the byte order of the machines that Gatling runs on.
std::string from_utf16(std::string_view bytes) {
  std::string text;
  const auto unit = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(bytes[i]) | static_cast<unsigned char>(bytes[i + 1]) << 8);
  };
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t c = unit(i);
    if (c >= 0xD800 && c < 0xE000) {
      const char32_t low = c < 0xDC00 && i + 3 < bytes.size() ? unit(i + 2) : 0;
      if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10 | (low - 0xDC00));
        i += 2;
      } else {
        c = 0xFFFD;
      }
    }
    append_utf8(text, c);
  }
  return text;
}

// Reads forward through a record. Once a step has failed, all further ones do, and give zeros.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t byte() {
    const std::string_view read = take(1);
    return read.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(read.front());
  }
  std::int32_t int32() { return static_cast<std::int32_t>(big_endian(4)); }
  std::int64_t int64() { return static_cast<std::int64_t>(big_endian(8)); }

  /// So many things follow.
  std::int32_t count() {
    const std::int32_t n = int32();
    if (n < 0) refuse("a number of things is negative");
    return problem_ == nullptr && n > 0 ? n : 0;
  }

  /// Its length, its bytes and, unless it is empty, how they are encoded.
  std::string string() {
    const std::string_view text = bytes();
    if (text.empty()) return {};
    const std::uint8_t coder = byte();
    if (coder > 1) refuse("a string of unknown encoding");
    if (!ok()) return {};
    return coder == 0 ? from_latin1(text.substr(0, kKeptStringBytes)) : from_utf16(text.substr(0, kKeptStringBytes));
  }

  std::string_view bytes() {
    const std::int32_t n = int32();
    if (n < 0 || static_cast<std::size_t>(n) > kMaxStringBytes) refuse("a string of impossible length");
    return ok() ? take(static_cast<std::size_t>(n)) : std::string_view{};
  }

  void refuse(const char* problem) {
    if (ok()) problem_ = problem;
  }

  [[nodiscard]] bool ok() const { return problem_ == nullptr && !incomplete_; }
  /// The record is not there whole.
  [[nodiscard]] bool incomplete() const { return incomplete_; }
  /// What is wrong; null where nothing is.
  [[nodiscard]] const char* problem() const { return problem_; }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  std::string_view take(std::size_t n) {
    if (!ok()) return {};
    if (used_ + n > kMaxRecordBytes) {
      refuse("a record longer than 4 MiB");
      return {};
    }
    if (n > bytes_.size() - used_) {
      incomplete_ = true;
      return {};
    }
    used_ += n;
    return bytes_.substr(used_ - n, n);
  }

  std::uint64_t big_endian(std::size_t n) {
    std::uint64_t value = 0;
    for (const char c : take(n)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  std::string_view bytes_;
  std::size_t used_ = 0;
  bool incomplete_ = false;
  const char* problem_ = nullptr;
};

// Strings that the file defines once, with the numbers 1, 2, …, and refers to then.
class Strings {
 public:
  struct Mark {
    std::size_t kept;
    std::int32_t defined;
    std::size_t bytes;
  };

  /// A definition or a reference.
  std::string read(Cursor& cursor) {
    const std::int32_t id = cursor.int32();
    if (!cursor.ok()) return {};
    if (id > 0) {
      if (id - 1 != defined_) {
        cursor.refuse("a string with a number out of order");
        return {};
      }
      std::string text = cursor.string();
      if (cursor.ok()) define(text);
      return text;
    }
    // Not its negative, which the smallest number does not have.
    const auto index = static_cast<std::size_t>(-(static_cast<std::int64_t>(id) + 1));
    if (id == 0 || index >= static_cast<std::size_t>(defined_)) {
      cursor.refuse("a reference to a string that there is not");
      return {};
    }
    return index < kept_.size() ? kept_[index] : std::string(kForgotten);
  }

  /// To go back to where a record began.
  [[nodiscard]] Mark mark() const { return {kept_.size(), defined_, bytes_}; }
  void go_back(const Mark& mark) {
    kept_.resize(mark.kept);
    defined_ = mark.defined;
    bytes_ = mark.bytes;
  }

 private:
  static constexpr std::string_view kForgotten = "(one of too many names)";

  void define(const std::string& text) {
    ++defined_;
    const std::size_t cost = text.size() + sizeof(std::string);
    if (kept_.size() + 1 != static_cast<std::size_t>(defined_) || bytes_ + cost > kKeptBytes) return;
    kept_.push_back(text);
    bytes_ += cost;
  }

  std::vector<std::string> kept_;
  std::int32_t defined_ = 0;
  std::size_t bytes_ = 0;
};

class Parser final : public RecordParser {
 public:
  explicit Parser(const std::vector<std::string>& dimensions)
      : sink_([](std::string_view key) { return std::string(key); }, dimensions) {}

  // Takes all bytes at once, and keeps those of a record that is not there whole: a newline means nothing here.
  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    out_ = &out;
    sink_.begin(out);
    const std::size_t before = unfinished_.size();
    if (before != 0) unfinished_.append(bytes);
    const std::string_view text = before == 0 ? bytes : std::string_view(unfinished_);
    bytes_ = bytes;
    counted_to_ = 0;
    lines_ = 0;

    std::size_t at = 0;
    while (at < text.size() && !ended_) {
      Cursor cursor(text.substr(at));
      const Strings::Mark mark = strings_.mark();
      const char* const senseless = read_record(cursor);
      if (cursor.incomplete()) {
        strings_.go_back(mark);
        if (!last) break;
        bad_record(at, before, "the file ends within a record");
        at = text.size();
      } else if (cursor.problem() != nullptr) {
        // Where the next record begins is not to be known.
        bad_record(at, before, std::string(cursor.problem()) + "; what follows cannot be read");
        ended_ = true;
      } else {
        if (senseless != nullptr) bad_record(at, before, senseless);
        at += cursor.used();
      }
    }
    if (ended_) at = text.size();
    if (before == 0) {
      unfinished_.assign(text.substr(at));
    } else {
      unfinished_.erase(0, at);
    }
    offset_ += bytes.size();
    return {bytes.size(), newlines_before(bytes.size())};
  }

 private:
  // Returns why a record that could be read makes no sense.
  const char* read_record(Cursor& cursor) {
    const auto type = static_cast<RecordType>(cursor.byte());
    if (type != RecordType::run && !started_) {
      cursor.refuse("no run at the beginning");
      return nullptr;
    }
    switch (type) {
      case RecordType::run:
        return read_run(cursor);
      case RecordType::request:
        return read_request(cursor);
      case RecordType::user:
        return read_user(cursor);
      case RecordType::group:
        return read_group(cursor);
      case RecordType::error:  // of the script: no request was sent
        return read_error(cursor);
    }
    cursor.refuse("a record of unknown type");
    return nullptr;
  }

  // message time
  const char* read_error(Cursor& cursor) {
    const std::string message = strings_.read(cursor);
    cursor.int32();
    if (cursor.ok()) out_->remark(RemarkKind::error_without_request, lines_ + 1, message);
    return nullptr;
  }

  // version class start description scenarios assertions
  const char* read_run(Cursor& cursor) {
    cursor.string();
    cursor.string();
    const std::int64_t start_ms = cursor.int64();
    if (start_ms < 0 || start_ms > kMaxTimeMs) cursor.refuse("the start of the run is no time");
    cursor.string();
    scenarios_.clear();
    for (std::int32_t n = cursor.count(); n > 0 && cursor.ok(); --n) {
      std::string scenario = cursor.string();
      if (scenarios_.size() < kMaxScenarios) scenarios_.push_back(std::move(scenario));
    }
    for (std::int32_t n = cursor.count(); n > 0 && cursor.ok(); --n) cursor.bytes();
    if (!cursor.ok()) return nullptr;
    started_ = true;
    start_ms_ = start_ms;
    strings_ = {};
    return nullptr;
  }

  // groups name start end ok message
  const char* read_request(Cursor& cursor) {
    read_groups(cursor);
    const std::size_t groups = path_.size();
    add_to_path(strings_.read(cursor));
    const std::int32_t start = cursor.int32();
    const std::int32_t end = cursor.int32();
    const bool ok = cursor.byte() != 0;
    message_ = strings_.read(cursor);
    if (!cursor.ok()) return nullptr;
    const std::size_t length = message_.size();
    message_.append(kReadableBehind, '\0');
    const std::string_view key = path();
    const char* const problem =
        sink_.request(key, start_ms_ + start, start_ms_ + end, ok, std::string_view(message_).substr(0, length));
    if (problem == nullptr) sink_.place(key.substr(0, groups), {});
    return problem;
  }

  // groups start end response-time ok
  const char* read_group(Cursor& cursor) {
    read_groups(cursor);
    const std::int32_t start = cursor.int32();
    const std::int32_t end = cursor.int32();
    const std::int32_t response_ms = cursor.int32();
    const bool ok = cursor.byte() != 0;
    if (!cursor.ok()) return nullptr;
    return sink_.group(path(), start_ms_ + start, start_ms_ + end, response_ms, ok);
  }

  // scenario start? time
  const char* read_user(Cursor& cursor) {
    const auto scenario = static_cast<std::size_t>(cursor.int32());
    const bool starts = cursor.byte() != 0;
    const std::int32_t time = cursor.int32();
    if (!cursor.ok()) return nullptr;
    scenario_ = scenario < scenarios_.size() ? scenarios_[scenario] : std::string();
    const std::size_t length = scenario_.size();
    scenario_.append(kReadableBehind, '\0');
    return sink_.user(std::string_view(scenario_).substr(0, length), start_ms_ + time, starts);
  }

  void read_groups(Cursor& cursor) {
    path_.clear();
    for (std::int32_t n = cursor.count(); n > 0 && cursor.ok(); --n) {
      add_to_path(strings_.read(cursor));
    }
  }

  void add_to_path(const std::string& name) {
    if (path_.size() > kKeptStringBytes) return;  // references are short: a small record could make a long path of them
    if (!path_.empty()) path_ += gatling::kPathSeparator;
    path_ += name;
  }

  std::string_view path() {
    const std::size_t length = path_.size();
    path_.append(kReadableBehind, '\0');
    return std::string_view(path_).substr(0, length);
  }

  // `at` counts from the first of the bytes that were unfinished before.
  void bad_record(std::size_t at, std::size_t before, const std::string& reason) {
    out_->bad_record(newlines_before(at < before ? 0 : at - before) + 1,
                     "at byte " + std::to_string(offset_ + at - before) + ": " + reason);
  }

  // Among the bytes of this call, front to back.
  std::uint64_t newlines_before(std::size_t at) {
    lines_ += static_cast<std::uint64_t>(std::count(bytes_.data() + counted_to_, bytes_.data() + at, '\n'));
    counted_to_ = at;
    return lines_;
  }

  bool started_ = false;
  bool ended_ = false;  // nothing more can be read
  std::int64_t start_ms_ = 0;
  Strings strings_;
  std::string unfinished_;
  std::uint64_t offset_ = 0;  // of the bytes of this call in the file
  gatling::RecordSink sink_;
  std::string path_;
  std::string message_;
  std::vector<std::string> scenarios_;  // as users refer to them
  std::string scenario_;

  // During one call of parse().
  SampleBatch* out_ = nullptr;
  std::string_view bytes_;
  std::size_t counted_to_ = 0;
  std::uint64_t lines_ = 0;
};

class Users final : public OrderedStage {
 public:
  void apply(SampleBatch& batch) override { count_.apply(batch); }

 private:
  gatling::UserCount count_;
};

class Session final : public InputSession {
 public:
  explicit Session(ChosenDimensions dimensions) : dimensions_(std::move(dimensions)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(dimensions_.names);
  }
  [[nodiscard]] std::string note() const override { return dimensions_.note; }
  [[nodiscard]] bool splittable() const override { return false; }
  [[nodiscard]] std::unique_ptr<OrderedStage> make_ordered_stage() const override { return std::make_unique<Users>(); }

 private:
  ChosenDimensions dimensions_;
};

// Whether it begins with a run: its version, which looks like one, and its class, which has a name.
bool begins_with_run(std::string_view head) {
  Cursor cursor(head);
  if (cursor.byte() != static_cast<std::uint8_t>(RecordType::run)) return false;
  const std::string version = cursor.string();
  const std::int32_t class_bytes = cursor.int32();
  const bool is_version =
      !version.empty() && version.size() <= kMaxVersionBytes && version[0] >= '1' && version[0] <= '9' &&
      version.find('.') != std::string::npos && std::all_of(version.begin(), version.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
      });
  return cursor.ok() && is_version && class_bytes > 0 && static_cast<std::size_t>(class_bytes) <= kMaxStringBytes;
}

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "gatling-binary"; }
  [[nodiscard]] std::string_view tool() const override { return "gatling"; }
  [[nodiscard]] std::string_view description() const override { return "Gatling simulation.log (binary, 3.13+)"; }

  [[nodiscard]] bool recognises(std::string_view head) const override { return begins_with_run(head); }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    if (!begins_with_run(head)) return fail(ErrorCode::input, "no binary simulation.log of Gatling");
    const auto open_with = [](const std::vector<std::string>& names) {
      return std::make_unique<Session>(ChosenDimensions{names, {}});
    };
    return std::make_unique<Session>(choose_dimensions(options, head, gatling::known_dimensions(), open_with));
  }
};

}  // namespace
}  // namespace gatling_binary

const InputFormat& input_gatling_binary() {
  static const gatling_binary::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
