#pragma once
/// The text exposition formats of Prometheus.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/load_test_metrics.h"

namespace omniwriter {

enum class PromText : std::uint8_t {
  text_0_0_4,    ///< what every Prometheus, the Pushgateway and the textfile collector read
  open_metrics,  ///< OpenMetrics 1.0
};

/// What to send as Content-Type.
[[nodiscard]] std::string_view content_type(PromText format);

/// A whole exposition without timestamps. Histograms become classic ones with these bounds (seconds, ascending), or
/// kDefaultResponseTimeBuckets where there are none. Labels with an empty value are left out: to Prometheus that is the
/// same. Names and texts must be valid UTF-8.
[[nodiscard]] std::string encode_prom_text(const std::vector<MetricFamily>& families, PromText format,
                                           std::span<const double> bucket_bounds);

/// A run as it grew, as OpenMetrics with timestamps. So that the text stays below about `max_lines`, points are
/// left out: at most one for each series and step of time, steps as short as that allows. The final state is always
/// there.
[[nodiscard]] std::string encode_open_metrics_over_time(const Run& run, const Labels& extra_labels,
                                                        std::span<const double> bucket_bounds,
                                                        std::size_t max_lines = 100'000);

}  // namespace omniwriter
