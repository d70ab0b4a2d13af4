#pragma once
/// The files in an archive, read from its front to its end.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "reading/byte_stream.h"

namespace omniwriter {

/// Not thread-safe.
class Archive {
 public:
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  virtual ~Archive() = default;

  /// Goes on to the next file, whether or not the one before was read, and gives its name; nothing at the end.
  /// Folders, links and hidden files do not count.
  [[nodiscard]] Result<std::optional<std::string>> next();
  /// Reads from that file; 0 at its end.
  [[nodiscard]] virtual Result<std::size_t> read(char* to, std::size_t size) = 0;
  /// After the end: whether the archive ended too early.
  [[nodiscard]] virtual bool cut() const = 0;
  [[nodiscard]] virtual const ByteStream& content() const = 0;

 protected:
  /// The next entry; a name that ends in '/' is none of a file.
  [[nodiscard]] virtual Result<std::optional<std::string>> next_entry() = 0;
};

/// How many bytes open_archive() has to see.
inline constexpr std::size_t kArchiveHeadBytes = 512;
/// Whether content with these first bytes is an archive: tar or ZIP. Documents that are ZIP archives inside are none.
[[nodiscard]] bool is_archive(std::string_view head);
/// `name`: for errors.
[[nodiscard]] std::unique_ptr<Archive> open_archive(std::string_view head, std::unique_ptr<ByteStream> content,
                                                    std::string name);

}  // namespace omniwriter
