// Reader of summaries: siege summary (text and JSON). See README.md for the rules.

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/json.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace siege_summary {
namespace {

class SiegeSummary final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "siege-summary"; }
  [[nodiscard]] std::string_view tool() const override { return "siege"; }
  [[nodiscard]] std::string_view description() const override { return "siege summary (text and JSON)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"transactions",           "availability",       "elapsedtime",        "datatransferred",
            "responsetime",           "transactionrate",    "throughput",         "concurrency",
            "successfultransactions", "failedtransactions", "longesttransaction", "shortesttransaction"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return (summary::first_member(head) == "transactions" && summary::has_member(head, "availability")) ||
           (head.find("Transactions:") != std::string_view::npos &&
            head.find("Availability:") != std::string_view::npos);
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    auto beginnings = summary::documents(content);
    std::ranges::copy(summary::lines_with(content, "Transactions:", "** SIEGE"), std::back_inserter(beginnings));
    std::ranges::sort(beginnings);
    return beginnings;
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    const auto lines = summary::lines_of(content);
    SummaryEntry& entry = result.whole.total.emplace();
    summary::JsonDocument document;
    const bool is_json = summary::first_member(content) == "transactions";
    // Behind the object, siege may tell of its log file.
    const std::string_view object = content.substr(0, content.rfind('}') + 1);
    if (is_json && !document.parse(object)) return fail(ErrorCode::input, "not valid JSON");
    const auto number = [&](std::string_view member, std::string_view title) {
      return is_json ? document.root()[member].number() : summary::leading_number(summary::value_of(lines, title));
    };
    const auto count = [&](std::string_view member, std::string_view title) {
      return summary::count_of(number(member, title).value_or(0));
    };
    const std::uint64_t answered = count("transactions", "Transactions:");
    const std::uint64_t failed = count("failed_transactions", "Failed transactions:");
    const std::uint64_t good = count("successful_transactions", "Successful transactions:");
    if (answered + failed == 0) return fail(ErrorCode::input, "it tells of no transactions");
    entry.samples = answered + failed;
    entry.errors = failed + answered - std::min(good, answered);
    entry.mean = number("response_time", "Response time:");
    entry.minimum = number("shortest_transaction", "Shortest transaction:");
    entry.maximum = number("longest_transaction", "Longest transaction:");
    constexpr double kMegabyte = 1024.0 * 1024.0;
    entry.bytes_received = summary::count_of(number("data_transferred", "Data transferred:").value_or(0) * kMegabyte);
    result.duration_seconds = number("elapsed_time", "Elapsed time:").value_or(0);
    result.throughput_rps = number("transaction_rate", "Transaction rate:");
    return result;
  }
};

}  // namespace
}  // namespace siege_summary

const SummaryFormat& summary_siege_summary() {
  static const siege_summary::SiegeSummary kFormat;
  return kFormat;
}

}  // namespace omniwriter
