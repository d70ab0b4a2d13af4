// Reader of the numbers behind Gatling's HTML report. See README.md for the rules.

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/gatling/assertions.h"
#include "formats/summary/entry.h"
#include "formats/summary/json.h"
#include "formats/summary/parts.h"
#include "reading/summary_format.h"

namespace omniwriter {
namespace gatling_stats {
namespace {

SummaryEntry entry_of(const summary::JsonValue& stats) {
  constexpr double kMs = 1e3;
  SummaryEntry entry;
  entry.samples = stats["numberOfRequests"]["total"].count();
  entry.errors = stats["numberOfRequests"]["ko"].count();
  if (entry.samples == 0) return entry;
  entry.minimum = stats["minResponseTime"]["total"].number_over(kMs);
  entry.maximum = stats["maxResponseTime"]["total"].number_over(kMs);
  entry.mean = stats["meanResponseTime"]["total"].number_over(kMs);
  // Which ones they are is not told: Gatling's own, unless its configuration says otherwise.
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPercentiles{
      {{"percentiles1", "50"}, {"percentiles2", "75"}, {"percentiles3", "95"}, {"percentiles4", "99"}}};
  for (const auto& [member, percent] : kPercentiles) {
    summary::add_percentile(entry, percent, stats[member]["total"].number_over(kMs));
  }
  return entry;
}

/// Requests, with the names of the groups around them; groups are transactions. Gatling nests no deeper than people do.
void add_contents(const summary::JsonValue& group, const std::string& path, Summary& result, int depth) {
  constexpr int kMaxDepth = 50;
  if (depth > kMaxDepth) return;
  group["contents"].for_each_member([&](std::string_view, const summary::JsonValue& inner) {
    const std::string name = (path.empty() ? "" : path + " / ") + std::string(inner["name"].text());
    SummaryEntry entry = entry_of(inner["stats"]);
    entry.endpoint = name;
    const bool is_group = inner["type"].text() == "GROUP";
    if (is_group) entry.kind = SampleKind::transaction;
    summary::add_endpoint(result, std::move(entry));
    if (is_group) add_contents(inner, name, result, depth + 1);
  });
}

class GatlingStats final : public SummaryFormat {
 public:
  [[nodiscard]] std::string_view name() const override { return "gatling-stats"; }
  [[nodiscard]] std::string_view tool() const override { return "gatling"; }
  [[nodiscard]] std::string_view description() const override { return "Gatling report (js/stats.json)"; }
  [[nodiscard]] std::vector<std::string_view> typical_names() const override {
    return {"type",
            "name",
            "path",
            "pathformatted",
            "stats",
            "contents",
            "numberofrequests",
            "minresponsetime",
            "maxresponsetime",
            "meanresponsetime",
            "percentiles1"};
  }
  [[nodiscard]] bool recognises(std::string_view head) const override {
    return summary::has_member(head, "numberOfRequests") && summary::has_member(head, "percentiles1");
  }
  [[nodiscard]] std::vector<std::size_t> beginnings(std::string_view content) const override {
    return summary::documents(content);
  }

  [[nodiscard]] Result<Summary> read(std::string_view content, const InputOptions& /*options*/) const override {
    summary::JsonDocument document;
    if (!document.parse(content)) return fail(ErrorCode::input, "not valid JSON");
    const summary::JsonValue& root = document.root();
    Summary result;
    const summary::JsonValue stats = root["stats"].exists() ? root["stats"] : root;
    result.whole.total = entry_of(stats);
    if (result.whole.total->samples == 0) return fail(ErrorCode::input, "it tells of no requests");
    add_contents(root, "", result, 0);
    const auto rate = stats["meanNumberOfRequestsPerSecond"]["total"].number();
    if (rate && *rate > 0) {
      result.throughput_rps = rate;
      result.duration_seconds = static_cast<double>(result.whole.total->samples) / *rate;
    }
    return result;
  }

  [[nodiscard]] std::vector<std::string> companions(std::string_view file) const override {
    const std::size_t slash = file.rfind('/');
    const std::string folder(slash == std::string_view::npos ? "" : file.substr(0, slash + 1));
    return {folder + "assertions.json", folder + "assertions.xml"};
  }
  void add_companion(Summary& summary, std::string_view content) const override {
    if (summary.tool_verdicts.empty()) summary.tool_verdicts = gatling::assertions_in_report(content);
  }
};

}  // namespace
}  // namespace gatling_stats

const SummaryFormat& summary_gatling_stats() {
  static const gatling_stats::GatlingStats kFormat;
  return kFormat;
}

}  // namespace omniwriter
