#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "pipeline/reader.h"

namespace omniwriter {
namespace {

struct Sign {
  std::string_view text;
  bool at_start;  // or anywhere in the first bytes
  std::string_view meaning;
};

// What people are likely to have at hand, most telling signs first.
constexpr std::array kSigns = {
    Sign{"\x89PNG", true, "a PNG picture"},
    Sign{"%PDF", true, "a PDF document"},
    Sign{"PK\x03\x04", true, "a ZIP archive; unpack it first"},
    Sign{"SQLite format 3", true, "an SQLite database"},
    Sign{"<!DOCTYPE html", true, "an HTML page"},
    Sign{"<html", true, "an HTML page"},
    Sign{"<jmeterTestPlan", false, "a JMeter test plan, not its results"},
    Sign{"\"setup_data\"", false, "the end-of-test summary of k6; its samples come from k6 run --out json=FILE"},
    Sign{"ASSERTION\t", true, "a simulation.log of Gatling"},
    Sign{"RUN\t", true, "a simulation.log of Gatling"},
    Sign{"\"attack\":", false, "the output of vegeta encode"},
    Sign{"options {", true, "a k6 script"},
    Sign{"import http from", false, "a k6 script, not its results"},
};

}  // namespace

std::string describe_content(std::string_view head) {
  if (head.empty()) return "an empty file";
  const std::size_t start = head.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  const std::string_view text = head.substr(start, 4096);
  for (const Sign& sign : kSigns) {
    if (sign.at_start ? text.starts_with(sign.text) : text.find(sign.text) != std::string_view::npos) {
      return std::string(sign.meaning);
    }
  }
  const auto unprintable = std::count_if(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
  if (unprintable > 0) return "binary data of an unknown kind";
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return "blank text";
  if (text[first] == '{' || text[first] == '[') return "JSON of an unknown kind";
  if (text[first] == '<') return "XML of an unknown kind";
  return "text of an unknown kind";
}

}  // namespace omniwriter
