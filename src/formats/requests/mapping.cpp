#include "formats/requests/mapping.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/decimal.h"
#include "base/digits.h"
#include "base/flag_text.h"
#include "base/rfc3339.h"
#include "base/try.h"
#include "model/outcome_rules.h"

namespace omniwriter::mapping {
namespace {

constexpr std::array<std::string_view, kParts> kPartNames = {"start",          "end",        "duration", "endpoint",
                                                             "status",         "success",    "error",    "message",
                                                             "bytes_received", "bytes_sent", "users"};
constexpr std::string_view kReadableBehind("\0\0\0\0\0\0\0", 7);  // RequestSink reads behind its texts

struct Unit {
  std::string_view name;
  unsigned decimals;
};
constexpr std::array kUnits = {Unit{"s", 9},  Unit{"ms", 6},      Unit{"us", 3},
                               Unit{"ns", 0}, Unit{"seconds", 9}, Unit{"milliseconds", 6}};

std::optional<unsigned> unit_named(std::string_view name) {
  const auto* const unit = std::ranges::find(kUnits, name, &Unit::name);
  return unit == kUnits.end() ? std::nullopt : std::optional(unit->decimals);
}

// "elapsed_ms", "request.time_us"
std::optional<unsigned> unit_of_name(std::string_view name) {
  const std::size_t underscore = name.rfind('_');
  return underscore == std::string_view::npos ? std::nullopt : unit_named(name.substr(underscore + 1));
}

std::optional<Part> part_named(std::string_view name) {
  const auto* const found = std::ranges::find(kPartNames, name);
  if (found == kPartNames.end()) return std::nullopt;
  return static_cast<Part>(found - kPartNames.begin());
}

// Of a number of seconds, milliseconds, microseconds or nanoseconds, how many decimals a nanosecond is. The years 2000
// to 2100 have 9 or 10 digits in seconds, three more in milliseconds, and so on.
std::optional<unsigned> epoch_decimals(std::string_view text) {
  constexpr std::size_t kFewest = 9;
  constexpr std::size_t kMost = 19;
  const std::size_t whole = std::min(text.find('.'), text.size());
  if (whole < kFewest || whole > kMost || whole % 3 == 2) return std::nullopt;
  return 9 - 3 * static_cast<unsigned>((whole - kFewest) / 3);
}

// Keys of outcomes are the status where it says enough; else this, the status, and the error behind a mark.
constexpr char kFailed = '\x01';
constexpr char kErrorFollows = '\x02';

}  // namespace

Result<Mapping> told_mapping(const std::vector<std::string>& map) {
  Mapping mapping;
  bool has_unit = false;
  for (const std::string& pair : map) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string::npos || equals + 1 == pair.size()) {
      return fail(ErrorCode::usage, "--map takes pairs such as start=ts or duration:ms=elapsed, not \"" + pair + "\"");
    }
    const std::string_view name = std::string_view(pair).substr(equals + 1);
    std::string_view part_text = std::string_view(pair).substr(0, equals);
    std::optional<std::string_view> unit_text;
    if (const std::size_t colon = part_text.find(':'); colon != std::string_view::npos) {
      unit_text = part_text.substr(colon + 1);
      part_text = part_text.substr(0, colon);
    }
    const auto part = part_named(part_text);
    if (!part) {
      std::string known;
      for (const std::string_view each : kPartNames) known.append(known.empty() ? "" : ", ").append(each);
      return fail(ErrorCode::usage, "--map knows " + known + ", not \"" + std::string(part_text) + "\"");
    }
    mapping.names[static_cast<std::size_t>(*part)] = name;
    if (*part != Part::duration) {
      if (unit_text) return fail(ErrorCode::usage, "--map: of the parts, only duration has a unit");
      continue;
    }
    const auto decimals = unit_text ? unit_named(*unit_text) : unit_of_name(name);
    if (unit_text && !decimals) {
      return fail(ErrorCode::usage,
                  "--map: the unit of duration is s, ms, us or ns, not \"" + std::string(*unit_text) + "\"");
    }
    has_unit = decimals.has_value();
    if (decimals) mapping.duration_decimals = *decimals;
  }
  if (!mapping.has(Part::duration) || mapping.has(Part::start) == mapping.has(Part::end)) {
    return fail(ErrorCode::usage, "--map has to say where duration is, and start or end: start=ts,duration:ms=elapsed");
  }
  if (!has_unit) {
    return fail(ErrorCode::usage, "--map has to say the unit of duration, as its name \"" + mapping.of(Part::duration) +
                                      "\" does not: duration:ms=" + mapping.of(Part::duration));
  }
  return mapping;
}

