#include "formats/hdr_histogram/hdr_histogram.h"

#define ZLIB_CONST  // what is unpacked is not changed
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <optional>
#include <string>

#include "base/base64.h"

namespace omniwriter::hdr {
namespace {

// The low digit of the second byte from the right is the word size, which version 2 does not use.
constexpr std::uint32_t kCookieMask = ~std::uint32_t{0xF0};
constexpr std::uint32_t kPlainV2 = 0x1c849303;
constexpr std::uint32_t kCompressedV2 = 0x1c849304;

/// Takes numbers off the front of bytes.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : left_(bytes) {}

  [[nodiscard]] std::string_view left() const { return left_; }
  [[nodiscard]] bool failed() const { return failed_; }

  /// Big-endian; 0 where there are not enough bytes.
  template <typename Number>
  Number take() {
    if (left_.size() < sizeof(Number)) {
      failed_ = true;
      return 0;
    }
    Number value = 0;
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      value = static_cast<Number>(value << 8 | static_cast<unsigned char>(left_[i]));
    }
    left_.remove_prefix(sizeof(Number));
    return value;
  }

  /// Seven bits a byte, the ninth byte whole; the lowest bit is the sign.
  std::int64_t take_zigzag() {
    constexpr int kBytes = 9;
    std::uint64_t value = 0;
    for (int i = 0; i < kBytes; ++i) {
      if (left_.empty()) {
        failed_ = true;
        return 0;
      }
      const auto byte = static_cast<std::uint64_t>(static_cast<unsigned char>(left_.front()));
      left_.remove_prefix(1);
      const bool last = i == kBytes - 1;
      value |= (last ? byte : byte & 0x7F) << 7 * i;
      if (last || (byte & 0x80) == 0) break;
    }
    return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
  }

 private:
  std::string_view left_;
  bool failed_ = false;
};

/// Nothing where it is damaged, or more than `most` bytes.
std::optional<std::string> unpacked(std::string_view packed, std::size_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<const Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string bytes;
  int result = Z_OK;
  while (result == Z_OK && bytes.size() < most) {
    constexpr std::size_t kStep = std::size_t{16} << 10;
    const std::size_t before = bytes.size();
    bytes.resize(std::min(before + kStep, most));
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data() + before);
    stream.avail_out = static_cast<uInt>(bytes.size() - before);
    result = inflate(&stream, Z_NO_FLUSH);
    bytes.resize(bytes.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  return result == Z_STREAM_END ? std::optional(std::move(bytes)) : std::nullopt;
}

/// Which values a counter stands for: powers of two ("buckets"), each cut into as many parts as the digits need.
class Layout {
 public:
  Layout(std::uint32_t digits, std::uint64_t lowest) : unit_(static_cast<int>(std::bit_width(lowest)) - 1) {
    std::uint64_t single_steps = 2;
    for (std::uint32_t i = 0; i < digits; ++i) single_steps *= 10;
    half_ = std::max(static_cast<int>(std::bit_width(single_steps - 1)), 1) - 1;
  }

  /// Nothing where the values are past 63 bits.
  [[nodiscard]] std::optional<Bucket> at(std::uint64_t index, std::uint64_t count) const {
    const std::uint64_t half = std::uint64_t{1} << half_;
    const std::uint64_t power = std::max<std::uint64_t>(index >> half_, 1) - 1;
    const std::uint64_t shift = power + static_cast<std::uint64_t>(unit_);
    if (shift + static_cast<std::uint64_t>(half_) + 1 > 63) return std::nullopt;
    const std::uint64_t part = index < 2 * half ? index : (index & (half - 1)) + half;
    const std::uint64_t low = part << shift;
    return Bucket{low, low + (std::uint64_t{1} << shift) - 1, count};
  }

 private:
  int unit_;  // the lowest value, and half of the parts of a bucket, as powers of two
  int half_;
};

std::unexpected<Error> damaged(std::string what) { return fail(ErrorCode::input, "a histogram " + std::move(what)); }

Result<std::vector<Bucket>> decode_plain(std::string_view bytes) {
  constexpr std::uint32_t kMaxDigits = 5;
  Cursor cursor(bytes);
  if ((cursor.take<std::uint32_t>() & kCookieMask) != kPlainV2) return damaged("is not of version 2 inside");
  const std::uint64_t size = cursor.take<std::uint32_t>();
  cursor.take<std::uint32_t>();  // where its counters began in memory
  const auto digits = cursor.take<std::uint32_t>();
  const auto lowest = cursor.take<std::uint64_t>();
  cursor.take<std::uint64_t>();  // the highest value that it could have held
  cursor.take<std::uint64_t>();  // how histograms of decimals scale values; 1 in others
  if (cursor.failed() || size > cursor.left().size()) return damaged("is cut off");
  if (digits > kMaxDigits || lowest == 0 || lowest > std::uint64_t{1} << 62)
    return damaged("has a layout that cannot be");

  const Layout layout(digits, lowest);
  Cursor counters(cursor.left().substr(0, size));
  std::vector<Bucket> buckets;
  std::uint64_t index = 0;
  while (!counters.left().empty()) {
    const std::int64_t counter = counters.take_zigzag();
    if (counters.failed()) return damaged("is cut off");
    if (counter <= 0) {
      // So many empty ones. Past the largest index there is, all are alike.
      constexpr std::uint64_t kPastAll = std::uint64_t{1} << 40;
      index = std::min(index + std::max<std::uint64_t>(~static_cast<std::uint64_t>(counter) + 1, 1), kPastAll);
      continue;
    }
    const auto bucket = layout.at(index++, static_cast<std::uint64_t>(counter));
    if (!bucket) return damaged("holds values that cannot be");
    buckets.push_back(*bucket);
  }
  return buckets;
}

}  // namespace

Result<std::vector<Bucket>> decode(std::string_view base64_text, std::size_t& budget) {
  const auto bytes = from_base64(base64_text);
  if (!bytes) return damaged("is not base64");
  Cursor cursor(*bytes);
  if ((cursor.take<std::uint32_t>() & kCookieMask) != kCompressedV2) {
    return damaged("is not of version 2, compressed, which all libraries have written since 2015");
  }
  const std::size_t size = cursor.take<std::uint32_t>();
  if (cursor.failed() || size > cursor.left().size()) return damaged("is cut off");
  const std::size_t most = std::min(kMaxBytes, budget);
  const auto plain = unpacked(cursor.left().substr(0, size), most);
  if (!plain) return damaged("is damaged, or longer than " + std::to_string(most) + " bytes");
  budget -= plain->size();
  return decode_plain(*plain);
}

}  // namespace omniwriter::hdr
