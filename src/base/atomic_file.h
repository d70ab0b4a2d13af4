#pragma once
/// Files that readers see whole or not at all.

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "omniwriter/error.h"

namespace omniwriter {

enum class FileAccess : std::uint8_t {
  usual,       ///< as the file had it that is replaced; that of a new one as the umask says
  owner_only,  ///< mode 0600
};

/// Replaces `path` by `content`: written beside it under a hidden name, flushed to the disk, renamed. A crash leaves
/// the old file or the new one. Of a symbolic link, what it leads to is replaced. The folder must exist. What is no
/// file (a pipe, a device) is written to as it is; one that nobody reads from, or takes nothing for ten seconds, is an
/// error.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content,
                                                 FileAccess access = FileAccess::usual);

/// What is no file: a pipe, a device.
[[nodiscard]] bool is_special_file(const std::filesystem::path& path);

/// The same for a file (no pipe) that does not fit in memory: in pieces, in their order, each on the disk once this
/// returns. They gather beside `path` under a hidden name; the last one puts the file in its place. A process that is
/// killed may go on with the piece that it wrote last, or the next. ErrorCode::io where what was written before is
/// gone.
[[nodiscard]] Result<void> write_piece(const std::filesystem::path& path, std::uint64_t offset, std::string_view piece,
                                       bool last);
/// Forgets the pieces that were written.
void drop_pieces(const std::filesystem::path& path);

/// Whether two names stand for one file, by whatever links; of files that are not there yet, whether they will. Pipes
/// and devices are no files.
[[nodiscard]] bool is_same_file(const std::filesystem::path& a, const std::filesystem::path& b);

}  // namespace omniwriter
