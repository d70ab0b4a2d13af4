#pragma once
/// Numbers and texts as compact bytes: integers are LEB128 varints (signed ones zigzag), floating-point numbers their
/// eight bytes, little-endian, texts their length and their bytes.

#include <bit>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace omniwriter {

[[nodiscard]] inline std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
[[nodiscard]] inline std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

class PackWriter {
 public:
  PackWriter() { bytes_.resize(4096); }

  void byte(std::uint8_t value) {
    reserve(1);
    bytes_[size_++] = static_cast<char>(value);
  }
  void varint(std::uint64_t value) {
    reserve(kVarintBytes);
    while (value >= 0x80) {
      bytes_[size_++] = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes_[size_++] = static_cast<char>(value);
  }
  void number(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (unsigned shift = 0; shift < 64; shift += 8) byte(static_cast<std::uint8_t>(bits >> shift));
  }
  void text(std::string_view value) {
    varint(value.size());
    reserve(value.size());
    value.copy(bytes_.data() + size_, value.size());
    size_ += value.size();
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::string_view bytes() const { return {bytes_.data(), size_}; }
  [[nodiscard]] std::string take() && {
    bytes_.resize(size_);
    return std::move(bytes_);
  }

 private:
  static constexpr std::size_t kVarintBytes = 10;

  void reserve(std::size_t more) {
    if (bytes_.size() - size_ < more) bytes_.resize(bytes_.size() * 2 + more);
  }

  std::string bytes_;  // its size is the room; push_back one by one is three times as slow
  std::size_t size_ = 0;
};

/// Reads what PackWriter wrote, from any bytes. After a failure every read gives 0 and ok() is false.
class PackReader {
 public:
  explicit PackReader(std::string_view bytes) : rest_(bytes) {}

  std::uint8_t byte() {
    if (rest_.empty()) return stop();
    const auto value = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      const std::uint64_t bits = next & 0x7fU;
      if (shift == 63 && bits > 1) return stop();
      value |= bits << shift;
      if (next < 0x80) return value;
    }
    return stop();
  }
  /// A varint that is at most `most`.
  std::uint64_t varint_up_to(std::uint64_t most) {
    const std::uint64_t value = varint();
    return value <= most ? value : stop();
  }
  /// A finite number that is not negative.
  double number() {
    const double value = any_number();
    return std::isfinite(value) && value >= 0 ? value : stop();
  }
  double any_number() {
    std::uint64_t bits = 0;
    for (unsigned shift = 0; shift < 64; shift += 8) bits |= std::uint64_t{byte()} << shift;
    return std::bit_cast<double>(bits);
  }
  std::string_view text() {
    const auto length = static_cast<std::size_t>(varint_up_to(rest_.size()));
    const std::string_view value = rest_.substr(0, length);
    rest_.remove_prefix(value.size());
    return value;
  }
  std::uint8_t stop() {
    ok_ = false;
    rest_ = {};
    return 0;
  }
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace omniwriter
