// Importer of JMeter's XML result files (JTL). See README.md for the rules.

#include <expat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "formats/jmeter/generators.h"
#include "formats/jmeter/sample_rules.h"
#include "formats/jmeter/transactions.h"
#include "model/outcome_rules.h"
#include "reading/head_counts.h"
#include "reading/input.h"

// Expat has it since 2.6.0, and Debian 12 since one of its security updates; before, there was nothing to set.
// NOLINTNEXTLINE(readability-redundant-declaration): it is weak here
extern "C" XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled) __attribute__((weak));

namespace omniwriter {
namespace jmeter_xml {
namespace {

constexpr std::int64_t kNsPerMs = 1'000'000;
constexpr std::uint64_t kMsPerSecond = 1000;
constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxTokenBytes = std::size_t{1} << 20;
// What expat is given at a time. It keeps an unfinished token whole, so this is also how exactly its length is known.
constexpr std::size_t kSliceBytes = 64 * 1024;
// As JMeter writes it. Any other may mean another encoding.
constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
constexpr std::string_view kRoot = "testResults";
constexpr std::string_view kRootTag = "<testResults>";
constexpr std::array<std::string_view, 2> kSampleTags = {"<httpSample", "<sample"};
constexpr std::size_t kLongestSampleTag = 12;  // with the character behind it

constexpr std::string_view kNoMemory = "no memory for an XML parser";

struct Free {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Expat = std::unique_ptr<XML_ParserStruct, Free>;

bool ends_name(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '>' || c == '/'; }

bool begins_with_tag(std::string_view bytes, std::string_view tag) {
  return bytes.size() > tag.size() && bytes.starts_with(tag) && ends_name(bytes[tag.size()]);
}

bool is_sample_name(std::string_view name) { return name == "httpSample" || name == "sample"; }

bool begins_with_sample(std::string_view bytes) {
  return std::any_of(kSampleTags.begin(), kSampleTags.end(),
                     [&](std::string_view tag) { return begins_with_tag(bytes, tag); });
}

// A number that is all of `text`. False where it is anything else.
bool read_number(std::string_view text, std::uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

// A number for a name: its own if it has up to four characters.
constexpr std::uint32_t key_of(std::string_view name) {
  std::uint32_t key = 0;
  for (const char c : name) key = key << 8 | static_cast<unsigned char>(c);
  return key;
}

// The attributes we know, valid until the next element. A missing one has no data.
struct Attributes {
  std::string_view elapsed, time_stamp, success, label, code, message, bytes, sent_bytes, users, samples, errors,
      thread, host;

  Attributes() = default;
  explicit Attributes(const XML_Char** pairs) {
    for (; pairs[0] != nullptr; pairs += 2) set(pairs[0], pairs[1]);
  }

  void set(std::string_view name, std::string_view value) {
    switch (key_of(name)) {
      case key_of("t"):
        elapsed = value;
        break;
      case key_of("ts"):
        time_stamp = value;
        break;
      case key_of("s"):
        success = value;
        break;
      case key_of("lb"):
        label = value;
        break;
      case key_of("rc"):
        code = value;
        break;
      case key_of("rm"):
        message = value;
        break;
      case key_of("by"):
        bytes = value;
        break;
      case key_of("sby"):
        sent_bytes = value;
        break;
      case key_of("na"):
        users = value;
        break;
      case key_of("sc"):
        samples = value;
        break;
      case key_of("ec"):
        errors = value;
        break;
      case key_of("tn"):
        thread = value;
        break;
      case key_of("hn"):
        host = value;
        break;
      default:
        break;
    }
  }
};

// A sample whose end tag is still to come. Holds its own strings: the batch may change until then.
struct OpenSample {
  Sample sample;
  std::string label;
  std::string code;
  bool success = false;
  bool has_users = false;
  bool has_errors = false;
  bool readable = false;  // otherwise it is a bad record already
  std::uint64_t users = 0;
  std::uint64_t samples = 1;
  std::uint64_t errors = 0;
  std::uint64_t generator = 0;
  std::uint32_t holds = 0;  // a transaction: how many requests it says were made within it
};

// Reads up to the root element. What is wrong there; empty where nothing is. A DOCTYPE could declare entities, which
// can make a small file as large as they like.
std::string problem_before_root(std::string_view head) {
  struct Prolog {
    XML_Parser expat;
    bool root = false;
    std::string problem = {};
  };
  const Expat expat(XML_ParserCreate(nullptr));
  if (!expat) return std::string(kNoMemory);
  Prolog prolog{expat.get()};
  XML_SetUserData(expat.get(), &prolog);
  XML_SetStartElementHandler(expat.get(), [](void* user, const XML_Char* name, const XML_Char** /*pairs*/) {
    auto& seen = *static_cast<Prolog*>(user);
    seen.root = name == kRoot;
    if (!seen.root) seen.problem = "the document is no <testResults>";
    XML_StopParser(seen.expat, XML_FALSE);
  });
  XML_SetStartDoctypeDeclHandler(expat.get(), [](void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    auto& seen = *static_cast<Prolog*>(user);
    seen.problem = "a DOCTYPE, which JMeter never writes, is refused";
    XML_StopParser(seen.expat, XML_FALSE);
  });
  const XML_Status status = XML_Parse(expat.get(), head.data(), static_cast<int>(head.size()), XML_FALSE);
  if (prolog.root || !prolog.problem.empty()) return prolog.problem;
  if (status != XML_STATUS_OK) return XML_ErrorString(XML_GetErrorCode(expat.get()));
  return "no <testResults> at its beginning";
}

// Whether expat would take it, which refuses U+FFFE and U+FFFF.
bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t bytes = utf8_character_bytes(text);
    if (bytes == 0 || text.starts_with("\xEF\xBF\xBE") || text.starts_with("\xEF\xBF\xBF")) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

bool is_of_name(char c) {
  static constexpr auto kTable = [] {
    std::array<bool, 256> table{};
    for (const char known : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")) {
      table[static_cast<unsigned char>(known)] = true;
    }
    return table;
  }();
  return kTable[static_cast<unsigned char>(c)];
}

// Eight bytes, looked at together. Each question is answered by the highest bit of every byte that fits.
class Word {
 public:
  static constexpr std::ptrdiff_t kBytes = 8;

  explicit Word(const char* bytes) { std::memcpy(&bytes_, bytes, kBytes); }
  /// Fewer than eight; the others fit nothing.
  Word(const char* begin, const char* end) : bytes_(kOnes * 'a') {
    std::memcpy(&bytes_, begin, static_cast<std::size_t>(end - begin));
  }

  [[nodiscard]] std::uint64_t is(char c) const {
    const std::uint64_t differs = bytes_ ^ (kOnes * static_cast<unsigned char>(c));
    return ~(((differs & ~kHighest) + ~kHighest) | differs) & kHighest;
  }
  /// Below a space.
  [[nodiscard]] std::uint64_t is_control() const { return ~(bytes_ | bytes_ << 1U | bytes_ << 2U) & kHighest; }
  [[nodiscard]] std::uint64_t is_beyond_ascii() const { return bytes_ & kHighest; }

 private:
  static constexpr std::uint64_t kOnes = 0x0101010101010101;
  static constexpr std::uint64_t kHighest = kOnes * 0x80;
  std::uint64_t bytes_ = 0;
};

bool is_xml_character(std::uint32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

// JMeter saves the bodies of failed samples, whatever they hold; XML does not take all of that: "&#x0;", control
// characters, bytes that are no UTF-8, an ampersand or less-than sign on its own. This makes it question marks, byte
// for byte as long, so that what stands around it can be read.
class Mender {
 public:
  /// Mends as much of `bytes` as can be without seeing more; all of it where nothing follows.
  std::string_view mend(std::string_view bytes, bool whole) {
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

 private:
  static constexpr std::size_t kLongestReference = 12;

  // The character at at_; false where it may go on behind what there is.
  bool mend_one() {
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

  bool mend_reference(std::string_view rest) {
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

  std::string text_;
  std::size_t at_ = 0;
  bool whole_ = false;
};

// Finds the tags of a record of which every byte is in the shape that JMeter gives it: elements with attributes in
// double quotes, and text. That is a part of XML in which nothing can go wrong; all else is left to expat.
class Scanner {
 public:
  enum class Found {
    record,
    beginning,  // of something, with more to come
    other,
  };
  // The start or end tag of a sample.
  struct Tag {
    Attributes attributes;
    std::size_t end = 0;  ///< behind the tag, from the start of the record
    bool opens = false;
  };

  // Looks at the first element of `text`, which begins with what is no blank.
  Found scan(std::string_view text) {
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

  // What the last record() was made of.
  [[nodiscard]] const std::vector<Tag>& tags() const { return tags_; }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  struct Element {
    std::string_view name;
    bool is_sample;
  };

  // Each of these goes on behind what it read; or returns false, with at_ at the end if more bytes could mend it.

  bool read_tag() {
    if (!take('<')) return false;
    if (at_ == end_) return false;
    if (*at_ == '/') return read_end_tag();
    const std::string_view name = read_name();
    if (at_ == end_ || name.empty() || depth_ + 1 == kMaxDepth) return false;
    const bool is_sample = is_sample_name(name) && (depth_ == 0 || elements_[depth_ - 1].is_sample);
    if (depth_ == 0 && !is_sample) return false;
    if (is_sample) tags_.emplace_back().opens = true;
    if (!read_attributes(is_sample ? tags_.back().attributes : unused_)) return false;
    const bool is_empty = *at_ == '/';
    if (is_empty) {
      ++at_;
      if (at_ == end_) return false;
      if (*at_ != '>') return false;
    }
    ++at_;
    if (is_sample) tags_.back().end = size();
    if (!is_empty) {
      elements_[depth_++] = {name, is_sample};
    } else if (is_sample) {
      tags_.push_back({{}, size(), false});
    }
    return true;
  }

  bool read_end_tag() {
    ++at_;
    if (depth_ == 0) return false;
    const Element& element = elements_[depth_ - 1];
    if (static_cast<std::size_t>(end_ - at_) <= element.name.size()) {
      at_ = end_;
      return false;
    }
    if (std::string_view(at_, element.name.size()) != element.name || at_[element.name.size()] != '>') return false;
    at_ += element.name.size() + 1;
    --depth_;
    if (element.is_sample) tags_.push_back({{}, size(), false});
    return true;
  }

  // Up to the `>` or `/` of the tag.
  bool read_attributes(Attributes& attributes) {
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
  bool read_value(std::string_view& value) {
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
  bool read_entity(char& c) {
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
  bool skip_text() {
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

  bool is_plain_text(const char* text_end) {
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

  // Up to the first byte that `marks` sets a bit for, or to the end.
  template <typename Marks>
  void skip_until(Marks marks) {
    for (; end_ - at_ >= Word::kBytes; at_ += Word::kBytes) {
      if (const std::uint64_t found = marks(Word(at_)); found != 0) {
        at_ += std::countr_zero(found) / 8;
        return;
      }
    }
    const std::uint64_t found = marks(Word(at_, end_));
    at_ = found != 0 ? at_ + std::countr_zero(found) / 8 : end_;
  }

  std::string_view read_name() {
    const char* const begin = at_;
    while (at_ != end_ && is_of_name(*at_)) ++at_;
    const std::string_view name(begin, static_cast<std::size_t>(at_ - begin));
    return !name.empty() && name.front() < 'A' ? std::string_view() : name;  // neither digit, point nor hyphen
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  const char* begin_ = nullptr;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::size_t depth_ = 0;
  bool is_ascii_ = true;
  std::array<Element, kMaxDepth> elements_{};
  std::vector<Tag> tags_;
  Attributes unused_;
  std::string decoded_;  // values with entities or characters beyond ASCII
};

class Parser final : public RecordParser {
 public:
  /// `transactions_count`: they are taken as the requests.
  /// `in_place`: records in JMeter's own shape need not go through expat. `is_utf8`: so is the file, as far as it says.
  Parser(bool transactions_count, bool in_place, bool is_utf8)
      : expat_(XML_ParserCreate(nullptr)),
        transactions_count_(transactions_count),
        in_place_(in_place),
        is_utf8_(is_utf8) {
    if (expat_) configure();
  }

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    out_ = &out;
    named_generator_ = 0;
    // What is looked at: an unfinished token, which expat has read before, and the new bytes.
    const std::size_t before = unfinished_.size();
    std::string joined;
    if (before != 0) joined.append(unfinished_).append(bytes);
    text_ = before == 0 ? bytes : std::string_view(joined);
    text_begin_ = bytes_before_ - static_cast<std::int64_t>(before);
    counted_to_ = before;
    counted_lines_ = 0;
    if (!expat_) {  // only an exhausted machine gets here
      if (bytes_before_ == 0) out.bad_record(1, std::string(kNoMemory));
      state_ = State::ended;
    }

    std::size_t at = state_ == State::reading ? before - unread_ : 0;
    bool more_needed = false;
    while (at < text_.size() && !more_needed) {
      switch (state_) {
        case State::reading:
          at = read(at, last, more_needed);
          break;
        case State::in_place:
          at = read_in_place(at, last, more_needed);
          break;
        case State::behind_root:
          at = skip_blanks(at);
          break;
        case State::searching:
          at = search(at, last, more_needed);
          break;
        case State::ended:
          at = text_.size();
          break;
      }
    }
    if (last && state_ == State::reading) finish();
    const std::size_t finished = state_ == State::reading ? finished_at(at) : at;
    unread_ = state_ == State::reading ? text_.size() - at : 0;
    if (finished != 0) byte_before_ = text_[finished - 1];
    unfinished_.assign(text_.substr(finished));
    bytes_before_ += std::ssize(bytes);
    return {bytes.size(), newlines_before(text_.size())};
  }

 private:
  enum class State {
    reading,      // expat sees every byte
    in_place,     // between two records, of which the next may be in JMeter's own shape
    behind_root,  // where nothing should be
    searching,    // after an error: for the next record
    ended,        // there is no parser
  };

  static Parser& self(void* user) { return *static_cast<Parser*>(user); }

  // To be done anew after each reset.
  void configure() {
    // Expat would look at a long token only now and then, to save time. That would report errors late, and skip records
    // that begin in between; and a token is short enough here.
    if (XML_SetReparseDeferralEnabled != nullptr) XML_SetReparseDeferralEnabled(expat_.get(), XML_FALSE);
    XML_SetUserData(expat_.get(), this);
    XML_SetElementHandler(
        expat_.get(), [](void* user, const XML_Char* name, const XML_Char** pairs) { self(user).start(name, pairs); },
        [](void* user, const XML_Char*) { self(user).end(); });
  }

  // Feeds expat from `at` on. Returns where to go on: the end, or where reading failed; or, with `more_needed`, what
  // cannot be read without seeing more.
  std::size_t read(std::size_t at, bool last, bool& more_needed) {
    while (at < text_.size()) {
      std::string_view slice = text_.substr(at, kSliceBytes);
      if (is_utf8_) slice = mender_.mend(slice, last && at + slice.size() == text_.size());
      if (slice.empty()) {
        more_needed = true;
        return at;
      }
      const std::size_t length = slice.size();
      if (XML_Parse(expat_.get(), slice.data(), static_cast<int>(length), XML_FALSE) != XML_STATUS_OK) {
        if (!root_ended_ && !record_ended_) return fail_at(detected_at());
        state_ = root_ended_ ? State::behind_root : State::in_place;
        root_ended_ = false;
        record_ended_ = false;
        return detected_at();
      }
      at += length;
      if (at - finished_at(at) > kMaxTokenBytes) {
        reason_ = "a tag or text longer than 1 MiB";
        return fail_at(at);
      }
    }
    return at;
  }

  // Somebody may have put two files into one.
  std::size_t skip_blanks(std::size_t at) {
    at = text_.find_first_not_of(" \t\r\n", at);
    if (at == std::string_view::npos) return text_.size();
    out_->bad_record(newlines_before(at) + 1, "there is more behind </testResults>");
    state_ = State::searching;
    return at;
  }

  // The end of the file. That the root is still open is how a run ends that was killed.
  void finish() {
    if (XML_Parse(expat_.get(), nullptr, 0, XML_TRUE) == XML_STATUS_OK) return;
    const XML_Error error = XML_GetErrorCode(expat_.get());
    if (error == XML_ERROR_NO_ELEMENTS && open_ == 0) return;
    reason_ = "the file ends within a record";
    open_ = 0;  // the run was killed while JMeter wrote it
    fail_at(text_.size());
  }

  // An offset into what expat was given, as one into text_.
  [[nodiscard]] std::size_t in_text(std::int64_t expat_offset) const {
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(origin_ + expat_offset - text_begin_, 0, std::ssize(text_)));
  }

  // Where the token begins that expat has not read whole, having been fed up to `fed`.
  [[nodiscard]] std::size_t finished_at(std::size_t fed) const {
    const std::int64_t offset = XML_GetCurrentByteIndex(expat_.get());
    return offset < 0 ? fed : std::min(fed, in_text(offset));
  }

  // The end of the token being handled, or where expat found an error: within the token that is wrong or behind it.
  // The same place of the file however it was cut.
  [[nodiscard]] std::size_t detected_at() const {
    return in_text(XML_GetCurrentByteIndex(expat_.get()) + std::max(XML_GetCurrentByteCount(expat_.get()), 0));
  }

  // Reports a bad record and begins the search for the next good one, behind where the last search ended.
  std::size_t fail_at(std::size_t at) {
    const XML_Error error = XML_GetErrorCode(expat_.get());
    if (reason_.empty()) reason_ = XML_ErrorString(error);
    out_->bad_record(newlines_before(at) + 1, std::move(reason_));
    reason_.clear();
    while (open_ != 0) close_sample();  // their start tags were read whole
    // That byte may be the first of a good record. Other errors may be placed at the start of the bad one.
    if (error != XML_ERROR_INVALID_TOKEN) at = std::min(at + 1, text_.size());
    at = std::max(at, in_text(restarted_at_ + 1 - origin_));
    state_ = State::searching;
    depth_ = 0;
    return at;
  }

  // Looks for a line that begins with a sample: JMeter indents those within another one. Returns its offset and
  // prepares expat for it. Returns the end where there is none, or an offset with `more_needed` where it is too close
  // to the end to tell.
  std::size_t search(std::size_t at, bool last, bool& more_needed) {
    while (true) {
      const char before = at == 0 ? byte_before_ : text_[at - 1];
      if (before != '\n') {
        const std::size_t newline = text_.find('\n', at);
        if (newline == std::string_view::npos) return text_.size();
        at = newline + 1;
      }
      const std::string_view line = text_.substr(at);
      if (line.size() < kLongestSampleTag && !last) {
        more_needed = true;
        return at;
      }
      if (begins_with_sample(line)) {
        restart(at);
        return at;
      }
      const std::size_t newline = line.find('\n');
      if (newline == std::string_view::npos) return text_.size();
      at += newline + 1;
    }
  }

  void restart(std::size_t at) {
    XML_ParserReset(expat_.get(), "UTF-8");
    configure();
    depth_ = 0;
    restarted_at_ = text_begin_ + static_cast<std::int64_t>(at);
    origin_ = restarted_at_ - std::ssize(kRootTag);
    restarting_ = true;
    XML_Parse(expat_.get(), kRootTag.data(), static_cast<int>(kRootTag.size()), XML_FALSE);
    restarting_ = false;
    state_ = State::reading;
  }

  void stop(std::string reason) {
    reason_ = std::move(reason);
    XML_StopParser(expat_.get(), XML_FALSE);
  }

  void start(std::string_view name, const XML_Char** pairs) {
    if (depth_ == kMaxDepth) {
      stop("more than 64 elements within one another");
      return;
    }
    is_sample_[depth_] = is_sample_name(name) && (depth_ == 1 || (depth_ > 1 && is_sample_[depth_ - 1]));
    if (is_sample_[depth_]) open_sample(Attributes(pairs), detected_at());
    ++depth_;
    if (depth_ == 1 && !restarting_) end_of_record();
  }

  void end() {
    if (!reason_.empty()) return;  // expat still ends an empty element at whose start it was stopped
    --depth_;
    if (is_sample_[depth_]) close_sample();
    if (depth_ == 0) {
      root_ended_ = true;
      XML_StopParser(expat_.get(), XML_FALSE);
    } else if (depth_ == 1) {
      end_of_record();
    }
  }

  // Expat has read what comes before the next record.
  void end_of_record() {
    if (!in_place_) return;
    record_ended_ = true;
    XML_StopParser(expat_.get(), XML_FALSE);
  }

  // Reads records in JMeter's own shape from `at` on, and hands the first thing that is none to expat.
  std::size_t read_in_place(std::size_t at, bool last, bool& more_needed) {
    while (true) {
      at = std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
      if (at == text_.size()) return at;
      switch (scanner_.scan(text_.substr(at))) {
        case Scanner::Found::record:
          for (const Scanner::Tag& tag : scanner_.tags()) {
            tag.opens ? open_sample(tag.attributes, at + tag.end) : close_sample();
          }
          at += scanner_.size();
          break;
        case Scanner::Found::beginning:
          if (!last) {
            more_needed = true;
            return at;
          }
          [[fallthrough]];
        case Scanner::Found::other:
          restart(at);
          return at;
      }
    }
  }

  // `tag_end`: where in text_ the start tag ends.
  void open_sample(const Attributes& from, std::size_t tag_end) {
    OpenSample& open = open_samples_[open_++];
    open.readable = false;
    std::string problem;
    const auto reject = [&](const char* reason, std::string_view text) {
      problem = std::string(reason) + ": \"" + std::string(text.substr(0, 40)) + "\"";
    };

    std::uint64_t start_ms = 0;
    std::uint64_t elapsed_ms = 0;
    open.samples = 1;
    open.errors = 0;
    const auto optional_number = [&](const char* name, std::string_view text, std::uint64_t& value) {
      if (read_number(text, value)) return true;
      if (!text.empty()) out_->unreadable_value(newlines_before(tag_end) + 1, name, text);
      return false;
    };
    open.has_errors = optional_number("ec", from.errors, open.errors);
    if (!read_number(from.time_stamp, start_ms) || start_ms < jmeter::kMinTimeMs || start_ms > jmeter::kMaxTimeMs) {
      reject("ts is no time in milliseconds", from.time_stamp);
    } else if (!read_number(from.elapsed, elapsed_ms) || elapsed_ms > jmeter::kMaxElapsedMs) {
      reject("t is no duration in milliseconds", from.elapsed);
    } else if (from.success.data() != nullptr && from.success != "true" && from.success != "false") {
      reject("s is neither true nor false", from.success);
    } else if (from.samples.data() != nullptr &&
               (!read_number(from.samples, open.samples) || open.samples > jmeter::kMaxSampleCount)) {
      reject("sc is no number of samples", from.samples);
    }
    if (!problem.empty()) {
      out_->bad_record(newlines_before(tag_end) + 1, std::move(problem));
      return;
    }

    open.readable = true;
    open.errors = std::min(open.errors, open.samples);
    open.success = from.success.data() != nullptr
                       ? from.success == "true"
                       : from.code.empty() || from.code.front() == '2' || from.code.front() == '3';
    open.label = from.label.empty() ? jmeter::kUnnamed : from.label;
    open.code = from.code;
    open.users = 0;
    open.has_users = optional_number("na", from.users, open.users);
    const std::string_view host = from.host.empty() ? jmeter::host_in_thread_name(from.thread) : from.host;
    open.generator = host.empty() ? 0 : StringTable::hash(host);
    if (open.generator != named_generator_) out_->name_generator(open.generator, host);
    named_generator_ = open.generator;

    open.sample = {};
    open.sample.start_ns = static_cast<std::int64_t>(start_ms) * kNsPerMs;
    open.sample.duration_ns = static_cast<std::int64_t>(elapsed_ms) * kNsPerMs;
    if (optional_number("by", from.bytes, open.sample.bytes_received)) out_->tells_received = true;
    if (optional_number("sby", from.sent_bytes, open.sample.bytes_sent)) out_->tells_sent = true;
    open.holds = 0;
    if (from.message.starts_with(jmeter::kTransactionMessage)) {
      open.holds = jmeter::requests_in(from.message);
      if (!transactions_count_) open.sample.kind = SampleKind::transaction;
    } else if (open_ > 1 && open_samples_[open_ - 2].sample.kind != SampleKind::transaction) {
      open.sample.kind = SampleKind::sub_result;
    }
  }

  void close_sample() {
    OpenSample& open = open_samples_[--open_];
    if (!open.readable) return;
    open.sample.endpoint = out_->endpoint(open.label);
    if (open.samples == 1) {
      add(open.sample, 1, jmeter_outcome(open.code, open.success), open.holds);
    } else {
      add_aggregated(open);
    }
    add_users(open);
  }

  // A record that stands for several samples gives the sum of their times: all we can say of each is the mean.
  void add_aggregated(const OpenSample& open) {
    if (open.samples == 0) return;
    Sample sample = open.sample;
    sample.duration_ns /= static_cast<std::int64_t>(open.samples);
    if (!open.has_errors) {
      add(sample, open.samples, jmeter_outcome(open.code, open.success), open.holds);
      return;
    }
    // The one code of the record says nothing sure about either part.
    const std::uint64_t successes = open.samples - open.errors;
    add(sample, successes, {"ok", ""}, open.holds);
    if (successes != 0) {
      sample.bytes_received = 0;  // the record's bytes are a sum already
      sample.bytes_sent = 0;
    }
    add(sample, open.errors, {"error", "error"}, 0);
  }

  void add(Sample sample, std::uint64_t times, const Outcome& outcome, std::uint32_t holds) {
    if (times == 0) return;
    sample.repeat = static_cast<std::uint32_t>(times);
    sample.outcome = out_->outcome(outcome.status, outcome.error_type);
    out_->samples.push_back(sample);
    out_->origins.push_back({.holds = holds});
  }

  void add_users(const OpenSample& open) {
    if (!open.has_users) return;
    const std::int64_t second = open.sample.start_ns / (kNsPerMs * static_cast<std::int64_t>(kMsPerSecond));
    if (open.users == last_users_ && second == last_users_second_ && open.generator == last_generator_) return;
    last_users_ = open.users;
    last_users_second_ = second;
    last_generator_ = open.generator;
    out_->active_users.push_back({.time_ns = open.sample.start_ns,
                                  .users = static_cast<std::uint32_t>(
                                      std::min<std::uint64_t>(open.users, std::numeric_limits<std::uint32_t>::max())),
                                  .generator = open.generator,
                                  .told_ns = open.sample.start_ns + open.sample.duration_ns});
  }

  // Newlines among the new bytes before text_[at]. Mostly asked for ascending places, so that bytes are counted once.
  std::uint64_t newlines_before(std::size_t at) {
    const auto first_new = static_cast<std::size_t>(bytes_before_ - text_begin_);
    at = std::max(at, first_new);
    if (at < counted_to_) {
      counted_to_ = first_new;
      counted_lines_ = 0;
    }
    counted_lines_ += static_cast<std::uint64_t>(std::count(text_.data() + counted_to_, text_.data() + at, '\n'));
    counted_to_ = at;
    return counted_lines_;
  }

  Expat expat_;
  const bool transactions_count_;
  const bool in_place_;
  const bool is_utf8_;
  Mender mender_;
  Scanner scanner_;
  State state_ = State::reading;
  bool root_ended_ = false;         // why expat was stopped
  bool record_ended_ = false;       // the same
  bool restarting_ = false;         // the root that expat sees is ours
  std::string reason_;              // of the error that stops expat; empty: expat's own words
  std::int64_t origin_ = 0;         // where in the file expat's first byte lies
  std::int64_t restarted_at_ = -1;  // where in the file the last search ended
  std::int64_t bytes_before_ = 0;   // where in the file the bytes begin that the next call brings
  std::size_t unread_ = 0;          // of unfinished_, how much at its end expat has not seen
  std::string unfinished_;          // the last bytes before those, to be looked at again
  char byte_before_ = '\n';         // the one before unfinished_

  std::size_t depth_ = 0;  // open elements, the root included
  std::array<bool, kMaxDepth> is_sample_{};
  std::size_t open_ = 0;
  std::array<OpenSample, kMaxDepth> open_samples_;
  std::uint64_t last_users_ = std::numeric_limits<std::uint64_t>::max();
  std::int64_t last_users_second_ = 0;
  std::uint64_t last_generator_ = 0;
  std::uint64_t named_generator_ = 0;  // to out_, last

  // During one call of parse().
  SampleBatch* out_ = nullptr;
  std::string_view text_;
  std::int64_t text_begin_ = 0;  // where in the file it begins
  std::size_t counted_to_ = 0;
  std::uint64_t counted_lines_ = 0;
};

// Counts what transactions tell of, and what there is.
class Tally final : public OrderedStage {
 public:
  void apply(SampleBatch& batch) override {
    for (std::size_t i = 0; i < batch.samples.size(); ++i) {
      const Sample& sample = batch.samples[i];
      if (sample.kind == SampleKind::request) tally_.add_request(sample.repeat);
      if (sample.kind == SampleKind::transaction) {
        tally_.add_transaction(batch.endpoints().hash_of(sample.endpoint), batch.origins[i].holds);
      }
    }
  }
  [[nodiscard]] std::string note() const override { return tally_.note(); }

 private:
  jmeter::TransactionTally tally_;
};

class Session final : public InputSession {
 public:
  Session(bool transactions_count, std::string_view head)
      : transactions_count_(transactions_count),
        in_place_(head.starts_with(kDeclaration)),
        is_utf8_(in_place_ || says_utf8(head)) {}
  [[nodiscard]] std::unique_ptr<RecordParser> make_parser() const override {
    return std::make_unique<Parser>(transactions_count_, in_place_, is_utf8_);
  }
  [[nodiscard]] bool splittable() const override { return false; }
  [[nodiscard]] std::unique_ptr<OrderedStage> make_ordered_stage() const override { return std::make_unique<Tally>(); }
  [[nodiscard]] std::string note() const override {
    return transactions_count_ ? std::string(jmeter::kTransactionsNote) : "";
  }

 private:
  // Whether nothing before the root says otherwise.
  static bool says_utf8(std::string_view head) {
    const std::string_view prolog = head.substr(0, head.find("?>"));
    return !prolog.starts_with("<?xml") || prolog.find("encoding") == std::string_view::npos ||
           prolog.find("UTF-8") != std::string_view::npos || prolog.find("utf-8") != std::string_view::npos;
  }

  bool transactions_count_;
  bool in_place_;
  bool is_utf8_;
};

class Format final : public InputFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "jmeter-xml"; }
  [[nodiscard]] std::string_view tool() const override { return "jmeter"; }
  [[nodiscard]] std::string_view description() const override { return "JMeter XML results (JTL)"; }
  [[nodiscard]] std::string_view end_mark() const override { return "</testResults>"; }

  [[nodiscard]] bool recognises(std::string_view head) const override {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
    head.remove_prefix(std::min(head.find_first_not_of(" \t\r\n"), head.size()));
    const std::size_t root = head.find(kRootTag.substr(0, kRootTag.size() - 1));
    return head.starts_with('<') && root != std::string_view::npos &&
           begins_with_tag(head.substr(root), kRootTag.substr(0, kRootTag.size() - 1));
  }

  [[nodiscard]] Result<std::unique_ptr<InputSession>> open(std::string_view head,
                                                           const InputOptions& options) const override {
    if (const std::string problem = problem_before_root(head.substr(0, kHeadBytes)); !problem.empty()) {
      return fail(ErrorCode::input, "not a JMeter XML file: " + problem);
    }
    return std::make_unique<Session>(options.survey && options.survey->requests == 0, head);
  }

  [[nodiscard]] bool needs_survey(std::string_view head, const InputOptions& options) const override {
    const auto session = open(head, options);
    if (!session) return false;
    const HeadCounts counts = count_head(**session, head);
    return counts.requests == 0 && counts.transactions != 0;
  }
};

}  // namespace
}  // namespace jmeter_xml

const InputFormat& input_jmeter_xml() {
  static const jmeter_xml::Format kFormat;
  return kFormat;
}

}  // namespace omniwriter
