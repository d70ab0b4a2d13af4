#include "inputs/access_log/record.h"

#include <algorithm>
#include <array>

#include "base/decimal.h"
#include "base/rfc3339.h"
#include "formats/requests/lines.h"
#include "formats/requests/request_sink.h"

namespace omniwriter::access_log {
namespace {

constexpr std::string_view kNothing = "-";

// Reads exactly the digits from `at` on.
bool number(std::string_view text, std::size_t at, std::size_t digits, int& value) {
  value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  return true;
}

// "23/Nov/2026:15:29:52 +0000"
std::optional<std::int64_t> parse_common(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':') return std::nullopt;
  for (std::size_t month = 0; month < kMonths.size(); ++month) {
    if (text.substr(3, 3) != kMonths[month]) continue;
    std::array<char, 25> iso{};
    const auto put = [&](std::size_t at, std::string_view from) { from.copy(iso.data() + at, from.size()); };
    const std::string_view number_text = "010203040506070809101112";
    put(0, text.substr(7, 4));
    put(4, "-");
    put(5, number_text.substr(2 * month, 2));
    put(7, "-");
    put(8, text.substr(0, 2));
    put(10, "T");
    put(11, text.substr(12, 8));
    put(19, text.substr(21, 3));
    put(22, ":");
    put(23, text.substr(24, 2));
    return text[20] == ' ' ? parse_rfc3339({iso.data(), iso.size()}) : std::nullopt;
  }
  return std::nullopt;
}

// "2026-11-23T15:39:42.068973 +0000", as Apache makes it of its parts.
std::optional<std::int64_t> parse_iso_apart(std::string_view text) {
  constexpr std::size_t kZone = sizeof(" +0000") - 1;
  int zone = 0;
  if (text.size() <= kZone || text[text.size() - kZone] != ' ' || !number(text, text.size() - 4, 4, zone)) {
    return std::nullopt;
  }
  std::string iso(text.substr(0, text.size() - kZone));
  iso.append(text.substr(text.size() - kZone + 1, 3)).append(1, ':').append(text.substr(text.size() - 2));
  return parse_rfc3339(iso);
}

// From behind an opening quote to the next one that is not escaped; moves `text` behind that.
bool take_quoted(std::string_view& text, std::string_view& quoted) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = text.substr(0, i);
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool is_status(std::string_view text) {
  int value = 0;
  return text.size() == 3 && number(text, 0, 3, value);
}

void skip_blanks(std::string_view& text) {
  while (!text.empty() && requests::is_space(text.front())) text.remove_prefix(1);
}

// The next field, in quotes or up to a blank; moves `text` behind it. False where there is none.
bool take_field(std::string_view& text, std::string_view& field) {
  skip_blanks(text);
  if (text.empty()) return false;
  if (text.front() == '"') {
    std::string_view rest = text.substr(1);
    if (take_quoted(rest, field)) {
      text = rest;
      return true;
    }
  }
  const auto* const end = std::ranges::find_if(text, requests::is_space);
  field = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(field.size());
  return true;
}

// Behind the brackets of the time: "request" status bytes "referer" "user agent", and what else was configured.
bool read_behind_time(std::string_view rest, Record& record, const char*& reason) {
  if (!rest.starts_with(" \"")) {
    reason = "no quoted request behind the time";
    return false;
  }
  rest.remove_prefix(2);
  if (!take_quoted(rest, record.request)) {
    reason = "the request does not end";
    return false;
  }
  if (!take_field(rest, record.status) || !is_status(record.status)) {
    reason = "no status behind the request";
    return false;
  }
  if (!take_field(rest, record.bytes) || (record.bytes != kNothing && !read_decimal(record.bytes, 0))) {
    reason = "no number of bytes behind the status";
    return false;
  }
  skip_blanks(rest);
  for (std::string_view* const quoted : {&record.referer, &record.user_agent}) {
    if (!rest.starts_with('"')) break;
    rest.remove_prefix(1);
    if (!take_quoted(rest, *quoted)) {
      reason = "a quote does not end";
      return false;
    }
    skip_blanks(rest);
  }
  record.extra = rest;
  return true;
}

enum class Member : std::uint8_t { none, time, epoch, status, duration, uri, request, method, bytes };

// nginx has no JSON of its own: these are the names of its variables, and what people call them.
Member member_named(std::string_view key) {
  struct Name {
    std::string_view key;
    Member member;
  };
  constexpr std::array kNames = {
      Name{"msec", Member::epoch},
      Name{"time", Member::time},
      Name{"time_iso8601", Member::time},
      Name{"time_local", Member::time},
      Name{"timestamp", Member::time},
      Name{"@timestamp", Member::time},
      Name{"t", Member::time},
      Name{"status", Member::status},
      Name{"s", Member::status},
      Name{"request_time", Member::duration},
      Name{"rt", Member::duration},
      Name{"request_uri", Member::uri},
      Name{"uri", Member::uri},
      Name{"request", Member::request},
      Name{"request_method", Member::method},
      Name{"method", Member::method},
      Name{"body_bytes_sent", Member::bytes},
      Name{"bytes_sent", Member::bytes},
      Name{"bytes", Member::bytes},
  };
  for (const Name& name : kNames) {
    if (name.key == key) return name.member;
  }
  return Member::none;
}

// Takes the time of one server off the front of a list: "0.001, - : 0.002". What is no time is as "-".
std::optional<std::int64_t> take_time(std::string_view& list) {
  constexpr std::string_view kBetween = ",: ";
  list.remove_prefix(std::min(list.find_first_not_of(kBetween), list.size()));
  const std::size_t end = std::min(list.find_first_of(kBetween), list.size());
  const auto time_ns = requests::read_duration(list.substr(0, end), 9);
  list.remove_prefix(end);
  return time_ns;
}

void add_time(std::int64_t& sum, std::int64_t time_ns) {
  sum = std::min(std::max<std::int64_t>(sum, 0) + std::max<std::int64_t>(time_ns, 0), requests::kMaxDurationNs);
}

// Skips a value that is an object or a list. False where it does not end.
bool skip_nested(std::string_view& text) {
  std::size_t depth = 0;
  std::string_view ignored;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') {
      if (!take_quoted(text, ignored)) return false;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return true;
    }
  }
  return false;
}

