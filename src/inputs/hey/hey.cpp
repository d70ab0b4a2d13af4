// Importer of hey's CSV output, `hey -o csv`. See README.md for the rules.

#include <algorithm>

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
    constexpr std::size_t kConnecting = 1;
    constexpr std::size_t kDns = 2;
    constexpr std::size_t kSending = 3;
    constexpr std::size_t kWaiting = 4;
    constexpr std::size_t kReceiving = 5;
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
    const auto connecting = requests::read_duration(field(kConnecting), 9);
    const auto dns = requests::read_duration(field(kDns), 9);
    const auto sending = requests::read_duration(field(kSending), 9);
    const auto waiting = requests::read_duration(field(kWaiting), 9);
    const auto receiving = requests::read_duration(field(kReceiving), 9);
    if (!connecting || !dns || !sending || !waiting || !receiving) {
      return reject("a part of the response time is no duration in seconds", field(kConnecting));
    }
    sink_.add(run_start_ns_ + *offset_ns, *duration_ns, {}, field(kStatus), http_outcome);
    SampleDetail detail;
    detail.phase(SampleKind::dns) = *dns;
    detail.phase(SampleKind::connect) = std::max<std::int64_t>(*connecting - *dns, 0);
    detail.phase(SampleKind::sending) = *sending;
    detail.phase(SampleKind::waiting) = *waiting;
    detail.phase(SampleKind::receiving) = *receiving;
    sink_.detail(detail);
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
