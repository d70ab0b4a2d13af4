#pragma once
/// The file system as the spool uses it: an interface, so that tests can take space and power away at any call.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"

namespace omniwriter {

/// An open file. For one thread. Every failure is ErrorCode::io and may be tried again.
class DiskFile {
 public:
  DiskFile() = default;
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;
  virtual ~DiskFile() = default;

  /// Writes all bytes or fails; where it fails, any part of them may have been written.
  [[nodiscard]] virtual Result<void> write(std::uint64_t offset, std::string_view bytes) = 0;
  /// Fills `into` from the front and gives how many bytes there were; fewer only at the end of the file.
  [[nodiscard]] virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> into) = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
  [[nodiscard]] virtual Result<void> truncate(std::uint64_t size) = 0;
  /// Afterwards the content survives a loss of power. Where it fails, nothing is known of what was written since the
  /// last success, and calling it again proves nothing: write elsewhere.
  [[nodiscard]] virtual Result<void> sync() = 0;
};

/// Held until it is destroyed, or its process ends.
class DiskLock {
 public:
  DiskLock() = default;
  DiskLock(const DiskLock&) = delete;
  DiskLock& operator=(const DiskLock&) = delete;
  virtual ~DiskLock() = default;
};

/// Thread-safe.
class Disk {
 public:
  virtual ~Disk() = default;
  /// Opens a file for reading and writing, and creates it where it is not there. sync_folder() makes that last.
  [[nodiscard]] virtual Result<std::unique_ptr<DiskFile>> open(const std::filesystem::path& file) = 0;
  /// Creates a folder and those above it, to last.
  [[nodiscard]] virtual Result<void> make_folders(const std::filesystem::path& folder) = 0;
  /// Names in a folder, ascending; none where it is not there.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::filesystem::path& folder) = 0;
  /// Deletes a file or a folder with all that is in it; that there is none is no failure.
  [[nodiscard]] virtual Result<void> remove(const std::filesystem::path& path) = 0;
  /// Gives a folder another name beside it, which nothing has. sync_folder() of the folder above makes that last.
  [[nodiscard]] virtual Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) = 0;
  /// Afterwards what was created or deleted in the folder survives a loss of power.
  [[nodiscard]] virtual Result<void> sync_folder(const std::filesystem::path& folder) = 0;
  /// Takes a lock by the name of a file, which is created; null where somebody else holds it.
  [[nodiscard]] virtual Result<std::unique_ptr<DiskLock>> lock(const std::filesystem::path& file) = 0;
};

/// The disk of the machine.
[[nodiscard]] Disk& system_disk();

}  // namespace omniwriter
