#include "reports/advice/rules.h"

#include <fmt/format.h>

#include "reports/display_width.h"
#include "reports/format_numbers.h"

namespace omniwriter::advice {
namespace {

constexpr int kNameColumns = 60;
constexpr int kQuoteColumns = 120;

}  // namespace

double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string name(std::string_view text) { return shortened(visible_text(text), kNameColumns); }
std::string quote(std::string_view text) { return shortened(visible_text(text), kQuoteColumns); }

std::string time_of_day(std::int64_t seconds) { return format_instant(seconds * 1'000'000'000).substr(11, 8); }

}  // namespace omniwriter::advice
