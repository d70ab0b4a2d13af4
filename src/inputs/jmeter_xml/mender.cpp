#include "inputs/jmeter_xml/mender.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>

#include "base/utf8.h"
#include "inputs/jmeter_xml/bytes.h"

namespace omniwriter::jmeter_xml {
namespace {

constexpr std::size_t kLongestReference = 12;

bool is_xml_character(std::uint32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

}  // namespace

std::string_view Mender::mend(std::string_view bytes, bool whole) {
  text_.assign(bytes);
  whole_ = whole;
  at_ = 0;
  while (at_ < text_.size()) {
    if (text_.size() - at_ >= static_cast<std::size_t>(Word::kBytes)) {
      const Word word(text_.data() + at_);
      const std::uint64_t odd = word.is('&') | word.is('<') | word.is_control() | word.is_beyond_ascii();
      if (odd == 0) {
        at_ += static_cast<std::size_t>(Word::kBytes);
        continue;
      }
      at_ += static_cast<std::size_t>(std::countr_zero(odd)) / 8;
    }
    if (!mend_one()) break;
  }
  return std::string_view(text_).substr(0, at_);
}

// The character at at_; false where it may go on behind what there is.
bool Mender::mend_one() {
  const auto byte = static_cast<unsigned char>(text_[at_]);
  const std::string_view rest = std::string_view(text_).substr(at_);
  if (byte == '&') return mend_reference(rest);
  if (byte == '<') {
    if (rest.size() == 1 && !whole_) return false;
    const bool tag = rest.size() > 1 && (is_of_name(rest[1]) || rest[1] == '/' || rest[1] == '!' || rest[1] == '?');
    if (!tag) text_[at_] = '?';
  } else if (byte >= 0x80) {
    constexpr std::size_t kLongest = 4;
    const std::size_t size = utf8_character_bytes(rest);
    if (size == 0 && rest.size() < kLongest && !whole_) return false;
    const bool odd = size == 0 || rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF");
    for (std::size_t i = 0; odd && i < std::max<std::size_t>(size, 1); ++i) text_[at_ + i] = '?';
    at_ += std::max<std::size_t>(size, 1);
    return true;
  } else if (byte < 0x20 && !is_xml_character(byte)) {
    text_[at_] = '?';
  }
  ++at_;
  return true;
}

bool Mender::mend_reference(std::string_view rest) {
  const std::size_t end = rest.substr(0, kLongestReference).find(';');
  if (end == std::string_view::npos && rest.size() < kLongestReference && !whole_) return false;
  const std::string_view name = end == std::string_view::npos ? std::string_view() : rest.substr(1, end - 1);
  if (name == "lt" || name == "gt" || name == "amp" || name == "quot" || name == "apos") {
    at_ += end + 1;
    return true;
  }
  const bool hex = name.starts_with("#x");
  const std::string_view digits = name.substr(std::min<std::size_t>(name.size(), hex ? 2 : 1));
  std::uint32_t code = 0;
  const auto [read_to, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (!name.starts_with('#') || digits.empty() || read_to != digits.data() + digits.size()) {
    text_[at_++] = '?';
    return true;
  }
  if (error != std::errc{} || !is_xml_character(code)) {
    // One question mark, in a reference of the same length: "&#x0;" becomes "&#63;".
    std::string mark = end >= 4 ? "&#" + std::string(end - 4, '0') + "63;" : std::string(end + 1, '?');
    text_.replace(at_, mark.size(), mark);
  }
  at_ += end + 1;
  return true;
}

}  // namespace omniwriter::jmeter_xml
