// Importer of vegeta's own results, `vegeta attack > results.bin`: a gob stream of Go. See README.md for the rules.

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/vegeta/results.h"
#include "reading/head_dimensions.h"
#include "reading/input.h"

namespace omniwriter {
namespace vegeta_gob {
namespace {

// What lengths in a file are checked against. A message holds the body of the response.
constexpr std::uint64_t kMaxMessageBytes = std::uint64_t{16} << 20;
constexpr std::size_t kMaxFields = 64;

// Numbers that gob gives to its own types, and to a struct among the forms of other types.
constexpr std::int64_t kBoolType = 1;
constexpr std::int64_t kIntType = 2;
constexpr std::int64_t kUintType = 3;
constexpr std::int64_t kFloatType = 4;
constexpr std::int64_t kBytesType = 5;
constexpr std::int64_t kStringType = 6;
constexpr std::uint64_t kStructForm = 3;

enum class Role : std::uint8_t { other, code, timestamp, latency, bytes_out, bytes_in, error, method, url, attack };

struct Field {
  Role role = Role::other;
  std::int64_t type = 0;
};

// The struct named Result.
struct Layout {
  std::int64_t id = 0;
  std::vector<Field> fields;
};

// Reads forward through bytes. Once a step has failed, all further ones do, and give zeros.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t uint() {
    const std::string_view first = take(1);
    if (first.empty()) return 0;
    const auto byte = static_cast<unsigned char>(first.front());
    if (byte < 0x80) return byte;
    const std::size_t n = 0x100U - byte;
    if (n > sizeof(std::uint64_t)) {
      ok_ = false;
      incomplete_ = false;
      return 0;
    }
    std::uint64_t value = 0;
    for (const char c : take(n)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  std::int64_t integer() {
    const std::uint64_t value = uint();
    return std::bit_cast<std::int64_t>((value & 1) != 0 ? ~(value >> 1) : value >> 1);
  }

  std::string_view bytes() { return take(uint()); }

  [[nodiscard]] bool ok() const { return ok_; }
  /// Whether it failed for want of bytes.
  [[nodiscard]] bool incomplete() const { return incomplete_; }
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  std::string_view take(std::uint64_t n) {
    if (!ok_) return {};
    if (n > bytes_.size() - used_) {
      ok_ = false;
      incomplete_ = true;
      return {};
    }
    used_ += static_cast<std::size_t>(n);
    return bytes_.substr(used_ - static_cast<std::size_t>(n), static_cast<std::size_t>(n));
  }

  std::string_view bytes_;
  std::size_t used_ = 0;
  bool ok_ = true;
  bool incomplete_ = false;
};

Field field_named(std::string_view name, std::int64_t type) {
  constexpr std::int64_t kAny = 0;  // the type of a time is defined in the file
  struct Known {
    std::string_view name;
    Role role;
    std::int64_t type;
  };
  constexpr std::array kKnown = {
      Known{"Code", Role::code, kUintType},        Known{"Timestamp", Role::timestamp, kAny},
      Known{"Latency", Role::latency, kIntType},   Known{"BytesOut", Role::bytes_out, kUintType},
      Known{"BytesIn", Role::bytes_in, kUintType}, Known{"Error", Role::error, kStringType},
      Known{"Method", Role::method, kStringType},  Known{"URL", Role::url, kStringType},
      Known{"Attack", Role::attack, kStringType},
  };
  for (const Known& known : kKnown) {
    if (known.name == name && (known.type == kAny || known.type == type)) return {known.role, type};
  }
  return {Role::other, type};
}

// The definition of a struct, behind the number of its type. False where it is of anything but Result.
bool read_layout(Cursor& cursor, Layout& layout) {
  if (cursor.uint() != kStructForm) return false;
  if (cursor.uint() != 1 || cursor.uint() != 1) return false;  // its name, within what all types have
  if (cursor.bytes() != "Result") return false;
  if (cursor.uint() != 1) return false;
  layout.id = cursor.integer();
  if (cursor.uint() != 0 || cursor.uint() != 1) return false;
  const std::uint64_t fields = cursor.uint();
  if (!cursor.ok() || fields > kMaxFields) return false;
  layout.fields.clear();
  for (std::uint64_t i = 0; i < fields; ++i) {
    if (cursor.uint() != 1) return false;
    const std::string_view name = cursor.bytes();
    if (cursor.uint() != 1) return false;
    const std::int64_t type = cursor.integer();
    if (cursor.uint() != 0) return false;
    layout.fields.push_back(field_named(name, type));
  }
  const auto has = [&](Role role) {
    return std::any_of(layout.fields.begin(), layout.fields.end(), [&](const Field& f) { return f.role == role; });
  };
  return cursor.ok() && has(Role::timestamp) && has(Role::latency) && has(Role::code);
}

// How Go marshals a time: version, seconds since the year 1, nanoseconds, and the zone, which does not matter.
std::int64_t read_time(std::string_view bytes) {
  constexpr std::size_t kBytes = 15;  // one more in version 2
  constexpr std::int64_t kYear1970 = 62'135'596'800;
  constexpr std::int64_t kNsPerSecond = 1'000'000'000;
  if (bytes.size() < kBytes || bytes.size() > kBytes + 1 || bytes[0] < 1 || bytes[0] > 2) return 0;
  const auto big_endian = [&](std::size_t at, std::size_t n) {
    std::uint64_t value = 0;
    for (const char c : bytes.substr(at, n)) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  };
  const std::uint64_t seconds = big_endian(1, 8) - static_cast<std::uint64_t>(kYear1970);
  const std::uint64_t ns = big_endian(9, 4);
  // The sink knows which times make sense; here it need only be a number.
  if (seconds > 9'000'000'000 || ns >= static_cast<std::uint64_t>(kNsPerSecond)) return 0;
  return static_cast<std::int64_t>(seconds) * kNsPerSecond + static_cast<std::int64_t>(ns);
}

class Parser final : public RecordParser {
 public:
  explicit Parser(const std::vector<std::string>& dimensions) : sink_(dimensions) {}

  // Takes all bytes at once, and keeps those of a message that is not there whole: a newline means nothing here.
  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    sink_.begin(out);
    const ParseResult all{bytes.size(), static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'))};
    std::size_t counted_to = 0;
    std::uint64_t lines = 0;  // before that
    const std::size_t before = unfinished_.size();
    if (before != 0) unfinished_.append(bytes);
    const std::string_view text = before == 0 ? bytes : std::string_view(unfinished_);

    std::size_t at = 0;
    while (at < text.size() && !ended_) {
      if (skip_ > 0) {
        const std::uint64_t skipped = std::min<std::uint64_t>(skip_, text.size() - at);
        skip_ -= skipped;
        at += static_cast<std::size_t>(skipped);
        continue;
      }
      const auto bad_record = [&](std::string_view reason) {
        const std::size_t place = at < before ? 0 : at - before;
        lines += static_cast<std::uint64_t>(std::count(bytes.data() + counted_to, bytes.data() + place, '\n'));
        counted_to = place;
        out.bad_record(lines + 1, "at byte " + std::to_string(offset_ + at - before) + ": " + std::string(reason));
      };
      Cursor cursor(text.substr(at));
      const std::uint64_t length = cursor.uint();
      if (cursor.ok() && length > kMaxMessageBytes) {
        bad_record("a result longer than 16 MiB");
        at += cursor.used();
        skip_ = length;
        continue;
      }
      const std::string_view message = text.substr(at + cursor.used());
      if (cursor.incomplete() || (cursor.ok() && length > message.size())) {
        if (!last) break;
        bad_record("the file ends within a result");
        at = text.size();
      } else if (!cursor.ok() || length == 0) {
        // Where the next message begins is not to be known.
        bad_record("no gob; what follows cannot be read");
        ended_ = true;
      } else {
        if (const char* problem = read(message.substr(0, static_cast<std::size_t>(length)))) bad_record(problem);
        at += cursor.used() + static_cast<std::size_t>(length);
      }
    }
    if (ended_) at = text.size();
    if (before == 0) {
      unfinished_.assign(text.substr(at));
    } else {
      unfinished_.erase(0, at);
    }
    offset_ += bytes.size();
    return all;
  }

 private:
  // Returns why the message makes no sense.
  const char* read(std::string_view message) {
    Cursor cursor(message);
    const std::int64_t type = cursor.integer();
    if (!cursor.ok()) return "a message without type";
    if (type < 0) {
      Layout layout;
      if (read_layout(cursor, layout)) layout_ = std::move(layout);
      return nullptr;  // of another type
    }
    if (type != layout_.id || layout_.fields.empty()) return "a value that is no result";

    vegeta::Hit hit;
    std::size_t next = 0;  // field
    while (true) {
      const std::uint64_t step = cursor.uint();
      if (!cursor.ok()) return "a result that is cut";
      if (step == 0) break;
      if (step > layout_.fields.size() - next) return "a result with a field that there is not";
      next += static_cast<std::size_t>(step);
      if (!read_field(cursor, layout_.fields[next - 1], hit)) break;
    }
    return cursor.ok() ? sink_.add(hit) : "a result that is cut";
  }

  // False where reading ends: at a field whose form is not known. Such come last (the headers).
  static bool read_field(Cursor& cursor, const Field& field, vegeta::Hit& hit) {
    switch (field.role) {
      case Role::code:
        hit.code = cursor.uint();
        return true;
      case Role::timestamp:
        hit.start_ns = read_time(cursor.bytes());
        return true;
      case Role::latency:
        hit.latency_ns = cursor.integer();
        return true;
      case Role::bytes_out:
        hit.bytes_out = cursor.uint();
        return true;
      case Role::bytes_in:
        hit.bytes_in = cursor.uint();
        return true;
      case Role::error:
        hit.error = cursor.bytes();
        return true;
      case Role::method:
        hit.method = cursor.bytes();
        return true;
      case Role::url:
        hit.url = cursor.bytes();
        return true;
      case Role::attack:
        hit.attack = cursor.bytes();
        return true;
      case Role::other:
        break;
    }
    if (field.type == kBytesType || field.type == kStringType) {
      cursor.bytes();
      return true;
    }
    if (field.type < kBoolType || field.type > kFloatType) return false;
    cursor.uint();
    return true;
  }

  Layout layout_;
  bool ended_ = false;      // nothing more can be read
  std::uint64_t skip_ = 0;  // bytes of a message that is too long
  std::string unfinished_;
  std::uint64_t offset_ = 0;  // of the bytes of this call in the file
  vegeta::HitSink sink_;
};

class Session final : public InputSession {
 public:
  explicit Session(ChosenDimensions dimensions) : dimensions_(std::move(dimensions)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(dimensions_.names);
  }
  [[nodiscard]] std::string note() const override { return dimensions_.note; }
  [[nodiscard]] bool splittable() const override { return false; }

 private:
  ChosenDimensions dimensions_;
};

// The first message defines the type of results.
bool begins_with_result(std::string_view head) {
  Cursor cursor(head);
  const std::uint64_t length = cursor.uint();
  if (!cursor.ok() || length > head.size() - cursor.used()) return false;
  Cursor message(head.substr(cursor.used(), static_cast<std::size_t>(length)));
  Layout layout;
  return message.integer() < 0 && read_layout(message, layout);
}

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "vegeta"; }
  [[nodiscard]] std::string_view tool() const override { return "vegeta"; }
  [[nodiscard]] std::string_view description() const override { return "vegeta results (gob)"; }

  [[nodiscard]] bool recognises(std::string_view head) const override { return begins_with_result(head); }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    if (!begins_with_result(head)) return fail(ErrorCode::input, "no gob stream of vegeta");
    const auto open_with = [](const std::vector<std::string>& names) {
      return std::make_unique<Session>(ChosenDimensions{names, {}});
    };
    return std::make_unique<Session>(choose_dimensions(options, head, vegeta::known_dimensions(), open_with));
  }
};

}  // namespace
}  // namespace vegeta_gob

const InputFormat& input_vegeta() {
  static const vegeta_gob::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
