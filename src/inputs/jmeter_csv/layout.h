#pragma once
/// Which column of a JTL file holds what.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal_mark.h"
#include "base/local_dates.h"
#include "omniwriter/error.h"
#include "omniwriter/sample.h"
#include "reading/input.h"

namespace omniwriter::jmeter_csv {

/// The columns that matter, in the order in which JMeter writes them.
enum class Column : std::size_t {
  time_stamp,
  elapsed,
  label,
  response_code,
  response_message,
  thread_name,
  data_type,
  success,
  failure_message,
  bytes,
  sent_bytes,
  grp_threads,
  all_threads,
  url,
  filename,
  latency,
  encoding,
  sample_count,
  error_count,
  hostname,
  idle_time,
  connect,
  count
};
inline constexpr std::size_t kColumns = static_cast<std::size_t>(Column::count);
/// As JMeter writes it in its header.
[[nodiscard]] std::string_view name_of(Column column);
inline constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

struct Layout {
  char delimiter = ',';
  std::size_t fields = 0;                  ///< in each row
  std::array<std::size_t, kColumns> at{};  ///< field of each column, or kAbsent
  std::size_t header_bytes = 0;            ///< what stands before the first row
  bool has_header = false;
  // What is the same for the whole file, whatever headers there are in it.
  TimeFormat times;
  DecimalMark decimal;
  bool hosts_in_threads = false;  ///< names of threads begin with the machine
  std::string note;               ///< for the user: what was guessed
  /// What the user wants requests told apart by, and the fields; kAbsent where no column has that name.
  std::vector<std::string> dimensions;
  std::array<std::size_t, kMaxDimensions> dimension_at{};

  Layout() { at.fill(kAbsent); }
  [[nodiscard]] std::size_t of(Column column) const { return at[static_cast<std::size_t>(column)]; }
  [[nodiscard]] bool has(Column column) const { return of(column) != kAbsent; }
};

/// Reads the layout off the header, or infers it from the first rows where there is none. Nothing where the text is no
/// JTL file at all.
[[nodiscard]] std::optional<Layout> find_layout(std::string_view head);
/// The layout of a file without header whose columns the user named.
[[nodiscard]] Result<Layout> named_layout(std::string_view head, const std::vector<std::string>& columns);
/// Learns from the first rows how times and numbers are written, as far as the options do not say.
[[nodiscard]] Result<void> find_forms(std::string_view head, const InputOptions& options, Layout& layout);

/// What tells the first rows apart, of the names of columns that JMeter does not always write.
[[nodiscard]] std::vector<std::string> useful_dimensions(std::string_view head, const std::vector<std::string>& names,
                                                         const Layout& layout);
/// Finds the fields of the dimensions by the names of the columns. That of "thread_group" is the name of the thread.
void find_dimensions(const std::vector<std::string>& names, Layout& layout);

/// The columns that a line names; nothing where it is no header of a JTL file.
[[nodiscard]] std::optional<Layout> layout_of_header(std::string_view line);
/// The names in the first line, of a file whose header lacks what is needed.
[[nodiscard]] std::vector<std::string> names_in_header(std::string_view head);

}  // namespace omniwriter::jmeter_csv
