// Importer of hey's CSV output, `hey -o csv`. See README.md for the rules.

#include "base/decimal.h"
#include "model/outcome_rules.h"
#include "reading/table_input.h"

namespace omniwriter {
namespace hey {
namespace {

class Parser final : public TableParser<Parser> {
 public:
  static constexpr std::string_view kName = "hey";
  static constexpr std::string_view kTool = "hey";
  static constexpr std::string_view kDescription = "hey CSV (-o csv)";
  static constexpr TableLayout kLayout{
      "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset", ',', 8};

  static constexpr bool kTimesAreOffsets = true;

  template <typename Field>
  bool row(const Field& field) {
    constexpr std::size_t kResponseTime = 0;
    constexpr std::size_t kStatus = 6;
    constexpr std::size_t kOffset = 7;
    const auto duration_ns = read_decimal(field(kResponseTime), 9);
    if (!duration_ns || *duration_ns > requests::kMaxDurationNs) {
      return reject("response-time is no duration in seconds", field(kResponseTime));
    }
    const auto offset_ns = read_decimal(field(kOffset), 9);
    if (!offset_ns || *offset_ns > requests::kMaxDurationNs) {
      return reject("offset is no number of seconds", field(kOffset));
    }
    if (!is_http_status(field(kStatus))) return reject("status-code is no HTTP status", field(kStatus));
    sink_.add(run_start_ns_ + *offset_ns, *duration_ns, {}, field(kStatus), http_outcome);
    return true;
  }
};

}  // namespace
}  // namespace hey

const InputFormat& input_hey() {
  static const TableInput<hey::Parser> kFormat;
  return kFormat;
}

}  // namespace omniwriter
