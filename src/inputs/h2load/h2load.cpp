// Importer of h2load's request log, `h2load --log-file`. See README.md for the rules.

#include "base/decimal.h"
#include "model/outcome_rules.h"
#include "reading/table_input.h"

namespace omniwriter {
namespace h2load {
namespace {

constexpr std::string_view kFailed = "-1";

Outcome outcome_of(std::string_view status) {
  return status == kFailed ? Outcome{"error", "connection_closed"} : http_outcome(status);
}

class Parser final : public TableParser<Parser> {
 public:
  static constexpr std::string_view kName = "h2load";
  static constexpr std::string_view kTool = "h2load";
  static constexpr std::string_view kDescription = "h2load request log (--log-file)";
  static constexpr TableLayout kLayout{"", '\t', 3, Quoting::none};

  static bool recognises(std::string_view head) {
    std::vector<std::string_view> fields;
    split_plain(first_line(head), kLayout.delimiter, fields);
    Row row;
    return fields.size() == kLayout.fields && !read([&](std::size_t i) { return fields[i]; }, row);
  }

  template <typename Field>
  bool row(const Field& field) {
    Row row;
    if (const char* wrong = read(field, row)) return reject(wrong, field(0));
    sink_.add(row.start_ns, row.duration_ns, {}, field(1), outcome_of);
    return true;
  }

 private:
  struct Row {
    std::int64_t start_ns = 0;
    std::int64_t duration_ns = 0;
  };

  // What is wrong with it; null where nothing is.
  template <typename Field>
  static const char* read(const Field& field, Row& row) {
    constexpr unsigned kDecimals = 3;  // microseconds in nanoseconds
    const auto start_ns = read_decimal(field(0), kDecimals);
    if (!start_ns || !requests::is_plausible_time(*start_ns)) return "the start is no time in microseconds";
    if (!is_http_status(field(1)) && field(1) != kFailed) return "the second column is no status";
    const auto duration_ns = read_decimal(field(2), kDecimals);
    if (!duration_ns || *duration_ns > requests::kMaxDurationNs) return "the third column is no duration";
    row = {*start_ns, *duration_ns};
    return nullptr;
  }
};

}  // namespace
}  // namespace h2load

const InputFormat& input_h2load() {
  static const TableInput<h2load::Parser> kFormat;
  return kFormat;
}

}  // namespace omniwriter
