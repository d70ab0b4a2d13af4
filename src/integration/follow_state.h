#pragma once
/// What has to be known to go on following a file after a restart, without counting a sample twice.
///
/// Where each record stands for itself, reading goes on behind what the store has of the run. Other formats are read
/// from the front again: that is quick, and exact. What cannot be read again, because the file was rotated away or cut,
/// is kept as a run, the base, on which the file is added.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "omniwriter/error.h"
#include "omniwriter/run.h"
#include "reading/followed_file.h"
#include "reading/reader.h"

namespace omniwriter {

/// On disk: a folder for each followed path, beside the store. Used by one thread of one process.
class FollowState {
 public:
  /// `store`: the file of the run store. `path`: the followed file.
  FollowState(const std::filesystem::path& store, const std::string& path);

  struct Known {
    std::string run_id;
    FileIdentity file;      ///< that was followed last; none: the one behind `done`
    FileIdentity done;      ///< the last one in the base
    bool finished = false;  ///< it ended, rather than that the program was stopped: another file is another run
    std::string base;       ///< name of the base; empty: none
    /// Where the file goes on behind what the store has of the run, with the base; only while it has so many records,
    /// good and bad: a later one may have been saved just before a kill.
    std::optional<ReadPlace> place;
    std::uint64_t records_before = 0;
  };
  /// What was saved last; none where nothing was.
  [[nodiscard]] Result<std::optional<Known>> load() const;
  /// Durable once it returns.
  [[nodiscard]] Result<void> save(const Known& known) const;

  [[nodiscard]] Result<Run> load_base(const Known& known) const;
  /// Puts `base` in the place of the base of `known`, all at once.
  [[nodiscard]] Result<void> save_base(Known& known, const Run& base) const;

 private:
  std::filesystem::path folder_;
};

/// A file that was renamed when it was rotated.
struct RotatedFile {
  std::string path;
  FileIdentity identity;
  bool packed = false;
};

/// What became of a file, and what came behind it.
struct Rotations {
  std::optional<RotatedFile>
      itself;                      ///< where it lies now, if not under its name: renamed, copied or packed; none: gone
  std::vector<RotatedFile> later;  ///< rotated since, the oldest first; the file of that name now is none of them
  bool complete = true;            ///< whether no file can have come and gone between those
};

/// Looks beside `path` for what logrotate and its kind leave there: numbered ("x.log.1", the newest) or dated
/// ("x.log-20261127", "x-20261127.log"), packed or not. `file` had the name `path`.
[[nodiscard]] Rotations rotations_since(const std::string& path, const FileIdentity& file);

}  // namespace omniwriter
