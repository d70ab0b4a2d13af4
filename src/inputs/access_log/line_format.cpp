#include "inputs/access_log/line_format.h"

#include <algorithm>
#include <array>

#include "formats/requests/mapping.h"

namespace omniwriter::access_log {
namespace {

// Where `literal` begins in a value; a quote that ends a value is not escaped.
std::size_t find_end(std::string_view line, std::string_view literal, std::size_t from = 0) {
  if (literal.empty()) return line.size();
  for (std::size_t at = line.find(literal, from); at != std::string_view::npos; at = line.find(literal, at + 1)) {
    std::size_t backslashes = 0;
    while (backslashes < at && line[at - 1 - backslashes] == '\\') ++backslashes;
    if (literal.front() != '"' || backslashes % 2 == 0) return at;
  }
  return std::string_view::npos;
}

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// As nginx calls it; empty for what has no name.
std::string_view name_of_directive(char letter) {
  switch (letter) {
    case 'h':
    case 'a':
      return "remote_addr";
    case 'u':
      return "remote_user";
    case 'v':
    case 'V':
      return "server_name";
    case 'p':
      return "server_port";
    case 'A':
      return "server_addr";
    case 'H':
      return "protocol";
    default:
      return {};
  }
}

}  // namespace

LineFormat::What LineFormat::nginx_variable(std::string_view name) {
  struct Variable {
    std::string_view name;
    What what;
  };
  constexpr std::array kVariables = {Variable{"time_local", What::time},
                                     Variable{"time_iso8601", What::time},
                                     Variable{"msec", What::epoch},
                                     Variable{"request", What::request},
                                     Variable{"request_method", What::method},
                                     Variable{"request_uri", What::uri},
                                     Variable{"uri", What::uri},
                                     Variable{"status", What::status},
                                     Variable{"body_bytes_sent", What::bytes},
                                     Variable{"bytes_sent", What::bytes},
                                     Variable{"request_time", What::duration}};
  if (name.starts_with("upstream_")) return What::upstream;
  const auto* const found = std::ranges::find(kVariables, name, &Variable::name);
  return found == kVariables.end() ? What::ignored : found->what;
}

LineFormat::What LineFormat::apache_directive(char letter, std::string_view argument) {
  const auto duration = [&](Unit unit) {
    unit_ = unit;
    return What::duration;
  };
  switch (letter) {
    case 't':
      return argument == "sec" || argument == "msec" || argument == "usec" ? What::epoch : What::time;
    case 'r':
      return What::request;
    case 'm':
      return What::method;
    case 'U':
      return What::uri;
    case 's':
      return What::status;
    case 'b':
    case 'B':
    case 'O':
      return What::bytes;
    case 'D':
      return duration(Unit::microseconds);
    case 'T':
      return duration(argument == "us" ? Unit::microseconds : argument == "ms" ? Unit::milliseconds : Unit::seconds);
    default:
      return What::ignored;
  }
}

void LineFormat::add(std::string& literal, What what, std::string_view name) {
  // The first of several counts.
  const bool known = what != What::upstream && std::ranges::find(pieces_, what, &Piece::what) != pieces_.end();
  pieces_.push_back({std::move(literal), known ? What::ignored : what, std::string(name)});
  literal.clear();
}

bool LineFormat::read_nginx(std::string_view text) {
  std::string literal;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      literal += text[at++];
      continue;
    }
    ++at;
    const bool braces = at < text.size() && text[at] == '{';
    if (braces) ++at;
    const std::size_t begin = at;
    while (at < text.size() && is_name(text[at])) ++at;
    const std::string_view name = text.substr(begin, at - begin);
    if (name.empty() || (braces && (at == text.size() || text[at] != '}'))) return false;
    if (braces) ++at;
    const What what = nginx_variable(name);
    add(literal, what, name);
  }
  behind_ = literal;
  return true;
}

