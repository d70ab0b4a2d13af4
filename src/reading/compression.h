#pragma once
/// Unpacks what people compress results with.

#include <memory>
#include <string>

#include "reading/byte_stream.h"

namespace omniwriter {

/// The content of gzip, zstd, xz or bzip2, told by the first bytes; anything else as it is. Any number of members
/// (frames, streams) may follow one another; behind them, zeros are padding, and anything else is damage: an error.
/// `name`: for errors. Memory is bounded whatever the data say.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> decompressed(std::unique_ptr<ByteStream> packed,
                                                               const std::string& name);

}  // namespace omniwriter
