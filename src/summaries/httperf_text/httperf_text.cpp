// Reader of the text that httperf prints. See README.md for the rules.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "formats/summary/entry.h"
#include "formats/summary/parts.h"
#include "formats/summary/text.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace httperf_text {
namespace {

/// The number behind a word: "requests 1500 replies 1490", "2xx=1361".
std::uint64_t number_behind(std::string_view line, std::string_view word) {
  const std::size_t at = line.find(word);
  return at == std::string_view::npos ? 0 : summary::leading_count(line.substr(at + word.size()));
}

class HttperfText final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "httperf-text"; }
  [[nodiscard]] std::string_view tool() const override { return "httperf"; }
  [[nodiscard]] std::string_view description() const override { return "httperf text"; }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return head.find("httperf --") != std::string_view::npos &&
           head.find("Reply status: 1xx=") != std::string_view::npos;
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::lines_with(content, "httperf --", "httperf: ");
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    Summary result;
    SummaryEntry& entry = result.whole.total.emplace();
    for (const std::string_view line : summary::lines_of(content)) {
      if (line.starts_with("httperf --")) {
        constexpr std::string_view kUri = "--uri=";
        for (const std::string_view word : summary::words_of(line)) {
          if (word.starts_with(kUri)) entry.endpoint = word.substr(kUri.size());
        }
      } else if (line.starts_with("Total: connections")) {
        const std::size_t duration = line.find("test-duration");
        if (duration != std::string_view::npos) {
          result.duration_seconds = summary::leading_number(line.substr(duration + 13)).value_or(0);
        }
      } else if (line.starts_with("Request rate:")) {
        result.throughput_rps = summary::leading_number(line.substr(13));
      } else if (line.starts_with("Reply time [ms]: response")) {
        const std::size_t transfer = line.find("transfer");
        const auto response = summary::leading_number(line.substr(25));
        const auto rest =
            transfer == std::string_view::npos ? 0 : summary::leading_number(line.substr(transfer + 8)).value_or(0);
        if (response) entry.mean = (*response + rest) / 1e3;
      } else if (line.starts_with("Reply status:")) {
        for (const std::string_view name : {"1xx", "2xx", "3xx", "4xx", "5xx"}) {
          summary::add_outcome(entry, summary::outcome_of_class(name), number_behind(line, std::string(name) + "="));
        }
      } else if (line.starts_with("Errors:")) {
        for (const std::string_view name : {"client-timo", "socket-timo", "connrefused", "connreset", "fd-unavail",
                                            "addrunavail", "ftab-full", "other"}) {
          summary::add_outcome(entry, {"error", std::string(name)}, number_behind(line, std::string(name) + " "));
        }
      }
    }
    if (entry.samples == 0) return fail(ErrorCode::input, "it tells of no replies");
    return result;
  }
};

}  // namespace
}  // namespace httperf_text

const SummaryFormat& summary_httperf_text() {
  static const httperf_text::HttperfText kFormat;
  return kFormat;
}

}  // namespace omniwriter
