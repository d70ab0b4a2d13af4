#include "base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <system_error>
#include <tuple>

namespace omniwriter {
namespace {

std::unexpected<Error> failed(const std::filesystem::path& path) {
  const int reason = errno;
  return fail(ErrorCode::io,
              fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(reason)));
}

bool write_all(int file, std::string_view content) {
  constexpr int kPatienceMs = 10'000;
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written >= 0) {
      content.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // a pipe that is full
      pollfd room{.fd = file, .events = POLLOUT, .revents = 0};
      if (::poll(&room, 1, kPatienceMs) != 0) continue;
      errno = ETIMEDOUT;
      return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

// Closes; errno stays what it was.
void close_quietly(int file) {
  const int reason = errno;
  ::close(file);
  errno = reason;
}

// A rename is on the disk only once the folder is.
void flush_folder(const std::filesystem::path& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);
  ::close(handle);
}

Result<void> write_directly(const std::filesystem::path& path, std::string_view content) {
  const int file = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (file < 0) return failed(path);
  const bool written = write_all(file, content);
  close_quietly(file);
  if (!written) return failed(path);
  return {};
}

// Under a name that nobody has; what may be done with it follows from the umask.
int make_beside(const std::filesystem::path& path, mode_t mode, std::string& name) {
  static std::atomic<unsigned> number = 0;
  while (true) {
    const auto hidden = fmt::format(".{}.{}-{}", path.filename().string(), ::getpid(), ++number);
    name = (path.has_parent_path() ? path.parent_path() / hidden : std::filesystem::path(hidden)).string();
    const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file >= 0 || errno != EEXIST) return file;
  }
}

}  // namespace

Result<void> write_file_atomically(const std::filesystem::path& named, std::string_view content, FileAccess access) {
  struct stat before{};
  const bool exists = ::stat(named.c_str(), &before) == 0;
  if (exists && !S_ISREG(before.st_mode) && !S_ISDIR(before.st_mode)) return write_directly(named, content);
  std::error_code unresolved;
  const auto resolved = std::filesystem::weakly_canonical(named, unresolved);
  const auto& path = unresolved ? named : resolved;
  std::string temporary;
  const bool owner_only = access == FileAccess::owner_only;
  const int file = make_beside(path, owner_only ? 0600 : 0666, temporary);
  if (file < 0) return failed(named);
  bool written = write_all(file, content);
  if (written && exists && !owner_only) {
    // Whoever may not give a file away keeps it.
    std::ignore = ::fchown(file, before.st_uid, before.st_gid);
    written = ::fchmod(file, before.st_mode & 07777) == 0;
  }
  written = written && ::fsync(file) == 0;
  close_quietly(file);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = failed(named);
    ::unlink(temporary.c_str());
    return error;
  }
  flush_folder(path.has_parent_path() ? path.parent_path() : ".");
  return {};
}

bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  struct stat one{};
  struct stat other{};
  const bool has_one = ::stat(a.c_str(), &one) == 0;
  const bool has_other = ::stat(b.c_str(), &other) == 0;
  if (has_one && has_other) {
    return S_ISREG(one.st_mode) && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
  }
  if (has_one || has_other) return false;
  std::error_code no_one;
  std::error_code no_other;
  const auto first = std::filesystem::weakly_canonical(std::filesystem::absolute(a, no_one), no_one);
  const auto second = std::filesystem::weakly_canonical(std::filesystem::absolute(b, no_other), no_other);
  return !no_one && !no_other && first == second;
}

}  // namespace omniwriter
