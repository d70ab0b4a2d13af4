#include "delivery/file_output.h"
#include "delivery/output_kind.h"
#include "formats/points/points.h"

namespace omniwriter {
namespace {

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (target.empty()) return fail(ErrorCode::usage, "output csv needs a file: csv=FILE");
  return std::make_unique<FileOutput>(
      "csv", target,
      [labels = config.labels](const Run& run, const FileOutput::Put& put) { write_interval_csv(run, labels, put); });
}

}  // namespace

const OutputKind& output_csv() {
  static const OutputKind kKind{"csv", "FILE", "the timeline of every endpoint as CSV",
                                [](const Config& /*config*/) { return std::string(); }, make};
  return kKind;
}

}  // namespace omniwriter
