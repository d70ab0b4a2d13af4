#pragma once
/// The history of runs: one SQLite file.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "judge/judgement.h"
#include "judge/run_digest.h"
#include "omniwriter/error.h"
#include "omniwriter/history.h"
#include "omniwriter/run.h"

namespace omniwriter {

/// Which timelines of a run are read.
enum class Timelines : std::uint8_t {
  none,             ///< numbers alone: quick, however long the run
  of_all_requests,  ///< the course of the run; that of each endpoint too where it was saved without its sum
  of_endpoints,     ///< all there is
};

/// Runs with their series and histograms, in WAL mode. Several processes may use one file at once; a writer waits up to
/// 10 s for another. One object is for one thread.
class RunStore {
 public:
  /// Opens or creates the file (and its folder), and migrates an older schema. A newer schema is an error that says so.
  [[nodiscard]] static Result<std::unique_ptr<RunStore>> open(const std::filesystem::path& file);
  ~RunStore();
  RunStore(const RunStore&) = delete;
  RunStore& operator=(const RunStore&) = delete;

  /// Saves a run with its timeline and its ledger in one transaction. A run of the same id is replaced where it is of
  /// the same test: the results have grown, or were read again. What was saved of its timeline is not written again.
  /// Where it is another run, that is an error of code `conflict`: remove() it first.
  [[nodiscard]] Result<void> save(const Run& run, const std::vector<LedgerEntry>& ledger = {});
  /// What save() would say of a run that has this id and begins only now.
  [[nodiscard]] Result<void> check_id_is_free(std::string_view run_id) const;
  /// Replaces the ledger of a saved run.
  [[nodiscard]] Result<void> save_ledger(std::string_view run_id, const std::vector<LedgerEntry>& ledger);

  /// First what was saved last: it is what was read last, whenever it ran.
  [[nodiscard]] Result<std::vector<RunRow>> list() const;
  /// The full id for an id, a unique prefix of one, a test name or "latest"; of several
  /// runs the one that was saved last.
  [[nodiscard]] Result<std::string> resolve(std::string_view id) const;
  /// The run as it was saved, to the last bucket. An error of code `io` where it is not what was saved.
  [[nodiscard]] Result<Run> load(std::string_view run_id, Timelines timelines = Timelines::of_endpoints) const;
  [[nodiscard]] Result<std::vector<LedgerEntry>> load_ledger(std::string_view run_id) const;
  /// What comparing needs of a run: quick, however long the run. Made of its timeline where nobody has asked before,
  /// and kept where the store can be written.
  [[nodiscard]] Result<RunDigest> load_digest(std::string_view run_id) const;
  /// What a run was found to be. Holds for the run as it is now: once it has grown, it is a run that was not judged.
  [[nodiscard]] Result<void> save_judgement(std::string_view run_id, const Judgement& judgement);
  [[nodiscard]] Result<std::optional<Judgement>> load_judgement(std::string_view run_id) const;
  /// Runs with something left to be delivered, oldest first.
  [[nodiscard]] Result<std::vector<std::string>> unsettled() const;
  /// Sets a tag; an empty value removes it.
  [[nodiscard]] Result<void> tag(std::string_view run_id, std::string_view key, std::string_view value);
  [[nodiscard]] Result<void> remove(std::string_view run_id);

 private:
  friend struct RunFiles;
  struct Impl;
  explicit RunStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace omniwriter
