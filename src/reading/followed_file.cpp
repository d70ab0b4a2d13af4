#include "reading/followed_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

namespace omniwriter {
namespace {

constexpr std::size_t kTailBytes = 256;

std::string first_bytes(int descriptor) {
  std::string head(FileIdentity::kHeadBytes, '\0');
  const ssize_t n = ::pread(descriptor, head.data(), head.size(), 0);
  head.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return head;
}

FileIdentity identity_of(int descriptor) {
  FileIdentity identity;
  struct stat status{};
  if (::fstat(descriptor, &status) == 0) {
    identity.device = status.st_dev;
    identity.inode = status.st_ino;
    identity.modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
    identity.head = first_bytes(descriptor);
  }
  return identity;
}

}  // namespace

std::optional<FileIdentity> identity_of(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return std::nullopt;
  FileIdentity identity = identity_of(descriptor);
  ::close(descriptor);
  return identity;
}

Result<std::unique_ptr<FollowedFile>> FollowedFile::open(const std::string& path, FollowOptions options, Clock& clock) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    return fail(ErrorCode::input, "cannot open " + path + ": " + std::generic_category().message(errno));
  }
  struct stat status{};
  if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(descriptor);
    return fail(ErrorCode::input, path + " is a folder: name the result file in it");
  }
  return std::unique_ptr<FollowedFile>(new FollowedFile(path, descriptor, std::move(options), clock));
}

FollowedFile::FollowedFile(std::string path, int descriptor, FollowOptions options, Clock& clock)
    : path_(std::move(path)), descriptor_(descriptor), options_(std::move(options)), clock_(clock) {}

FollowedFile::~FollowedFile() { ::close(descriptor_); }

FileIdentity FollowedFile::identity() const {
  FileIdentity identity = identity_of(descriptor_);
  identity.head = head_;
  return identity;
}

Result<std::size_t> FollowedFile::read_now(char* to, std::size_t size) {
  while (true) {
    const ssize_t n = ::read(descriptor_, to, size);
    if (n < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::input, "cannot read " + path_ + ": " + std::generic_category().message(errno));
    }
    const std::string_view got(to, static_cast<std::size_t>(n));
    offset_ += got.size();
    head_ += got.substr(0, FileIdentity::kHeadBytes - head_.size());
    tail_ += got.substr(got.size() - std::min(got.size(), kTailBytes));
    if (tail_.size() > kTailBytes) tail_.erase(0, tail_.size() - kTailBytes);
    return got.size();
  }
}

Result<void> FollowedFile::go_to(std::uint64_t offset) {
  tail_.assign(std::min<std::uint64_t>(offset, kTailBytes), '\0');
  const auto tail_begins = static_cast<off_t>(offset - tail_.size());
  const ssize_t n = ::pread(descriptor_, tail_.data(), tail_.size(), tail_begins);
  tail_.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  if (::lseek(descriptor_, static_cast<off_t>(offset), SEEK_SET) < 0) {
    return fail(ErrorCode::input, "cannot read " + path_ + ": " + std::generic_category().message(errno));
  }
  offset_ = offset;
  return {};
}

// Cut to a smaller size; or cut and written anew so quickly that only the first bytes tell.
bool FollowedFile::was_cut() {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return false;
  return static_cast<std::uint64_t>(status.st_size) < offset_ || !first_bytes(descriptor_).starts_with(head_);
}

FollowedFile::End FollowedFile::reason_to_end(std::chrono::nanoseconds quiet_for) const {
  if (!end_mark_.empty()) {
    const std::size_t end = tail_.find_last_not_of(" \t\r\n");
    if (end != std::string::npos && std::string_view(tail_).substr(0, end + 1).ends_with(end_mark_)) return End::mark;
  }
  if (quiet_for >= options_.rotation_grace) {
    struct stat now{};
    struct stat ours{};
    if (::stat(path_.c_str(), &now) == 0 && ::fstat(descriptor_, &ours) == 0 &&
        (now.st_ino != ours.st_ino || now.st_dev != ours.st_dev)) {
      return End::rotated;
    }
  }
  if (options_.idle && offset_ > 0 && quiet_for >= *options_.idle) return End::idle;
  return End::none;
}

Result<std::size_t> FollowedFile::read(char* to, std::size_t size) {
  if (end_ != End::none) return 0;
  const std::chrono::nanoseconds since = clock_.steady();
  while (true) {
    // Asked before the file is looked at: what was written before the writer was done is read.
    const bool goes_on = options_.goes_on();
    if (!goes_on && options_.time_to_end) {
      asked_to_end_ = asked_to_end_.value_or(clock_.steady());
      if (clock_.steady() - *asked_to_end_ > *options_.time_to_end) {
        end_ = End::stopped;
        return 0;
      }
    }
    // A file that was cut may have grown past our place again, so this comes first.
    if (was_cut()) {
      end_ = End::truncated;
      return 0;
    }
    const auto n = read_now(to, size);
    if (!n || *n > 0) return n;
    end_ = goes_on ? reason_to_end(clock_.steady() - since) : End::done;
    if (end_ != End::none) return 0;
    clock_.sleep(options_.poll);
  }
}

bool wait_for_file(const std::string& path, const FollowOptions& options, Clock& clock) {
  struct stat status{};
  while (::stat(path.c_str(), &status) != 0) {
    if (!options.goes_on()) return ::stat(path.c_str(), &status) == 0;
    clock.sleep(options.poll);
  }
  return true;
}

}  // namespace omniwriter
