#pragma once
/// What Taurus says in the end of the requests with one label, or of all.

#include <cstdint>
#include <string_view>

#include "model/summary.h"

namespace omniwriter::summary {

class TaurusStats {
 public:
  explicit TaurusStats(std::string_view label) { entry_.endpoint = label; }
  /// Takes a number: `name` is "avg_rt", "perc" or "rc", `param` then what of ("95.0", "200"), `text` its value in
  /// seconds or requests. What is not of interest, or no number, is passed over.
  void add(std::string_view name, std::string_view param, std::string_view text);
  /// Adds what was taken to the summary; without a label as its total.
  void finish(Summary& result);

 private:
  SummaryEntry entry_;
  std::uint64_t succeeded_ = 0;
  std::uint64_t users_ = 0;
};

}  // namespace omniwriter::summary