// Calls `visit(key, value)` for each member; what is an object or a list has an empty value. Not by a JSON parser:
// without escape=json, nginx writes \x22 for a quote, which is no JSON. False where it is no object.
template <typename Visit>
bool for_each_member(std::string_view text, const Visit& visit) {
  skip_blanks(text);
  if (!text.starts_with('{')) return false;
  text.remove_prefix(1);
  skip_blanks(text);
  while (!text.starts_with('}')) {
    std::string_view key;
    std::string_view value;
    if (!text.starts_with('"')) return false;
    text.remove_prefix(1);
    if (!take_quoted(text, key)) return false;
    skip_blanks(text);
    if (!text.starts_with(':')) return false;
    text.remove_prefix(1);
    skip_blanks(text);
    if (text.starts_with('"')) {
      text.remove_prefix(1);
      if (!take_quoted(text, value)) return false;
    } else if (text.starts_with('{') || text.starts_with('[')) {
      if (!skip_nested(text)) return false;
    } else {
      value = text.substr(0, text.find_first_of(",} \t"));
      text.remove_prefix(value.size());
    }
    skip_blanks(text);
    if (text.starts_with(',')) {
      text.remove_prefix(1);
      skip_blanks(text);
    } else if (!text.starts_with('}')) {
      return false;
    }
    visit(key, value);
  }
  text.remove_prefix(1);
  skip_blanks(text);
  return text.empty();
}

}  // namespace

