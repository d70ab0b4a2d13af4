// What is read from the answers of OTLP servers.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/otlp/otlp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto answer = omniwriter::read_export_response(body);
  if (answer.rejected_points < 0 || answer.message.size() > 1000) std::abort();
  if (omniwriter::read_status_message(body).size() > 1000) std::abort();
  return 0;
}
