#include "inputs/jmeter_xml/expat_reader.h"

#include <expat.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "inputs/jmeter_xml/find_sample.h"
#include "inputs/jmeter_xml/line_counter.h"
#include "inputs/jmeter_xml/mender.h"
#include "inputs/jmeter_xml/open_samples.h"
#include "inputs/jmeter_xml/scanner.h"
#include "inputs/jmeter_xml/tags.h"

// Expat has it since 2.6.0, and Debian 12 since one of its security updates; before, there was nothing to set.
// NOLINTNEXTLINE(readability-redundant-declaration): it is weak here
extern "C" XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled) __attribute__((weak));

namespace omniwriter::jmeter_xml {
namespace {

constexpr std::size_t kMaxTokenBytes = std::size_t{1} << 20;
// What expat is given at a time. It keeps an unfinished token whole, so this is also how exactly its length is known.
constexpr std::size_t kSliceBytes = 64 * 1024;
constexpr std::string_view kRoot = "testResults";
constexpr std::string_view kNoMemory = "no memory for an XML parser";

struct Free {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Expat = std::unique_ptr<XML_ParserStruct, Free>;

class ExpatReader final : public RecordParser {
 public:
  ExpatReader(bool transactions_count, bool in_place, bool is_utf8, const std::vector<std::string>& dimensions)
      : expat_(XML_ParserCreate(nullptr)),
        in_place_(in_place),
        is_utf8_(is_utf8),
        samples_(transactions_count, dimensions, lines_) {
    if (expat_) configure();
  }

  ParseResult parse(std::string_view bytes, bool last, SampleBatch& out) override {
    out_ = &out;
    // What is looked at: an unfinished token, which expat has read before, and the new bytes.
    const std::size_t before = unfinished_.size();
    std::string joined;
    if (before != 0) joined.append(unfinished_).append(bytes);
    text_ = before == 0 ? bytes : std::string_view(joined);
    text_begin_ = bytes_before_ - static_cast<std::int64_t>(before);
    lines_.begin(text_, before);
    samples_.begin(out);
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
    return {bytes.size(), lines_.newlines_before(text_.size())};
  }

 private:
  enum class State {
    reading,      // expat sees every byte
    in_place,     // between two records, of which the next may be in JMeter's own shape
    behind_root,  // where nothing should be
    searching,    // after an error: for the next record
    ended,        // there is no parser
  };

  static ExpatReader& self(void* user) { return *static_cast<ExpatReader*>(user); }

  // To be done anew after each reset.
  void configure() {
    // Expat would look at a long token only now and then, to save time. That would report errors late, and skip records
    // that begin in between; and a token is short enough here.
    if (XML_SetReparseDeferralEnabled != nullptr) XML_SetReparseDeferralEnabled(expat_.get(), XML_FALSE);
    XML_SetUserData(expat_.get(), this);
    XML_SetElementHandler(
        expat_.get(), [](void* user, const XML_Char* name, const XML_Char** pairs) { self(user).start(name, pairs); },
        [](void* user, const XML_Char* name) { self(user).end(name); });
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
    out_->bad_record(lines_.line_of(at), "there is more behind </testResults>");
    state_ = State::searching;
    return at;
  }

  // The end of the file. That the root is still open is how a run ends that was killed.
  void finish() {
    if (XML_Parse(expat_.get(), nullptr, 0, XML_TRUE) == XML_STATUS_OK) return;
    const XML_Error error = XML_GetErrorCode(expat_.get());
    if (error == XML_ERROR_NO_ELEMENTS && samples_.empty()) return;
    reason_ = "the file ends within a record";
    samples_.forget_all();  // the run was killed while JMeter wrote it
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
    out_->bad_record(lines_.line_of(at), std::move(reason_));
    reason_.clear();
    samples_.close_all();  // their start tags were read whole
    // That byte may be the first of a good record. Other errors may be placed at the start of the bad one.
    if (error != XML_ERROR_INVALID_TOKEN) at = std::min(at + 1, text_.size());
    at = std::max(at, in_text(restarted_at_ + 1 - origin_));
    state_ = State::searching;
    depth_ = 0;
    return at;
  }

