#include "reading/text_stream.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/try.h"
#include "base/utf8.h"
#include "reading/peeked_stream.h"

namespace omniwriter {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kLittleEndianMark = "\xFF\xFE";
constexpr std::string_view kBigEndianMark = "\xFE\xFF";
constexpr std::size_t kLookedAt = 64 * 1024;
constexpr std::size_t kBlock = 64 * 1024;

enum class Order : std::uint8_t { little, big };

class Utf16Stream final : public ByteStream {
 public:
  Utf16Stream(std::unique_ptr<ByteStream> inner, Order order)
      : inner_(std::move(inner)), low_(order == Order::little ? 0 : 1), block_(kBlock, '\0') {}

  Result<std::size_t> read(char* to, std::size_t size) override {
    while (given_ == text_.size()) {
      text_.clear();
      given_ = 0;
      const auto n = TRY(inner_->read(block_.data() + kept_, block_.size() - kept_));
      if (n == 0) {
        if (high_surrogate_ != 0) append_utf8(text_, kReplacement);
        cut_ = cut_ || kept_ != 0 || high_surrogate_ != 0;
        kept_ = 0;
        high_surrogate_ = 0;
        if (text_.empty()) return 0;
        break;
      }
      decode(kept_ + n);
    }
    const std::size_t n = std::string_view(text_).substr(given_).copy(to, size);
    given_ += n;
    return n;
  }

  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return inner_->raw_bytes_read(); }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return inner_->raw_bytes_total(); }
  [[nodiscard]] bool live() const override { return inner_->live(); }
  [[nodiscard]] std::string_view cut_within() const override {
    return cut_ ? "a UTF-16 character" : inner_->cut_within();
  }

 private:
  static constexpr std::uint32_t kReplacement = 0xFFFD;
  static constexpr std::uint32_t kMark = 0xFEFF;

  // Of `size` bytes; keeps half a unit for the next time.
  void decode(std::size_t size) {
    for (std::size_t i = 0; i + 1 < size; i += 2) {
      const std::uint32_t low = static_cast<unsigned char>(block_[i + low_]);
      const std::uint32_t high = static_cast<unsigned char>(block_[i + 1 - low_]);
      add(high << 8 | low);
    }
    kept_ = size % 2;
    block_[0] = block_[size - 1];
  }

  void add(std::uint32_t unit) {
    const bool second = unit >= 0xDC00 && unit <= 0xDFFF;
    if (const std::uint32_t first = std::exchange(high_surrogate_, 0); first != 0) {
      append_utf8(text_, second ? 0x10000 + ((first - 0xD800) << 10) + (unit - 0xDC00) : kReplacement);
      if (second) return;
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      high_surrogate_ = unit;
    } else if (unit != kMark || !line_begins_) {  // files put one behind the other have one each
      append_utf8(text_, second ? kReplacement : unit);
    }
    line_begins_ = unit == '\n';
  }

  std::unique_ptr<ByteStream> inner_;
  std::size_t low_;  // where in a unit its low byte is
  std::string block_;
  std::size_t kept_ = 0;  // bytes at the front of block_
  std::string text_;
  std::size_t given_ = 0;  // of text_
  std::uint32_t high_surrogate_ = 0;
  bool line_begins_ = true;
  bool cut_ = false;
};

class CarriageReturnStream final : public ByteStream {
 public:
  explicit CarriageReturnStream(std::unique_ptr<ByteStream> inner) : inner_(std::move(inner)) {}

  Result<std::size_t> read(char* to, std::size_t size) override {
    const auto n = inner_->read(to, size);
    if (n) std::replace(to, to + *n, '\r', '\n');
    return n;
  }
  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return inner_->raw_bytes_read(); }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return inner_->raw_bytes_total(); }
  [[nodiscard]] bool live() const override { return inner_->live(); }
  [[nodiscard]] std::string_view cut_within() const override { return inner_->cut_within(); }

 private:
  std::unique_ptr<ByteStream> inner_;
};

bool is_text(char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\r' || c == '\n'; }

// Whether each unit of the first line is a character of ASCII: nothing else that we read begins so.
bool shows_utf16(std::string_view head, Order order) {
  constexpr std::size_t kFewestUnits = 16;
  constexpr std::size_t kUnitsLookedAt = 64;
  const std::size_t units = std::min(head.size() / 2, kUnitsLookedAt);
  if (units < kFewestUnits) return false;
  const std::size_t low = order == Order::little ? 0 : 1;
  for (std::size_t i = 0; i < units; ++i) {
    const char c = head[2 * i + low];
    if (head[2 * i + 1 - low] != '\0' || !is_text(c) || static_cast<unsigned char>(c) >= 0x80) return false;
    if (c == '\n' && i >= kFewestUnits) break;
  }
  return true;
}

// Whether lines end in carriage returns. The last byte may be half of a CRLF.
bool has_carriage_returns_alone(std::string_view head) {
  return head.substr(0, head.size() - std::min<std::size_t>(head.size(), 1)).find('\r') != std::string_view::npos &&
         head.find('\n') == std::string_view::npos && std::ranges::all_of(head, is_text);
}

// Looks at the first bytes: of a live stream, at what is there once it tells enough.
Result<void> look(PeekedStream& content) {
  if (!content.live()) {
    const auto head = content.peek(kLookedAt);
    return head ? Result<void>() : std::unexpected(head.error());
  }
  constexpr std::size_t kLiveBlock = 4096;
  constexpr std::size_t kEnough = 128;  // for shows_utf16()
  while (true) {
    const std::string_view head = content.peeked();
    const bool told =
        head.size() >= kEnough && head.find_first_of(std::string_view("\n\0", 2)) != std::string_view::npos;
    if (told || head.size() >= kLiveBlock || has_carriage_returns_alone(head)) return {};
    if (head.find('\n') != std::string_view::npos && head.find('\0') == std::string_view::npos) return {};
    const auto more = TRY(content.peek_more(kLiveBlock));
    if (!more) return {};
  }
}

}  // namespace

Result<std::unique_ptr<ByteStream>> text_stream(std::unique_ptr<ByteStream> content) {
  auto peeked = std::make_unique<PeekedStream>(std::move(content));
  TRY(look(*peeked));
  std::string_view head = peeked->peeked();
  const auto transcoded = [&](Order order, std::size_t mark) {
    peeked->skip(mark);
    return text_stream(std::make_unique<Utf16Stream>(std::move(peeked), order));
  };
  if (head.starts_with(kLittleEndianMark)) return transcoded(Order::little, kLittleEndianMark.size());
  if (head.starts_with(kBigEndianMark)) return transcoded(Order::big, kBigEndianMark.size());
  if (shows_utf16(head, Order::little)) return transcoded(Order::little, 0);
  if (shows_utf16(head, Order::big)) return transcoded(Order::big, 0);
  if (head.starts_with(kUtf8Mark)) {
    peeked->skip(kUtf8Mark.size());
    head = peeked->peeked();
  }
  if (has_carriage_returns_alone(head)) return std::make_unique<CarriageReturnStream>(std::move(peeked));
  return peeked;
}

}  // namespace omniwriter
