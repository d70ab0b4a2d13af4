#pragma once
/// A stream whose next bytes can be looked at before they are read.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/try.h"
#include "reading/byte_stream.h"

namespace omniwriter {

/// Not thread-safe.
class PeekedStream final : public ByteStream {
 public:
  explicit PeekedStream(std::unique_ptr<ByteStream> inner) : inner_(std::move(inner)) {}

  /// The next `size` bytes, fewer at the end. Valid until the next call.
  [[nodiscard]] Result<std::string_view> peek(std::size_t size) {
    while (peeked().size() < size) {
      const auto more = TRY(peek_more(size - peeked().size()));
      if (!more) break;
    }
    return peeked().substr(0, size);
  }
  /// Reads once more behind what was peeked at, up to `size` bytes. False at the end.
  [[nodiscard]] Result<bool> peek_more(std::size_t size) {
    head_.erase(0, std::exchange(given_, 0));
    const std::size_t before = head_.size();
    head_.resize(before + size);
    const auto n = inner_->read(head_.data() + before, size);
    head_.resize(before + n.value_or(0));
    if (!n) return std::unexpected(n.error());
    return *n != 0;
  }
  /// What was peeked at and not read.
  [[nodiscard]] std::string_view peeked() const { return std::string_view(head_).substr(given_); }
  /// Forgets bytes that were peeked at.
  void skip(std::size_t size) { given_ += size; }

  [[nodiscard]] Result<std::size_t> read(char* to, std::size_t size) override {
    if (given_ == head_.size()) [[likely]]
      return inner_->read(to, size);
    const std::size_t n = peeked().copy(to, size);
    given_ += n;
    return n;
  }
  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return inner_->raw_bytes_read(); }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return inner_->raw_bytes_total(); }
  [[nodiscard]] bool live() const override { return inner_->live(); }
  [[nodiscard]] std::string_view cut_within() const override { return inner_->cut_within(); }

 private:
  std::unique_ptr<ByteStream> inner_;
  std::string head_;
  std::size_t given_ = 0;  // of head_
};

}  // namespace omniwriter