  // Goes on at the next sample that begins a line; see find_sample(). Returns its offset, or where to look on.
  std::size_t search(std::size_t at, bool last, bool& more_needed) {
    const FoundSample found = find_sample(text_, at, byte_before_, last);
    more_needed = found.what == FoundSample::What::more_needed;
    if (found.what == FoundSample::What::sample) restart(found.at);
    return found.at;
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
    const Element what = element_of(name, depth_ > 1 ? elements_[depth_ - 1] : Element::other, depth_ == 1);
    elements_[depth_] = what;
    if (what == Element::sample) samples_.open(Attributes(pairs), detected_at());
    if (what == Element::part_of_assertion) {
      part_.clear();
      XML_SetCharacterDataHandler(expat_.get(),
                                  [](void* user, const XML_Char* text, int size) { self(user).add_text(text, size); });
    }
    ++depth_;
    if (depth_ == 1 && !restarting_) end_of_record();
  }

  void end(std::string_view name) {
    if (!reason_.empty()) return;  // expat still ends an empty element at whose start it was stopped
    --depth_;
    switch (elements_[depth_]) {
      case Element::sample:
        samples_.close();
        break;
      case Element::assertion:
        samples_.end_assertion();
        break;
      case Element::part_of_assertion:
        XML_SetCharacterDataHandler(expat_.get(), nullptr);
        samples_.add_part_of_assertion(name, part_);
        break;
      case Element::other:
        break;
    }
    if (depth_ == 0) {
      root_ended_ = true;
      XML_StopParser(expat_.get(), XML_FALSE);
    } else if (depth_ == 1) {
      end_of_record();
    }
  }

  // Of a part of an assertion.
  void add_text(const XML_Char* text, int size) {
    if (part_.size() < OpenSamples::kLongestText) part_.append(text, static_cast<std::size_t>(size));
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
            hand_on(tag, at);
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

  // `at`: where the record begins.
  void hand_on(const Scanner::Tag& tag, std::size_t at) {
    switch (tag.what) {
      case Scanner::Tag::What::sample_begins:
        return samples_.open(tag.attributes, at + tag.end);
      case Scanner::Tag::What::sample_ends:
        return samples_.close();
      case Scanner::Tag::What::part_ends:
        return samples_.add_part_of_assertion(tag.part, tag.text);
      case Scanner::Tag::What::assertion_ends:
        return samples_.end_assertion();
    }
  }

  Expat expat_;
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
  std::array<Element, kMaxDepth> elements_{};
  std::string part_;  // the text of a part of an assertion, so far
  LineCounter lines_;
  OpenSamples samples_;

  // During one call of parse().
  SampleBatch* out_ = nullptr;
  std::string_view text_;
  std::int64_t text_begin_ = 0;  // where in the file it begins
};

}  // namespace

std::unique_ptr<RecordParser> make_expat_reader(bool transactions_count, bool in_place, bool is_utf8,
                                                const std::vector<std::string>& dimensions) {
  return std::make_unique<ExpatReader>(transactions_count, in_place, is_utf8, dimensions);
}

std::vector<std::string> useful_dimensions(std::string_view head) {
  DimensionCandidates candidates;
  const Expat expat(XML_ParserCreate(nullptr));
  if (!expat) return {};
  XML_SetUserData(expat.get(), &candidates);
  XML_SetStartElementHandler(expat.get(), [](void* user, const XML_Char* name, const XML_Char** pairs) {
    if (!is_sample_name(name)) return;
    OpenSamples::for_each_dimension(Attributes(pairs), [&](std::string_view dimension, std::string_view value) {
      static_cast<DimensionCandidates*>(user)->see(dimension, value);
    });
  });
  // Up to where it is cut, or is wrong.
  XML_Parse(expat.get(), head.data(), static_cast<int>(head.size()), XML_FALSE);
  return candidates.useful();
}

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

}  // namespace omniwriter::jmeter_xml
