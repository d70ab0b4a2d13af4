#include "inputs/jmeter_xml/scanner.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "base/utf8.h"
#include "inputs/jmeter_xml/bytes.h"

namespace omniwriter::jmeter_xml {
namespace {

// Whether expat would take it, which refuses U+FFFE and U+FFFF.
bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = utf8_character_bytes(text);
    if (bytes == 0 || text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF")) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace

// Up to the first byte that `marks` sets a bit for, or to the end.
template <typename Marks>
void Scanner::skip_until(Marks marks) {
  for (; end_ - at_ >= Word::kBytes; at_ += Word::kBytes) {
    if (const std::uint64_t found = marks(Word(at_)); found != 0) {
      at_ += std::countr_zero(found) / 8;
      return;
    }
  }
  const std::uint64_t found = marks(Word(at_, end_));
  at_ = found != 0 ? at_ + std::countr_zero(found) / 8 : end_;
}

std::string_view Scanner::read_name() {
  const char* const begin = at_;
  while (at_ != end_ && is_of_name(*at_)) ++at_;
  const std::string_view name(begin, static_cast<std::size_t>(at_ - begin));
  return !name.empty() && name.front() < 'A' ? std::string_view() : name;  // neither digit, point nor hyphen
}

bool Scanner::take(char c) {
  if (at_ == end_ || *at_ != c) return false;
  ++at_;
  return true;
}

// Most of the time that a file takes is spent here: all in one piece, it is a tenth faster.
[[gnu::flatten]] Scanner::Found Scanner::scan(std::string_view text) {
  constexpr std::size_t kMostBytes = std::size_t{64} * 1024;  // so that what is looked at again is little
  const bool is_whole = text.size() <= kMostBytes;
  begin_ = text.data();
  at_ = begin_;
  end_ = begin_ + std::min(text.size(), kMostBytes);
  depth_ = 0;
  is_ascii_ = true;
  tags_.clear();
  decoded_.clear();
  decoded_.reserve(kMostBytes);  // what has been decoded stays where it is
  while (read_tag()) {
    if (depth_ != 0 && skip_text()) continue;
    if (depth_ != 0) break;
    return is_ascii_ || is_valid_utf8({begin_, size()}) ? Found::record : Found::other;
  }
  return at_ == end_ && is_whole ? Found::beginning : Found::other;
}

bool Scanner::read_tag() {
  if (!take('<')) return false;
  if (at_ == end_) return false;
  if (*at_ == '/') return read_end_tag();
  const std::string_view name = read_name();
  if (at_ == end_ || name.empty() || depth_ + 1 == kMaxDepth) return false;
  const Element within = depth_ == 0 ? Element::other : elements_[depth_ - 1].what;
  const Element what = element_of(name, within, depth_ == 0);
  const bool is_sample = what == Element::sample;
  if ((depth_ == 0 && !is_sample) || within == Element::part_of_assertion) return false;
  if (is_sample) tags_.push_back({.what = Tag::What::sample_begins});
  if (!read_attributes(is_sample ? tags_.back().attributes : unused_)) return false;
  const bool is_empty = *at_ == '/';
  if (is_empty) {
    ++at_;
    if (at_ == end_) return false;
    if (*at_ != '>') return false;
  }
  ++at_;
  if (is_sample) tags_.back().end = size();
  const OpenElement element{name, what, at_};
  if (is_empty) return add_end(element, at_);
  elements_[depth_++] = element;
  return true;
}

bool Scanner::read_end_tag() {
  ++at_;
  if (depth_ == 0) return false;
  const OpenElement& element = elements_[depth_ - 1];
  if (static_cast<std::size_t>(end_ - at_) <= element.name.size()) {
    at_ = end_;
    return false;
  }
  if (std::string_view(at_, element.name.size()) != element.name || at_[element.name.size()] != '>') return false;
  const char* const content_end = at_ - 2;
  at_ += element.name.size() + 1;
  --depth_;
  return add_end(element, content_end);
}

bool Scanner::add_end(const OpenElement& element, const char* content_end) {
  switch (element.what) {
    case Element::sample:
      tags_.push_back({.what = Tag::What::sample_ends, .end = size()});
      return true;
    case Element::assertion:
      tags_.push_back({.what = Tag::What::assertion_ends});
      return true;
    case Element::part_of_assertion:
      return add_part(element, content_end);
    case Element::other:
      break;
  }
  return true;
}

// The text is plain already. Expat makes one newline of the two characters that Windows has for it.
bool Scanner::add_part(const OpenElement& part, const char* content_end) {
  std::string_view text(part.content, static_cast<std::size_t>(content_end - part.content));
  if (text.find('\r') != std::string_view::npos) return false;
  if (text.find('&') != std::string_view::npos) {
    const std::size_t decoded_from = decoded_.size();
    const char* const behind = std::exchange(at_, part.content);
    while (at_ != content_end) {
      char c = *at_;
      if (c != '&') {
        ++at_;
      } else if (!read_entity(c)) {
        return false;
      }
      decoded_ += c;
    }
    at_ = behind;
    text = std::string_view(decoded_).substr(decoded_from);
  }
  tags_.push_back({.what = Tag::What::part_ends, .part = part.name, .text = text});
  return true;
}

// Up to the `>` or `/` of the tag.
bool Scanner::read_attributes(Attributes& attributes) {
  constexpr std::uint32_t kApart = 0x78E51061U;  // gives each name that JMeter writes a bit of its own
  std::uint64_t seen = 0;
  while (at_ != end_) {
    if (*at_ == '>' || *at_ == '/') return true;
    if (!take(' ')) return false;
    const std::string_view name = read_name();
    if (at_ == end_ || name.empty()) return false;
    // The same name twice is an error, which expat reports. It may also find that two names merely share a bit.
    const std::uint64_t bit = std::uint64_t{1} << (key_of(name) * kApart >> 26U);
    if ((seen & bit) != 0) return false;
    seen |= bit;
    std::string_view value;
    if (!take('=') || !take('"') || !read_value(value)) return false;
    attributes.set(name, value);
  }
  return false;
}

// Up to and with the closing quote.
bool Scanner::read_value(std::string_view& value) {
  const char* const begin = at_;
  skip_until([](Word w) { return w.is('"') | w.is('<') | w.is('&') | w.is_control() | w.is_beyond_ascii(); });
  if (at_ == end_) return false;
  if (*at_ == '"') {
    value = {begin, static_cast<std::size_t>(at_++ - begin)};
    return true;
  }
  const std::size_t decoded_from = decoded_.size();
  decoded_.append(begin, at_);
  while (at_ != end_ && *at_ != '"') {
    if (*at_ == '&') {
      char c = 0;
      if (!read_entity(c)) return false;
      decoded_ += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte == '<' || byte < 0x20) return false;
    is_ascii_ = is_ascii_ && byte < 0x80;
    decoded_ += *at_++;
  }
  if (at_ == end_) return false;
  ++at_;
  value = std::string_view(decoded_).substr(decoded_from);
  return true;
}

// One of the five that need no declaration.
bool Scanner::read_entity(char& c) {
  constexpr std::array<std::pair<std::string_view, char>, 5> kEntities{
      {{"&quot;", '"'}, {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&apos;", '\''}}};
  const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
  for (const auto& [entity, character] : kEntities) {
    if (rest.starts_with(entity)) {
      at_ += entity.size();
      c = character;
      return true;
    }
    if (entity.starts_with(rest)) at_ = end_;
  }
  return false;
}

// Up to the next tag.
bool Scanner::skip_text() {
  const auto* const tag = static_cast<const char*>(std::memchr(at_, '<', static_cast<std::size_t>(end_ - at_)));
  const char* const text_end = tag == nullptr ? end_ : tag;
  const auto is_odd = [](Word w) {
    return w.is('&') | w.is(']') | (w.is_control() & ~w.is('\n')) | w.is_beyond_ascii();
  };
  std::uint64_t odd = 0;
  const char* p = at_;
  for (; text_end - p >= Word::kBytes; p += Word::kBytes) odd |= is_odd(Word(p));
  const Word rest(p, text_end);
  odd |= is_odd(rest);
  if (odd != 0 && !is_plain_text(text_end)) return false;
  at_ = text_end;
  return tag != nullptr;
}

bool Scanner::is_plain_text(const char* text_end) {
  if (std::string_view(at_, static_cast<std::size_t>(text_end - at_)).find("]]>") != std::string_view::npos)
    return false;
  while (at_ != text_end) {
    char c = 0;
    if (*at_ == '&') {
      if (!read_entity(c)) return false;
      continue;
    }
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte < 0x20 && byte != '\n' && byte != '\r' && byte != '\t') return false;
    is_ascii_ = is_ascii_ && byte < 0x80;
    ++at_;
  }
  return true;
}

}  // namespace omniwriter::jmeter_xml
