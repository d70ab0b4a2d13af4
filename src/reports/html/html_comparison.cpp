#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/translation.h"
#include "reports/bounded_rows.h"
#include "reports/comparison_report.h"
#include "reports/format_numbers.h"
#include "reports/html/html_text.h"
#include "reports/html/page_files.h"
#include "reports/texts.h"
#include "reports/verdict_text.h"

namespace omniwriter {
namespace {

constexpr std::size_t kMaxTableBytes = 400'000;
constexpr std::size_t kMaxCharts = 12;
constexpr int kChartScale = 3;  // eight buckets to a doubling
constexpr double kWidth = 400;
constexpr double kHeight = 150;
constexpr double kFoot = 18;  // for the labels below

constexpr std::string_view kForm =
    "<!doctype html>\n<html lang=\"{{lang}}\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"{{policy}}\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{{title}}</title>\n"
    "<style>{{page_css}}</style>\n<style>{{comparison_css}}</style>\n</head>\n<body>\n<main>\n<h1>{{title}}</h1>\n"
    "{{verdict}}{{charts}}{{table}}</main>\n</body>\n</html>\n";

// Share of the requests by bucket.
using Shares = std::map<std::int32_t, double>;

Shares shares_of(const Histogram& histogram) {
  Shares shares;
  if (histogram.count() == 0) return shares;
  const Histogram coarse = histogram.downscaled(std::min(kChartScale, histogram.scale()));
  for (const Histogram::Bucket& bucket : coarse.buckets()) {
    shares[bucket.index] = static_cast<double>(bucket.count) / static_cast<double>(coarse.count());
  }
  return shares;
}

class ComparisonPage {
 public:
  ComparisonPage(const Comparison& comparison, const std::vector<RunDigest>& base,
                 const std::vector<RunDigest>& candidate, Language language)
      : comparison_(comparison), base_(base), candidate_(candidate), language_(language) {}

  [[nodiscard]] std::string write() const {
    return filled(kForm, [this](std::string_view name) -> std::string {
      if (name == "lang") return std::string(tag_of(language_));
      if (name == "policy") {
        return fmt::format("default-src 'none'; style-src 'sha256-{}' 'sha256-{}'; base-uri 'none'; form-action 'none'",
                           kPageCss.sha256, kComparisonCss.sha256);
      }
      if (name == "title") return in({"Comparação de execuções", "Comparison of runs"});
      if (name == "page_css") return std::string(kPageCss.text);
      if (name == "comparison_css") return std::string(kComparisonCss.text);
      if (name == "verdict") return verdict();
      if (name == "charts") return charts();
      return table();
    });
  }

 private:
  [[nodiscard]] std::string in(const Localized& text) const { return text.in(language_); }
  [[nodiscard]] std::string all_name() const { return in({"Todos os endpoints", "All endpoints"}); }
  [[nodiscard]] std::string_view say(Text text) const { return text_of(text, language_); }

  static std::string_view class_of(ComparisonVerdict verdict) {
    if (verdict == ComparisonVerdict::worse) return "worse";
    return verdict == ComparisonVerdict::better ? "better" : "";
  }

  [[nodiscard]] std::string verdict() const {
    std::string reasons;
    for (const std::string& reason : comparison_.reasons) {
      reasons += fmt::format("<li>{}</li>\n", html_text(translated(reason, language_)));
    }
    const auto ids = [](const std::vector<std::string>& runs) {
      std::string all;
      for (const std::string& run : runs) all += (all.empty() ? "" : ", ") + html_text(run);
      return all;
    };
    return fmt::format("<p class=\"verdict {}\">{}</p>\n<ul>\n{}</ul>\n<p class=\"facts\">{}: {} · {}: {}</p>\n",
                       class_of(comparison_.verdict), html_text(comparison_text(comparison_, language_)), reasons,
                       say(Text::baseline), ids(comparison_.base), say(Text::candidate), ids(comparison_.candidate));
  }

  // What changed most first; the whole before it.
  [[nodiscard]] std::string charts() const {
    std::vector<std::string> names;
    const auto take = [&](const std::string& name) {
      if (names.size() < kMaxCharts && std::ranges::find(names, name) == names.end()) names.push_back(name);
    };
    for (const EndpointChange& change : changes_of(comparison_)) take(*change.endpoint);
    for (const ComparedEndpoint& endpoint : comparison_.endpoints) take(endpoint.endpoint);
    std::string figures = chart(all_name(), total(base_, {}), total(candidate_, {}));
    for (const std::string& name : names)
      figures += chart(html_text(name), total(base_, name), total(candidate_, name));
    return fmt::format(
        "<section>\n<h2>{}</h2>\n<p class=\"key\"><b>{}</b> · <b class=\"of-candidate\">{}</b></p>\n"
        "<div class=\"charts\">\n{}</div>\n</section>\n",
        in({"Distribuição dos tempos de resposta", "Distribution of response times"}), say(Text::baseline),
        say(Text::candidate), figures);
  }

