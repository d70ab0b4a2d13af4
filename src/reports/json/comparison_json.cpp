#include "reports/json/comparison_json.h"

#include <nlohmann/json.hpp>

namespace omniwriter {
namespace {

using Json = nlohmann::ordered_json;

Json metric_json(const ComparedMetric& metric) {
  return {{"base", metric.base},
          {"candidate", metric.candidate},
          {"change", metric.change},
          {"low", metric.interval.low},
          {"high", metric.interval.high},
          {"verdict", name_of(metric.verdict)},
          {"within_margin", metric.within_margin}};
}

}  // namespace

Json comparison_json(const Comparison& comparison) {
  Json json{{"verdict", name_of(comparison.verdict)},
            {"within_margin", comparison.within_margin},
            {"margin", comparison.margin},
            {"noise", comparison.noise_measured ? "measured" : "assumed"},
            {"noise_ratio", comparison.noise},
            {"base", comparison.base},
            {"candidate", comparison.candidate},
            {"more_runs", comparison.more_runs},
            {"minimum_detectable_change", comparison.minimum_detectable_change},
            {"reasons", comparison.reasons},
            {"overall",
             {{"change", comparison.overall.change},
              {"low", comparison.overall.interval.low},
              {"high", comparison.overall.interval.high}}}};
  Json& endpoints = json["endpoints"] = Json::array();
  for (const ComparedEndpoint& endpoint : comparison.endpoints) {
    Json metrics = Json::object();
    for (const ComparedMetric& metric : endpoint.metrics) metrics[metric.metric] = metric_json(metric);
    endpoints.push_back({{"endpoint", endpoint.endpoint}, {"metrics", std::move(metrics)}});
  }
  json["only_in_base"] = comparison.only_in_base;
  json["only_in_candidate"] = comparison.only_in_candidate;
  return json;
}

}  // namespace omniwriter
