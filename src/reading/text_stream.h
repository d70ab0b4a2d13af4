#pragma once
/// Text in whatever encoding editors and shells leave it, as UTF-8.

#include <memory>

#include "reading/byte_stream.h"

namespace omniwriter {

/// The content as importers want it: UTF-16 (as PowerShell's `>` writes it; with byte order mark, or where each of the
/// first characters shows it) becomes UTF-8, a byte order mark goes, and where carriage returns alone end lines they
/// become newlines. Everything else, binary data too, comes as it is. Of a live stream, the first line is waited for.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> text_stream(std::unique_ptr<ByteStream> content);

}  // namespace omniwriter