bool LineFormat::read_apache(std::string_view text) {
  std::string literal;
  bool in_parts = false;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    const bool escaped = c == '\\' && at < text.size() && (text[at] == '"' || text[at] == '\\');
    if (escaped || c != '%') {
      literal += escaped ? text[at++] : c;
      continue;
    }
    // %>s, %{User-Agent}i, %!200{Referer}i, %^FU
    at = std::min(text.find_first_not_of("<>!,0123456789", at), text.size());
    std::string_view argument;
    if (at < text.size() && text[at] == '{') {
      const std::size_t end = text.find('}', at);
      if (end == std::string_view::npos) return false;
      argument = text.substr(at + 1, end - at - 1);
      at = end + 1;
    }
    if (at == text.size()) return false;
    char letter = text[at++];
    if (letter == '%') {
      literal += '%';
      continue;
    }
    if (letter == '^') {
      at = std::min(at + 2, text.size());
      letter = '\0';
    }
    const What what = apache_directive(letter, argument);
    // A time put together of parts is one: [%{%FT%T}t.%{usec_frac}t %{%z}t]
    const bool is_part = what == What::time && !argument.empty();
    if (is_part && in_parts) {
      literal.clear();
      continue;
    }
    in_parts = is_part;
    // %t writes its brackets itself.
    if (what == What::time && argument.empty()) literal += '[';
    add(literal, what, argument.empty() ? name_of_directive(letter) : argument);
    if (what == What::time && argument.empty()) literal += ']';
  }
  behind_ = literal;
  return true;
}

std::vector<std::string> LineFormat::other_fields() const {
  std::vector<std::string> names{"method", "protocol"};
  for (const Piece& piece : pieces_) {
    UpstreamTimes ignored;
    const bool other =
        piece.what == What::ignored || (piece.what == What::upstream && !set_upstream_time(ignored, piece.name, {}));
    if (other && !piece.name.empty() && std::ranges::find(names, piece.name) == names.end()) {
      names.push_back(piece.name);
    }
  }
  return names;
}

Result<LineFormat> LineFormat::parse(std::string_view text) {
  LineFormat format;
  format.nginx_ = text.find('$') != std::string_view::npos;
  const auto has = [&](What what) {
    return std::ranges::find(format.pieces_, what, &Piece::what) != format.pieces_.end();
  };
  if (!(format.nginx_ ? format.read_nginx(text) : format.read_apache(text))) {
    return fail(ErrorCode::usage, "--log-format: a variable does not end");
  }
  if (!(has(What::time) || has(What::epoch)) || !has(What::status) || !(has(What::request) || has(What::uri))) {
    return fail(
        ErrorCode::usage,
        "--log-format has to hold a time, a status and a request: $time_local, $time_iso8601 or $msec, $status, "
        "$request or $request_uri of nginx; %t, %>s, %r or %U of Apache");
  }
  format.has_duration_ = has(What::duration);
  return format;
}

bool LineFormat::read(std::string_view line, Times& times, Record& record, const char*& reason) const {
  reason = "the line is not of the format told";
  bool has_epoch = false;
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (!line.starts_with(pieces_[i].before)) return false;
    line.remove_prefix(pieces_[i].before.size());
    const bool is_last = i + 1 == pieces_.size();
    const std::string_view next = is_last ? std::string_view(behind_) : std::string_view(pieces_[i + 1].before);
    // Of two variables with nothing between them (%U%q), the first has it all.
    std::size_t end = find_end(line, next);
    while (pieces_[i].what == What::upstream && next.starts_with(' ') && end != std::string_view::npos &&
           is_within_times(line, end)) {
      end = find_end(line, next, end + 1);
    }
    if (end == std::string_view::npos) return false;
    const bool within = !is_last && next.empty();
    const std::size_t size = within ? find_end(line, i + 2 < pieces_.size() ? pieces_[i + 2].before : behind_) : end;
    if (size == std::string_view::npos) return false;
    const std::string_view value = line.substr(0, size);
    line.remove_prefix(size);
    record.see(pieces_[i].name, value);

    switch (pieces_[i].what) {
      case What::time:
        if (has_epoch) break;  // which is more exact
        if (const auto ns = times.ns(value)) {
          record.time_ns = *ns;
        } else {
          reason = "the time is none";
          return false;
        }
        break;
      case What::epoch:
        if (const auto ns = mapping::read_epoch(value)) {
          record.time_ns = *ns;
          has_epoch = true;
        } else {
          reason = "the time is none";
          return false;
        }
        break;
      case What::request:
        record.request = value;
        break;
      case What::method:
        record.method = value;
        break;
      case What::uri:
        record.uri = value;
        break;
      case What::status:
        record.status = value;
        break;
      case What::bytes:
        record.bytes = value;
        break;
      case What::duration:
        record.duration = value;
        break;
      case What::upstream:
        set_upstream_time(record.upstream, pieces_[i].name, value);
        break;
      case What::ignored:
        break;
    }
  }
  return line == behind_;
}

}  // namespace omniwriter::access_log
