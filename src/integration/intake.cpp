#include "integration/intake.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

#include "base/usage.h"
#include "base/utf8.h"
#include "integration/run_identity.h"
#include "reading/byte_stream.h"
#include "store/timeline_file.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxPathBytes = 4096;

/// Makes response times unknown, where files tell none: their samples took 0.
void forget_durations(Run& run) {
  const auto nothing = std::make_shared<const ReportedTimes>(ReportedTimes{{}, std::nullopt, false, false, false});
  for (Series& series : run.series) {
    if (is_phase(series.kind) || is_measure(series.kind)) continue;
    series.total.reported = nothing;
    series.timeline.set_reported(nothing);
  }
  run.all_requests.set_reported(nothing);
}

}  // namespace

std::shared_ptr<const EndpointNames> endpoint_names(const Config& config, bool fold) {
  return std::make_shared<EndpointNames>(config.endpoints.fold && fold, config.endpoints.rules);
}

Aggregator make_aggregator(const Config& config, bool fold) {
  return Aggregator({.max_series = config.limits.max_series,
                     .timeline_bytes = config.limits.timeline_bytes,
                     .keeper = std::make_shared<TimelineFile>(config.store.parent_path()),
                     .endpoint_names = endpoint_names(config, fold)});
}

std::string default_test_name(const std::string& first) {
  std::error_code error;
  if (!std::filesystem::is_directory(first, error)) return test_name_of(first);
  const std::filesystem::path folder = std::filesystem::canonical(first, error);
  return test_name_of(error ? first : folder.string());
}

Result<void> check_files_are_distinct(const std::vector<std::string>& files) {
  std::set<std::tuple<dev_t, ino_t, std::string>> seen;
  for (const std::string& file : files) {
    struct stat status{};
    const std::string on_disk = file_on_disk(file);
    const bool found = file == "-" ? fstat(0, &status) == 0 : stat(on_disk.c_str(), &status) == 0;
    if (found && S_ISREG(status.st_mode) &&
        !seen.emplace(status.st_dev, status.st_ino, file.substr(on_disk.size())).second) {
      return fail(ErrorCode::usage, fmt::format("{} is given twice", file));
    }
  }
  if (std::ranges::count(files, "-") > 1) return fail(ErrorCode::usage, "- (stdin) is given twice");
  return {};
}

void describe_run(Run& run, const std::vector<FileReport>& reports, const RunLabels& labels, std::string_view name) {
  RunInfo& info = run.info;
  for (const FileReport& report : reports) {
    const std::string file = report.file == "-" ? "stdin" : clean_utf8(report.file, kMaxPathBytes);
    // A file that was rotated was read several times, each time another part.
    if (!file.empty() && std::ranges::find(info.files, file) == info.files.end()) info.files.push_back(file);
    if (info.tool.find(report.tool) == std::string::npos) info.tool += (info.tool.empty() ? "" : "+") + report.tool;
    run.bad_records += report.bad_records;
    for (const BadRecordReport& bad : report.bad_record_reports) {
      if (run.bad_record_reports.size() < FileReport::kMaxBadRecordReports) run.bad_record_reports.push_back(bad);
    }
    for (const Remark& remark : report.remarks) {
      const auto known = std::ranges::find(run.remarks, remark.kind, &Remark::kind);
      if (known != run.remarks.end()) {
        known->count += remark.count;
      } else {
        run.remarks.push_back(remark);
      }
    }
  }
  if (!std::ranges::all_of(reports, &FileReport::knows_durations)) forget_durations(run);
  if (!run.reported) {
    const auto all_tell = [&](bool FileReport::* tells) {
      return std::ranges::all_of(reports,
                                 [&](const FileReport& report) { return report.*tells || report.samples == 0; });
    };
    run.knows_received = all_tell(&FileReport::tells_received);
    run.knows_sent = all_tell(&FileReport::tells_sent);
  }
  info.test_name = labels.test_name.value_or(std::string(name));
  if (labels.tool) info.tool = *labels.tool;
  if (labels.run_id) info.run_id = *labels.run_id;
  if (info.run_id.empty()) info.run_id = run_id_of(run, reports, info.test_name);
  info.tags = labels.tags;
}

Result<void> check_has_samples(const Run& run, const std::vector<FileReport>& reports) {
  if (run.samples_of(SampleKind::request) != 0) return {};
  constexpr std::size_t kShown = 3;
  std::string message = fmt::format("no valid sample in {}", fmt::join(run.info.files, ", "));
  const std::uint64_t transactions = run.samples_of(SampleKind::transaction);
  if (transactions != 0) {
    return fail_with_hint(ErrorCode::input,
                          fmt::format("{}: it holds {} transaction{} and no request", message, transactions,
                                      transactions == 1 ? "" : "s"),
                          "read at once from its beginning to its end, transactions can be taken as the requests: "
                          "omniwriter ingest FILE");
  }
  if (run.bad_records == 0) {
    const auto hint = std::ranges::find_if(reports, [](const FileReport& report) { return !report.hint.empty(); });
    return hint == reports.end() ? fail(ErrorCode::input, message)
                                 : fail_with_hint(ErrorCode::input, message, hint->hint);
  }
  message += fmt::format(": {} bad record{}", run.bad_records, run.bad_records == 1 ? "" : "s");
  std::string first;
  for (std::size_t i = 0; i < std::min(kShown, run.bad_record_reports.size()); ++i) {
    const BadRecordReport& bad = run.bad_record_reports[i];
    first += fmt::format("{}{}:{}: {}", i == 0 ? "" : "; ", bad.file, bad.line, bad.reason);
  }
  return fail_with_hint(ErrorCode::input, message, first);
}

}  // namespace omniwriter
