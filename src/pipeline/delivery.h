#pragma once
/// Takes a run to one output: batching, timeout, retry with backoff, and the ledger.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "omniwriter/run.h"
#include "pipeline/output.h"

namespace omniwriter {

/// Every sample of a run, as one output sees it: read = accepted + rejected + pending.
struct LedgerEntry {
  std::string output;
  std::uint64_t accepted = 0;
  std::uint64_t rejected = 0;
  std::uint64_t pending = 0;          ///< not delivered within the time allowed
  std::uint64_t items = 0;            ///< encoded records accepted
  std::uint64_t retries = 0;          ///< batches sent again
  std::vector<std::string> problems;  ///< distinct reasons, the first kMaxProblems

  static constexpr std::size_t kMaxProblems = 10;
  /// Whether all is delivered: nothing rejected, nothing pending.
  [[nodiscard]] bool closed() const { return rejected == 0 && pending == 0 && problems.empty(); }
};

struct DeliveryOptions {
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds give_up_after{60'000};  ///< without a settled item for this long, the rest is pending
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{5'000};
};

/// Delivers `run` to `output` and returns the ledger entry. Blocks. Retries what is retryable with exponential backoff
/// and full jitter (or as the server asks), halves batches that are too large, gives up as the options say.
/// Clock and randomness are injected; the clock also sleeps.
[[nodiscard]] LedgerEntry deliver(const Run& run, Output& output, const DeliveryOptions& options, Clock& clock,
                                  std::uint64_t jitter_seed);

/// The same for items that are encoded already.
[[nodiscard]] LedgerEntry deliver_items(std::vector<OutputItem> items, Output& output, const DeliveryOptions& options,
                                        Clock& clock, std::uint64_t jitter_seed);

/// Delivers to all outputs at once, a thread each, so that one that is down does not hold up another.
/// Entries come in the order of `outputs`.
[[nodiscard]] std::vector<LedgerEntry> deliver_to_all(const Run& run,
                                                      const std::vector<std::unique_ptr<Output>>& outputs,
                                                      const DeliveryOptions& options, Clock& clock);

}  // namespace omniwriter
