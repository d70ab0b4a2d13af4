#include "model/error_messages.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/utf8.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxBytes = 300;
constexpr std::size_t kMaxRead = 4096;  // of a message: stack traces may be long
constexpr std::string_view kMask = "***";
constexpr std::size_t kLongWord = 20;  // from here on, a word of letters and digits may be a key

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }
// Of keys in base 64, of a JWT.
bool is_key(char c) { return is_word(c) || c == '+' || c == '/' || c == '=' || c == '.'; }

bool is_uuid(std::string_view text) {
  constexpr std::size_t kBytes = 36;
  if (text.size() != kBytes) return false;
  for (std::size_t i = 0; i < kBytes; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool names_a_secret(std::string_view name) {
  constexpr std::array<std::string_view, 11> kSecret{"token",      "secret",    "passw",  "pwd",
                                                     "authoriz",   "api_key",   "apikey", "api-key",
                                                     "credential", "signature", "cookie"};
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::any_of(kSecret, [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

// Where what belongs to a URL ends.
std::size_t end_of_url(std::string_view text, std::size_t from) {
  const std::size_t end = text.find_first_of(" \t\"'<>)]},;", from);
  return end == std::string_view::npos ? text.size() : end;
}

std::string masked_url(std::string_view url) {
  std::string out(url.substr(0, url.find_first_of("?#")));
  const std::size_t host = out.find("://") + 3;
  const std::size_t path = out.find('/', host);
  const std::size_t at = out.rfind('@', path == std::string::npos ? path : path - 1);
  if (at != std::string::npos && at >= host) out.replace(host, at - host, kMask);
  if (const std::size_t query = url.find('?'); query != std::string_view::npos) out.append("?").append(kMask);
  return out;
}

// A word in front of a number is a part of it: "x12ab" is none, "id12" is "id" and a number.
bool is_id(std::string_view word) {
  constexpr std::size_t kShortest = 8;
  return word.size() >= kShortest && std::ranges::all_of(word, is_hex) && std::ranges::any_of(word, is_digit);
}

bool is_status(std::string_view digits) { return digits.size() == 3 && digits.front() >= '1' && digits.front() <= '5'; }

}  // namespace

std::string masked_message(std::string_view text) {
  const std::string line = clean_utf8(text.substr(0, kMaxRead), kMaxRead);
  std::string out;
  bool value_is_secret = false;  // of the word that comes next
  for (std::size_t at = 0; at < line.size() && out.size() <= kMaxBytes;) {
    const std::string_view rest = std::string_view(line).substr(at);
    if (!is_key(rest.front())) {
      // "token": "x", token=x, Authorization: Bearer x
      if (rest.front() != ' ' && rest.front() != ':' && rest.front() != '"' && rest.front() != '\'') {
        value_is_secret = false;
      }
      out += rest.front();
      ++at;
      continue;
    }
    std::size_t length = 1;
    while (length < rest.size() && is_key(rest[length])) ++length;
    std::string_view word = rest.substr(0, length);
    if (rest.substr(length).starts_with("://")) {
      const std::size_t end = end_of_url(rest, length);
      out += masked_url(rest.substr(0, end));
      at += end;
      value_is_secret = false;
      continue;
    }
    if (const std::size_t equals = word.find('=');
        equals != std::string_view::npos && equals != 0 && !value_is_secret) {
      const std::string_view name = word.substr(0, equals);
      if (names_a_secret(name)) {
        out.append(name).append("=").append(equals + 1 < word.size() ? kMask : "");
        at += length;
        value_is_secret = equals + 1 == word.size();
        continue;
      }
    }
    const bool scheme = word == "Bearer" || word == "Basic" || word == "bearer" || word == "basic";
    if (scheme) {
      out += word;
      value_is_secret = true;
    } else if (value_is_secret) {
      out += kMask;
      value_is_secret = false;
    } else if (const bool is_name = names_a_secret(word);
               is_name && (rest.substr(length).starts_with(':') || rest.substr(length).starts_with("\":"))) {
      out += word;
      value_is_secret = true;
    } else if (length >= kLongWord && !is_uuid(word) && std::ranges::any_of(word, is_digit) &&
               std::ranges::any_of(word, is_letter) && word.find('/') == std::string_view::npos &&
               word.find('.') == std::string_view::npos) {
      out += kMask;
    } else if (length >= kLongWord && word.starts_with("eyJ")) {
      out += kMask;
    } else {
      out += word;
    }
    at += length;
  }
  return clean_utf8(out, kMaxBytes);
}

std::string normalised_message(std::string_view masked) {
  std::string out;
  for (std::size_t at = 0; at < masked.size();) {
    if (!is_word(masked[at])) {
      out += masked[at++];
      continue;
    }
    std::size_t length = 1;
    while (at + length < masked.size() && is_word(masked[at + length])) ++length;
    const std::string_view word = masked.substr(at, length);
    const auto joins = [](char c) { return c == '.' || c == ':'; };
    // A part of an address or of a number with decimals is no status.
    const bool apart =
        (at == 0 || !joins(masked[at - 1])) &&
        (at + length + 1 >= masked.size() || !joins(masked[at + length]) || !is_digit(masked[at + length + 1]));
    at += length;
    if (is_uuid(word) || is_id(word)) {
      out += '#';
      continue;
    }
    for (std::size_t i = 0; i < word.size();) {
      if (!is_digit(word[i])) {
        out += word[i++];
        continue;
      }
      std::size_t digits = 1;
      while (i + digits < word.size() && is_digit(word[i + digits])) ++digits;
      const std::string_view number = word.substr(i, digits);
      if (apart && is_status(number) && number.size() == word.size()) {
        out += number;
      } else {
        out += '#';
      }
      i += digits;
    }
  }
  return out;
}

std::uint32_t ErrorMessages::id_of(std::string_view text) {
  std::string message = text == kOtherEndpoint ? std::string(text) : normalised_message(masked_message(text));
  if (message.empty() || message == kOtherEndpoint) return 0;
  if (const auto known = ids_.find(message); known != ids_.end()) return known->second;
  if (ids_.size() == kMaxMessages) return 0;
  const auto id = static_cast<std::uint32_t>(messages_.size());
  messages_.push_back(message);
  ids_.emplace(std::move(message), id);
  return id;
}

ErrorMessages::Entry& ErrorMessages::entry_of(std::string_view endpoint, std::string_view error_type,
                                              std::uint32_t id) {
  using Key = std::tuple<std::string_view, std::string_view, std::uint32_t>;
  if (const auto known = entries_.find(Key(endpoint, error_type, id)); known != entries_.end()) return known->second;
  if (entries_.size() >= kMaxEntries && id != 0) return entry_of(endpoint, error_type, 0);
  return entries_[{std::string(endpoint), std::string(error_type), id}];
}

void ErrorMessages::add(std::string_view endpoint, std::string_view error_type, std::uint32_t id, std::string_view text,
                        std::int64_t at_ns, std::uint64_t times) {
  Entry& entry = entry_of(endpoint, error_type, id);
  // Whatever the order of samples: the example is that of the first.
  if (entry.count == 0 || at_ns < entry.first_ns) {
    entry.first_ns = at_ns;
    entry.example = masked_message(text);
  }
  entry.last_ns = entry.count == 0 ? at_ns : std::max(entry.last_ns, at_ns);
  entry.count += times;
}

void ErrorMessages::add(const ErrorMessage& message) {
  Entry& entry = entry_of(message.endpoint, message.error_type, id_of(message.message));
  if (entry.count == 0 || message.first_ns < entry.first_ns) {
    entry.first_ns = message.first_ns;
    entry.example = message.example;
  }
  entry.last_ns = entry.count == 0 ? message.last_ns : std::max(entry.last_ns, message.last_ns);
  entry.count += message.count;
}

std::vector<ErrorMessage> ErrorMessages::list() const {
  std::vector<ErrorMessage> all;
  for (const auto& [key, entry] : entries_) {
    const auto& [endpoint, error_type, id] = key;
    all.push_back({endpoint, error_type, messages_[id], entry.count, entry.first_ns, entry.last_ns, entry.example});
  }
  std::ranges::sort(all, [](const ErrorMessage& a, const ErrorMessage& b) {
    if (a.count != b.count) return a.count > b.count;
    return std::tie(a.endpoint, a.error_type, a.message) < std::tie(b.endpoint, b.error_type, b.message);
  });
  return all;
}

}  // namespace omniwriter