std::optional<Mapping> known_mapping(const std::vector<std::string_view>& names) {
  constexpr std::string_view kTime = "timestamp";
  constexpr std::string_view kDuration = "duration_";
  Mapping mapping;
  for (const std::string_view name : names) {
    Part part = Part::count;
    if (name == kTime) {
      part = Part::start;
    } else if (name.starts_with(kDuration)) {
      const auto decimals = unit_named(name.substr(kDuration.size()));
      if (!decimals) continue;
      part = Part::duration;
      mapping.duration_decimals = *decimals;
    } else if (const auto named = part_named(name);
               named && *named != Part::start && *named != Part::end && *named != Part::duration) {
      part = *named;
    } else {
      continue;
    }
    std::string& place = mapping.names[static_cast<std::size_t>(part)];
    if (!place.empty()) return std::nullopt;  // twice the same is not our layout
    place = name;
  }
  if (!mapping.has(Part::start) || !mapping.has(Part::duration) || !mapping.has(Part::endpoint)) return std::nullopt;
  return mapping;
}

Result<std::string> Forms::complete(Mapping& mapping, const std::string& time_format) const {
  mapping.decimal = decimal_;
  if (time_format.empty()) {
    mapping.times.day_first = order_.day_first();
    return order_.note();
  }
  mapping.times = TRY(told_time_format(time_format));
  return std::string();
}

std::string suggested_map(const std::vector<std::string>& names) {
  struct Usual {
    Part part;
    std::vector<std::string_view> names;  // in small letters and digits alone
  };
  static const std::vector<Usual> kUsual = {
      {Part::start, {"timestamp", "starttime", "start", "begin", "datetime", "ts", "time", "date"}},
      {Part::duration,
       {"elapsed", "responsetime", "duration", "elapsedtime", "timetaken", "totaltime", "took", "rt", "latency"}},
      {Part::endpoint,
       {"label", "endpoint", "name", "requestname", "request", "transaction", "operation", "url", "uri", "path"}},
      {Part::status, {"responsecode", "statuscode", "httpstatus", "status", "code"}},
      {Part::success, {"success", "successful", "ok", "passed"}},
      {Part::message, {"failuremessage", "errormessage", "message"}},
      {Part::bytes_received, {"bytes", "bytesreceived", "receivedbytes", "responsesize", "size"}},
      {Part::bytes_sent, {"sentbytes", "bytessent", "requestsize"}},
      {Part::users, {"allthreads", "activeusers", "users", "vus"}}};
  constexpr std::string_view kPlain = "_.:-/";
  const auto letters = [](std::string_view name) {
    std::string small;
    for (const char c : name) {
      if (c >= 'A' && c <= 'Z') small += static_cast<char>(c + ('a' - 'A'));
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) small += c;
    }
    return small;
  };
  std::string map;
  bool quoted = false;
  for (const Usual& usual : kUsual) {
    const std::string* found = nullptr;
    std::string unit;
    for (const std::string_view wanted : usual.names) {
      for (const std::string& name : names) {
        const bool is_duration = usual.part == Part::duration;
        const std::size_t unit_at = is_duration && unit_of_name(name) ? name.rfind('_') : name.size();
        if (found != nullptr || letters(name.substr(0, unit_at)) != wanted) continue;
        if (name.find_first_of(",=\"$`\\") != std::string::npos) continue;
        found = &name;
        if (is_duration && unit_at == name.size()) unit = ":ms";
      }
    }
    if (found == nullptr) {
      if (usual.part == Part::start || usual.part == Part::duration) return {};
      continue;
    }
    quoted = quoted || !std::ranges::all_of(*found, [&](char c) {
               return std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.find(c) != std::string_view::npos;
             });
    map +=
        (map.empty() ? "" : ",") + std::string(kPartNames[static_cast<std::size_t>(usual.part)]) + unit + "=" + *found;
  }
  return quoted ? "--map \"" + map + "\"" : "--map " + map;
}

std::optional<std::int64_t> detail::read_long_amount(std::string_view text, unsigned decimals) {
  if (const auto plain = read_decimal(text, decimals)) return plain;
  // "5e-05", as Python writes it.
  if (text.find_first_of("eE") == std::string_view::npos) return std::nullopt;
  constexpr double kLimit = 9e18;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  value *= static_cast<double>(detail::kPowers[decimals]);
  const bool fits = value >= 0 && value < kLimit;
  if (!fits) return std::nullopt;
  return static_cast<std::int64_t>(std::llround(value));
}

std::optional<std::int64_t> read_epoch(std::string_view text) {
  const auto decimals = epoch_decimals(text);
  if (!decimals) return std::nullopt;
  const auto ns = read_decimal(text, *decimals);
  return ns && requests::is_plausible_time(*ns) ? ns : std::nullopt;
}

