#include "reading/describe_content.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/utf8.h"
#include "reading/nearest_formats.h"

namespace omniwriter {
namespace {

struct Sign {
  std::string_view text;
  bool at_start;  // or anywhere in the first bytes
  std::string_view meaning;
};

constexpr std::string_view kWorkbook = "an Excel workbook; save it as CSV";

// What people are likely to have at hand, most telling signs first.
constexpr std::array kSigns = {
    Sign{"\x89PNG", true, "a PNG picture"},
    Sign{"\xFF\xD8\xFF", true, "a JPEG picture"},
    Sign{"GIF8", true, "a GIF picture"},
    Sign{"%PDF", true, "a PDF document"},
    Sign{"{\\rtf", true, "an RTF document"},
    Sign{"\xD0\xCF\x11\xE0", true, kWorkbook},  // as Office kept all its files until 2003
    Sign{"7z\xBC\xAF\x27\x1C", true, "a 7z archive; unpack it first"},
    Sign{"Rar!\x1A\x07", true, "a RAR archive; unpack it first"},
    Sign{"\x1F\x8B", true, "gzip data; unpack it first"},
    Sign{"\x28\xB5\x2F\xFD", true, "zstd data; unpack it first"},
    Sign{"\xFD"
         "7zXZ",
         true, "xz data; unpack it first"},
    Sign{"BZh", true, "bzip2 data; unpack it first"},
    Sign{"\x04\x22\x4D\x18", true, "LZ4 data; unpack it first"},
    Sign{"\x1F\x9D", true, "data of compress (.Z); unpack it first"},
    Sign{std::string_view("\x5D\0\0", 3), true, "LZMA data; unpack it first"},
    Sign{"LZIP", true, "lzip data; unpack it first"},
    Sign{"PAR1", true, "a Parquet file; write it as CSV"},
    Sign{"Obj\x01", true, "an Avro file; write it as CSV or JSON lines"},
    Sign{"SQLite format 3", true, "an SQLite database"},
    Sign{"\x7F"
         "ELF",
         true, "a program"},
    Sign{"FLR", true, "a recording of Java's Flight Recorder"},
    Sign{"JAVA PROFILE", true, "a heap dump of Java"},
    Sign{"\xD4\xC3\xB2\xA1", true, "captured packets (pcap)"},
    Sign{"\x0A\x0D\x0D\x0A", true, "captured packets (pcapng)"},
    Sign{"<jmeterTestPlan", false, "a JMeter test plan, not its results"},
    Sign{"\"setup_data\"", false, "the end-of-test summary of k6; its samples come from k6 run --out json=FILE"},
    Sign{"ASSERTION\t", true, "a simulation.log of Gatling"},
    Sign{"RUN\t", true, "a simulation.log of Gatling"},
    Sign{"\"attack\":", false, "the output of vegeta encode"},
    Sign{"options {", true, "a k6 script"},
    Sign{"import http from", false, "a k6 script, not its results"},
};

constexpr std::string_view kZip = "PK\x03\x04";

std::string describe_zip(std::string_view head) {
  const auto has = [&](std::string_view name) { return head.find(name) != std::string_view::npos; };
  if (has("word/")) return "a Word document";
  if (has("ppt/")) return "a PowerPoint presentation";
  if (has("opendocument.spreadsheet")) return "an OpenDocument spreadsheet; save it as CSV";
  if (has("opendocument")) return "an OpenDocument file";
  if (has("xl/") || has("[Content_Types].xml")) return std::string(kWorkbook);
  return "a ZIP archive; unpack it first";
}

// Perhaps behind a declaration or comments, in any case.
bool is_html(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  const std::size_t first = lower.find_first_not_of(" \t\r\n");
  return first != std::string::npos && lower[first] == '<' &&
         (lower.find("<!doctype html") != std::string::npos || lower.find("<html") != std::string::npos);
}

constexpr std::size_t kMostNamesShown = 5;
constexpr std::size_t kMostNames = 50;
constexpr std::size_t kMostNameBytes = 200;

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNamesShown); ++i) text += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kMostNamesShown) text += ", …";
  return clean_utf8(text, kMostNameBytes);
}

