#include "delivery/file_output.h"
#include "delivery/output_kind.h"
#include "formats/prom_text/prom_text.h"

namespace omniwriter {
namespace {

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (target.empty()) return fail(ErrorCode::usage, "output openmetrics needs a file: openmetrics=FILE");
  return std::make_unique<FileOutput>(
      "openmetrics", target,
      [labels = config.labels, buckets = config.response_time_buckets](const Run& run, const FileOutput::Put& put) {
        put(encode_open_metrics_over_time(run, run_labels(run, labels), buckets));
      });
}

}  // namespace

const OutputKind& output_openmetrics() {
  static const OutputKind kKind{"openmetrics", "FILE", "OpenMetrics 1.0 text file with the timeline, for promtool",
                                [](const Config& /*config*/) { return std::string(); }, make};
  return kKind;
}

}  // namespace omniwriter
