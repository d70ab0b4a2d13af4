#pragma once
/// Bytes of a file as the importers see them: unpacked, and text as UTF-8 with lines that end in a newline.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

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
  /// After the end: in the middle of what the data ended ("its compressed data"); empty where it is whole. What came
  /// before was given.
  [[nodiscard]] virtual std::string_view cut_within() const { return {}; }
};

/// Opens a file, or standard input for "-", or a file in an archive by the name of both ("results.zip/results.jtl").
/// gzip, zstd, xz and bzip2 (any number of members) and archives (tar, ZIP) are recognised by their first bytes and
/// unpacked, in bounded memory; text is transcoded as by text_stream(). An archive stands for the one file in it; an
/// error of code `usage` names them where there are more. ErrorCode::not_found where there is no such file.
[[nodiscard]] Result<std::unique_ptr<ByteStream>> open_byte_stream(const std::string& file);

/// Visits the files in an archive in their order, hidden ones left out; the stream is what open_byte_stream() would
/// give for the name. False where the file is no archive.
using VisitMember = std::function<Result<void>(const std::string& name, Result<std::unique_ptr<ByteStream>> content)>;
[[nodiscard]] Result<bool> visit_archive(const std::string& file, const VisitMember& visit);

/// The file that is there on the disk, for the name of it or of a file within it: "results.zip" for
/// "results.zip/results.jtl".
[[nodiscard]] std::string file_on_disk(const std::string& file);

}  // namespace omniwriter
