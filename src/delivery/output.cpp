#include "delivery/output.h"

#include <numeric>
#include <utility>

namespace omniwriter {

void Output::encode_live(const Run& /*so_far*/, const LiveNews& /*news*/,
                         const std::function<void(OutputItem)>& /*emit*/) const {}

void Output::encode_rest(const Run& run, const SentSlots& /*sent*/, const std::function<void(OutputItem)>& emit) const {
  encode(run, emit);
}

Result<void> Output::remove(const Run& /*run*/) {
  return fail(ErrorCode::usage, std::string(name()) + " cannot take back what it was sent");
}

SendReport all_retryable(std::size_t items, std::string reason, Retry retry) {
  SendReport report;
  report.retryable.resize(items);
  std::iota(report.retryable.begin(), report.retryable.end(), std::size_t{0});
  report.retry_reason = std::move(reason);
  report.retry = retry;
  return report;
}

SendReport all_rejected(std::size_t items, const std::string& reason) {
  SendReport report;
  report.rejected.reserve(items);
  for (std::size_t i = 0; i < items; ++i) report.rejected.push_back({i, reason});
  return report;
}

}  // namespace omniwriter
