#include "reading/byte_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/try.h"
#include "reading/archive.h"
#include "reading/compression.h"
#include "reading/peeked_stream.h"
#include "reading/text_stream.h"

namespace omniwriter {
namespace {

class FileStream final : public ByteStream {
 public:
  FileStream(int descriptor, std::string name, std::uint64_t size)
      : descriptor_(descriptor), name_(std::move(name)), size_(size) {}
  ~FileStream() override {
    if (descriptor_ != STDIN_FILENO) ::close(descriptor_);
  }

  Result<std::size_t> read(char* to, std::size_t size) override {
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

  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return read_; }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return size_; }

 private:
  int descriptor_;
  std::string name_;
  std::uint64_t size_;
  std::uint64_t read_ = 0;
};

Result<std::unique_ptr<ByteStream>> open_file(const std::string& file, const std::string& name) {
  int descriptor = STDIN_FILENO;
  if (file != "-") {
    descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
      const int reason = errno;
      const bool missing = reason == ENOENT || reason == ENOTDIR;
      return fail(missing ? ErrorCode::not_found : ErrorCode::input,
                  "cannot open " + name + ": " + std::generic_category().message(reason));
    }
  }
  struct stat status{};
  const bool known = ::fstat(descriptor, &status) == 0;
  if (known && S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    return fail(ErrorCode::input, name + " is a folder: name the result files in it");
  }
  const std::uint64_t size = known && S_ISREG(status.st_mode) ? static_cast<std::uint64_t>(status.st_size) : 0;
  return std::make_unique<FileStream>(descriptor, name, size);
}

// The content of a file, unpacked but for being an archive.
struct Opened {
  std::unique_ptr<ByteStream> content;  // where it is no archive
  std::unique_ptr<Archive> archive;
};

Result<Opened> open_unpacked(const std::string& file, const std::string& name) {
  auto packed = TRY(open_file(file, name));
  auto unpacked = TRY(decompressed(std::move(packed), name));
  auto peeked = std::make_unique<PeekedStream>(std::move(unpacked));
  const auto head = TRY(peeked->peek(kArchiveHeadBytes));
  if (!is_archive(head)) return Opened{.content = std::move(peeked), .archive = {}};
  const std::string first(head);
  return Opened{.content = {}, .archive = open_archive(first, std::move(peeked), name)};
}

// A file in an archive.
class MemberStream final : public ByteStream {
 public:
  explicit MemberStream(Archive& archive) : archive_(archive) {}

  Result<std::size_t> read(char* to, std::size_t size) override { return archive_.read(to, size); }
  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return archive_.content().raw_bytes_read(); }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return archive_.content().raw_bytes_total(); }
  [[nodiscard]] std::string_view cut_within() const override {
    const std::string_view content = archive_.content().cut_within();
    return content.empty() && archive_.cut() ? "the archive" : content;
  }

 private:
  Archive& archive_;
};

// The one file that was asked for, with the archive that holds it.
class OnlyMember final : public ByteStream {
 public:
  OnlyMember(std::unique_ptr<Archive> archive, std::unique_ptr<ByteStream> content, std::string name, bool alone)
      : archive_(std::move(archive)), content_(std::move(content)), name_(std::move(name)), alone_(alone) {}

  Result<std::size_t> read(char* to, std::size_t size) override {
    const auto n = content_->read(to, size);
    if (!n || *n != 0 || !alone_) return n;
    const auto other = TRY(archive_->next());
    if (!other) return 0;
    return fail(ErrorCode::usage,
                name_ + " holds several files, also " + *other + ": unpack it, and name those to read");
  }
  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return content_->raw_bytes_read(); }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return content_->raw_bytes_total(); }
  [[nodiscard]] std::string_view cut_within() const override { return content_->cut_within(); }

 private:
  std::unique_ptr<Archive> archive_;
  std::unique_ptr<ByteStream> content_;
  std::string name_;
  bool alone_;  // whether it has to be the only one
};

Result<std::unique_ptr<ByteStream>> open_member(Archive& archive, const std::string& name) {
  auto unpacked = TRY(decompressed(std::make_unique<MemberStream>(archive), name));
  return text_stream(std::move(unpacked));
}

// The name behind that of the archive; empty: the only one.
Result<std::unique_ptr<ByteStream>> open_in_archive(std::unique_ptr<Archive> archive, const std::string& archive_name,
                                                    std::string_view member) {
  while (true) {
    const auto name = TRY(archive->next());
    if (!name) {
      return member.empty() ? fail(ErrorCode::input, archive_name + " is an archive without files")
                            : fail(ErrorCode::not_found, archive_name + " holds no file " + std::string(member));
    }
    if (!member.empty() && *name != member) continue;
    auto content = TRY(open_member(*archive, archive_name + "/" + *name));
    return std::make_unique<OnlyMember>(std::move(archive), std::move(content), archive_name, member.empty());
  }
}

std::string shown_name(const std::string& file) { return file == "-" ? "standard input" : file; }

}  // namespace

std::string file_on_disk(const std::string& file) {
  struct stat status{};
  if (file == "-" || ::stat(file.c_str(), &status) == 0) return file;
  for (std::size_t slash = file.rfind('/'); slash != std::string::npos && slash != 0;
       slash = file.rfind('/', slash - 1)) {
    std::string front = file.substr(0, slash);
    if (::stat(front.c_str(), &status) == 0) return S_ISREG(status.st_mode) ? front : file;
  }
  return file;
}

Result<std::unique_ptr<ByteStream>> open_byte_stream(const std::string& file) {
  const std::string archive = file_on_disk(file);
  const std::string name = shown_name(archive);
  auto opened = TRY(open_unpacked(archive, name));
  if (opened.archive) {
    const std::string_view member = std::string_view(file).substr(std::min(archive.size() + 1, file.size()));
    return open_in_archive(std::move(opened.archive), name, member);
  }
  if (archive != file) return fail(ErrorCode::not_found, "cannot open " + file + ": " + archive + " is no archive");
  return text_stream(std::move(opened.content));
}

Result<bool> visit_archive(const std::string& file, const VisitMember& visit) {
  auto opened = TRY(open_unpacked(file, shown_name(file)));
  if (!opened.archive) return false;
  while (true) {
    const auto name = TRY(opened.archive->next());
    if (!name) return true;
    const std::string path = file + "/" + *name;
    TRY(visit(path, open_member(*opened.archive, path)));
  }
}

}  // namespace omniwriter
