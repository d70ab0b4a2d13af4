#pragma once
/// Files that readers see whole or not at all.

#include <filesystem>
#include <string_view>

#include "omniwriter/error.h"

namespace omniwriter {

/// Replaces `path` by `content`, mode 0644: written beside it under a hidden name, flushed to the disk, renamed. A
/// crash leaves the old file or the new one. The folder must exist.
[[nodiscard]] Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace omniwriter
