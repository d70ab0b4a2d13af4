// What is read from the status of a Prometheus.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "formats/prom_status/prom_status.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view answer(reinterpret_cast<const char*>(data), size);
  static_cast<void>(omniwriter::newest_sample_ms(answer));
  static_cast<void>(omniwriter::head_tolerance(answer));
  static_cast<void>(omniwriter::stores_native_histograms(answer));
  static_cast<void>(omniwriter::out_of_order_window(answer));
  static_cast<void>(omniwriter::parse_prometheus_duration(answer));
  return 0;
}
