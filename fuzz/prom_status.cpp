// What is read from the status of a Prometheus.

#include "formats/prom_status/prom_status.h"

#include <string_view>

#include "fuzzers.h"

namespace omniwriter::fuzz {

void prom_status(std::string_view answer) {
  static_cast<void>(newest_sample_ms(answer));
  static_cast<void>(head_tolerance(answer));
  static_cast<void>(stores_native_histograms(answer));
  static_cast<void>(out_of_order_window(answer));
  static_cast<void>(parse_prometheus_duration(answer));
}

}  // namespace omniwriter::fuzz
