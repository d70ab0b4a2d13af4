#pragma once
/// From what files hold to a run that can be kept: what all who read results in share.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "model/aggregator.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"
#include "reading/reader.h"

namespace omniwriter {

/// What the user says of a run.
struct RunLabels {
  std::optional<std::string> test_name;
  std::optional<std::string> run_id;
  std::optional<std::string> tool;
  std::map<std::string, std::string> tags;
};

/// One for the limits of the configuration, which keeps what is closed of the timeline beside the store. Names of
/// requests are folded to endpoints where the configuration says so, and `fold` too.
[[nodiscard]] Aggregator make_aggregator(const Config& config, bool fold = true);
[[nodiscard]] std::shared_ptr<const EndpointNames> endpoint_names(const Config& config, bool fold = true);

/// The test name where none was given: that of the first file, or of a folder however it was written.
[[nodiscard]] std::string default_test_name(const std::string& first);

/// Refuses the same file twice: it would count every sample twice.
[[nodiscard]] Result<void> check_files_are_distinct(const std::vector<std::string>& files);

/// Fills in what the user and the files say of a run: its name (else `name`), its id unless it has one, tags and bad
/// records.
void describe_run(Run& run, const std::vector<FileReport>& reports, const RunLabels& labels, std::string_view name);

/// An error where a run of these files holds no request.
[[nodiscard]] Result<void> check_has_samples(const Run& run, const std::vector<FileReport>& reports);

}  // namespace omniwriter