std::optional<std::int64_t> Times::ns(std::string_view text) {
  if (!last_.empty() && text == last_) return last_ns_;
  auto parsed = parse_common(text);
  if (!parsed) parsed = parse_rfc3339(text);
  if (!parsed) parsed = parse_iso_apart(text);
  if (!parsed || !requests::is_plausible_time(*parsed)) return std::nullopt;
  last_.assign(text);
  last_ns_ = *parsed;
  return parsed;
}

bool read_text(std::string_view line, Times& times, Record& record, const char*& reason) {
  reason = "no time in brackets";
  // A user may have given any name for himself: only what reads as a time is one.
  for (std::size_t at = line.find('[', 1); at != std::string_view::npos; at = line.find('[', at + 1)) {
    if (line[at - 1] != ' ') continue;
    const std::size_t begin = at + 1;
    const std::size_t end = line.find(']', begin);
    if (end == std::string_view::npos) return false;
    const auto time_ns = times.ns(line.substr(begin, end - begin));
    if (!time_ns) continue;
    record.time_ns = *time_ns;
    return read_behind_time(line.substr(end + 1), record, reason);
  }
  return false;
}

bool read_json(std::string_view line, Times& times, Record& record, const char*& reason) {
  bool has_time = false;
  bool has_epoch = false;
  bool has_request = false;
  reason = "no JSON object";
  const bool whole = for_each_member(line, [&](std::string_view key, std::string_view value) {
    record.see(key, value);
    switch (member_named(key)) {
      case Member::epoch:
        if (const auto ns = read_decimal(value, 9); ns && requests::is_plausible_time(*ns)) {
          record.time_ns = *ns;
          has_epoch = true;
        }
        break;
      case Member::time:
        if (has_epoch) break;  // which is more exact
        if (const auto ns = times.ns(value)) {
          record.time_ns = *ns;
          has_time = true;
        }
        break;
      case Member::status:
        record.status = value;
        break;
      case Member::duration:
        record.duration = value;
        break;
      case Member::uri:
        record.uri = value;
        has_request = true;
        break;
      case Member::request:
        record.request = value;
        has_request = true;
        break;
      case Member::method:
        record.method = value;
        break;
      case Member::bytes:
        record.bytes = value;
        break;
      case Member::none:
        set_upstream_time(record.upstream, key, value);
        break;
    }
  });
  if (!whole) return false;
  reason = "no time";
  if (!has_time && !has_epoch) return false;
  reason = "no status";
  if (!is_status(record.status)) return false;
  reason = "no request";
  return has_request;
}

std::string_view field_of(std::string_view text, std::size_t index) {
  std::string_view field;
  for (std::size_t i = 0; i <= index; ++i) {
    if (!take_field(text, field)) return {};
  }
  return field;
}

void UpstreamTimes::add_to(SampleDetail& detail) const {
  std::string_view connects = connect;
  std::string_view headers = header;
  std::string_view responses = response;
  while (!connects.empty() || !headers.empty() || !responses.empty()) {
    const auto connected = take_time(connects);
    const auto first_byte = take_time(headers);
    const auto last_byte = take_time(responses);
    if (connected) add_time(detail.phase(SampleKind::connect), *connected);
    if (!first_byte) continue;
    add_time(detail.phase(SampleKind::waiting), *first_byte - connected.value_or(0));
    if (last_byte) add_time(detail.phase(SampleKind::receiving), *last_byte - *first_byte);
  }
}

bool set_upstream_time(UpstreamTimes& times, std::string_view name, std::string_view value) {
  if (name == "upstream_connect_time" || name == "uct") {
    times.connect = value;
  } else if (name == "upstream_header_time" || name == "uht") {
    times.header = value;
  } else if (name == "upstream_response_time" || name == "urt") {
    times.response = value;
  } else {
    return false;
  }
  return true;
}

bool is_within_times(std::string_view text, std::size_t blank) {
  const char before = blank == 0 ? ' ' : text[blank - 1];
  return before == ',' || before == ':' || text.substr(blank).starts_with(" : ");
}

