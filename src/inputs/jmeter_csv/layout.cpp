#include "inputs/jmeter_csv/layout.h"

#include <algorithm>
#include <cctype>

#include "base/digits.h"
#include "base/local_dates.h"
#include "formats/csv/separators.h"

namespace omniwriter::jmeter_csv {
namespace {

constexpr std::array<std::string_view, kColumns> kNames = {
    "timestamp",  "elapsed",  "label",          "responsecode", "responsemessage", "threadname",
    "datatype",   "success",  "failuremessage", "bytes",        "sentbytes",       "grpthreads",
    "allthreads", "url",      "filename",       "latency",      "encoding",        "samplecount",
    "errorcount", "hostname", "idletime",       "connect"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::optional<Column> column_named(std::string_view name) {
  const auto found = std::find(kNames.begin(), kNames.end(), lower(name));
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Column>(found - kNames.begin());
}

bool digits_only(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_time(std::string_view text) {
  return (digits_only(text) && text.size() >= 12 && text.size() <= 14) || LocalDates().milliseconds(text).has_value();
}

bool is_flag(std::string_view text) {
  const std::string flag = lower(text);
  return flag == "true" || flag == "false";
}

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::vector<std::string> unquoted(const std::vector<std::string_view>& fields) {
  std::vector<std::string> result;
  std::string scratch;
  result.reserve(fields.size());
  for (const std::string_view field : fields) result.emplace_back(csv::unquote(field, scratch));
  return result;
}

std::vector<std::vector<std::string>> first_rows(std::string_view head, char delimiter, std::size_t most) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string_view> fields;
  while (rows.size() < most && !head.empty()) {
    const std::size_t length = csv::split_row(head, delimiter, false, fields);
    if (length == 0) break;
    rows.push_back(unquoted(fields));
    head.remove_prefix(length);
  }
  // A file of one row without newline.
  if (rows.empty() && csv::split_row(head, delimiter, true, fields) != 0) rows.push_back(unquoted(fields));
  return rows;
}

std::optional<Layout> layout_of_header(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\n'));
  std::string candidates;
  for (const char c : line) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '"' || c == '\r';
    if (!word && static_cast<unsigned char>(c) < 0x80 && candidates.find(c) == std::string::npos) candidates += c;
  }
  for (const char delimiter : candidates) {
    std::vector<std::string_view> fields;
    const std::size_t length = csv::split_row(head, delimiter, true, fields);
    const std::vector<std::string> names = unquoted(fields);
    Layout layout;
    layout.delimiter = delimiter;
    layout.fields = names.size();
    layout.header_bytes = length;
    std::size_t known = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (const auto column = column_named(names[i])) {
        layout.at[static_cast<std::size_t>(*column)] = i;
        ++known;
      }
    }
    // Two of JMeter's own spellings are enough to tell a JTL header from other tables that have a "label" or a "url".
    const bool jmeter = layout.has(Column::elapsed) || layout.has(Column::all_threads) ||
                        layout.has(Column::thread_name) || layout.has(Column::response_code);
    if (known >= 3 && jmeter && (layout.has(Column::time_stamp) || layout.has(Column::elapsed))) return layout;
  }
  return std::nullopt;
}

// Without a header: JMeter always writes columns in one order, and may leave any of them out.
std::optional<Layout> layout_of_rows(std::string_view head) {
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const auto rows = first_rows(head, delimiter, 50);
    if (rows.empty()) continue;
    const auto& first = rows.front();
    if (first.size() < 4 || !is_time(first[0]) || !digits_only(first[1])) continue;
    const auto flag = std::find_if(first.begin() + 2, first.end(), is_flag);
    if (flag == first.end()) continue;
    const auto success = static_cast<std::size_t>(flag - first.begin());

    Layout layout;
    layout.delimiter = delimiter;
    layout.fields = first.size();
    const auto set = [&](Column column, std::size_t field) { layout.at[static_cast<std::size_t>(column)] = field; };
    const auto all = [&](std::size_t field, auto&& test) {
      return std::all_of(rows.begin(), rows.end(),
                         [&](const auto& row) { return row.size() <= field || test(row[field]); });
    };
    const auto any = [&](std::size_t field, auto&& test) {
      return std::any_of(rows.begin(), rows.end(),
                         [&](const auto& row) { return row.size() > field && test(row[field]); });
    };
    set(Column::time_stamp, 0);
    set(Column::elapsed, 1);
    set(Column::success, success);
    std::size_t field = 2;
    if (field < success) set(Column::label, field++);
    const auto is_code = [](const std::string& text) {
      return (digits_only(text) && text.size() == 3) || text.starts_with("Non HTTP") || text.empty();
    };
    const auto is_thread = [](const std::string& text) {
      const std::size_t dash = text.rfind('-');
      return dash != std::string::npos && dash > 0 && digits_only(std::string_view(text).substr(dash + 1)) &&
             std::isdigit(static_cast<unsigned char>(text[dash - 1])) != 0;
    };
    const auto is_type = [](const std::string& text) { return text == "text" || text == "bin" || text.empty(); };
    if (success == 7) {
      set(Column::response_code, 3);
      set(Column::response_message, 4);
      set(Column::thread_name, 5);
      set(Column::data_type, 6);
    } else {
      if (field < success && all(field, is_code)) set(Column::response_code, field++);
      for (; field < success; ++field) {
        if (all(field, is_thread)) {
          set(Column::thread_name, field);
        } else if (all(field, is_type)) {
          set(Column::data_type, field);
        } else if (!layout.has(Column::thread_name) && !layout.has(Column::response_message)) {
          set(Column::response_message, field);
        }
      }
    }
    field = success + 1;
    if (field < layout.fields && any(field, [](const std::string& text) { return !digits_only(text); })) {
      set(Column::failure_message, field++);
    }
    if (field < layout.fields && all(field, digits_only)) {
      set(Column::bytes, field++);
      // Behind the bytes come sentBytes, grpThreads and allThreads before the URL, but also latencies without one:
      // only all three are certain.
      std::size_t url = field;
      while (url < layout.fields && all(url, digits_only)) ++url;
      const bool is_url =
          url < layout.fields && all(
                                     url,
                                     [](const std::string& text) {
                                       return text == "null" || text.empty() || text.find("://") != std::string::npos;
                                     });
      if (is_url && url == field + 3) {
        set(Column::sent_bytes, field);
        set(Column::grp_threads, field + 1);
        set(Column::all_threads, field + 2);
      } else if (is_url && url == field + 2) {
        set(Column::grp_threads, field);
        set(Column::all_threads, field + 1);
      }
      if (is_url && layout.fields == url + 4) set(Column::idle_time, url + 2);
    }
    return layout;
  }
  return std::nullopt;
}