/// The keys of the object that begins at the front of `text`, which may be cut off. As they are written.
std::vector<std::string> keys_of_object(std::string_view text) {
  std::vector<std::string> keys;
  int depth = 0;
  for (std::size_t i = 0; i < text.size() && keys.size() < kMostNames; ++i) {
    if (text[i] == '{' || text[i] == '[') ++depth;
    if ((text[i] == '}' || text[i] == ']') && --depth == 0) break;
    if (text[i] != '"') continue;
    const std::size_t begin = i + 1;
    for (++i; i < text.size() && text[i] != '"'; ++i) i += text[i] == '\\' ? 1 : 0;
    if (i >= text.size()) break;
    const std::size_t next = text.find_first_not_of(" \t\r\n", i + 1);
    if (depth == 1 && next != std::string_view::npos && text[next] == ':')
      keys.emplace_back(text.substr(begin, i - begin));
  }
  return keys;
}

constexpr std::string_view kBlanks = " \t\r\n";

/// The object at the front of a JSON text, or the first one of an array; empty where there is none.
std::string_view first_object(std::string_view text) {
  if (text.starts_with('[')) text.remove_prefix(std::min(text.find_first_not_of(kBlanks, 1), text.size()));
  return text.starts_with('{') ? text : std::string_view();
}

std::string describe_json(std::string_view text) {
  const bool is_array = text.front() == '[';
  const auto keys = keys_of_object(first_object(text));
  if (keys.empty()) return is_array ? "a JSON array of an unknown kind" : "JSON of an unknown kind";
  return fmt::format("a JSON {} with the keys {}", is_array ? "array of objects" : "object", listed(keys));
}

std::string describe_xml(std::string_view text) {
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const std::string_view name = text.substr(at + 1, text.find_first_of(" \t\r\n/>", at + 1) - at - 1);
    const bool is_element = !name.empty() && name.front() != '?' && name.front() != '!';
    if (is_element) return fmt::format("XML with the root element <{}>", clean_utf8(name, kMostNameBytes));
  }
  return "XML of an unknown kind";
}

std::string describe_text(std::string_view text) {
  constexpr std::size_t kShownBytes = 60;
  const std::string_view line = text.substr(0, text.find_first_of("\r\n"));
  return fmt::format("text of an unknown kind, which begins with \"{}\"", clean_utf8(line, kShownBytes));
}

/// The fields of the first line, where the second one has as many; empty for what is no table.
std::vector<std::string> columns_of_table(std::string_view text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return {};
  const std::string_view first = text.substr(0, end);
  const std::string_view second = text.substr(end + 1, text.find('\n', end + 1) - end - 1);
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const auto separators = std::ranges::count(first, delimiter);
    if (separators == 0 || separators != std::ranges::count(second, delimiter)) continue;
    std::vector<std::string> columns;
    for (std::size_t at = 0; at <= first.size();) {
      const std::size_t next = std::min(first.find(delimiter, at), first.size());
      columns.emplace_back(first.substr(at, next - at));
      at = next + 1;
    }
    return columns;
  }
  return {};
}

std::string_view without_byte_order_mark(std::string_view head) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  return head.substr(head.starts_with(kMark) ? kMark.size() : 0);
}

}  // namespace

std::vector<std::string> names_in(std::string_view head) {
  std::string_view text = without_byte_order_mark(head);
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const std::string_view object = first_object(text);
  return object.empty() ? columns_of_table(text) : keys_of_object(object);
}

std::string describe_content(std::string_view head) {
  if (head.empty()) return "an empty file";
  const std::string_view text = without_byte_order_mark(head).substr(0, 4096);
  if (head.starts_with(kZip)) return describe_zip(head);
  if (is_html(text)) return "an HTML page";
  for (const Sign& sign : kSigns) {
    if (sign.at_start ? text.starts_with(sign.text) : text.find(sign.text) != std::string_view::npos) {
      return std::string(sign.meaning);
    }
  }
  const auto unprintable = std::count_if(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\r' && c != '\t';
  });
  if (unprintable > 0) return "binary data of an unknown kind";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "blank text";
  if (text[first] == '{' || text[first] == '[') return describe_json(text.substr(first));
  if (text[first] == '<') return describe_xml(text);
  if (const auto columns = columns_of_table(text.substr(first)); !columns.empty()) {
    return fmt::format("a table with the columns {}", listed(columns));
  }
  return describe_text(text.substr(first));
}

}  // namespace omniwriter
