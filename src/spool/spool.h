#pragma once
/// Where what is to be delivered waits: a folder beside the store, with a place for each run and output.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"
#include "spool/disk.h"
#include "spool/queue.h"

namespace omniwriter {

/// One run on its way to one output: its queue, and what the output refused. Locked as long as this object lives. For
/// one thread.
class SpoolPlace {
 public:
  SpoolPlace(Disk& disk, std::filesystem::path folder, std::unique_ptr<DiskLock> lock,
             std::unique_ptr<SpoolQueue> queue)
      : disk_(&disk), folder_(std::move(folder)), lock_(std::move(lock)), queue_(std::move(queue)) {}

  [[nodiscard]] SpoolQueue& queue() { return *queue_; }
  [[nodiscard]] const SpoolQueue& queue() const { return *queue_; }
  /// Opens the file of dead letters, and creates it to last; see delivery/dead_letters.h for what is in it.
  [[nodiscard]] Result<std::unique_ptr<DiskFile>> open_dead_letters();
  /// Forgets queue and dead letters, to begin anew.
  [[nodiscard]] Result<void> clear();
  /// Deletes the queue, and the place itself unless there are dead letters. Nothing else may be done with it then.
  [[nodiscard]] Result<void> close(bool has_dead_letters);

 private:
  friend class Spool;
  Disk* disk_;
  std::filesystem::path folder_;
  std::unique_ptr<DiskLock> lock_;
  std::unique_ptr<SpoolQueue> queue_;
};

/// Thread-safe.
class Spool {
 public:
  /// `max_bytes`: the most that all places may take together. `salt`: see SpoolQueue::Options.
  Spool(Disk& disk, std::filesystem::path folder, std::uint64_t max_bytes, std::uint32_t salt)
      : disk_(disk), folder_(std::move(folder)), max_bytes_(max_bytes), salt_(salt) {}

  /// ErrorCode::busy, retryable, while another process holds the lock.
  [[nodiscard]] Result<SpoolPlace> open(std::string_view run_id, std::string_view output);
  /// A place of a run whose id is not known yet: empty, and gone after a restart.
  [[nodiscard]] Result<SpoolPlace> open_nameless();
  /// Makes it the place of a run and an output, instead of the one that is there. ErrorCode::busy, retryable, while
  /// another process holds the lock of that one.
  [[nodiscard]] Result<SpoolPlace> name(SpoolPlace nameless, std::string_view run_id, std::string_view output);
  [[nodiscard]] bool has(std::string_view run_id, std::string_view output) const;
  /// Deletes all that waits of a run, and its dead letters. ErrorCode::busy, retryable, where a process is at it.
  [[nodiscard]] Result<void> remove(std::string_view run_id);
  [[nodiscard]] std::filesystem::path dead_letters_file(std::string_view run_id, std::string_view output) const;
  /// How many bytes may still be added.
  [[nodiscard]] std::uint64_t room() const;

 private:
  [[nodiscard]] std::filesystem::path folder_of(std::string_view run_id, std::string_view output) const;
  [[nodiscard]] Result<SpoolPlace> place_at(std::filesystem::path folder, std::unique_ptr<DiskLock> lock);

  Disk& disk_;
  std::filesystem::path folder_;
  std::uint64_t max_bytes_;
  std::uint32_t salt_;
};

}  // namespace omniwriter