  // Of an endpoint over all runs of a side; without a name, of all requests.
  static Histogram total(const std::vector<RunDigest>& runs, std::string_view endpoint) {
    Histogram sum;
    for (const RunDigest& run : runs) {
      if (endpoint.empty()) sum.merge(run.all.total().response_time);
      for (const EndpointDigest& one : run.endpoints) {
        if (!endpoint.empty() && one.endpoint == endpoint) sum.merge(one.total().response_time);
      }
    }
    return sum;
  }

  [[nodiscard]] std::string chart(const std::string& title, const Histogram& base, const Histogram& candidate) const {
    const Shares of_base = shares_of(base);
    const Shares of_candidate = shares_of(candidate);
    if (of_base.empty() || of_candidate.empty()) return {};
    const std::int32_t first = std::min(of_base.begin()->first, of_candidate.begin()->first);
    const std::int32_t last = std::max(of_base.rbegin()->first, of_candidate.rbegin()->first);
    double highest = 0;
    for (const Shares* shares : {&of_base, &of_candidate}) {
      for (const auto& [index, share] : *shares) highest = std::max(highest, share);
    }
    const double step = kWidth / static_cast<double>(last - first + 1);
    const auto path = [&](const Shares& shares) {
      std::string text = fmt::format("M0 {:.1f}", kHeight);
      for (std::int32_t index = first; index <= last; ++index) {
        const auto found = shares.find(index);
        const double y = kHeight - (found == shares.end() ? 0 : found->second / highest) * (kHeight - 4);
        const double x = step * static_cast<double>(index - first);
        text += fmt::format("L{:.1f} {:.1f}L{:.1f} {:.1f}", x, y, x + step, y);
      }
      return text + fmt::format("L{:.1f} {:.1f}Z", kWidth, kHeight);
    };
    std::string labels;
    for (int at = 0; at <= 4; ++at) {
      const double x = kWidth * at / 4;
      const double seconds =
          std::exp2((static_cast<double>(first) + static_cast<double>(last - first + 1) * at / 4) / (1 << kChartScale));
      labels += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"{}\">{}</text>", x, kHeight + kFoot - 4,
                            at == 0   ? "start"
                            : at == 4 ? "end"
                                      : "middle",
                            format_time(seconds, language_));
    }
    return fmt::format(
        "<figure><figcaption>{}</figcaption><svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\">"
        "<path class=\"base\" d=\"{}\"/><path class=\"candidate\" d=\"{}\"/>"
        "<path class=\"axis\" d=\"M0 {:.0f}H{:.0f}\"/>{}</svg></figure>\n",
        title, kWidth, kHeight + kFoot, path(of_base), path(of_candidate), kHeight, kWidth, labels);
  }

  [[nodiscard]] std::string table() const {
    const std::string all = all_name();
    std::vector<EndpointChange> compared;
    for (const ComparedMetric& metric : comparison_.overall_metrics) compared.push_back({&all, &metric});
    for (const EndpointChange& one : all_compared(comparison_)) compared.push_back(one);
    const auto rows = bounded_rows(compared, kMaxTableBytes, [&](const EndpointChange& one) {
      const ChangeText text = text_of(*one.endpoint, *one.metric, language_);
      return fmt::format(
          "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"{}\">{}</td></tr>\n",
          html_text(*one.endpoint), html_text(text.metric), text.base, text.candidate, text.change, text.interval,
          class_of(one.metric->verdict), text.word);
    });
    std::string head;
    for (const Text title : {Text::endpoint, Text::metric, Text::baseline, Text::candidate, Text::change,
                             Text::change_between, Text::verdict}) {
      head += fmt::format("<th>{}</th>", say(title));
    }
    const std::string more =
        rows.left_out == 0
            ? ""
            : fmt::format("<p class=\"more\">{}</p>\n", fmt::format(fmt::runtime(say(Text::and_more)), rows.left_out));
    return fmt::format("<section>\n<table class=\"compared\">\n<tr>{}</tr>\n{}</table>\n{}</section>\n", head,
                       rows.text, more);
  }

  const Comparison& comparison_;
  const std::vector<RunDigest>& base_;
  const std::vector<RunDigest>& candidate_;
  const Language language_;
};

}  // namespace

std::string html_comparison_report(const Comparison& comparison, const std::vector<RunDigest>& base,
                                   const std::vector<RunDigest>& candidate, Language language) {
  return ComparisonPage(comparison, base, candidate, language).write();
}

}  // namespace omniwriter
