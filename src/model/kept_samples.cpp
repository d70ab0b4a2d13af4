#include "model/kept_samples.h"

#include <string_view>
#include <unordered_set>

namespace omniwriter {

void for_each_kept_sample(const Run& run, const std::function<void(const KeptSample&)>& visit) {
  if (!run.kept_samples) return;
  std::unordered_set<std::string_view> endpoints;
  for (const Series& series : run.series) {
    if (series.kind == SampleKind::request) endpoints.insert(series.endpoint);
  }
  run.kept_samples->for_each([&](const KeptSample& sample) {
    if (endpoints.contains(sample.endpoint)) {
      visit(sample);
      return;
    }
    KeptSample other = sample;
    other.endpoint = kOtherEndpoint;
    visit(other);
  });
}

bool knows_response_times(const Run& run) { return run.total().mean().has_value(); }

}  // namespace omniwriter
