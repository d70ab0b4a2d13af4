#include "formats/summary/taurus.h"

#include <algorithm>
#include <string>
#include <utility>

#include "formats/summary/entry.h"
#include "formats/summary/text.h"
#include "model/outcome_rules.h"

namespace omniwriter::summary {

void TaurusStats::add(std::string_view name, std::string_view param, std::string_view text) {
  const auto value = number_of(text);
  if (!value) return;
  const std::uint64_t count = count_of(*value);
  if (name == "succ") succeeded_ = count;
  if (name == "fail") entry_.errors = count;
  if (name == "avg_rt") entry_.mean = value;
  if (name == "bytes") entry_.bytes_received = count;
  if (name == "concurrency") users_ = std::min(count, std::uint64_t{1} << 31);
  if (name == "perc") {
    if (param == "0.0") entry_.minimum = value;
    if (param == "100.0") entry_.maximum = value;
    add_percentile(entry_, param, value);
  }
  if (name == "rc") {
    entry_.outcomes.emplace_back(is_http_status(param) ? http_outcome(param) : Outcome{"error", std::string(param)},
                                 count);
  }
}

void TaurusStats::finish(Summary& result) {
  entry_.samples = succeeded_ + entry_.errors;
  if (entry_.endpoint.empty()) {
    result.whole.users = static_cast<std::uint32_t>(users_);
    result.whole.total = std::move(entry_);
  } else {
    add_endpoint(result, std::move(entry_));
  }
}

}  // namespace omniwriter::summary
