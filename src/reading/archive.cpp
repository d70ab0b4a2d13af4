#include "reading/archive.h"

#include <isa-l/crc.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <tuple>
#include <utility>

#include "base/try.h"
#include "reading/peeked_stream.h"

namespace omniwriter {
namespace {

constexpr std::size_t kBlock = 64 * 1024;
constexpr std::size_t kMaxNameBytes = 4096;

// What both kinds of archive are made of: headers, and stretches of content.
class ArchiveOf : public Archive {
 public:
  ArchiveOf(std::unique_ptr<ByteStream> content, std::string name) : in_(std::move(content)), name_(std::move(name)) {}

  [[nodiscard]] bool cut() const final { return cut_; }
  [[nodiscard]] const ByteStream& content() const final { return in_; }

 protected:
  [[nodiscard]] std::unexpected<Error> damaged(std::string_view why) const {
    return fail(ErrorCode::input, "cannot unpack " + name_ + ": " + std::string(why));
  }
  /// `size` bytes, fewer at the end.
  [[nodiscard]] Result<std::string> take(std::size_t size) {
    const auto bytes = TRY(in_.peek(size));
    std::string taken(bytes);
    in_.skip(taken.size());
    return taken;
  }
  /// Reads on in what has a known length, of which `left` is left.
  [[nodiscard]] Result<std::size_t> read_some(char* to, std::size_t size, std::uint64_t& left) {
    if (left == 0 || cut_) return 0;
    const auto n = in_.read(to, static_cast<std::size_t>(std::min<std::uint64_t>(size, left)));
    if (!n) return n;
    left -= *n;
    cut_ = *n == 0;
    return n;
  }
  [[nodiscard]] Result<void> skip(std::uint64_t bytes) {
    std::array<char, kBlock> block;
    while (bytes != 0 && !cut_) {
      std::ignore = TRY(read_some(block.data(), block.size(), bytes));
    }
    return {};
  }
  /// Reads the rest of a file.
  [[nodiscard]] Result<void> finish_entry() {
    std::array<char, kBlock> block;
    while (true) {
      const auto n = TRY(read(block.data(), block.size()));
      if (n == 0) return {};
    }
  }

  PeekedStream in_;
  std::string name_;
  bool cut_ = false;
};

namespace tar {

constexpr std::size_t kRecord = 512;
constexpr std::size_t kMaxExtension = std::size_t{1} << 20;
struct Place {
  std::size_t at;
  std::size_t size;
};
constexpr Place kName{0, 100};
constexpr Place kSize{124, 12};
constexpr Place kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr Place kMagic{257, 5};
constexpr Place kPrefix{345, 155};

std::string_view text_at(std::string_view header, Place place) {
  const std::string_view field = header.substr(place.at, place.size);
  return field.substr(0, field.find('\0'));
}

// Octal; or binary, where the first bit says so.
std::optional<std::uint64_t> number_at(std::string_view header, Place place) {
  std::string_view field = header.substr(place.at, place.size);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(field[0]) & 0x80) != 0) {
    for (const char c : field.substr(field.size() - sizeof value)) value = value << 8 | static_cast<unsigned char>(c);
    return value >> 63 == 0 ? std::optional(value) : std::nullopt;
  }
  field = text_at(header, place);
  field.remove_prefix(std::min(field.find_first_not_of(' '), field.size()));
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, 8);
  const bool ends = end == field.data() + field.size() || *end == ' ';
  return error == std::errc{} && ends ? std::optional(value) : std::nullopt;
}

bool is_header(std::string_view record) {
  if (record.size() < kRecord) return false;
  const auto told = number_at(record, kChecksum);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kRecord; ++i) {
    const bool within = i >= kChecksum.at && i < kChecksum.at + kChecksum.size;
    sum += within ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(record[i]);
  }
  return told && *told == sum;
}

// "27 path=results.jtl\n": the value, of the last record of that key.
std::string_view pax_value(std::string_view records, std::string_view key) {
  std::string_view value;
  while (!records.empty()) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(records.data(), records.data() + records.size(), size);
    if (error != std::errc{} || size < 2 || size > records.size()) break;
    std::string_view record = records.substr(0, size - 1);
    record.remove_prefix(std::min(record.find(' '), record.size() - 1) + 1);
    if (record.starts_with(key) && record.substr(key.size()).starts_with('=')) value = record.substr(key.size() + 1);
    records.remove_prefix(size);
  }
  return value;
}

class Tar final : public ArchiveOf {
 public:
  using ArchiveOf::ArchiveOf;

  Result<std::size_t> read(char* to, std::size_t size) override { return read_some(to, size, left_); }

