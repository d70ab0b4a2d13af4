#pragma once
/// Which column of a JTL file holds what.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "omniwriter/error.h"

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
inline constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

struct Layout {
  char delimiter = ',';
  std::size_t fields = 0;                  ///< in each row
  std::array<std::size_t, kColumns> at{};  ///< field of each column, or kAbsent
  std::size_t header_bytes = 0;            ///< 0: the file has no header
  bool dates = false;                      ///< time stamps are dates, not milliseconds
  bool whole_seconds = false;              ///< dates without a fraction

  Layout() { at.fill(kAbsent); }
  [[nodiscard]] std::size_t of(Column column) const { return at[static_cast<std::size_t>(column)]; }
  [[nodiscard]] bool has(Column column) const { return of(column) != kAbsent; }
};

/// Reads the layout off the header, or infers it from the first rows where there is none. Nothing where the text is no
/// JTL file at all.
[[nodiscard]] std::optional<Layout> find_layout(std::string_view head);

/// The layout of a file without header whose columns the user named.
[[nodiscard]] Result<Layout> named_layout(std::string_view head, const std::vector<std::string>& columns);

}  // namespace omniwriter::jmeter_csv
