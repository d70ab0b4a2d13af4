#pragma once
/// Takes a run to an output through its queue on the disk: batching, timeout, retry, dead letters, and the ledger.
///
/// The promise, for a run that is in the store: each of its samples is accepted by the output, set aside with the
/// reason, or pending; and that survives a kill, a loss of power and a full disk at any moment. An item may be sent
/// more than once, always with the same bytes; each output sees to it that it shows once.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "delivery/ledger_board.h"
#include "delivery/output.h"
#include "omniwriter/history.h"
#include "omniwriter/run.h"
#include "spool/spool.h"

namespace omniwriter {

/// What people who wait for a delivery want to know of it.
struct DeliveryNews {
  enum class What : std::uint8_t {
    begins,    ///< with `text`: the target
    fails,     ///< it takes nothing for now, and is tried again; `text`: why; `time`: for so long at most
    recovers,  ///< it takes things again; `time`: after so long
    ends,      ///< all is settled, or it has stopped
  };
  What what;
  std::string_view output;
  std::string text = {};
  std::chrono::nanoseconds time{0};
};

struct DeliveryOptions {
  std::chrono::milliseconds request_timeout{10'000};
  std::chrono::milliseconds give_up_after{60'000};  ///< without a settled item for this long, the rest is pending
  std::chrono::milliseconds give_up_connecting{
      5'000};  ///< the same, where nobody has answered so far, and each try fails at once
  std::chrono::milliseconds give_up_connecting_found{500};  ///< the same for Destination::found
  std::chrono::milliseconds backoff_min{100};
  std::chrono::milliseconds backoff_max{5'000};
  bool keep_retrying_blocked = false;  ///< goes on asking a server that refuses us (401, 403, 404) instead of stopping
  std::stop_token stop =
      {};  ///< once requested, what is under way is broken off within about a second; the rest is pending
  /// Told what people have to know of an output (Output::startup_message), from any thread.
  std::function<void(std::string_view output, const std::string& notice)> notice = {};
  std::function<void(const DeliveryNews& news)> news = {};  ///< from any thread
  LedgerBoard* board = nullptr;                             ///< where the ledger is posted while it changes
};

/// An output, and where it delivers to.
struct Destination {
  std::string target;  ///< as the user gave it
  std::unique_ptr<Output> output;
  bool named = false;  ///< on the command line
  /// Known only from a configuration file that nobody named, and that may be meant for another place: not worth a wait
  /// where nobody listens.
  bool found = false;
};

/// Where a delivery begins.
enum class Start : std::uint8_t {
  fresh,   ///< with the first item: what waits of this run for this output is forgotten
  resume,  ///< with what a delivery before this one left
};

/// Delivers `run` to `output` and returns the ledger entry. Blocks. The items are encoded into the queue, and sent from
/// there. Retries what is retryable with exponential backoff and full jitter (or as the server asks), beginning with a
/// single item after repeated failure; finds the culprit of a refused batch by halving it. What is refused for good is
/// a dead letter. The queue is deleted once nothing is pending. Clock and randomness are injected; the clock also
/// sleeps. `told`: what the output knows of the run from before it was finished, where delivery starts fresh; it counts
/// as accepted, and is not sent.
[[nodiscard]] LedgerEntry deliver(const Run& run, Output& output, Spool& spool, Start start,
                                  const DeliveryOptions& options, Clock& clock, std::uint64_t jitter_seed,
                                  const ToldSlots& told = {});

/// Delivers to all outputs at once, a thread each, so that one that is down does not hold up another. Each output is
/// handed the board that all their ledgers are posted on. Entries come in the order of `destinations`. `before`: what
/// the thread of a destination, given by its index, does first; it gives what that knows of the run.
using BeforeDelivery = std::function<ToldSlots(std::size_t index)>;
[[nodiscard]] std::vector<LedgerEntry> deliver_to_all(const Run& run, const std::vector<Destination>& destinations,
                                                      Spool& spool, Start start, const DeliveryOptions& options,
                                                      Clock& clock, const BeforeDelivery& before = {});

/// Sends items that are nowhere kept, for what is soon told again or need not last: no queue, no dead letters.
/// `rejected` is told of each item that is refused, with the reason.
using OnRejected = std::function<void(const OutputItem& item, const std::string& reason)>;
[[nodiscard]] LedgerEntry send_now(std::vector<OutputItem> items, Output& output, const DeliveryOptions& options,
                                   Clock& clock, std::uint64_t jitter_seed, const OnRejected& rejected = {});
/// The same for all items of a run.
[[nodiscard]] LedgerEntry send_now(const Run& run, Output& output, const DeliveryOptions& options, Clock& clock,
                                   std::uint64_t jitter_seed);

}  // namespace omniwriter
