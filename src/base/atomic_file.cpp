#include "base/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

namespace omniwriter {
namespace {

std::unexpected<Error> failed(const std::filesystem::path& path) {
  const int reason = errno;
  return fail(ErrorCode::io,
              fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(reason)));
}

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// A rename is on the disk only once the folder is.
void flush_folder(const std::filesystem::path& folder) {
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0) return;
  ::fsync(handle);
  ::close(handle);
}

}  // namespace

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::string temporary = (folder / fmt::format(".{}.XXXXXX", path.filename().string())).string();
  const int file = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (file < 0) return failed(path);
  const bool written = write_all(file, content) && ::fchmod(file, 0644) == 0 && ::fsync(file) == 0;
  const int reason = errno;
  ::close(file);
  errno = reason;
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = failed(path);
    ::unlink(temporary.c_str());
    return error;
  }
  flush_folder(folder);
  return {};
}

}  // namespace omniwriter
