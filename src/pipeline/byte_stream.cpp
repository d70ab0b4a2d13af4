#include "pipeline/byte_stream.h"

#include <fcntl.h>
#include <isa-l/igzip_lib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace omniwriter {
namespace {

constexpr std::size_t kCompressedBlock = 128 * 1024;
constexpr std::string_view kGzipMagic = "\x1F\x8B";
constexpr std::string_view kZstdMagic = "\x28\xB5\x2F\xFD";
constexpr std::size_t kMagicBytes = 4;

class FileStream final : public ByteStream {
 public:
  FileStream(int descriptor, std::string name, std::uint64_t size)
      : descriptor_(descriptor), name_(std::move(name)), size_(size) {}
  ~FileStream() override {
    if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
  }

  /// Reads the first bytes, which read() gives again.
  Result<std::string_view> peek() {
    while (peeked_ < kMagicBytes) {
      const auto n = read_some(head_.data() + peeked_, kMagicBytes - peeked_);
      if (!n) return std::unexpected(n.error());
      if (*n == 0) break;
      peeked_ += *n;
    }
    return std::string_view(head_.data(), peeked_);
  }

  Result<std::size_t> read(char* to, std::size_t size) override {
    if (given_ < peeked_) {
      const std::size_t n = std::min(size, peeked_ - given_);
      std::memcpy(to, head_.data() + given_, n);
      given_ += n;
      return n;
    }
    return read_some(to, size);
  }

  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return read_; }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return size_; }

 private:
  Result<std::size_t> read_some(char* to, std::size_t size) {
    while (true) {
      const ssize_t n = ::read(descriptor_, to, size);
      if (n >= 0) {
        read_ += static_cast<std::uint64_t>(n);
        return static_cast<std::size_t>(n);
      }
      if (errno != EINTR)
        return fail(ErrorCode::input, "cannot read " + name_ + ": " + std::generic_category().message(errno));
    }
  }

  int descriptor_;
  std::string name_;
  std::uint64_t size_;
  std::uint64_t read_ = 0;
  std::array<char, kMagicBytes> head_{};
  std::size_t peeked_ = 0;
  std::size_t given_ = 0;
};

// The side of a decompressor that reads the file.
class CompressedStream : public ByteStream {
 public:
  CompressedStream(std::unique_ptr<FileStream> file, std::string name)
      : name_(std::move(name)), file_(std::move(file)), block_(kCompressedBlock) {}

  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return file_->raw_bytes_read(); }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return file_->raw_bytes_total(); }
  [[nodiscard]] bool truncated() const override { return truncated_; }

 protected:
  Result<std::size_t> next_block() { return file_->read(block_.data(), block_.size()); }
  [[nodiscard]] std::unexpected<Error> corrupt(std::string_view what) const {
    return fail(ErrorCode::input, "cannot decompress " + name_ + ": " + std::string(what));
  }

  std::string name_;
  std::unique_ptr<FileStream> file_;
  std::vector<char> block_;
  bool truncated_ = false;
};

class GzipStream final : public CompressedStream {
 public:
  GzipStream(std::unique_ptr<FileStream> file, std::string name) : CompressedStream(std::move(file), std::move(name)) {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
  }

  Result<std::size_t> read(char* to, std::size_t size) override {
    state_.next_out = reinterpret_cast<std::uint8_t*>(to);
    state_.avail_out = static_cast<std::uint32_t>(std::min<std::size_t>(size, UINT32_MAX));
    const std::uint32_t wanted = state_.avail_out;
    while (state_.avail_out == wanted && !corrupt_) {
      if (state_.avail_in == 0 && !ended_) {
        const auto n = next_block();
        if (!n) return n;
        state_.next_in = reinterpret_cast<std::uint8_t*>(block_.data());
        state_.avail_in = static_cast<std::uint32_t>(*n);
        ended_ = *n == 0;
      }
      if (state_.block_state == ISAL_BLOCK_FINISH) {
        // Another member may follow; so may padding, which is not one.
        if (state_.avail_in == 0 || *state_.next_in != static_cast<std::uint8_t>(kGzipMagic[0])) return 0;
        std::uint8_t* const next = state_.next_in;
        const std::uint32_t left = state_.avail_in;
        isal_inflate_reset(&state_);
        state_.crc_flag = ISAL_GZIP;
        state_.next_in = next;
        state_.avail_in = left;
      }
      const std::uint32_t in_before = state_.avail_in;
      const int result = isal_inflate(&state_);
      corrupt_ = result < 0;
      if (corrupt_) break;  // what came out before is good
      if (ended_ && state_.avail_out == wanted && in_before == state_.avail_in &&
          state_.block_state != ISAL_BLOCK_FINISH) {
        truncated_ = true;
        return 0;
      }
    }
    if (corrupt_ && state_.avail_out == wanted) return corrupt("the gzip data is corrupt");
    return wanted - state_.avail_out;
  }

 private:
  inflate_state state_{};
  bool ended_ = false;
  bool corrupt_ = false;
};

class ZstdStream final : public CompressedStream {
 public:
  ZstdStream(std::unique_ptr<FileStream> file, std::string name)
      : CompressedStream(std::move(file), std::move(name)), context_(ZSTD_createDCtx(), ZSTD_freeDCtx) {}

  Result<std::size_t> read(char* to, std::size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size) {
        const auto n = next_block();
        if (!n) return n;
        if (*n == 0) {
          truncated_ = within_frame_;
          return 0;
        }
        in_ = {block_.data(), *n, 0};
      }
      const std::size_t result = ZSTD_decompressStream(context_.get(), &out, &in_);
      if (ZSTD_isError(result) != 0) return corrupt(ZSTD_getErrorName(result));
      within_frame_ = result != 0;
    }
    return out.pos;
  }

 private:
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  bool within_frame_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteStream>> open_byte_stream(const std::string& file) {
  int descriptor = STDIN_FILENO;
  const std::string name = file == "-" ? "standard input" : file;
  if (file != "-") {
    descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
      return fail(ErrorCode::input, "cannot open " + name + ": " + std::generic_category().message(errno));
  }
  struct stat status{};
  const bool known = ::fstat(descriptor, &status) == 0;
  if (known && S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    return fail(ErrorCode::input, name + " is a folder: name the result files in it");
  }
  const std::uint64_t size = known && S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  auto stream = std::make_unique<FileStream>(descriptor, name, size);
  const auto magic = stream->peek();
  if (!magic) return std::unexpected(magic.error());
  if (magic->starts_with(kGzipMagic)) return std::make_unique<GzipStream>(std::move(stream), name);
  if (*magic == kZstdMagic) return std::make_unique<ZstdStream>(std::move(stream), name);
  return stream;
}

}  // namespace omniwriter
