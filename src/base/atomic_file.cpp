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

// What is no file: a pipe, a device.
bool is_special(const struct stat& status) { return !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode); }

std::filesystem::path behind_links(const std::filesystem::path& named) {
  std::error_code unresolved;
  auto path = std::filesystem::weakly_canonical(named, unresolved);
  return unresolved ? named : path;
}

std::filesystem::path beside(const std::filesystem::path& path, const std::string& name) {
  return path.has_parent_path() ? path.parent_path() / name : std::filesystem::path(name);
}

// Makes a file that is written the one of that name, with the rights of the one that it replaces.
bool put_in_place(int file, const std::filesystem::path& temporary, const std::filesystem::path& path,
                  const struct stat* replaced) {
  if (replaced != nullptr) {
    // Whoever may not give a file away keeps it.
    std::ignore = ::fchown(file, replaced->st_uid, replaced->st_gid);
    if (::fchmod(file, replaced->st_mode & 07777) != 0) return false;
  }
  return ::fsync(file) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0;
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
    name = beside(path, fmt::format(".{}.{}-{}", path.filename().string(), ::getpid(), ++number)).string();
    const int file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file >= 0 || errno != EEXIST) return file;
  }
}

}  // namespace

Result<void> write_file_atomically(const std::filesystem::path& named, std::string_view content, FileAccess access) {
  struct stat before{};
  const bool exists = ::stat(named.c_str(), &before) == 0;
  if (exists && is_special(before)) return write_directly(named, content);
  const auto path = behind_links(named);
  std::string temporary;
  const bool owner_only = access == FileAccess::owner_only;
  const int file = make_beside(path, owner_only ? 0600 : 0666, temporary);
  if (file < 0) return failed(named);
  const bool written =
      write_all(file, content) && put_in_place(file, temporary, path, exists && !owner_only ? &before : nullptr);
  close_quietly(file);
  if (!written) {
    auto error = failed(named);
    ::unlink(temporary.c_str());
    return error;
  }
  flush_folder(path.has_parent_path() ? path.parent_path() : ".");
  return {};
}

namespace {

std::filesystem::path name_of_pieces(const std::filesystem::path& path) {
  return beside(path, fmt::format(".{}.pieces", path.filename().string()));
}

// Whether a file has this at that place, and nothing behind it.
bool ends_with(const std::filesystem::path& path, std::uint64_t offset, std::string_view piece) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::string there(piece.size() + 1, '\0');
  const ssize_t n = ::pread(file, there.data(), there.size(), static_cast<off_t>(offset));
  ::close(file);
  return n >= 0 && std::string_view(there).substr(0, static_cast<std::size_t>(n)) == piece;
}

}  // namespace

Result<void> write_piece(const std::filesystem::path& named, std::uint64_t offset, std::string_view piece, bool last) {
  struct stat before{};
  const bool exists = ::stat(named.c_str(), &before) == 0;
  const auto path = behind_links(named);
  const auto pieces = name_of_pieces(path);
  const int file = ::open(pieces.c_str(), O_WRONLY | O_CLOEXEC | (offset == 0 ? O_CREAT | O_TRUNC : 0), 0666);
  struct stat so_far{};
  const bool gone = file < 0 ? offset != 0 && errno == ENOENT
                             : ::fstat(file, &so_far) == 0 && static_cast<std::uint64_t>(so_far.st_size) < offset;
  if (gone) {
    if (file >= 0) ::close(file);
    if (last && ends_with(path, offset, piece)) return {};  // it was put in place right before a kill
    return fail(ErrorCode::io, fmt::format("what was written of {} before is gone", named.string()));
  }
  if (file < 0) return failed(named);
  const auto end = static_cast<off_t>(offset + piece.size());
  const bool written = ::lseek(file, static_cast<off_t>(offset), SEEK_SET) >= 0 && write_all(file, piece) &&
                       ::ftruncate(file, end) == 0 &&
                       (last ? put_in_place(file, pieces, path, exists ? &before : nullptr) : ::fdatasync(file) == 0);
  close_quietly(file);
  if (!written) return failed(named);
  if (last) flush_folder(path.has_parent_path() ? path.parent_path() : ".");
  return {};
}

bool is_special_file(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 && is_special(status);
}

void drop_pieces(const std::filesystem::path& path) { ::unlink(name_of_pieces(behind_links(path)).c_str()); }

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
