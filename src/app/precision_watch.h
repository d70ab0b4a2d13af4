#pragma once
/// Knows when a test has lasted long enough: once its numbers are as exact as somebody wants them.

#include <chrono>
#include <string>
#include <vector>

#include "app/command.h"
#include "config/config.h"
#include "omniwriter/run.h"

namespace omniwriter {

class PrecisionWatch {
 public:
  /// `wanted`: how far the true value may lie from the one that was seen, as a ratio; 0: nobody asks. Of the times that
  /// the criteria of the configuration are about; else of p95.
  PrecisionWatch(const Program& program, const Config& config, double wanted);

  /// Whether there is anything to look at, and it is time to.
  [[nodiscard]] bool is_due() const;
  /// Whether all of them are exact enough; says so, once.
  [[nodiscard]] bool look(const Run& so_far);

 private:
  struct Number {
    std::string name;      ///< "p95"
    std::string endpoint;  ///< empty: of all requests
    double quantile = 0;   ///< 0: the mean
  };

  const Program& program_;
  Language language_;
  double wanted_;
  std::vector<Number> numbers_;
  std::chrono::nanoseconds next_{0};
};

/// "2%", "0.5 %": a ratio above 0 and below 1. An error of code `usage`.
[[nodiscard]] Result<double> read_precision(std::string_view text);

}  // namespace omniwriter
