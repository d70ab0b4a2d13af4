#include "spool/disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/try.h"

namespace omniwriter {
namespace {

namespace fs = std::filesystem;

std::unexpected<Error> failed(std::string_view what, const fs::path& path, int reason) {
  return fail(ErrorCode::io,
              fmt::format("cannot {} {}: {}", what, path.string(), std::generic_category().message(reason)), true);
}

class PosixFile final : public DiskFile {
 public:
  PosixFile(int handle, fs::path path) : handle_(handle), path_(std::move(path)) {}
  ~PosixFile() override { ::close(handle_); }

  [[nodiscard]] Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = ::pwrite(handle_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (written < 0) {
        if (errno == EINTR) continue;
        return failed("write", path_, errno);
      }
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  [[nodiscard]] Result<std::size_t> read(std::uint64_t offset, std::span<char> into) override {
    std::size_t filled = 0;
    while (filled < into.size()) {
      const ssize_t got =
          ::pread(handle_, into.data() + filled, into.size() - filled, static_cast<off_t>(offset + filled));
      if (got < 0) {
        if (errno == EINTR) continue;
        return failed("read", path_, errno);
      }
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

  [[nodiscard]] Result<std::uint64_t> size() override {
    struct stat status{};
    if (::fstat(handle_, &status) != 0) return failed("examine", path_, errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  [[nodiscard]] Result<void> truncate(std::uint64_t size) override {
    if (::ftruncate(handle_, static_cast<off_t>(size)) != 0) return failed("truncate", path_, errno);
    return {};
  }

  [[nodiscard]] Result<void> sync() override {
    if (::fdatasync(handle_) != 0) return failed("flush", path_, errno);
    return {};
  }

 private:
  int handle_;
  fs::path path_;
};

class PosixLock final : public DiskLock {
 public:
  explicit PosixLock(int handle) : handle_(handle) {}
  ~PosixLock() override { ::close(handle_); }

 private:
  int handle_;
};

class PosixDisk final : public Disk {
 public:
  [[nodiscard]] Result<std::unique_ptr<DiskFile>> open(const fs::path& file) override {
    // Results may be nobody else's business.
    const int handle = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (handle < 0) return failed("open", file, errno);
    return std::make_unique<PosixFile>(handle, file);
  }

  [[nodiscard]] Result<void> make_folders(const fs::path& folder) override {
    if (folder.empty() || folder == folder.root_path()) return {};
    if (::mkdir(folder.c_str(), 0700) == 0) return sync_folder(parent_of(folder));
    if (errno == EEXIST) return {};
    if (errno != ENOENT) return failed("create", folder, errno);
    TRY(make_folders(parent_of(folder)));
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return failed("create", folder, errno);
    return sync_folder(parent_of(folder));
  }

  [[nodiscard]] Result<std::vector<std::string>> list(const fs::path& folder) override {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
      names.push_back(entry->path().filename().string());
    }
    if (error && error != std::errc::no_such_file_or_directory) return failed("list", folder, error.value());
    std::ranges::sort(names);
    return names;
  }

  [[nodiscard]] Result<void> remove(const fs::path& path) override {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return failed("delete", path, error.value());
    return {};
  }

  [[nodiscard]] Result<void> rename(const fs::path& from, const fs::path& to) override {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) return failed("rename", from, error.value());
    return {};
  }

  [[nodiscard]] Result<void> sync_folder(const fs::path& folder) override {
    const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) return failed("open", folder, errno);
    const bool synced = ::fsync(handle) == 0;
    const int reason = errno;
    ::close(handle);
    if (!synced) return failed("flush", folder, reason);
    return {};
  }

  [[nodiscard]] Result<std::unique_ptr<DiskLock>> lock(const fs::path& file) override {
    const int handle = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (handle < 0) return failed("open", file, errno);
    auto lock = std::make_unique<PosixLock>(handle);
    if (::flock(handle, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return nullptr;
      return failed("lock", file, errno);
    }
    // Who held it before may have deleted the file: then others lock another one.
    struct stat locked{};
    struct stat named{};
    const bool same = ::fstat(handle, &locked) == 0 && ::stat(file.c_str(), &named) == 0 &&
                      locked.st_ino == named.st_ino && locked.st_dev == named.st_dev;
    return same ? std::move(lock) : nullptr;
  }

 private:
  static fs::path parent_of(const fs::path& folder) {
    return folder.has_parent_path() ? folder.parent_path() : fs::path(".");
  }
};

}  // namespace

Disk& system_disk() {
  static PosixDisk disk;
  return disk;
}

}  // namespace omniwriter