 private:
  Result<std::optional<std::string>> next_entry() override {
    std::string long_name;
    std::string pax;
    while (true) {
      TRY(skip(left_ + std::exchange(padding_, 0)));
      left_ = 0;
      const auto header = TRY(take(kRecord));
      if (cut_ || header.empty() || header.find_first_not_of('\0') == std::string::npos) return std::nullopt;
      if (header.size() < kRecord) {
        cut_ = true;
        return std::nullopt;
      }
      const auto size = number_at(header, kSize);
      if (!is_header(header) || !size) return damaged("the tar archive is damaged");
      left_ = *size;
      padding_ = (kRecord - left_ % kRecord) % kRecord;
      const char type = header[kType];
      if (type == 'L' || type == 'x') {
        if (left_ > kMaxExtension) return damaged("the tar archive is damaged");
        auto extension = TRY(take(static_cast<std::size_t>(std::exchange(left_, 0))));
        (type == 'L' ? long_name : pax) = std::move(extension);
        continue;
      }
      if (type == 'S') return damaged("it holds a sparse file; unpack it first");
      if (type != '0' && type != '\0' && type != '7') {
        if (type != 'K' && type != 'g') {  // those belong to what follows
          long_name.clear();
          pax.clear();
        }
        continue;
      }
      if (const std::string_view told = pax_value(pax, "size"); !told.empty()) {
        const auto [end, error] = std::from_chars(told.data(), told.data() + told.size(), left_);
        if (error != std::errc{}) return damaged("the tar archive is damaged");
        padding_ = (kRecord - left_ % kRecord) % kRecord;
      }
      return name_of(header, long_name, pax);
    }
  }

  static std::string name_of(std::string_view header, std::string_view long_name, std::string_view pax) {
    if (const std::string_view told = pax_value(pax, "path"); !told.empty()) return std::string(told);
    if (!long_name.empty()) return std::string(long_name.substr(0, long_name.find('\0')));
    std::string name;
    if (text_at(header, kMagic) == "ustar" && !text_at(header, kPrefix).empty()) {
      name.append(text_at(header, kPrefix)).append(1, '/');
    }
    return name.append(text_at(header, kName));
  }

  std::uint64_t left_ = 0;     // of the file
  std::uint64_t padding_ = 0;  // behind it
};

}  // namespace tar

namespace zip {

constexpr std::string_view kFileMagic = "PK\x03\x04";
constexpr std::string_view kNoFileMagic = "PK\x05\x06";
constexpr std::string_view kDescriptorMagic = "PK\x07\x08";
constexpr std::size_t kHeader = 30;
constexpr std::uint64_t kEncrypted = 0x1;
constexpr std::uint64_t kSizesFollow = 0x8;
constexpr std::uint64_t kStored = 0;
constexpr std::uint64_t kDeflated = 8;
constexpr std::uint64_t kSizeIsElsewhere = 0xFFFFFFFF;

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[at + i - 1]);
  return value;
}

// Files follow one another, each behind a header of its own, so neither the list at the end nor a file to seek in is
// needed.
class Zip final : public ArchiveOf {
 public:
  using ArchiveOf::ArchiveOf;
  ~Zip() override { inflateEnd(&state_); }

  Result<std::size_t> read(char* to, std::size_t size) override {
    if (!within_) return 0;
    const auto n = method_ == kStored ? read_some(to, size, left_) : inflate(to, size);
    if (!n) return n;
    crc_ = crc32_gzip_refl(crc_, reinterpret_cast<const unsigned char*>(to), *n);
    if (*n != 0 || cut_) return n;
    within_ = false;
    TRY(check());
    return 0;
  }

 private:
  Result<std::optional<std::string>> next_entry() override {
    TRY(finish_entry());
    const auto magic = TRY(in_.peek(kFileMagic.size()));
    // The list of files follows the last of them.
    if (cut_ || (!magic.empty() && magic != kFileMagic && magic.starts_with("PK"))) return std::nullopt;
    if (magic.empty()) {
      cut_ = true;
      return std::nullopt;
    }
    if (magic != kFileMagic) return damaged("the ZIP archive is damaged");
    const auto header = TRY(take(kHeader));
    if (header.size() < kHeader) {
      cut_ = true;
      return std::nullopt;
    }
    flags_ = number_at(header, 6, 2);
    method_ = number_at(header, 8, 2);
    told_crc_ = static_cast<std::uint32_t>(number_at(header, 14, 4));
    left_ = number_at(header, 18, 4);
    const auto name = TRY(take(std::min<std::size_t>(number_at(header, 26, 2), kMaxNameBytes)));
    const auto extra = TRY(take(number_at(header, 28, 2)));
    if (name.ends_with('/') && left_ == 0) return name;
    if ((flags_ & kEncrypted) != 0) return damaged(name + " in it is encrypted");
    if (method_ != kStored && method_ != kDeflated) {
      return damaged(name + " in it is compressed in a way other than deflate; unpack it first");
    }
    if (method_ == kStored && (flags_ & kSizesFollow) != 0 && left_ == 0) {
      return damaged(name + " in it is stored without its size; unpack it first");
    }
    if (left_ == kSizeIsElsewhere) left_ = size_in(extra);
    within_ = true;
    crc_ = 0;
    deflate_ended_ = false;
    inflateEnd(&state_);
    state_ = {};
    // Not isa-l, which takes bytes behind the end of a stream too.
    if (inflateInit2(&state_, -MAX_WBITS) != Z_OK) return damaged("not enough memory");
    return name;
  }

