#include "delivery/file_output.h"
#include "delivery/output_kind.h"
#include "formats/prom_text/prom_text.h"

namespace omniwriter {
namespace {

Result<std::unique_ptr<Output>> make(const Config& config, const std::string& target) {
  if (target.empty()) return fail(ErrorCode::usage, "output textfile needs a file: textfile=FILE");
  const auto write = [buckets = config.response_time_buckets](const std::vector<MetricFamily>& families) {
    return encode_prom_text(families, PromText::text_0_0_4, buckets);
  };
  return std::make_unique<FileOutput>(
      "textfile", target,
      [write, labels = config.labels](const Run& run, const FileOutput::Put& put) {
        put(write(load_test_metrics(run, run_labels(run, labels))));
      },
      [write, labels = config.labels](const Run& so_far, const LiveNews& news) {
        return write(load_test_metrics(so_far, run_labels(so_far, labels), news.recent));
      });
}

}  // namespace

const OutputKind& output_textfile() {
  static const OutputKind kKind{"textfile", "FILE", "Prometheus text file for node_exporter's textfile collector",
                                [](const Config& /*config*/) { return std::string(); }, make};
  return kKind;
}

}  // namespace omniwriter