bool read_named_upstream_times(std::string_view extra, UpstreamTimes& times) {
  bool found = false;
  for (std::size_t at = extra.find('='); at != std::string_view::npos; at = extra.find('=', at + 1)) {
    const std::string_view before = extra.substr(0, at);
    const std::string_view name = before.substr(before.find_last_of(" \t") + 1);
    std::string_view value = extra.substr(at + 1);
    if (value.starts_with('"')) {
      value = value.substr(1, value.find('"', 1) - 1);
    } else {
      std::size_t end = value.find(' ');
      while (end != std::string_view::npos && is_within_times(value, end)) end = value.find(' ', end + 1);
      value = value.substr(0, end);
    }
    found = set_upstream_time(times, name, value) || found;
  }
  return found;
}

namespace {

// Calls `visit(name, value)` for what has a name behind the user agent: up="10.0.0.1:80" rt=0.005.
template <typename Visit>
void for_each_named(std::string_view extra, const Visit& visit) {
  for (std::size_t at = extra.find('='); at != std::string_view::npos; at = extra.find('=', at + 1)) {
    const std::string_view before = extra.substr(0, at);
    const std::string_view name = before.substr(before.find_last_of(" \t") + 1);
    std::string_view value = extra.substr(at + 1);
    value = value.starts_with('"') ? value.substr(1, value.find('"', 1) - 1) : value.substr(0, value.find(' '));
    if (!name.empty()) visit(name, value);
  }
}

}  // namespace

std::string_view part_named(std::string_view name, std::string_view line, const Record& record) {
  const std::string_view request = record.request;
  if (name == "method") return record.method.empty() ? request.substr(0, request.find(' ')) : record.method;
  if (name == "protocol") {
    const std::size_t blank = request.rfind(' ');
    const std::string_view last = blank == std::string_view::npos ? std::string_view() : request.substr(blank + 1);
    return last.starts_with("HTTP/") ? last : std::string_view();
  }
  if (name == "remote_addr") return field_of(line, 0);
  if (name == "remote_user") return field_of(line, 2);
  if (name == "http_referer") return record.referer;
  if (name == "http_user_agent") return record.user_agent;
  std::string_view found;
  for_each_named(record.extra, [&](std::string_view named, std::string_view value) {
    if (named == name) found = value;
  });
  return found;
}

std::vector<std::string> other_fields(std::string_view line, bool json) {
  std::vector<std::string> names{"method", "protocol"};
  const auto add = [&](std::string_view name) {
    UpstreamTimes ignored;
    constexpr std::size_t kMostFields = 100;
    if (names.size() < kMostFields && !set_upstream_time(ignored, name, {})) names.emplace_back(name);
  };
  if (json) {
    for_each_member(line, [&](std::string_view key, std::string_view) {
      if (member_named(key) == Member::none) add(key);
    });
    return names;
  }
  for (const char* name : {"remote_addr", "remote_user", "http_referer", "http_user_agent"}) add(name);
  Times times;
  Record record;
  const char* reason = nullptr;
  if (read_text(line, times, record, reason)) {
    for_each_named(record.extra, [&](std::string_view name, std::string_view) { add(name); });
  }
  return names;
}

std::string endpoint_of(std::string_view request) {
  std::string_view method;
  std::string_view uri = request;
  if (const std::size_t blank = request.find(' '); blank != std::string_view::npos) {
    method = request.substr(0, blank);
    uri = request.substr(blank + 1);
    uri = uri.substr(0, uri.find(' '));
    // Anything at all is sent to servers; only what begins like a request names an endpoint.
    if (method.empty() || method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != std::string_view::npos) return {};
  }
  const bool is_uri = uri.starts_with('/') || uri.starts_with('*') || uri.find("://") != std::string_view::npos;
  if (!is_uri) return {};
  uri = uri.substr(0, uri.find('?'));
  return method.empty() ? std::string(uri) : std::string(method).append(1, ' ').append(uri);
}

}  // namespace omniwriter::access_log
