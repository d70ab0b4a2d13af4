#pragma once
/// Which exposition a scraper wants, by what it says that it accepts (RFC 9110, 12.5).

#include <string_view>

#include "formats/prom_text/prom_text.h"

namespace omniwriter {

/// OpenMetrics where the Accept header asks for version 1.0.0, or for none, at least as much as for text; else 0.0.4.
[[nodiscard]] PromText wanted_format(std::string_view accept);

/// Whether the Accept-Encoding header allows gzip.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

}  // namespace omniwriter
