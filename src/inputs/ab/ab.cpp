// Importer of the gnuplot file of ApacheBench, `ab -g`. See README.md for the rules.

#include "base/decimal.h"
#include "reading/table_input.h"

namespace omniwriter {
namespace ab {
namespace {

class Parser final : public TableParser<Parser> {
 public:
  static constexpr std::string_view kName = "ab";
  static constexpr std::string_view kTool = "ab";
  static constexpr std::string_view kDescription = "ab gnuplot file (-g)";
  static constexpr TableLayout kLayout{"starttime\tseconds\tctime\tdtime\tttime\twait", '\t', 6, Quoting::none};

  template <typename Field>
  bool row(const Field& field) {
    constexpr std::size_t kSeconds = 1;
    constexpr std::size_t kConnect = 2;
    constexpr std::size_t kTotal = 4;
    constexpr std::size_t kWait = 5;
    const auto start_ns = read_decimal(field(kSeconds), 9);
    if (!start_ns || !requests::is_plausible_time(*start_ns)) return reject("seconds is no time", field(kSeconds));
    const auto duration_ns = read_decimal(field(kTotal), 6);
    if (!duration_ns || *duration_ns > requests::kMaxDurationNs) {
      return reject("ttime is no duration in milliseconds", field(kTotal));
    }
    const auto connect = requests::read_duration(field(kConnect), 6);
    const auto waiting = requests::read_duration(field(kWait), 6);
    if (!connect || !waiting) return reject("ctime or wait is no duration in milliseconds", field(kConnect));
    sink_.add(*start_ns, *duration_ns, {}, {}, [](std::string_view) { return Outcome{"ok", ""}; });
    SampleDetail detail;
    detail.phase(SampleKind::connect) = *connect;
    detail.phase(SampleKind::waiting) = *waiting;
    sink_.detail(detail);
    return true;
  }
};

}  // namespace
}  // namespace ab

const InputFormat& input_ab() {
  static const TableInput<ab::Parser> kFormat;
  return kFormat;
}

}  // namespace omniwriter
