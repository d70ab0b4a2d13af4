#include "reading/compression.h"

#include <bzlib.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <zstd.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "base/try.h"
#include "reading/peeked_stream.h"

namespace omniwriter {
namespace {

constexpr std::size_t kCompressedBlock = 128 * 1024;
constexpr std::string_view kGzipMagic = "\x1F\x8B";
constexpr std::string_view kZstdMagic = "\x28\xB5\x2F\xFD";
constexpr std::string_view kXzMagic(
    "\xFD"
    "7zXZ\0",
    6);
constexpr std::string_view kBzip2Magic = "BZh";
constexpr std::string_view kBzip2Block = "\x31\x41\x59\x26\x53\x59";  // behind the magic and a digit
constexpr std::string_view kBzip2End = "\x17\x72\x45\x38\x50\x90";    // the same, of no bytes
constexpr std::size_t kMagicBytes = 10;

// What every decompressor does: hands blocks of the file to `unpack_some` until bytes come out, and looks at what
// stands behind a member.
class CompressedStream : public ByteStream {
 public:
  CompressedStream(std::unique_ptr<ByteStream> packed, std::string name)
      : packed_(std::move(packed)), name_(std::move(name)), block_(kCompressedBlock) {}

  Result<std::size_t> read(char* to, std::size_t size) final {
    std::size_t given = 0;
    while (given == 0 && problem_.empty()) {
      if (in_.empty() && !ended_) {
        const auto n = TRY(packed_->read(block_.data(), block_.size()));
        in_ = std::string_view(block_.data(), n);
        ended_ = n == 0;
      }
      if (!within_member_) {
        skip_padding();
        if (in_.empty()) {
          if (ended_) return 0;
          continue;
        }
        TRY(gather(kHeaderBytes));
        begin_member();
        within_member_ = true;
      }
      const std::size_t left = in_.size();
      given = unpack_some(to, size);
      if (given == 0 && ended_ && in_.size() == left && within_member_ && problem_.empty()) {
        cut_ = true;
        return 0;
      }
    }
    // What came out before the damage is good, and given first.
    if (given == 0) return fail(ErrorCode::input, "cannot decompress " + name_ + ": " + problem_);
    return given;
  }

  [[nodiscard]] std::uint64_t raw_bytes_read() const final { return packed_->raw_bytes_read(); }
  [[nodiscard]] std::uint64_t raw_bytes_total() const final { return packed_->raw_bytes_total(); }
  [[nodiscard]] bool live() const final { return packed_->live(); }
  [[nodiscard]] std::string_view cut_within() const final {
    return cut_ ? "its compressed data" : packed_->cut_within();
  }

 protected:
  virtual void begin_member() = 0;
  /// Takes from in_, which may be empty once there is no more, and writes to `to`; tells how much. Calls end_member()
  /// or fail_with() where that is so.
  virtual std::size_t unpack_some(char* to, std::size_t size) = 0;
  void end_member() {
    within_member_ = false;
    any_member_ = true;
  }
  void fail_with(std::string problem) { problem_ = std::move(problem); }

  std::string_view in_;  // of block_, not taken yet

 private:
  // isa-l loses its way in a header that comes in pieces.
  static constexpr std::size_t kHeaderBytes = 8 * 1024;

  Result<void> gather(std::size_t size) {
    if (in_.size() >= size || ended_) return {};
    std::ranges::copy(in_, block_.begin());  // to the front of where it lies
    std::size_t held = in_.size();
    while (held < size && !ended_) {
      const auto n = TRY(packed_->read(block_.data() + held, block_.size() - held));
      held += n;
      ended_ = n == 0;
    }
    in_ = std::string_view(block_.data(), held);
    return {};
  }
  void skip_padding() {
    if (!any_member_) return;
    in_.remove_prefix(std::min(in_.find_first_not_of('\0'), in_.size()));
  }

  std::unique_ptr<ByteStream> packed_;
  std::string name_;
  std::vector<char> block_;
  std::string problem_;
  bool ended_ = false;
  bool within_member_ = false;
  bool any_member_ = false;  // has ended
  bool cut_ = false;
};

class GzipStream final : public CompressedStream {
 public:
  using CompressedStream::CompressedStream;

 private:
  void begin_member() override {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
  }
  std::size_t unpack_some(char* to, std::size_t size) override {
    state_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(in_.data()));
    state_.avail_in = static_cast<std::uint32_t>(in_.size());
    state_.next_out = reinterpret_cast<std::uint8_t*>(to);
    state_.avail_out = static_cast<std::uint32_t>(std::min<std::size_t>(size, UINT32_MAX));
    const std::uint32_t wanted = state_.avail_out;
    const int result = isal_inflate(&state_);
    in_.remove_prefix(in_.size() - state_.avail_in);
    if (result < 0) {
      fail_with("the gzip data is corrupt");
    } else if (state_.block_state == ISAL_BLOCK_FINISH) {
      end_member();
    }
    return wanted - state_.avail_out;
  }

