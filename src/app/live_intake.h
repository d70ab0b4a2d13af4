#pragma once
/// Takes in the results of a test while it goes on: what `follow` and `run` share.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/criteria_watch.h"
#include "app/ingest_session.h"
#include "app/precision_watch.h"
#include "app/vitals_watch.h"
#include "delivery/run_delivery.h"
#include "integration/follow_state.h"
#include "reading/followed_file.h"

namespace omniwriter {

/// Why a test is stopped before its time.
enum class StopCause : std::uint8_t {
  criterion,  ///< one that asks for it is not met
  precision,  ///< its numbers are exact enough
};

struct LiveOptions {
  std::optional<std::chrono::milliseconds> idle;         ///< end when nothing came for so long; none: never
  std::optional<std::chrono::seconds> expected;          ///< how long the test will take
  std::optional<std::string> tool;                       ///< else told by the format
  std::string name;                                      ///< of the test, where the user did not say
  std::optional<std::int64_t> started_ns;                ///< when the run began, for files without dates
  bool resumable = false;                                ///< keep what a restart needs
  std::function<bool()> goes_on;                         ///< false once nothing more will be written
  std::function<void(StopCause)> stop_test;              ///< empty: nobody can
  double until_precise = 0;                              ///< see PrecisionWatch
  std::optional<std::chrono::milliseconds> time_to_end;  ///< then read for so long at most; none: to the end
};

/// Follows one path, through rotations, and keeps the outputs, the store and the terminal up to date.
class LiveIntake {
 public:
  LiveIntake(const Program& program, IngestSession& intake, VitalsWatch& vitals, std::string path, LiveOptions options);
  ~LiveIntake();

  /// Blocks until the file has ended. Gives the run so far as it stands then; an error where it holds no request.
  [[nodiscard]] Result<Run> follow();
  /// Saves, delivers and prints it. Gives the exit code. Once `stop` is requested, delivery ends soon; `deliver` brings
  /// the rest.
  [[nodiscard]] Result<int> finish(Run run, const std::stop_token& stop);

 private:
  [[nodiscard]] Result<void> resume();
  [[nodiscard]] std::optional<Run> stored_run() const;
  [[nodiscard]] Result<void> follow_to_the_end();
  [[nodiscard]] Result<FollowedFile::End> follow_one(FollowedFile& file, const std::string& path);
  [[nodiscard]] Result<bool> read_rotated(const RotatedFile& rotated);
  [[nodiscard]] Result<bool> read_next_rotated();
  [[nodiscard]] ReadOptions read_options();
  void tell_of_missing(const std::string& what);
  [[nodiscard]] Result<void> keep_as_base();
  [[nodiscard]] Result<void> keep_samples();
  [[nodiscard]] Result<void> mark();
  void remove_mark();
  [[nodiscard]] Run describe(Run run) const;
  [[nodiscard]] Run run_so_far() const;
  void look();
  void show_progress();
  void hold_against_criteria();
  void publish();
  [[nodiscard]] RunDelivery& delivery_of(std::string_view run_id);
  void tell_of_dashboard(const Run& so_far);
  void save_so_far();

  const Program& program_;
  IngestSession& intake_;
  VitalsWatch& vitals_;
  std::string path_;
  LiveOptions options_;
  FollowOptions follow_options_;

  Aggregator aggregator_;
  std::vector<FileReport> reports_;
  std::string run_id_;
  FollowState state_;
  FollowState::Known known_;
  std::optional<SpoolPlace> mark_;        // that the test goes on
  std::shared_ptr<SampleLog> samples_;    // null where no output takes them
  const FollowedFile* file_ = nullptr;    // while one is followed
  std::optional<ReadPlace> from_;         // in the file that is followed first
  std::optional<FileIdentity> last_;      // that was read, and rotated away
  std::optional<Error> conflict_;         // another run has this id
  std::vector<ObservedSeries> observed_;  // when the run was followed before
  bool missing_ = false;                  // a part of the run: its file is gone
  bool resumed_ = false;
  std::unique_ptr<RunDelivery> delivery_;
  CriteriaWatch criteria_;
  PrecisionWatch precision_;

  std::chrono::nanoseconds begun_{0};
  std::chrono::nanoseconds next_progress_{0};
  std::chrono::nanoseconds next_publish_{0};
  std::chrono::nanoseconds next_save_{0};
  bool line_shown_ = false;
  bool dashboard_told_ = false;
};

}  // namespace omniwriter
