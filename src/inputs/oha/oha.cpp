// Importer of oha's CSV output, `oha --output-format csv`. See README.md for the rules.

#include <algorithm>

#include "base/decimal.h"
#include "model/outcome_rules.h"
#include "reading/table_input.h"

namespace omniwriter {
namespace oha {
namespace {

class Parser final : public TableParser<Parser> {
 public:
  static constexpr std::string_view kName = "oha";
  static constexpr std::string_view kTool = "oha";
  static constexpr std::string_view kDescription = "oha CSV (--output-format csv)";
  static constexpr TableLayout kLayout{"request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status", ',',
                                       7};

  static constexpr bool kTimesAreOffsets = true;

  template <typename Field>
  bool row(const Field& field) {
    constexpr std::size_t kStart = 0;
    constexpr std::size_t kDns = 1;
    constexpr std::size_t kConnecting = 2;
    constexpr std::size_t kFirstByte = 3;
    constexpr std::size_t kDuration = 4;
    constexpr std::size_t kBytes = 5;
    constexpr std::size_t kStatus = 6;
    const auto start_ns = read_decimal(field(kStart), 9);
    if (!start_ns || *start_ns > requests::kMaxDurationNs) {
      return reject("request-start is no number of seconds", field(kStart));
    }
    const auto duration_ns = read_decimal(field(kDuration), 9);
    if (!duration_ns || *duration_ns > requests::kMaxDurationNs) {
      return reject("request-duration is no duration in seconds", field(kDuration));
    }
    const auto bytes = read_decimal(field(kBytes), 0);
    if (!bytes) return reject("bytes is no number", field(kBytes));
    const auto dns = requests::read_duration(field(kDns), 9);
    const auto connecting = requests::read_duration(field(kConnecting), 9);
    const auto first_byte = requests::read_duration(field(kFirstByte), 9);
    if (!dns || !connecting || !first_byte) {
      return reject("a part of the response time is no duration in seconds", field(kDns));
    }
    if (!is_http_status(field(kStatus))) return reject("status is no HTTP status", field(kStatus));
    Sample& sample = sink_.add(run_start_ns_ + *start_ns, *duration_ns, {}, field(kStatus), http_outcome);
    sink_.received(sample, static_cast<std::uint64_t>(*bytes));
    // Each of them counts from the start of the request.
    SampleDetail detail;
    detail.phase(SampleKind::dns) = *dns;
    detail.phase(SampleKind::connect) = std::max<std::int64_t>(*connecting - *dns, 0);
    detail.phase(SampleKind::waiting) = std::max<std::int64_t>(*first_byte - *connecting, 0);
    detail.phase(SampleKind::receiving) = std::max<std::int64_t>(*duration_ns - *first_byte, 0);
    sink_.detail(detail);
    return true;
  }
};

}  // namespace
}  // namespace oha

const InputFormat& input_oha() {
  static const TableInput<oha::Parser> kFormat;
  return kFormat;
}

}  // namespace omniwriter
