// Importer of Yandex.Tank's phout. See README.md for the rules.

#include <array>
#include <string_view>
#include <utility>

#include "base/decimal.h"
#include "model/outcome_rules.h"
#include "reading/table_input.h"

namespace omniwriter {
namespace phout {
namespace {

constexpr std::size_t kTime = 0;
constexpr std::size_t kTag = 1;
constexpr std::size_t kTotal = 2;
constexpr std::size_t kFirstPhase = 3;
// As the columns from kFirstPhase on.
constexpr std::array kPhasesTold{SampleKind::connect, SampleKind::sending, SampleKind::waiting, SampleKind::receiving};
constexpr std::size_t kSizeOut = 8;
constexpr std::size_t kSizeIn = 9;
constexpr std::size_t kNetCode = 10;
constexpr std::size_t kStatus = 11;
constexpr std::size_t kColumns = 12;

// "tag#123": phantom can number its requests.
std::string_view name_of(std::string_view tag) {
  const std::size_t mark = tag.rfind('#');
  const bool numbered = mark != std::string_view::npos && mark + 1 < tag.size() &&
                        tag.find_first_not_of("0123456789", mark + 1) == std::string_view::npos;
  return numbered ? tag.substr(0, mark) : tag;
}

// "110<tab>0": the errno of Linux, and the status, 0 for none.
Outcome outcome_of(std::string_view codes) {
  const std::size_t tab = codes.find('\t');
  const std::string_view net = codes.substr(0, tab);
  const std::string_view status = codes.substr(tab + 1);
  if (net == "0") return status == "0" ? Outcome{"ok", ""} : http_outcome(status);
  std::string error = "net_" + std::string(net);
  if (net == "110") error = "timeout";
  if (net == "111") error = "connection_refused";
  if (net == "104") error = "connection_reset";
  if (net == "32") error = "connection_closed";
  return {is_http_status(status) ? std::string(status) : "error", error};
}

class Parser final : public TableParser<Parser> {
 public:
  static constexpr std::string_view kName = "phout";
  static constexpr std::string_view kTool = "yandex-tank";
  static constexpr std::string_view kDescription = "Yandex.Tank phout";
  static constexpr TableLayout kLayout{"", '\t', kColumns, Quoting::none};

  static constexpr std::array<std::pair<std::string_view, std::size_t>, 3> kDimensions{
      {{"tag", kTag}, {"net_code", kNetCode}, {"proto_code", kStatus}}};

  static bool recognises(std::string_view head) {
    std::vector<std::string_view> fields;
    split_plain(first_line(head), kLayout.delimiter, fields);
    Row row;
    return fields.size() == kLayout.fields && !read([&](std::size_t i) { return fields[i]; }, row);
  }

  template <typename Field>
  bool row(const Field& field) {
    Row row;
    if (const char* wrong = read(field, row)) return reject(wrong, field(kTime));
    const std::string_view net = field(kNetCode);
    const std::string_view status = field(kStatus);
    const std::string_view codes(net.data(), static_cast<std::size_t>(status.data() + status.size() - net.data()));
    Sample& sample = sink_.add(row.start_ns, row.duration_ns, field(kTag), codes, name_of, outcome_of);
    sink_.sent(sample, row.sent);
    sink_.received(sample, row.received);
    add_phases(row, net == "0");
    return true;
  }

 private:
  struct Row {
    std::int64_t start_ns = 0;
    std::int64_t duration_ns = 0;
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
    std::array<std::int64_t, kPhasesTold.size()> phases{};
  };

  // What a request that broke off did not get to is 0 in the file.
  void add_phases(const Row& row, bool whole) {
    SampleDetail detail;
    for (std::size_t i = 0; i < kPhasesTold.size(); ++i) {
      if (whole || row.phases[i] != 0) detail.phase(kPhasesTold[i]) = row.phases[i];
    }
    sink_.detail(detail);
  }

  // What is wrong with it; null where nothing is.
  template <typename Field>
  static const char* read(const Field& field, Row& row) {
    const auto start_ns = read_decimal(field(kTime), 9);
    if (!start_ns || !requests::is_plausible_time(*start_ns)) return "the time is none";
    const auto duration_ns = read_decimal(field(kTotal), 3);  // microseconds
    if (!duration_ns || *duration_ns > requests::kMaxDurationNs) return "the third column is no duration";
    const auto sent = read_decimal(field(kSizeOut), 0);
    const auto received = read_decimal(field(kSizeIn), 0);
    if (!sent || !received) return "a size is no number";
    if (!read_decimal(field(kNetCode), 0)) return "the net code is no number";
    if (field(kStatus) != "0" && !is_http_status(field(kStatus))) return "the last column is no status";
    row = {*start_ns, *duration_ns, static_cast<std::uint64_t>(*sent), static_cast<std::uint64_t>(*received), {}};
    for (std::size_t i = 0; i < kPhasesTold.size(); ++i) {
      const auto phase_ns = requests::read_duration(field(kFirstPhase + i), 3);
      if (!phase_ns) return "a part of the third column is no duration";
      row.phases[i] = *phase_ns;
    }
    return nullptr;
  }
};

}  // namespace
}  // namespace phout

const InputFormat& input_phout() {
  static const TableInput<phout::Parser> kFormat;
  return kFormat;
}

}  // namespace omniwriter
