// What scrapers say that they accept.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "formats/prom_text/negotiation.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  static_cast<void>(omniwriter::wanted_format(header));
  static_cast<void>(omniwriter::accepts_gzip(header));
  return 0;
}