  inflate_state state_{};
};

class ZstdStream final : public CompressedStream {
 public:
  ZstdStream(std::unique_ptr<ByteStream> packed, std::string name)
      : CompressedStream(std::move(packed), std::move(name)), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}

 private:
  void begin_member() override {}
  std::size_t unpack_some(char* to, std::size_t size) override {
    ZSTD_inBuffer in{in_.data(), in_.size(), 0};
    ZSTD_outBuffer out{to, size, 0};
    const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
    in_.remove_prefix(in.pos);
    if (ZSTD_isError(result) != 0) {
      fail_with(ZSTD_getErrorName(result));
    } else if (result == 0) {
      end_member();
    }
    return out.pos;
  }

  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
};

class XzStream final : public CompressedStream {
 public:
  using CompressedStream::CompressedStream;
  ~XzStream() override { lzma_end(&state_); }

 private:
  // What `xz -9` needs is 65 MiB.
  static constexpr std::uint64_t kMaxMemory = std::uint64_t{128} << 20;

  void begin_member() override {
    if (lzma_stream_decoder(&state_, kMaxMemory, 0) != LZMA_OK) fail_with("not enough memory for xz");
  }
  std::size_t unpack_some(char* to, std::size_t size) override {
    state_.next_in = reinterpret_cast<const std::uint8_t*>(in_.data());
    state_.avail_in = in_.size();
    state_.next_out = reinterpret_cast<std::uint8_t*>(to);
    state_.avail_out = size;
    const lzma_ret result = lzma_code(&state_, LZMA_RUN);
    in_.remove_prefix(in_.size() - state_.avail_in);
    if (result == LZMA_STREAM_END) {
      end_member();
    } else if (result == LZMA_MEMLIMIT_ERROR) {
      fail_with("it takes more than " + std::to_string(kMaxMemory >> 20) + " MiB of memory to unpack");
    } else if (result != LZMA_OK && result != LZMA_BUF_ERROR) {
      fail_with("the xz data is corrupt");
    }
    return size - state_.avail_out;
  }

  lzma_stream state_ = LZMA_STREAM_INIT;
};

class Bzip2Stream final : public CompressedStream {
 public:
  using CompressedStream::CompressedStream;
  ~Bzip2Stream() override { BZ2_bzDecompressEnd(&state_); }

 private:
  void begin_member() override {
    BZ2_bzDecompressEnd(&state_);
    state_ = {};
    if (BZ2_bzDecompressInit(&state_, 0, 0) != BZ_OK) fail_with("not enough memory for bzip2");
  }
  std::size_t unpack_some(char* to, std::size_t size) override {
    const auto wanted = static_cast<unsigned>(std::min<std::size_t>(size, UINT32_MAX));
    state_.next_in = const_cast<char*>(in_.data());
    state_.avail_in = static_cast<unsigned>(in_.size());
    state_.next_out = to;
    state_.avail_out = wanted;
    const int result = BZ2_bzDecompress(&state_);
    in_.remove_prefix(in_.size() - state_.avail_in);
    if (result == BZ_STREAM_END) {
      end_member();
    } else if (result != BZ_OK) {
      fail_with("the bzip2 data is corrupt");
    }
    return wanted - state_.avail_out;
  }

  bz_stream state_{};
};

}  // namespace

Result<std::unique_ptr<ByteStream>> decompressed(std::unique_ptr<ByteStream> packed, const std::string& name) {
  auto peeked = std::make_unique<PeekedStream>(std::move(packed));
  const auto magic = TRY(peeked->peek(kMagicBytes));
  if (magic.starts_with(kGzipMagic)) return std::make_unique<GzipStream>(std::move(peeked), name);
  if (magic.starts_with(kZstdMagic)) return std::make_unique<ZstdStream>(std::move(peeked), name);
  if (magic.starts_with(kXzMagic)) return std::make_unique<XzStream>(std::move(peeked), name);
  if (magic.starts_with(kBzip2Magic) && magic.size() == kMagicBytes &&
      (magic.ends_with(kBzip2Block) || magic.ends_with(kBzip2End))) {
    return std::make_unique<Bzip2Stream>(std::move(peeked), name);
  }
  return peeked;
}

}  // namespace omniwriter