// Whether the first data row says that time stamps are dates.
void find_time_format(std::string_view head, Layout& layout) {
  if (!layout.has(Column::time_stamp)) return;
  const auto rows = first_rows(head.substr(layout.header_bytes), layout.delimiter, 1);
  if (rows.empty() || rows[0].size() <= layout.of(Column::time_stamp)) return;
  const std::string& time = rows[0][layout.of(Column::time_stamp)];
  layout.dates = !digits_only(time);
  layout.whole_seconds = layout.dates && time.find_first_of(".,") == std::string::npos;
}

}  // namespace

std::optional<Layout> find_layout(std::string_view head) {
  const std::size_t mark = head.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  head.remove_prefix(mark);
  auto layout = layout_of_header(head);
  if (!layout) layout = layout_of_rows(head);
  if (!layout) return std::nullopt;
  find_time_format(head, *layout);
  layout->header_bytes += mark;
  return layout;
}

Result<Layout> named_layout(std::string_view head, const std::vector<std::string>& columns) {
  Layout layout;
  layout.fields = columns.size();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (const auto column = column_named(columns[i])) layout.at[static_cast<std::size_t>(*column)] = i;
  }
  if (!layout.has(Column::time_stamp) || !layout.has(Column::elapsed)) {
    return fail(ErrorCode::usage, "the columns given must include timeStamp and elapsed");
  }
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const auto rows = first_rows(head, delimiter, 1);
    if (!rows.empty() && rows[0].size() == columns.size()) {
      layout.delimiter = delimiter;
      find_time_format(head, layout);
      return layout;
    }
  }
  return fail(ErrorCode::input, "the first row does not have the " + std::to_string(columns.size()) +
                                    " columns given, whichever of , ; tab | separates them");
}

}  // namespace omniwriter::jmeter_csv
