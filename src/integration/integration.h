#pragma once
/// The integration of load tests with a team's monitoring, as one object: what `omniwriter integrate` does, and what
/// the Python API is.

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "config/config.h"
#include "delivery/delivery.h"
#include "delivery/output.h"
#include "integration/live_run.h"
#include "omniwriter/error.h"
#include "reports/report.h"

namespace omniwriter {

struct System;

/// What became of one system.
struct SystemResult {
  std::string system;  ///< its name; a part counts under that of the whole
  bool configured = false;
  bool ok = false;
  std::string problem;  ///< why it is not ok; what else to do where it is
};

struct ReportFiles {
  std::filesystem::path markdown;  ///< monitoring_integration_report_<time>.md
  std::filesystem::path json;      ///< integration_report_<time>.json
  std::filesystem::path html;      ///< integration_report_<time>.html; empty where there is no run to show
};

/// A report with the run that it refers to.
struct KeptReport {
  std::shared_ptr<const Run> run;
  IntegrationReport report;
};

/// Checks, provisions, registers metrics, delivers and reports. A system that is down never stops the others.
/// Thread-safe: every call may come from any thread; calls that wait for one server wait for one another.
class Integration {
 public:
  Integration(Config config, Clock& clock);
  ~Integration();
  Integration(const Integration&) = delete;
  Integration& operator=(const Integration&) = delete;

  /// Counts what happened in a test and pushes all metrics of that test to the Pushgateway, if one is configured. Gives
  /// why that did not work, if it did not: no server may stop the test, nor hold it up for longer than two seconds at a
  /// time and a tenth of its time. What cannot be pushed now stays counted and comes with the next push. Errors: usage
  /// (a number that cannot be).
  [[nodiscard]] Result<std::string> update_metrics(const MetricsUpdate& update);

  /// Writes one record to a system that keeps such; see MetricsRecord. False where that is not configured.
  [[nodiscard]] Result<bool> send_metrics(std::string_view system, const nlohmann::json& record);

  /// Checks one system with its parts, makes there what is to be there, and writes to it.
  [[nodiscard]] SystemResult integrate(std::string_view system);

  /// All systems, in the order of systems(); then delivers the run of the store that was read last where
  /// that has not happened.
  [[nodiscard]] std::vector<SystemResult> integrate_all();

  /// What is known now; asks the systems again. The run is the live test that was updated last, otherwise the one
  /// in the store that was read last.
  [[nodiscard]] KeptReport report();
  /// Writes the files of a report into Config::report_dir.
  [[nodiscard]] Result<ReportFiles> write_reports();

  [[nodiscard]] const Config& config() const { return config_; }

 private:
  /// The last push of a live test, where it failed.
  struct MissedPush {
    std::string problem;
    std::chrono::nanoseconds not_before{std::chrono::nanoseconds::min()};  ///< when it is tried again
  };
  [[nodiscard]] std::string push_soon(const std::string& test_name);
  [[nodiscard]] Result<void> push(const std::string& test_name, const DeliveryOptions& options);
  [[nodiscard]] Result<void> push_all();
  [[nodiscard]] std::int64_t start_of(const std::string& test_name);
  [[nodiscard]] std::int64_t unique_time_ns();
  /// `so_far`: how the test stands, where that is told too.
  [[nodiscard]] Result<void> send_items(const System& system, std::vector<OutputItem> items,
                                        const Run* so_far = nullptr);
  [[nodiscard]] Result<void> write_to(std::string_view system);
  [[nodiscard]] std::string provision(std::string_view system, std::string& note);
  [[nodiscard]] Result<std::vector<LedgerEntry>> deliver_newest_run();
  [[nodiscard]] Result<KeptReport> newest_run() const;

  const Config config_;
  Clock& clock_;
  Guarded<std::map<std::string, LiveRun>> live_;
  Guarded<std::string> newest_live_;                      // name of the test that was updated last
  Guarded<std::map<std::string, std::string>> problems_;  // by system, of its last integration; empty: it went well
  Guarded<MissedPush> missed_push_;
  Mutex pushing_;    // one push at a time: an older one must not overtake
  Mutex recording_;  // one record at a time, for the same reason
  std::map<std::pair<std::string, std::string>, LiveRun> recorded_
      GUARDED_BY(recording_);  // system and test -> what was sent there
  std::atomic<std::int64_t> last_time_ns_ = 0;
};

/// "✅" and "❌" lines, as `integrate` prints them.
[[nodiscard]] std::string results_text(const std::vector<SystemResult>& results, Language language);

}  // namespace omniwriter