  // That of the packed file, in the field of ZIP64.
  static std::uint64_t size_in(std::string_view extra) {
    constexpr std::uint64_t kZip64 = 1;
    while (extra.size() >= 4) {
      const std::uint64_t id = number_at(extra, 0, 2);
      const auto size = static_cast<std::size_t>(number_at(extra, 2, 2));
      if (id == kZip64 && size >= 16 && extra.size() >= 20) return number_at(extra, 12, 8);
      extra.remove_prefix(std::min(extra.size(), 4 + size));
    }
    return kSizeIsElsewhere;
  }

  Result<std::size_t> inflate(char* to, std::size_t size) {
    state_.next_out = reinterpret_cast<Bytef*>(to);
    state_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, UINT32_MAX));
    const uInt wanted = state_.avail_out;
    while (state_.avail_out == wanted && !deflate_ended_) {
      const auto packed = TRY(in_.peek(kBlock));
      state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
      state_.avail_in = static_cast<uInt>(packed.size());
      const int result = ::inflate(&state_, Z_NO_FLUSH);
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return damaged("the ZIP archive is damaged");
      }
      deflate_ended_ = result == Z_STREAM_END;
      const std::size_t taken = packed.size() - state_.avail_in;
      in_.skip(taken);
      if (taken == 0 && state_.avail_out == wanted && !deflate_ended_) {
        cut_ = true;
        break;
      }
    }
    return wanted - state_.avail_out;
  }

  // The checksum, which may stand behind the file, with two sizes of 4 or 8 bytes that nobody needs.
  Result<void> check() {
    if ((flags_ & kSizesFollow) != 0) {
      constexpr std::size_t kMost = 24;
      const auto behind = TRY(in_.peek(kMost + 2));
      const std::size_t magic = behind.starts_with(kDescriptorMagic) ? kDescriptorMagic.size() : 0;
      std::size_t size = 0;
      for (const std::size_t sizes : {8U, 16U}) {
        const std::size_t end = magic + 4 + sizes;
        if (size == 0 && behind.size() >= end + 2 && behind.substr(end, 2) == "PK") size = end;
      }
      if (size == 0) {
        cut_ = true;
        return {};
      }
      told_crc_ = static_cast<std::uint32_t>(number_at(behind, magic, 4));
      in_.skip(size);
    }
    return told_crc_ == crc_ ? Result<void>() : damaged("the ZIP archive is damaged: a checksum does not match");
  }

  bool within_ = false;  // a file
  std::uint64_t flags_ = 0;
  std::uint64_t method_ = 0;
  std::uint64_t left_ = 0;  // of a stored file
  std::uint32_t told_crc_ = 0;
  std::uint32_t crc_ = 0;
  bool deflate_ended_ = false;
  z_stream state_{};
};

// An Office or OpenDocument file begins with one of these.
bool is_document(std::string_view head) {
  const std::string_view name = head.size() > kHeader ? head.substr(kHeader) : std::string_view();
  return name.starts_with("[Content_Types].xml") || name.starts_with("_rels/") || name.starts_with("docProps/") ||
         name.starts_with("xl/") || name.starts_with("mimetype");
}

}  // namespace zip

bool is_zip(std::string_view head) {
  return (head.starts_with(zip::kFileMagic) && !zip::is_document(head)) || head.starts_with(zip::kNoFileMagic);
}

}  // namespace

Result<std::optional<std::string>> Archive::next() {
  while (true) {
    auto name = next_entry();
    if (!name || !*name) return name;
    const std::string_view base = std::string_view(**name).substr((*name)->rfind('/') + 1);
    if (!base.empty() && !base.starts_with('.') && !(*name)->starts_with("__MACOSX/")) return name;
  }
}

bool is_archive(std::string_view head) { return is_zip(head) || tar::is_header(head); }

std::unique_ptr<Archive> open_archive(std::string_view head, std::unique_ptr<ByteStream> content, std::string name) {
  if (is_zip(head)) return std::make_unique<zip::Zip>(std::move(content), std::move(name));
  return std::make_unique<tar::Tar>(std::move(content), std::move(name));
}

}  // namespace omniwriter