MappedSink::MappedSink(const Mapping& mapping)
    : duration_decimals_(mapping.duration_decimals),
      decimal_(mapping.decimal),
      times_are_told_(mapping.times.told()),
      dates_(mapping.times) {
  for (std::size_t i = 0; i < kParts; ++i) has_[i] = !mapping.names[i].empty();
}

void MappedSink::begin(SampleBatch& batch) {
  batch_ = &batch;
  last_users_ = -1;
  sink_.begin(batch);
}

std::optional<std::int64_t> MappedSink::time_ns(std::string_view text) {
  if (times_are_told_) {
    const auto told = dates_.nanoseconds(text);
    return told && requests::is_plausible_time(*told) ? told : std::nullopt;
  }
  // Mostly, all but the last eight characters are those of the row before.
  ShortDecimal last;
  const bool epoch_like = text.size() > kVarying && read_short_decimal(text.substr(text.size() - kVarying), last);
  const std::string_view same = epoch_like ? text.substr(0, text.size() - kVarying) : std::string_view{};
  if (epoch_like && same == same_ && last.decimals == last_decimals_) [[likely]] {
    const std::int64_t ns = same_ns_ + static_cast<std::int64_t>(last.digits * last_scale_);
    return requests::is_plausible_time(ns) ? std::optional(ns) : std::nullopt;
  }
  if (const auto epoch = read_epoch(text)) {
    const std::size_t point = text.find('.');
    const std::size_t behind = point == std::string_view::npos ? 0 : text.size() - point - 1;
    const unsigned decimals = epoch_decimals(text).value_or(0);
    if (epoch_like && behind <= decimals) {
      same_.assign(same);
      last_decimals_ = last.decimals;
      last_scale_ = detail::kPowers[decimals - behind];
      same_ns_ = *epoch - static_cast<std::int64_t>(last.digits * last_scale_);
    }
    return epoch;
  }
  if (const auto ns = parse_rfc3339(text)) return requests::is_plausible_time(*ns) ? ns : std::nullopt;
  const auto date = dates_.nanoseconds(text);
  return date && requests::is_plausible_time(*date) ? date : std::nullopt;
}

std::optional<std::int64_t> MappedSink::duration_ns(std::string_view text) {
  if (!decimal_ || decimal_->is_point()) [[likely]] {
    if (const auto duration = read_amount(text, duration_decimals_); duration || !decimal_) return duration;
  }
  const auto plain = decimal_->plain(text, plain_);
  return plain ? detail::read_long_amount(*plain, duration_decimals_) : std::nullopt;
}

bool MappedSink::reject(const char* reason, std::string_view text) {
  reason_ = std::string(reason) + ": \"" + std::string(text.substr(0, 40)) + "\"";
  return false;
}

void MappedSink::add_users(std::uint64_t line, std::string_view text, std::int64_t time_ns) {
  const auto users = read_amount(text, 0);
  if (!users) return batch_->unreadable_value(line, "users", text);
  const std::int64_t since = time_ns - last_users_second_ns_;
  if (*users == last_users_ && since >= 0 && since < requests::kNsPerSecond) return;
  const auto count = static_cast<std::uint32_t>(std::min<std::int64_t>(*users, UINT32_MAX));
  batch_->active_users.push_back({time_ns, count});
  last_users_ = *users;
  last_users_second_ns_ = time_ns - time_ns % requests::kNsPerSecond;
}

std::optional<bool> MappedSink::has_failed(std::string_view success, std::string_view error,
                                           std::string_view status) const {
  if (!error.empty()) return true;
  if (success.empty()) return is_http_status(status) && status.front() >= '4';
  const auto succeeded = read_flag(success);
  return succeeded ? std::optional(!*succeeded) : std::nullopt;
}

std::string_view MappedSink::outcome_key(bool failed, std::string_view status, std::string_view error) {
  if (!failed) [[likely]]
    return status;
  key_.assign(1, kFailed).append(status).append(1, kErrorFollows).append(error);
  const std::size_t size = key_.size();
  key_.append(kReadableBehind);
  return std::string_view(key_).substr(0, size);
}

Outcome MappedSink::outcome_of(std::string_view key) const {
  if (!key.empty() && key.front() == kFailed) {
    const std::size_t mark = key.find(kErrorFollows);
    return told_outcome(key.substr(1, mark - 1), true, key.substr(mark + 1));
  }
  const bool status_decides = has(Part::status) && !has(Part::error) && !has(Part::success);
  return status_decides ? http_outcome(key) : told_outcome(key, false, {});
}

std::string_view MappedSink::message_of(std::string_view message, std::string_view error) {
  if (!message.empty()) return message;
  return read_flag(error) || read_amount(error, 0) ? std::string_view() : error;
}

}  // namespace omniwriter::mapping
