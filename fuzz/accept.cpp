// What scrapers say that they accept.

#include <string_view>

#include "formats/prom_text/negotiation.h"
#include "fuzzers.h"

namespace omniwriter::fuzz {

void accept(std::string_view header) {
  static_cast<void>(wanted_format(header));
  static_cast<void>(accepts_gzip(header));
}

}  // namespace omniwriter::fuzz
