#pragma once
/// Bytes of a file as the importers see them: uncompressed, one after the other.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "omniwriter/error.h"

namespace omniwriter {

/// Not thread-safe.
class ByteStream {
 public:
  ByteStream() = default;
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;
  virtual ~ByteStream() = default;

  /// Reads up to `size` bytes, at least one; 0 at the end.
  [[nodiscard]] virtual Result<std::size_t> read(char* to, std::size_t size) = 0;
  /// Bytes read so far from the file itself, before decompression.
  [[nodiscard]] virtual std::uint64_t raw_bytes_read() const = 0;
  /// Size of the file itself; 0 where it is not known.
  [[nodiscard]] virtual std::uint64_t raw_bytes_total() const = 0;
  /// Whether read() may wait for bytes that nobody has written yet: what was read is to be handed on, not collected.
  [[nodiscard]] virtual bool live() const { return false; }
  /// After the end: whether compressed data ended too early. What could be decompressed was given.
  [[nodiscard]] virtual bool truncated() const { return false; }
};

/// Opens a file, or standard input for "-". gzip (any number of members) and zstd are recognised by their first bytes
/// and decompressed, in constant memory.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_byte_stream(const std::string& file);

}  // namespace omniwriter
