#pragma once
/// A file that is still being written, read as it grows.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "omniwriter/error.h"
#include "reading/byte_stream.h"

namespace omniwriter {

/// Which file it is, whatever its name: files are renamed when they are rotated, and numbers of files are used again.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::string head;              ///< its first bytes, at most kHeadBytes
  std::int64_t modified_ns = 0;  ///< when it was written to last, since the epoch

  static constexpr std::size_t kHeadBytes = 256;

  bool operator==(const FileIdentity&) const = default;
  /// Whether `later` is this file, perhaps grown.
  [[nodiscard]] bool is_still(const FileIdentity& later) const {
    return device == later.device && inode == later.inode && later.head.starts_with(head);
  }
};

/// The identity of the file of that name as it is now; none where there is no such file.
[[nodiscard]] std::optional<FileIdentity> identity_of(const std::string& path);

struct FollowOptions {
  std::chrono::milliseconds poll{100};             ///< how often to look for more
  std::optional<std::chrono::milliseconds> idle;   ///< end when nothing more came for so long; none: never
  std::chrono::milliseconds rotation_grace{1000};  ///< how long the old file may still get bytes after it was renamed
  /// Called at every look, and between reads. To return false once the writer is done: what is there is read to its
  /// end.
  std::function<bool()> goes_on = [] { return true; };
  /// How long that may take at most; none: as long as it takes.
  std::optional<std::chrono::milliseconds> time_to_end = {};
};

/// Reads one file from its front to the point at which it ends. read() waits for more bytes; it gives 0 once
/// the file has ended, and ended_by() tells why. Used by one thread.
class FollowedFile final : public ByteStream {
 public:
  enum class End : std::uint8_t {
    none,       ///< it has not
    done,       ///< goes_on() said so
    stopped,    ///< the same, and the time to end was over before all was read
    mark,       ///< the end mark of the format was read
    idle,       ///< nothing came for a while
    rotated,    ///< another file lies under its name now; or none, and goes_on() said so
    truncated,  ///< it was cut, and begins anew
  };

  /// Opens the file. An error where there is none.
  [[nodiscard]] static Result<std::unique_ptr<FollowedFile>> open(const std::string& path, FollowOptions options,
                                                                  Clock& clock);
  ~FollowedFile() override;

  [[nodiscard]] Result<std::size_t> read(char* to, std::size_t size) override;
  [[nodiscard]] std::uint64_t raw_bytes_read() const override { return offset_; }
  [[nodiscard]] std::uint64_t raw_bytes_total() const override { return 0; }
  [[nodiscard]] bool live() const override { return true; }

  /// Goes on reading at this byte.
  [[nodiscard]] Result<void> go_to(std::uint64_t offset);

  /// With this the file is complete: the last bytes of formats that have such.
  void set_end_mark(std::string mark) { end_mark_ = std::move(mark); }

  [[nodiscard]] End ended_by() const { return end_; }
  /// As of now.
  [[nodiscard]] FileIdentity identity() const;

 private:
  FollowedFile(std::string path, int descriptor, FollowOptions options, Clock& clock);
  [[nodiscard]] Result<std::size_t> read_now(char* to, std::size_t size);
  [[nodiscard]] End reason_to_end(std::chrono::nanoseconds quiet_for) const;
  [[nodiscard]] bool was_cut();

  std::string path_;
  int descriptor_;
  FollowOptions options_;
  Clock& clock_;
  std::uint64_t offset_ = 0;
  std::string head_;  // the first bytes as they were read
  std::string tail_;  // the last bytes as they were read
  std::string end_mark_;
  std::optional<std::chrono::nanoseconds> asked_to_end_;  // when
  End end_ = End::none;
};

/// Waits until the file is there. False where goes_on() ended that.
[[nodiscard]] bool wait_for_file(const std::string& path, const FollowOptions& options, Clock& clock);

}  // namespace omniwriter
