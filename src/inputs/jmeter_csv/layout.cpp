#include "inputs/jmeter_csv/layout.h"

#include <algorithm>
#include <cctype>

#include "base/flag_text.h"
#include "base/local_dates.h"
#include "base/try.h"
#include "formats/csv/separators.h"
#include "formats/jmeter/generators.h"
#include "formats/jmeter/thread_groups.h"
#include "formats/requests/mapping.h"
#include "model/dimension_values.h"

namespace omniwriter::jmeter_csv {
namespace {

constexpr std::array<std::string_view, kColumns> kNames = {
    "timeStamp",  "elapsed",  "label",          "responseCode", "responseMessage", "threadName",
    "dataType",   "success",  "failureMessage", "bytes",        "sentBytes",       "grpThreads",
    "allThreads", "URL",      "Filename",       "Latency",      "Encoding",        "SampleCount",
    "ErrorCount", "Hostname", "IdleTime",       "Connect"};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

std::optional<Column> column_named(std::string_view name) {
  const auto* const found = std::ranges::find(kNames, lower(name), lower);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Column>(found - kNames.begin());
}

bool digits_only(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_time(std::string_view text) {
  return mapping::read_epoch(text) || LocalDates().nanoseconds(text) ||
         LocalDates({.day_first = true}).nanoseconds(text);
}

bool is_duration(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789.,") == std::string_view::npos;
}

// Without a header, 0 and 1 may be anything.
bool is_flag(std::string_view text) { return text.size() > 1 && read_flag(text).has_value(); }

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

}  // namespace

std::string_view name_of(Column column) { return kNames[static_cast<std::size_t>(column)]; }

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
    layout.has_header = true;
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

std::vector<std::string> useful_dimensions(std::string_view head, const std::vector<std::string>& names,
                                           const Layout& layout) {
  constexpr std::size_t kRows = 500;
  DimensionCandidates candidates;
  head.remove_prefix(std::min(layout.header_bytes, head.size()));
  for (const auto& row : first_rows(head, layout.delimiter, kRows)) {
    if (row.size() != layout.fields) continue;
    if (layout.has(Column::thread_name)) {
      candidates.see(jmeter::kThreadGroup, jmeter::group_of_thread(row[layout.of(Column::thread_name)]));
    }
    for (std::size_t i = 0; i < std::min(names.size(), row.size()); ++i) {
      const auto known = column_named(names[i]);
      if (!known || *known == Column::hostname) candidates.see(names[i], row[i]);
    }
  }
  return candidates.useful();
}

void find_dimensions(const std::vector<std::string>& names, Layout& layout) {
  for (std::size_t i = 0; i < layout.dimensions.size(); ++i) {
    const std::string& wanted = layout.dimensions[i];
    const auto found = std::ranges::find(names, lower(wanted), lower);
    layout.dimension_at[i] = wanted == jmeter::kThreadGroup ? layout.of(Column::thread_name)
                             : found == names.end()         ? kAbsent
                                                            : static_cast<std::size_t>(found - names.begin());
  }
}

std::vector<std::string> names_in_header(std::string_view head) {
  head.remove_prefix(csv::preamble_bytes(head));
  const auto layout = layout_of_header(head);
  const auto rows = first_rows(head, layout ? layout->delimiter : ',', 1);
  return rows.empty() ? std::vector<std::string>() : rows.front();
}

namespace {

// Without a header: JMeter always writes columns in one order, and may leave any of them out.
std::optional<Layout> layout_of_rows(std::string_view head) {
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const auto rows = first_rows(head, delimiter, 50);
    const auto is_value = [](const std::string& text) { return is_time(text) || is_duration(text) || is_flag(text); };
    if (rows.empty() || std::ranges::none_of(rows.front(), is_value)) continue;  // the header of another table
    // One row may be wrong, the first one too.
    const auto good = std::ranges::find_if(
        rows, [](const auto& row) { return row.size() >= 4 && is_time(row[0]) && is_duration(row[1]); });
    if (good == rows.end()) continue;
    const auto& first = *good;
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

}  // namespace

std::optional<Layout> find_layout(std::string_view head) {
  const std::size_t preamble = csv::preamble_bytes(head);
  head.remove_prefix(preamble);
  auto layout = layout_of_header(head);
  if (!layout) layout = layout_of_rows(head);
  if (!layout) return std::nullopt;
  layout->header_bytes += preamble;
  return layout;
}

Result<void> find_forms(std::string_view head, const InputOptions& options, Layout& layout) {
  constexpr std::size_t kRows = 1000;
  layout.decimal = DecimalMark(options.decimal);
  if (layout.delimiter == ',') layout.decimal.suppose('.');
  DateOrder order;
  for (const auto& row : first_rows(head.substr(layout.header_bytes), layout.delimiter, kRows)) {
    const auto text = [&](Column column) {
      return layout.has(column) && layout.of(column) < row.size() ? std::string_view(row[layout.of(column)])
                                                                  : std::string_view();
    };
    order.see(text(Column::time_stamp));
    layout.decimal.see(text(Column::elapsed));
    layout.hosts_in_threads =
        layout.hosts_in_threads || !jmeter::host_in_thread_name(text(Column::thread_name)).empty();
  }
  layout.times.day_first = order.day_first();
  if (options.time_format.empty()) {
    layout.note = order.note();
    return {};
  }
  layout.times = TRY(told_time_format(options.time_format));
  return {};
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
    const auto rows = first_rows(head.substr(csv::preamble_bytes(head)), delimiter, 1);
    if (!rows.empty() && rows[0].size() == columns.size()) {
      layout.delimiter = delimiter;
      layout.header_bytes = csv::preamble_bytes(head);
      return layout;
    }
  }
  return fail(ErrorCode::input, "the first row does not have the " + std::to_string(columns.size()) +
                                    " columns given, whichever of , ; tab | separates them");
}

}  // namespace omniwriter::jmeter_csv
