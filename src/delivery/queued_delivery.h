#pragma once
/// A finished run on its way to one output, through its queue on the disk: batching, timeout, retry, dead letters, and
/// the ledger. See run_delivery.h for all outputs of a run, and for what is sent before it is finished.

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "delivery/delivery.h"
#include "delivery/output.h"
#include "omniwriter/error.h"
#include "omniwriter/run.h"
#include "spool/spool.h"

namespace omniwriter {

/// Where a delivery begins.
enum class Start : std::uint8_t {
  fresh,   ///< with the first item: what waits of this run for this output is forgotten
  resume,  ///< with what a delivery before this one left
};

/// Delivers `run` to `output` and returns the ledger entry. Blocks. The items are encoded into the queue, and sent from
/// there. Retries what is retryable with exponential backoff and full jitter (or as the server asks), beginning with a
/// single item after repeated failure; finds the culprit of a refused batch by halving it. What is refused for good is
/// a dead letter. The queue is deleted once nothing is pending. Clock and randomness are injected; the clock also
/// sleeps. `sent`: what the output has of the run from before it was finished, where delivery starts fresh; it counts
/// as accepted, and is not sent.
[[nodiscard]] LedgerEntry deliver(const Run& run, Output& output, Spool& spool, Start start,
                                  const DeliveryOptions& options, Clock& clock, std::uint64_t jitter_seed,
                                  const SentSlots& sent = {});

/// For people, in a ledger.
[[nodiscard]] std::string not_taken_back(const Error& why);

}  // namespace omniwriter
