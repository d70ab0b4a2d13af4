#include "delivery/file_output.h"
#include "delivery/output_kind.h"
#include "formats/points/points.h"

namespace omniwriter {
namespace {

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (target.empty()) return fail(ErrorCode::usage, "output ndjson needs a file: ndjson=FILE");
  return std::make_unique<FileOutput>(
      "ndjson", target, [labels = config.labels](const Run& run, const FileOutput::Put& put) {
        for_each_interval_point(run,
                                [&](const IntervalPoint& point) { put(interval_json(run, labels, point) + "\n"); });
        for_each_detail(run, [&](const DetailPoint& point) { put(detail_json(run, labels, point) + "\n"); });
        for_each_detail_of_run(run, [&](const DetailPoint& point) { put(run_detail_json(run, labels, point) + "\n"); });
        for (const ErrorMessage& one : run.error_messages) put(error_message_json(run, labels, one) + "\n");
        put(run_json(run, labels) + "\n");
      });
}

}  // namespace

const OutputKind& output_ndjson() {
  static const OutputKind kKind{"ndjson", "FILE", "the timeline of every endpoint as lines of JSON",
                                [](const Config& /*config*/) { return std::string(); }, make};
  return kKind;
}

}  // namespace omniwriter
