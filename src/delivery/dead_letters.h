#pragma once
/// What an output refused for good, kept so that it can be mended and sent again.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "delivery/output.h"
#include "omniwriter/error.h"
#include "spool/disk.h"

namespace omniwriter {

/// One line of a file of dead letters: a JSON object of the members below; `bytes` is "text" or, where it is no valid
/// UTF-8, "base64".
struct DeadLetter {
  std::string run_id;
  std::string output;
  std::string reason;  ///< the server's words
  OutputItem item;
};

/// With the line end.
[[nodiscard]] std::string to_line(const DeadLetter& letter);
[[nodiscard]] Result<DeadLetter> read_dead_letter(std::string_view line);

/// A file of dead letters that is written. For one thread.
class DeadLetters {
 public:
  /// Cuts the file at `bytes`: what came behind was not acknowledged, and comes again.
  [[nodiscard]] static Result<DeadLetters> open(std::unique_ptr<DiskFile> file, std::uint64_t bytes);
  /// Lasts once this has succeeded.
  [[nodiscard]] Result<void> add(std::string_view lines);
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  DeadLetters(std::unique_ptr<DiskFile> file, std::uint64_t bytes) : file_(std::move(file)), bytes_(bytes) {}
  std::unique_ptr<DiskFile> file_;
  std::uint64_t bytes_;
};

}  // namespace omniwriter
